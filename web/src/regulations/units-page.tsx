/** 适用单位: whom the text names, which units it binds since when, and how one is bound to it. */
import { SwapOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { Addressees, Agency, Bound, Page, RegulationDetail, UnitBound } from '../api/types';
import { Failed, Loading } from '../app/states';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Badge, Empty, Panel } from '../shared/page';
import { DayPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import { holding, sorted } from './bound';
import { RegulationFrame } from './frame';
import { inWords } from './regulation';

export function UnitsPage() {
  const { id } = useParams({ from: '/shell/regulations/$id/units' });
  return <RegulationFrame id={id} tab="units">{(regulation) => <Units regulation={regulation} />}</RegulationFrame>;
}

function Units({ regulation }: { regulation: RegulationDetail }) {
  const t = useText();
  const [binding, setBinding] = useState<UnitBound | null>(null);
  const path = `/regulations/${encodeURIComponent(regulation.id)}/units`;
  const found = useQuery({ queryKey: ['/regulations', regulation.id, 'units'], queryFn: () => get<Addressees>(path) });
  const agencies = useQuery({ queryKey: ['/agencies'], queryFn: () => get<Page<Agency>>('/agencies'), staleTime: 300_000 }).data?.items ?? [];
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const { names, articles, units, may_bind } = found.data;
  const { own, others } = sorted(units, regulation.id);
  const agencyOf = (one: UnitBound) => (agencies.length > 1 ? agencies.find((agency) => agency.id === one.unit.agency_id)?.short_name : undefined);
  const line = (one: UnitBound) => (
    <li key={one.unit.id}>
      <div>
        <b>{one.unit.name}</b> <span className="muted">{[t.code('people.unit_kind', one.unit.kind), agencyOf(one)].filter(Boolean).join(' · ')}</span>
        <History bound={one.bound} profile={regulation.id} />
      </div>
      {may_bind && holding(one.bound)?.profile !== regulation.id && <Button size="small" icon={<SwapOutlined />} onClick={() => setBinding(one)}>{t('regulations.bind')}</Button>}
    </li>
  );
  return (
    <>
      <div className="panel panel-body">
        <p className="muted" style={{ marginTop: 0 }}>{t('regulations.units_intro')}</p>
        <b>{t('regulations.addressees')}</b> {names.join(t('regulations.and'))} <span className="muted">{articles.join(t('regulations.and'))}</span>
      </div>
      <Panel title={`${t('regulations.units_bound')} (${own.length})`}>
        {own.length === 0 ? <Empty title={t('regulations.units_none')} hint={t('regulations.units_none_hint')} /> : <ul className="bound">{own.map(line)}</ul>}
      </Panel>
      {others.length > 0 && <Panel title={`${t('regulations.units_other')} (${others.length})`}><ul className="bound">{others.map(line)}</ul></Panel>}
      {binding && <BindDialog regulation={regulation} path={path} one={binding} onClose={() => setBinding(null)} />}
    </>
  );
}

function History({ bound, profile }: { bound: Bound[]; profile: string }) {
  const t = useText();
  const now = holding(bound);
  const next = bound.find((one) => one.state === 'later');
  return (
    <>
      {now
        ? <div>{now.profile !== profile && <>{t.code('rules.profile', now.profile)} · </>}{now.from === null ? t('regulations.bound_from_outset') : t('regulations.bound_from', { day: now.from })}<Why bound={now} /></div>
        : <div><Badge tone="warn">{t('regulations.unit_unbound')}</Badge> <span className="muted">{t('regulations.unit_unbound_hint')}</span></div>}
      {next && <div>{t.code('rules.profile', next.profile)} · {t('regulations.bound_later', { day: next.from ?? '' })}<Why bound={next} /></div>}
      {bound.filter((one) => one.state === 'past').reverse().map((one) => <div key={one.from} className="muted small">{t('regulations.bound_before')} · {t.code('rules.profile', one.profile)} · {spanText(one, t)}</div>)}
    </>
  );
}

function Why({ bound }: { bound: Bound }) {
  const why = [bound.document, bound.decided_by].filter(Boolean).join(' · ');
  return why ? <span className="muted"> · {why}</span> : null;
}

const spanText = ({ from, to }: Bound, t: Text): string => t('regulations.bound_between', { from: from ?? t('regulations.bound_from_outset'), to: to ?? '…' });

interface Values { document: string; decided_by: string; decided_on: string; effective_on?: string }

function BindDialog({ regulation, path, one, onClose }: { regulation: RegulationDetail; path: string; one: UnitBound; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<Values>
      title={`${one.unit.name} · ${t('regulations.bind')}`} path={path} reread={['/regulations', 'recording', '/activities']} onClose={onClose}
      body={(values) => ({ ...cleaned(values), unit_id: one.unit.id })}
    >
      <p>{t('regulations.bind_hint', { title: inWords(t.language, { zh: regulation.title, en: regulation.title_en || regulation.title }) })}</p>
      <Form.Item name="document" label={t('field.document')} rules={required}><Input maxLength={200} autoFocus /></Form.Item>
      <Form.Item name="decided_by" label={t('field.decided_by')} rules={required}><Input maxLength={100} /></Form.Item>
      <Form.Item name="decided_on" label={t('field.decided_on')} rules={required}><DayPicker label={t('field.decided_on')} width="100%" /></Form.Item>
      <Form.Item name="effective_on" label={t('field.effective_on')} extra={t('regulations.effective_hint')}><DayPicker label={t('field.effective_on')} width="100%" /></Form.Item>
    </CreateDialog>
  );
}
