/** 配备计划与情况说明: what units want to have and for which duty, approved by somebody above; shortages that were left be. */
import { CheckCircleOutlined, ClockCircleOutlined, MinusCircleOutlined, PlusOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { post } from '../api/client';
import type { Deviation, Plan } from '../api/types';
import { useAgencyAsked } from '../session/agency';
import { useReach } from '../session/reach';
import { useCan, useMe } from '../session/session';
import { CreateDialog, useRequired } from '../shared/create-dialog';
import { DataList, type Column } from '../shared/data-list';
import { formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Badge, Empty, Panel } from '../shared/page';
import { UnitPicker } from '../shared/pickers';
import { Refusal } from '../shared/refusal';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { DEVICE_KINDS } from './search';
import { SufficiencyFrame } from './sufficiency-frame';
import { kindNames } from './sufficiency-lines';

export function PlansPage() {
  const t = useText();
  const can = useCan();
  const [proposing, setProposing] = useState(false);
  const { agency, known, picker } = useAgencyAsked();
  return (
    <SufficiencyFrame tab="plans" actions={<>{picker}<ExportButton list="plans" query={{}} />{can('provision.propose') && <Button type="primary" icon={<PlusOutlined />} onClick={() => setProposing(true)}>{t('plans.propose')}</Button>}</>}>
      <Plans />
      {known && <Deviations agency={agency} />}
      {proposing && <ProposeDialog onClose={() => setProposing(false)} />}
    </SufficiencyFrame>
  );
}

function Plans() {
  const t = useText();
  const me = useMe();
  const mayApprove = useCan()('provision.approve');
  const reach = useReach();
  const client = useQueryClient();
  const list = useList<Plan>('/provision-plans');
  const approve = useMutation({
    mutationFn: (plan: Plan) => post(`/provision-plans/${encodeURIComponent(plan.id)}/approve`),
    onSuccess: () => ['/provision-plans', '/sufficiency', '/workbench'].forEach((key) => void client.invalidateQueries({ queryKey: [key] })),
  });
  const columns: Column<Plan>[] = [
    { key: 'unit', title: t('recordings.unit'), width: 200, card: 'title', render: (plan) => <>{plan.unit.name}<div className="muted small">{t('plans.version', { version: plan.version })}</div></> },
    { key: 'lines', title: t('plans.lines'), card: 'bare', render: (plan) => <ul className="plain">{plan.lines.map((line, i) => <li key={i}>{t.code('equipment.kind', line.kind)} <b className="number">{t('equipment.pieces', { count: line.quantity })}</b> <span className="muted">{[line.purpose, line.reason].filter(Boolean).join(' · ')}</span></li>)}</ul> },
    { key: 'state', title: t('plans.state'), width: 240, card: 'bare', render: (plan) => <PlanState plan={plan} t={t} /> },
  ];
  if (mayApprove) {
    columns.push({ key: 'act', title: t('accounts.decide'), width: 110, card: 'bare', render: (plan) => plan.state === 'proposed' && plan.proposed_by.id !== me.account && reach.standsAbove(plan.unit.id) && (
      <Popconfirm title={t('plans.approve_question', { unit: plan.unit.name, version: plan.version })} okText={t('plans.approve')} cancelText={t('form.cancel')} onConfirm={() => approve.mutate(plan)}>
        <Button size="small" type="primary">{t('plans.approve')}</Button>
      </Popconfirm>
    ) });
  }
  return (
    <Panel title={t('plans.title')}>
      <p className="panel-body muted" style={{ margin: 0 }}>{t('plans.intro')}</p>
      <Refusal error={approve.error} />
      <DataList list={list} columns={columns} rowKey={(plan) => plan.id} caption={t('plans.title')} empty={<Empty title={t('plans.none')} hint={t('plans.none_hint')} />} />
    </Panel>
  );
}

function PlanState({ plan, t }: { plan: Plan; t: Text }) {
  const icon = plan.state === 'approved' ? <CheckCircleOutlined /> : plan.state === 'proposed' ? <ClockCircleOutlined /> : undefined;
  return (
    <>
      <Badge tone={plan.state === 'approved' ? 'good' : plan.state === 'proposed' ? 'warn' : 'plain'} icon={icon}>{t.code('plans.state', plan.state)}</Badge>
      <div className="muted small">{t('plans.proposed_by', { name: plan.proposed_by.name, day: formatTime(plan.proposed_ms, 'day') })}</div>
      {plan.approved_by && <div className="muted small">{t('plans.approved_by', { name: plan.approved_by.name, day: formatTime(plan.approved_ms, 'day') })}</div>}
    </>
  );
}

interface Proposal { unit_id: string; lines: { kind?: string; quantity?: number; purpose?: string; reason?: string }[] }

function ProposeDialog({ onClose }: { onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  return (
    <CreateDialog<Proposal>
      title={t('plans.propose')} path="/provision-plans" reread={['/provision-plans', '/sufficiency', '/workbench']} onClose={onClose} initial={{ unit_id: me.unit?.id, lines: [{ kind: 'body_worn_camera' }] }}
      body={({ unit_id, lines }) => ({ unit_id, lines: lines.map((line) => ({ kind: line.kind, quantity: line.quantity, purpose: line.purpose?.trim(), reason: line.reason?.trim() || null })) })}
    >
      <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>
      <Form.List name="lines">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <fieldset key={key} className="plan-line">
                <Form.Item name={[name, 'kind']} label={t('equipment.kind')} rules={required}><Select options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))} /></Form.Item>
                <Form.Item name={[name, 'quantity']} label={t('plans.quantity')} rules={required}><InputNumber min={0} max={100_000} precision={0} /></Form.Item>
                {fields.length > 1 && <Button type="text" icon={<MinusCircleOutlined />} aria-label={t('form.remove')} onClick={() => remove(name)} />}
                <Form.Item className="wide" name={[name, 'purpose']} label={t('plans.purpose')} rules={required}><Input maxLength={500} placeholder={t('plans.purpose_hint')} /></Form.Item>
                <Form.Item className="wide" name={[name, 'reason']} label={t('field.reason')}><Input maxLength={500} /></Form.Item>
              </fieldset>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => add({})}>{t('plans.add_line')}</Button>
          </>
        )}
      </Form.List>
    </CreateDialog>
  );
}

function Deviations({ agency }: { agency: string | undefined }) {
  const t = useText();
  const list = useList<Deviation>('/provision-deviations', { agency });
  const columns: Column<Deviation>[] = [
    { key: 'unit', title: t('recordings.unit'), width: 200, card: 'title', render: (one) => <>{one.unit.name}<div className="muted small">{kindNames(t, one.need.split('+'))}</div></> },
    { key: 'reason', title: t('field.reason'), card: 'bare', render: (one) => <>{one.reason}{one.document && <div className="muted small">{one.document}</div>}</> },
    { key: 'approver', title: t('plans.approver'), width: 200, render: (one) => <>{one.approver.name} <span className="muted number">{formatTime(one.at_ms, 'day')}</span></> },
    { key: 'until', title: t('sufficiency.until_day'), width: 150, render: (one) => <span className="number">{one.until_day ?? t('plans.no_end')}</span> },
  ];
  return (
    <Panel title={t('plans.deviations')}>
      <DataList list={list} columns={columns} rowKey={(one) => one.id} caption={t('plans.deviations')} empty={<Empty title={t('plans.no_deviations')} hint={t('plans.no_deviations_hint')} />} />
    </Panel>
  );
}
