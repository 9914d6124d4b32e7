/** 采购验收: from whom it was bought, what passed the acceptance test and what went back; in use without a test is a warning. */
import { CheckCircleOutlined, ClockCircleOutlined, MinusCircleOutlined, PlusOutlined, WarningOutlined } from '@ant-design/icons';
import { Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import type { Purchase, PurchaseLine } from '../api/types';
import { useCan, useMe } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { DataList, type Column } from '../shared/data-list';
import { useList } from '../shared/list';
import { Badge, Empty, Panel } from '../shared/page';
import { DayPicker, UnitPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { addsUp, formatFen, toFen, type Tested } from './money';
import { DEVICE_KINDS } from './search';
import { SufficiencyFrame } from './sufficiency-frame';

const REREAD = ['/purchases', '/budgets', '/devices'];

export function PurchasesPage() {
  const t = useText();
  const may = useCan()('provision.propose');
  const [adding, setAdding] = useState(false);
  const [testing, setTesting] = useState<Purchase | null>(null);
  const list = useList<Purchase>('/purchases');
  return (
    <SufficiencyFrame tab="purchases" actions={<><ExportButton list="purchases" query={{}} />{may && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('purchases.add')}</Button>}</>}>
      <Panel title={t('purchases.title')}>
        <DataList list={list} columns={columns(t, may, setTesting)} rowKey={(one) => one.id} caption={t('purchases.title')} empty={<Empty title={t('purchases.none')} hint={t('purchases.none_hint')} />} />
      </Panel>
      {adding && <AddPurchase onClose={() => setAdding(false)} />}
      {testing && <AcceptDialog purchase={testing} onClose={() => setTesting(null)} />}
    </SufficiencyFrame>
  );
}

function columns(t: Text, may: boolean, onTest: (one: Purchase) => void): Column<Purchase>[] {
  return [
    { key: 'supplier', title: t('purchases.supplier'), width: 230, card: 'title', render: (one) => <><b>{one.supplier}</b><div className="muted small">{one.contract} · {one.unit.name}</div></> },
    { key: 'on', title: t('purchases.bought_on'), width: 120, render: (one) => <span className="number">{one.bought_on}</span> },
    { key: 'lines', title: t('purchases.lines'), card: 'bare', render: (one) => <ul className="plain">{one.lines.map((line, i) => <li key={i}><Line line={line} t={t} /></li>)}</ul> },
    {
      key: 'state', title: t('purchases.acceptance'), width: 250, card: 'bare',
      render: (one) => (one.accepted_on === null
        ? (
          <>
            <Badge tone="warn" icon={<ClockCircleOutlined />}>{t('purchases.not_accepted')}</Badge>
            {one.in_use_untested.length > 0 && <div><Badge tone="bad" icon={<WarningOutlined />}>{t('purchases.untested', { count: one.in_use_untested.length })}</Badge></div>}
            {may && <div><Button size="small" onClick={() => onTest(one)}>{t('purchases.accept')}</Button></div>}
          </>
        )
        : (
          <>
            <Badge tone={one.returned > 0 ? 'warn' : 'good'} icon={<CheckCircleOutlined />}>{t('purchases.accepted', { usable: one.usable, returned: one.returned })}</Badge>
            <div className="muted small">{one.accepted_by} <span className="number">{one.accepted_on}</span></div>
            {one.findings && <div className="small">{one.findings}</div>}
          </>
        )),
    },
  ];
}

function Line({ line, t }: { line: PurchaseLine; t: Text }) {
  return (
    <>
      {t.code('equipment.kind', line.kind)} {line.model} <b className="number">{t('equipment.pieces', { count: line.quantity })}</b> <span className="muted number">{t('purchases.each', { price: formatFen(line.price_fen) })}</span>
      {!!line.failed && <div className="small bad">{t('purchases.failed', { count: line.failed })} {[line.defects, line.follow_up].filter(Boolean).join(' · ')}</div>}
    </>
  );
}

interface NewPurchase { unit_id: string; supplier: string; contract: string; bought_on: string; lines: { kind?: string; model?: string; quantity?: number; price?: number }[] }

function AddPurchase({ onClose }: { onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  return (
    <CreateDialog<NewPurchase>
      title={t('purchases.add')} path="/purchases" reread={REREAD} initial={{ unit_id: me.unit?.id, lines: [{ kind: 'body_worn_camera' }] }} onClose={onClose}
      body={({ lines, ...values }) => ({ ...cleaned(values), lines: lines.map((line) => ({ kind: line.kind, model: line.model?.trim() || null, quantity: line.quantity, price_fen: toFen(line.price) })) })}
    >
      <Form.Item name="supplier" label={t('purchases.supplier')} rules={required}><Input maxLength={80} autoFocus /></Form.Item>
      <Form.Item name="contract" label={t('purchases.contract')} rules={required}><Input maxLength={200} /></Form.Item>
      <Form.Item name="unit_id" label={t('purchases.unit')} rules={required}><UnitPicker label={t('purchases.unit')} /></Form.Item>
      <Form.Item name="bought_on" label={t('purchases.bought_on')} rules={required}><DayPicker label={t('purchases.bought_on')} width="100%" /></Form.Item>
      <Form.List name="lines">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <fieldset key={key} className="plan-line">
                <Form.Item name={[name, 'kind']} label={t('equipment.kind')} rules={required}><Select options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))} /></Form.Item>
                <Form.Item name={[name, 'quantity']} label={t('plans.quantity')} rules={required}><InputNumber min={1} max={100_000} precision={0} /></Form.Item>
                {fields.length > 1 && <Button type="text" icon={<MinusCircleOutlined />} aria-label={t('form.remove')} onClick={() => remove(name)} />}
                <Form.Item className="first" name={[name, 'model']} label={t('field.model')}><Input maxLength={80} /></Form.Item>
                <Form.Item className="second" name={[name, 'price']} label={t('purchases.price')} rules={required}><InputNumber min={0} max={1e12} precision={2} /></Form.Item>
              </fieldset>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => add({})}>{t('plans.add_line')}</Button>
          </>
        )}
      </Form.List>
    </CreateDialog>
  );
}

