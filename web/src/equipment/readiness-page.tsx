/** 年限与在用: how much of the fleet truly works, and what comes to the end of its service life and what renewing it costs. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Select } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { Readiness, Working } from '../api/types';
import { Failed, Loading } from '../app/states';
import { useAgencyAsked } from '../session/agency';
import { Rows, type Column } from '../shared/data-list';
import { dayOf, formatCount } from '../shared/format';
import { Empty, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { formatFen } from './money';
import { perCent, renewalOf, shareOf } from './readiness';
import type { DeviceSearch } from './search';
import { SufficiencyFrame } from './sufficiency-frame';

export function ReadinessPage() {
  const { year } = useSearch({ from: '/shell/equipment/sufficiency/readiness' });
  const { agency, known, picker } = useAgencyAsked();
  const found = useQuery({ queryKey: ['/readiness', year, agency], queryFn: ({ signal }) => get<Readiness>('/readiness', { year, agency }, signal), enabled: known });
  return (
    <SufficiencyFrame tab="readiness" actions={picker}>
      {found.isPending ? <Loading /> : found.error ? <Failed error={found.error} retry={() => void found.refetch()} /> : <Content found={found.data} />}
    </SufficiencyFrame>
  );
}

function Content({ found }: { found: Readiness }) {
  const t = useText();
  const all = shareOf(found.units);
  const asked = (due: DeviceSearch['due'], count: number) => <Link to="/equipment" search={{ due }}>{t(`readiness.${due as 'idle' | 'undocked'}`, { count: formatCount(count) })}</Link>;
  return (
    <>
      <section className={`headline headline-${all.tone}`} aria-label={t('readiness.share')}>
        <div className="headline-figure">{t('readiness.working', { share: perCent(all) })}</div>
        <div>
          <p>{t('readiness.sentence', { kept: formatCount(all.kept), usable: formatCount(all.usable), working: formatCount(all.working) })}</p>
          <small>{t('readiness.meaning')} {asked('undocked', found.undocked)} · {asked('idle', found.idle)}</small>
        </div>
      </section>
      <Panel title={t('readiness.units')}>
        {found.units.length === 0
          ? <Empty title={t('readiness.none')} hint={t('readiness.none_hint')} />
          : <Rows rows={found.units} columns={columns(t)} rowKey={(line) => line.unit?.id ?? ''} caption={t('readiness.units')} />}
      </Panel>
      <RenewalPanel found={found} />
    </>
  );
}

function RenewalPanel({ found: { year, on, renewal } }: { found: Readiness }) {
  const t = useText();
  const navigate = useNavigate();
  const [now] = useState(() => Number(dayOf(Date.now()).slice(0, 4)));
  const years = [...new Set([now, now + 1, now + 2, year])].sort((a, b) => a - b);
  const { devices, cost_fen, unpriced } = renewalOf(renewal);
  return (
    <Panel
      title={t('readiness.renewal', { year })}
      aside={<Select aria-label={t('budget.year')} value={year} style={{ width: 110 }} options={years.map((value) => ({ value, label: String(value) }))} onChange={(value) => void navigate({ to: '/equipment/sufficiency/readiness', search: { year: value }, replace: true })} />}
    >
      {devices === 0
        ? <Empty title={t('readiness.nothing_due')} hint={t('readiness.nothing_due_hint')} />
        : (
          <>
            <p className="panel-body" style={{ margin: 0 }}>
              {t('readiness.renewal_sentence', { count: formatCount(devices), cost: formatFen(cost_fen) })}
              {unpriced > 0 && ` ${t('readiness.unpriced', { count: formatCount(unpriced) })}`}
            </p>
            <Rows
              rows={renewal} rowKey={(line) => line.kind} caption={t('readiness.renewal', { year })}
              columns={[
                { key: 'kind', title: t('equipment.kind'), card: 'title', render: (line) => <b>{t.code('equipment.kind', line.kind)}</b> },
                { key: 'devices', title: t('readiness.devices'), width: 160, end: true, render: (line) => <Link className="number" to="/equipment" search={{ due: 'renewal', on, kind: line.kind as DeviceSearch['kind'] }}>{formatCount(line.devices)}</Link> },
                { key: 'cost', title: t('readiness.cost'), width: 220, end: true, render: (line) => <span className="number">{line.cost_fen === null ? t('budget.no_price') : formatFen(line.cost_fen)}</span> },
              ]}
            />
          </>
        )}
    </Panel>
  );
}

function columns(t: Text): Column<Working>[] {
  const figure = (key: 'kept' | 'usable' | 'working'): Column<Working> => ({ key, title: t(`readiness.${key}_column`), width: 130, end: true, render: (line) => <span className="number">{formatCount(line[key])}</span> });
  return [
    { key: 'unit', title: t('recordings.unit'), card: 'title', render: (line) => <b>{line.unit?.name ?? t('readiness.no_unit')}</b> },
    figure('kept'), figure('usable'), figure('working'),
    {
      key: 'share', title: t('readiness.share'), width: 220,
      render: (line) => (
        <>
          <span className="number">{perCent(line)}</span>
          <span className="provision-bar" aria-hidden="true"><i className="provision-have" style={{ width: perCent(line) }} /></span>
        </>
      ),
    },
  ];
}
