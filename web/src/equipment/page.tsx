/** 设备: the register of recording equipment. */
import { CheckCircleOutlined, ExclamationCircleOutlined, PlusOutlined, WarningOutlined } from '@ant-design/icons';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Checkbox, Form, Input, Select } from 'antd';
import { useState } from 'react';
import type { Device } from '../api/types';
import { useCan, useMe } from '../session/session';
import { CreateDialog, cleaned, useRequired } from '../shared/create-dialog';
import { DataList, type Column } from '../shared/data-list';
import { formatDrift, formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Badge, Empty, PageHead } from '../shared/page';
import { UnitPicker } from '../shared/pickers';
import { SearchBox } from '../shared/search-box';
import { compact } from '../shared/search';
import { useText, type Text } from '../shared/text';
import { driftTone } from './drift';
import { DEVICE_KINDS, type DeviceSearch } from './search';

export function EquipmentPage() {
  const t = useText();
  const can = useCan();
  const search = useSearch({ from: '/shell/equipment' });
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const list = useList<Device>('/devices', { ...search });
  const change = (part: Partial<DeviceSearch>) => void navigate({ to: '/equipment', search: compact({ ...search, ...part }), replace: true });
  const add = can('device.manage') && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t('equipment.add')}</Button>;
  return (
    <>
      <PageHead title={t('equipment.title')}>{add}</PageHead>
      <div className="panel">
        <div className="filters" role="search">
          <SearchBox value={search.q} onSearch={(q) => change({ q })} label={t('equipment.search')} />
          <UnitPicker label={t('recordings.unit')} value={search.unit} onChange={(unit) => change({ unit })} width={200} />
          <Select
            allowClear style={{ width: 180 }} placeholder={t('equipment.kind')} aria-label={t('equipment.kind')} value={search.kind} onChange={(kind) => change({ kind })}
            options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))}
          />
          <Checkbox checked={search.undocked === true} onChange={(event) => change({ undocked: event.target.checked ? true : undefined })}>{t('equipment.undocked')}</Checkbox>
        </div>
        <DataList
          list={list} columns={columns(t)} rowKey={(d) => d.id} caption={t('equipment.title')}
          empty={Object.keys(search).length > 0 ? <Empty title={t('list.nothing')} hint={t('list.nothing_hint')} /> : <Empty title={t('equipment.none')} hint={t('equipment.none_hint')} />}
        />
      </div>
      {adding && <AddDevice onClose={() => setAdding(false)} />}
    </>
  );
}

function columns(t: Text): Column<Device>[] {
  return [
    {
      key: 'serial', title: t('equipment.serial_no'), card: 'title',
      render: (d) => <><Link to="/recordings" search={{ device: d.id }} title={t('equipment.its_recordings')}>{d.serial_no}</Link><div className="muted small">{d.asset_no}</div></>,
    },
    { key: 'kind', title: t('equipment.kind'), render: (d) => <>{t.code('equipment.kind', d.kind)}<div className="muted small">{d.model}</div></> },
    { key: 'status', title: t('equipment.status'), width: 120, render: (d) => <StatusBadge status={d.status} /> },
    { key: 'unit', title: t('recordings.unit'), render: (d) => d.unit?.name ?? '—' },
    { key: 'holder', title: t('equipment.holder'), render: (d) => d.holder?.name ?? '—' },
    { key: 'docked', title: t('equipment.last_docked'), width: 150, render: (d) => (d.last_docked_ms === null ? <span className="muted">{t('equipment.never')}</span> : <span className="number">{formatTime(d.last_docked_ms)}</span>) },
    { key: 'drift', title: t('equipment.drift'), width: 120, end: true, render: (d) => <Drift ms={d.drift_ms} /> },
  ];
}

function StatusBadge({ status }: { status: string }) {
  const t = useText();
  const text = t.code('equipment.status', status);
  if (['issued', 'checked_out', 'in_store'].includes(status)) return <Badge tone="good" icon={<CheckCircleOutlined />}>{text}</Badge>;
  if (['lost', 'stolen'].includes(status)) return <Badge tone="bad" icon={<ExclamationCircleOutlined />}>{text}</Badge>;
  return <Badge tone="warn" icon={<WarningOutlined />}>{text}</Badge>;
}

/** 时钟误差. A figure, and a word where it is large enough to matter. */
function Drift({ ms }: { ms: number | null }) {
  const t = useText();
  if (ms === null) return <span className="muted">{t('equipment.drift_unknown')}</span>;
  const tone = driftTone(ms);
  return tone === 'plain' ? <span className="number">{formatDrift(ms)}</span> : <Badge tone={tone} icon={<WarningOutlined />} title={t('equipment.drift_large')}>{formatDrift(ms)}</Badge>;
}

interface NewDevice { kind: string; description?: string; maker?: string; model?: string; serial_no: string; asset_no?: string; unit_id: string; purpose: string; acquired_on: string; price_yuan: string }
/** Pure: the form as the server wants it, the price in fen. */
function registration({ price_yuan, ...values }: NewDevice) {
  return { ...cleaned(values), maker: values.maker?.trim() ?? '', model: values.model?.trim() ?? '', price_fen: Math.round(Number(price_yuan) * 100) };
}

function AddDevice({ onClose }: { onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  return (
    <CreateDialog<NewDevice> title={t('equipment.add')} path="/devices" body={registration} onClose={onClose} initial={{ kind: 'body_worn_camera', unit_id: me.unit?.id }}>
      <Form.Item name="kind" label={t('equipment.kind')} rules={required}><Select options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))} /></Form.Item>
      <Form.Item name="serial_no" label={t('equipment.serial_no')} rules={required}><Input maxLength={80} autoFocus /></Form.Item>
      <Form.Item name="maker" label={t('equipment.maker')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="model" label={t('equipment.model')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="asset_no" label={t('equipment.asset_no')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="description" label={t('equipment.description')}><Input maxLength={200} /></Form.Item>
      <Form.Item name="purpose" label={t('equipment.purpose')} rules={required}><Input maxLength={200} /></Form.Item>
      <Form.Item name="acquired_on" label={t('equipment.acquired_on')} rules={required}><Input type="date" /></Form.Item>
      <Form.Item name="price_yuan" label={t('equipment.price_yuan')} rules={required}><Input type="number" min={0} step={0.01} /></Form.Item>
      <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>
    </CreateDialog>
  );
}