type TestedLine = Tested & { defects?: string; follow_up?: string };
interface Acceptance { accepted_on: string; accepted_by: string; findings?: string; lines: TestedLine[] }

function AcceptDialog({ purchase, onClose }: { purchase: Purchase; onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  return (
    <CreateDialog<Acceptance>
      title={t('purchases.accept_of', { contract: purchase.contract })} path={`/purchases/${encodeURIComponent(purchase.id)}/acceptance`} reread={REREAD} onClose={onClose}
      initial={{ accepted_by: me.name, lines: purchase.lines.map((line) => ({ passed: line.quantity, failed: 0 })) }}
      body={({ lines, ...values }) => ({ ...cleaned(values), lines: lines.map((line) => ({ passed: line.passed ?? 0, failed: line.failed ?? 0, defects: line.defects?.trim() || null, follow_up: line.follow_up?.trim() || null })) })}
    >
      {purchase.lines.map((bought, name) => (
        <fieldset key={name} className="plan-line">
          <legend className="small"><b className="number">{bought.quantity}</b> {t.code('equipment.kind', bought.kind)} {bought.model}</legend>
          <Form.Item className="half" name={['lines', name, 'passed']} label={t('purchases.passed')} rules={required}><InputNumber min={0} max={bought.quantity} precision={0} /></Form.Item>
          <Form.Item
            className="half" name={['lines', name, 'failed']} label={t('purchases.failed_label')} dependencies={[['lines', name, 'passed']]}
            rules={[({ getFieldValue }) => ({ validator: () => (addsUp(bought.quantity, getFieldValue(['lines', name]) as Tested) ? Promise.resolve() : Promise.reject(new Error(t('purchases.sum', { count: bought.quantity })))) })]}
          ><InputNumber min={0} max={bought.quantity} precision={0} /></Form.Item>
          <Form.Item className="wide" name={['lines', name, 'defects']} label={t('purchases.defects')}><Input maxLength={500} /></Form.Item>
          <Form.Item className="wide" name={['lines', name, 'follow_up']} label={t('purchases.follow_up')}><Input maxLength={500} /></Form.Item>
        </fieldset>
      ))}
      <Form.Item name="accepted_on" label={t('purchases.accepted_on')} rules={required}><DayPicker label={t('purchases.accepted_on')} width="100%" /></Form.Item>
      <Form.Item name="accepted_by" label={t('purchases.accepted_by')} rules={required}><Input maxLength={80} /></Form.Item>
      <Form.Item name="findings" label={t('purchases.findings')}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
    </CreateDialog>
  );
}
