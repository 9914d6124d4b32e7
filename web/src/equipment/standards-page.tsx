/** 办公设备标准: the most of each ordinary kind a unit may have, by which document; without it nothing is checked. */
import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Form, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import type { OfficeStandard } from '../api/types';
import { Failed, Loading } from '../app/states';
import { useAgencyAsked } from '../session/agency';
import { useCan } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { Rows, type Column } from '../shared/data-list';
import { formatCount, formatTime } from '../shared/format';
import { useAll } from '../shared/list';
import { Badge, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { formatFen, toFen } from './money';
import { DEVICE_KINDS } from './search';
import { SufficiencyFrame } from './sufficiency-frame';

export function StandardsPage() {
  const t = useText();
  const may = useCan()('provision.propose');
  const [adding, setAdding] = useState(false);
  const { agency, known, picker } = useAgencyAsked();
  const found = useAll<OfficeStandard>('/office-standards', { agency }, { enabled: known });
  return (
    <SufficiencyFrame tab="standards" actions={<>{picker}{may && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('standards.add')}</Button>}</>}>
      <Panel title={t('standards.title')}>
        <p className="panel-body muted" style={{ margin: 0 }}>{t('standards.intro')}</p>
        {found.isPending ? <Loading /> : found.error ? <Failed error={found.error} retry={() => void found.refetch()} /> : found.data.length === 0
          ? <div className="panel-body"><Alert type="info" showIcon title={t('standards.none')} description={t('standards.none_hint')} /></div>
          : <Rows rows={found.data} columns={columns(t, found.data)} rowKey={(one) => one.id} caption={t('standards.title')} />}
      </Panel>
      {adding && <AddStandard onClose={() => setAdding(false)} />}
    </SufficiencyFrame>
  );
}

function columns(t: Text, all: OfficeStandard[]): Column<OfficeStandard>[] {
  // Newest first: the first of a kind counts.
  const counts = (one: OfficeStandard) => all.find((other) => other.kind === one.kind)?.id === one.id;
  return [
    { key: 'kind', title: t('equipment.kind'), card: 'title', render: (one) => <>{t.code('equipment.kind', one.kind)} {counts(one) ? <Badge tone="good">{t('standards.counts')}</Badge> : <Badge>{t('plans.state.replaced')}</Badge>}</> },
    { key: 'quantity', title: t('standards.quantity'), width: 150, end: true, render: (one) => <span className="number">{formatCount(one.quantity)}</span> },
    { key: 'price', title: t('standards.price'), width: 170, end: true, render: (one) => <span className="number">{formatFen(one.price_fen)}</span> },
    { key: 'document', title: t('field.document'), render: (one) => <>{one.document} <span className="muted">{one.version}</span></> },
    { key: 'at', title: t('standards.entered'), width: 130, render: (one) => <span className="number">{formatTime(one.at_ms, 'day')}</span> },
  ];
}

interface NewStandard { kind: string; quantity: number; price?: number; document: string; version: string }

function AddStandard({ onClose }: { onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<NewStandard> title={t('standards.add')} path="/office-standards" reread={['/office-standards', '/sufficiency']} initial={{ kind: 'camcorder' }} onClose={onClose} body={({ price, ...values }) => ({ ...cleaned(values), price_fen: toFen(price) })}>
      <Form.Item name="kind" label={t('equipment.kind')} rules={required}><Select options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))} /></Form.Item>
      <Form.Item name="quantity" label={t('standards.quantity')} rules={required}><InputNumber min={0} max={100_000} precision={0} /></Form.Item>
      <Form.Item name="price" label={t('standards.price')}><InputNumber min={0} max={1e12} precision={2} style={{ width: '100%' }} /></Form.Item>
      <Form.Item name="document" label={t('field.document')} rules={required}><Input maxLength={200} /></Form.Item>
      <Form.Item name="version" label={t('field.version')} rules={required}><Input maxLength={40} /></Form.Item>
    </CreateDialog>
  );
}
