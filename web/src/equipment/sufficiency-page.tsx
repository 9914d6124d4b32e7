/** 配备情况: one figure and one sentence a leader understands in ten seconds, then unit by unit what is owed, there, missing. */
import { CheckCircleOutlined, ExclamationCircleOutlined, WarningOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { get } from '../api/client';
import type { Sufficiency, UnitSufficiency } from '../api/types';
import { Failed, Loading } from '../app/states';
import { PrintMenu } from '../documents/print';
import { useAgencyAsked } from '../session/agency';
import { useReach } from '../session/reach';
import { useCan } from '../session/session';
import { Rows } from '../shared/data-list';
import { formatCount } from '../shared/format';
import { Empty, type Tone } from '../shared/page';
import { UnitPicker } from '../shared/pickers';
import { compact } from '../shared/search';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { FactsDialog } from './facts-dialog';
import type { SufficiencySearch } from './search';
import { LINE_STATES, linesOf, summaryOf, type Line, type Summary } from './sufficiency';
import { BehindDialog, DeviationDialog } from './sufficiency-dialogs';
import { SufficiencyFrame } from './sufficiency-frame';
import { kindNames, lineColumns } from './sufficiency-lines';

export function SufficiencyPage() {
  const search = useSearch({ from: '/shell/equipment/sufficiency' });
  const { agency, known, picker } = useAgencyAsked();
  const found = useQuery({ queryKey: ['/sufficiency', search.unit, agency], queryFn: ({ signal }) => get<Sufficiency>('/sufficiency', { unit: search.unit, agency }, signal), enabled: known });
  return (
    <SufficiencyFrame tab="overview" actions={<>{picker}<ExportButton list="sufficiency" query={{ unit: search.unit, agency }} /><PrintMenu forms={['provision']} subjects={search.unit ? [search.unit] : []} /></>}>
      {found.isPending ? <Loading /> : found.error ? <Failed error={found.error} retry={() => void found.refetch()} /> : <Overview found={found.data} />}
    </SufficiencyFrame>
  );
}

/** What is open above the page: the lists behind a figure, an excuse, what a unit states of itself. */
type Open = { behind: Line } | { excuse: Line } | { facts: UnitSufficiency };

function Overview({ found }: { found: Sufficiency }) {
  const t = useText();
  const can = useCan();
  const reach = useReach();
  const navigate = useNavigate();
  const search = useSearch({ from: '/shell/equipment/sufficiency' });
  const change = (part: Partial<SufficiencySearch>) => void navigate({ to: '/equipment/sufficiency', search: compact({ ...search, ...part }), replace: true });
  const [open, setOpen] = useState<Open | null>(null);
  const lines = useMemo(() => linesOf(found), [found]);
  const shown = lines.filter((line) => search.state === undefined || line.state === search.state);
  const counts = LINE_STATES.map((state) => ({ state, count: lines.filter((line) => line.state === state).length })).filter(({ count }) => count > 0);
  const columns = lineColumns(t, {
    onBehind: (line) => setOpen({ behind: line }),
    onExcuse: (line) => (can('provision.approve') && reach.standsAbove(line.unit.unit.id) ? () => setOpen({ excuse: line }) : null),
    onFacts: (unit) => (can('provision.propose') && reach.reaches(unit.unit.id) ? () => setOpen({ facts: unit }) : null),
  }, search.state !== undefined);
  return (
    <>
      <Headline summary={summaryOf(lines)} on={found.on} lapsed={lines.some((line) => line.unit.lapsed)} />
      <div className="panel">
        <div className="filters" role="search">
          <UnitPicker label={t('recordings.unit')} value={search.unit} onChange={(unit) => change({ unit })} width={220} />
          <span className="facets-inline" role="group" aria-label={t('sufficiency.states')}>
            {counts.map(({ state, count }) => (
              <button key={state} type="button" aria-pressed={search.state === state} onClick={() => change({ state: search.state === state ? undefined : state })}>{t(`sufficiency.state.${state}`)} <b>{formatCount(count)}</b></button>
            ))}
          </span>
        </div>
        {shown.length === 0
          ? <Empty title={t('list.nothing')} hint={t(lines.length === 0 ? 'sufficiency.no_units' : 'list.nothing_hint')} />
          : <Rows rows={shown} columns={columns} rowKey={(line) => line.id} caption={t('sufficiency.title')} />}
      </div>
      {open && 'behind' in open && <BehindDialog line={open.behind} onClose={() => setOpen(null)} />}
      {open && 'excuse' in open && <DeviationDialog line={open.excuse} onClose={() => setOpen(null)} />}
      {open && 'facts' in open && <FactsDialog unit={open.facts} onClose={() => setOpen(null)} />}
    </>
  );
}

const ICONS: Record<Tone, ReactNode> = { good: <CheckCircleOutlined />, warn: <WarningOutlined />, bad: <ExclamationCircleOutlined />, plain: null };

function Headline({ summary, on, lapsed }: { summary: Summary; on: string; lapsed: boolean }) {
  const t = useText();
  const { short, sites, capabilities, unknown, tone } = summary;
  return (
    <section className={`headline headline-${tone}`} aria-label={t('sufficiency.headline')}>
      <div className="headline-figure">{ICONS[tone]} {short > 0 ? t('sufficiency.short', { count: formatCount(short) }) : t(sites > 0 ? 'sufficiency.incomplete' : capabilities > 0 ? 'sufficiency.incapable' : unknown > 0 ? 'sufficiency.unknown' : tone === 'plain' ? 'sufficiency.nothing' : 'sufficiency.enough')}</div>
      <div>
        <p>{sentence(t, summary)}</p>
        <small>{t('sufficiency.on', { day: on })}{lapsed && ` ${t('rules.lapsed')}`}</small>
      </div>
    </section>
  );
}

function sentence(t: Text, { short, units, kinds, sites, capabilities, firm, allowed, over, unknown }: Summary): string {
  const parts: string[] = [];
  if (short > 0) parts.push(t('sufficiency.said_short', { kinds: kinds.slice(0, 4).map((one) => t('sufficiency.kind_short', { kind: kindNames(t, one.kinds), count: one.short })).join(t('list.comma')) }));
  if (units > 0) parts.push(t('sufficiency.said_units', { count: units }));
  if (firm > 0) parts.push(t('sufficiency.said_firm', { count: firm }));
  if (sites > 0) parts.push(t('sufficiency.said_sites', { count: sites }));
  if (capabilities > 0) parts.push(t('sufficiency.said_capabilities', { count: capabilities }));
  if (allowed > 0) parts.push(t('sufficiency.said_allowed', { count: allowed }));
  if (over > 0) parts.push(t('sufficiency.said_over', { count: over }));
  if (unknown > 0) parts.push(t('sufficiency.said_unknown', { count: unknown }));
  return parts.length > 0 ? parts.join(t.language === 'en' ? ' ' : '') : t('sufficiency.said_enough');
}
