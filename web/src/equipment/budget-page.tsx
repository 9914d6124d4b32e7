/** 年度经费: what each unit asked for, was granted and spent, and what its firm deficits would cost. */
import { PlusOutlined, WarningOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { BudgetLine, BudgetSheet } from '../api/types';
import { Failed, Loading } from '../app/states';
import { Basis } from '../regulations/basis';
import { useAgencyAsked } from '../session/agency';
import { useCan } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Rows, type Column } from '../shared/data-list';
import { dayOf } from '../shared/format';
import { Badge, Empty, Panel } from '../shared/page';
import { UnitPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { formatFen, shares, toFen } from './money';
import { SufficiencyFrame } from './sufficiency-frame';

export function BudgetPage() {
  const t = useText();
  const may = useCan()('provision.approve');
  const { year: asked } = useSearch({ from: '/shell/equipment/sufficiency/budget' });
  const navigate = useNavigate();
  const [now] = useState(() => Number(dayOf(Date.now()).slice(0, 4)));
  const year = asked ?? now;
  const [adding, setAdding] = useState(false);
  const { agency, known, picker } = useAgencyAsked();
  const found = useQuery({ queryKey: ['/budgets', year, agency], queryFn: ({ signal }) => get<BudgetSheet>('/budgets', { year, agency }, signal), enabled: known });
  const years = [...new Set([now + 1, now, now - 1, now - 2, year])].sort((a, b) => b - a);
  return (
    <SufficiencyFrame tab="budget" actions={<>{picker}<ExportButton list="budgets" query={{ year, agency }} />{may && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('budget.add')}</Button>}</>}>
      <Panel
        title={t('budget.title', { year })}
        aside={<Select aria-label={t('budget.year')} value={year} style={{ width: 110 }} options={years.map((value) => ({ value, label: String(value) }))} onChange={(value) => void navigate({ to: '/equipment/sufficiency/budget', search: { year: value }, replace: true })} />}
      >
        {found.isPending ? <Loading /> : found.error ? <Failed error={found.error} retry={() => void found.refetch()} /> : <Sheet sheet={found.data} />}
      </Panel>
      {adding && <AddBudget year={year} onClose={() => setAdding(false)} />}
    </SufficiencyFrame>
  );
}

function Sheet({ sheet }: { sheet: BudgetSheet }) {
  const t = useText();
  return (
    <>
      <p className="panel-body muted" style={{ margin: 0 }}>
        {t(sheet.funded_by ? 'budget.funded_by' : 'budget.funded_by_nobody', { name: sheet.funded_by })} {sheet.articles.length > 0 && <Basis articles={sheet.articles} />}
      </p>
      <ul className="sums" aria-label={t('budget.sums')}>
        <li><span>{t('budget.need')}</span><b className="number">{formatFen(sheet.need_fen)}</b></li>
        <li><span>{t('budget.approved')}</span><b className="number">{formatFen(sheet.approved_fen)}</b></li>
        <li><span>{t('budget.spent')}</span><b className="number">{formatFen(sheet.spent_fen)}</b></li>
      </ul>
      {sheet.units.length === 0
        ? <Empty title={t('budget.none')} hint={t('budget.none_hint')} />
        : <Rows rows={sheet.units} columns={columns(t)} rowKey={(line) => line.unit.id} caption={t('budget.title', { year: sheet.year })} />}
    </>
  );
}

function columns(t: Text): Column<BudgetLine>[] {
  return [
    { key: 'unit', title: t('recordings.unit'), card: 'title', render: (line) => <><b>{line.unit.name}</b>{line.document && <div className="muted small">{line.document}</div>}</> },
    { key: 'need', title: t('budget.need'), width: 140, end: true, render: (line) => <span className="number">{formatFen(line.need_fen)}</span> },
    { key: 'approved', title: t('budget.approved'), width: 140, end: true, render: (line) => <span className="number">{formatFen(line.approved_fen)}</span> },
    { key: 'spent', title: t('budget.spent'), width: 200, end: true, render: (line) => <Spent line={line} t={t} /> },
    {
      key: 'deficit', title: t('budget.deficit'), width: 200, end: true,
      render: (line) => (
        <>
          <span className="number">{line.firm_deficit_fen === null ? t('budget.no_price') : formatFen(line.firm_deficit_fen)}</span>
          {line.alert && <div><Badge tone="bad" icon={<WarningOutlined />}>{t('budget.below')}</Badge></div>}
        </>
      ),
    },
  ];
}

/** Spent against granted as a bar, where anything was granted to this unit itself; open, it says on what. */
function Spent({ line, t }: { line: BudgetLine; t: Text }) {
  const [granted, spent] = shares([line.approved_fen, line.spent_fen]) as [number, number];
  return (
    <details className="spent">
      <summary><span className="number">{formatFen(line.spent_fen)}</span>{line.approved_fen > 0 && <span className="provision-bar" aria-hidden="true"><i className="provision-have" style={{ width: `${Math.min(granted, spent)}%` }} /><i className="provision-missing provision-firm" style={{ width: `${Math.max(0, spent - granted)}%` }} /></span>}</summary>
      {line.spent.length === 0 ? <span className="muted small">{t('budget.nothing_spent')}</span> : <ul className="plain small">{line.spent.map((one) => <li key={one.device}><Link to="/equipment/$id" params={{ id: one.device }}>{t('budget.spent_on', { kind: t.code('equipment.kind', one.kind), price: formatFen(one.price_fen) })}</Link></li>)}</ul>}
    </details>
  );
}

interface NewBudget { unit_id: string; year: number; need: number; approved: number; document: string }

function AddBudget({ year, onClose }: { year: number; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<NewBudget>
      title={t('budget.add')} path="/budgets" initial={{ year }} onClose={onClose}
      body={({ need, approved, ...values }) => ({ ...cleaned(values), need_fen: toFen(need), approved_fen: toFen(approved) })}
    >
      <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>
      <Form.Item name="year" label={t('budget.year')} rules={required}><InputNumber min={2000} max={2199} precision={0} /></Form.Item>
      <Form.Item name="need" label={t('budget.need')} rules={required}><InputNumber min={0} max={1e12} precision={2} style={{ width: '100%' }} /></Form.Item>
      <Form.Item name="approved" label={t('budget.approved')} rules={required}><InputNumber min={0} max={1e12} precision={2} style={{ width: '100%' }} /></Form.Item>
      <Form.Item name="document" label={t('field.document')} rules={required}><Input maxLength={200} /></Form.Item>
    </CreateDialog>
  );
}
