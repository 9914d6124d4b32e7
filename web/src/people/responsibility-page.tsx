/** 责任分工: every unit with its first responsible person, the designated and who watches; on top what nobody answers for. */
import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { useMemo, useState } from 'react';
import type { Designation, Gap, Unit } from '../api/types';
import { Failed, Loading } from '../app/states';
import { Basis } from '../regulations/basis';
import { useAgencyAsked } from '../session/agency';
import { useReach } from '../session/reach';
import { useCan } from '../session/session';
import { Rows, type Column } from '../shared/data-list';
import { formatTime } from '../shared/format';
import { useAll } from '../shared/list';
import { Badge, Empty } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { PeopleFrame } from './frame';
import { dutiesShown, gapsByDuty, responsibilityMap, type Duty, type Row } from './responsibility';
import { DesignateDialog, DesignationDialog } from './responsibility-dialogs';
import './people.css';

export function ResponsibilityPage() {
  const t = useText();
  const can = useCan();
  const [naming, setNaming] = useState<{ unit?: string; duty?: string } | null>(null);
  const mayName = can('responsibility.designate');
  const { agency, known, picker } = useAgencyAsked();
  return (
    <PeopleFrame tab="responsibility" actions={<>{picker}<ExportButton list="responsibilities" query={{ agency }} />{mayName && <Button type="primary" icon={<PlusOutlined />} onClick={() => setNaming({})}>{t('responsibility.designate')}</Button>}</>}>
      {known ? <Map agency={agency} onName={mayName ? setNaming : undefined} /> : <Loading />}
      {naming && <DesignateDialog {...naming} onClose={() => setNaming(null)} />}
    </PeopleFrame>
  );
}

type Naming = (of: { unit: string; duty: string }) => void;

function Map({ agency, onName }: { agency: string | undefined; onName: Naming | undefined }) {
  const t = useText();
  const units = useAll<Unit>('/units', { agency });
  const made = useAll<Designation>('/responsibilities');
  const gaps = useAll<Gap>('/responsibilities/gaps', { agency });
  const reach = useReach();
  const [open, setOpen] = useState<Designation | null>(null);
  const rows = useMemo(() => responsibilityMap(units.data ?? [], made.data ?? [], gaps.data ?? [], made.dataUpdatedAt + 60_000), [units.data, made.data, made.dataUpdatedAt, gaps.data]);
  const failed = [units, made, gaps].find((one) => one.error);
  if (failed) return <Failed error={failed.error} retry={() => void failed.refetch()} />;
  if (!units.data || !made.data || !gaps.data) return <Loading />;
  return (
    <>
      <Gaps gaps={gaps.data} />
      <div className="panel">
        <p className="panel-body muted" style={{ margin: 0 }}>{t('responsibility.intro')}</p>
        {rows.length === 0
          ? <Empty title={t('list.nothing')} hint={t('responsibility.no_units')} />
          : <Rows rows={rows} columns={columns(t, dutiesShown(rows), setOpen, (unit, duty) => (onName && (duty === 'first_responsible' ? reach.standsAbove(unit) : reach.reaches(unit)) ? () => onName({ unit, duty }) : null))} rowKey={(row) => row.unit.id} caption={t('people.tab.responsibility')} />}
      </div>
      {open && <DesignationDialog designation={open} history={made.data} mayEnd={onName !== undefined && (open.duty === 'first_responsible' ? reach.standsAbove(open.unit.id) : reach.reaches(open.unit.id))} onClose={() => setOpen(null)} />}
    </>
  );
}

/** 空缺: what the regulation wants somebody named for, in words. */
function Gaps({ gaps }: { gaps: Gap[] }) {
  const t = useText();
  const [all, setAll] = useState(false);
  if (gaps.length === 0) return <Alert className="gaps" type="success" showIcon title={t('responsibility.no_gaps')} />;
  const shown = gapsByDuty(gaps);
  return (
    <Alert
      className="gaps" type="error" showIcon role="alert" title={t('responsibility.gaps', { count: gaps.length })}
      description={(
        <>
          <ul className="plain">
            {shown.map(({ duty, gaps: of }) => (
              <li key={duty}>
                <b>{dutyName(t, duty)}</b> {t('responsibility.gap_units', { count: of.length, units: names(t, of.slice(0, 5)) })}{of.length > 5 && '…'} <Basis articles={of[0]!.articles} lapsed={of[0]!.lapsed} />
                {all && <ul>{of.map((gap) => <li key={gap.unit.id}>{sentence(t, gap)}</li>)}</ul>}
              </li>
            ))}
          </ul>
          <Button size="small" aria-expanded={all} onClick={() => setAll(!all)}>{t(all ? 'responsibility.fewer' : 'responsibility.all_gaps', { count: gaps.length })}</Button>
        </>
      )}
    />
  );
}

const names = (t: Text, gaps: Gap[]): string => gaps.map((gap) => gap.unit.name).join(t('list.comma'));

function sentence(t: Text, gap: Gap): string {
  const what = t(gap.body ? 'responsibility.gap_body' : gap.since_ms === null ? 'responsibility.gap_never' : 'responsibility.gap_since', { unit: gap.unit.name, day: formatTime(gap.since_ms, 'day') });
  const told = gap.told && gap.told_at ? t('responsibility.told', { name: gap.told.name, unit: gap.told_at.name }) : t('responsibility.told_nobody');
  return `${what}${told}`;
}

export const dutyName = (t: Text, duty: string): string => t.code('rules.word', `Responsibility.${duty}`);

function columns(t: Text, duties: Duty[], onOpen: (one: Designation) => void, onName: (unit: string, duty: Duty) => (() => void) | null): Column<Row>[] {
  return [
    { key: 'unit', title: t('recordings.unit'), width: 220, card: 'title', render: ({ unit, depth }) => <span className="unit-name" style={{ paddingLeft: depth * 18 }}>{unit.name}</span> },
    ...duties.map((duty): Column<Row> => ({
      key: duty, title: dutyName(t, duty),
      render: ({ unit, cells: { [duty]: cell } }) => (
        <>
          {cell.own.map((one) => <Holder key={one.id} one={one} onOpen={onOpen} />)}
          {cell.above.map((one) => <div key={one.id} className="holder"><span className="muted">{nameOf(one)}</span> <small>{t('responsibility.from_above', { unit: one.unit.name })}</small></div>)}
          {cell.gap && <Vacant t={t} label={t('responsibility.designate_for', { unit: unit.name, duty: dutyName(t, duty) })} onName={onName(unit.id, duty)} />}
          {cell.own.length === 0 && cell.above.length === 0 && !cell.gap && <span className="muted">—</span>}
        </>
      ),
    })),
  ];
}

function Vacant({ t, label, onName }: { t: Text; label: string; onName: (() => void) | null }) {
  return <span className="badges"><Badge tone="bad">{t('responsibility.vacant')}</Badge>{onName && <Button size="small" onClick={onName} aria-label={label}>{t('responsibility.name')}</Button>}</span>;
}

export const nameOf = (one: Designation): string => one.person?.name ?? one.linked_unit?.name ?? '—';

function Holder({ one, onOpen }: { one: Designation; onOpen: (one: Designation) => void }) {
  const t = useText();
  return (
    <div className="holder">
      <button type="button" className="text-button" onClick={() => onOpen(one)}>{nameOf(one)}</button>
      {one.post && <span className="small"> {one.post}</span>}
      <small>{t('responsibility.since', { day: formatTime(one.from_ms, 'day') })}{one.deputy && ` · ${t('responsibility.deputy_is', { name: one.deputy.name })}`}</small>
    </div>
  );
}
