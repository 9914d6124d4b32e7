/** 设备台账: the register of recording equipment, from the store to the scrap heap. */
import { ImportOutlined, PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Checkbox, Dropdown, Select, Tag } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { Device, DeviceFacets } from '../api/types';
import { formsOfMany } from '../documents/forms';
import { PrintMenu } from '../documents/print';
import { useCan } from '../session/session';
import { DataList, type Column } from '../shared/data-list';
import { formatCount, formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Empty } from '../shared/page';
import { UnitPicker } from '../shared/pickers';
import { SearchBox } from '../shared/search-box';
import { compact } from '../shared/search';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { ImportDialog } from '../sheet/import-dialog';
import { ActDialog } from './act-dialog';
import { ACTS } from './acts';
import { Drift, DueBack, modelOf, nameOf, StatusBadge } from './device';
import { AddDevice } from './device-form';
import { EquipmentFrame } from './frame';
import { DESK_ACTS, DEVICE_KINDS, DUES, STATUSES, type DeskAct, type DeviceSearch } from './search';

export function EquipmentPage() {
  const t = useText();
  const can = useCan();
  const search = useSearch({ from: '/shell/equipment' });
  const navigate = useNavigate();
  const [adding, setAdding] = useState<'one' | 'file' | null>(null);
  const [chosen, setChosen] = useState<Record<string, Device>>({});
  const list = useList<Device>('/devices', { ...search });
  const change = (part: Partial<DeviceSearch>) => void navigate({ to: '/equipment', search: compact({ ...search, ...part }), replace: true });
  const manages = can('device.manage');
  // As the list shows them now: an act on what somebody has changed since would be refused.
  const marked = Object.values(chosen).map((device) => list.items.find(({ id }) => id === device.id) ?? device);
  const mark = (device: Device, on: boolean) => setChosen((before) => {
    const { [device.id]: known, ...others } = before;
    return on ? { ...others, [device.id]: known ?? device } : others;
  });
  return (
    <EquipmentFrame
      tab="register"
      actions={(
        <>
          <ExportButton list="devices" query={{ ...search }} />
          {manages && <Button icon={<ImportOutlined />} onClick={() => setAdding('file')}>{t('sheet.import')}</Button>}
          {manages && <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding('one')}>{t('equipment.add')}</Button>}
        </>
      )}
    >
      <StatusTabs search={search} onChange={(status) => change({ status })} />
      <div className="panel">
        <div className="filters" role="search">
          <SearchBox value={search.q} onSearch={(q) => change({ q })} label={t('equipment.search')} />
          <UnitPicker label={t('recordings.unit')} value={search.unit} onChange={(unit) => change({ unit })} width={180} />
          <Select
            allowClear style={{ width: 160 }} placeholder={t('equipment.kind')} aria-label={t('equipment.kind')} value={search.kind} onChange={(kind) => change({ kind })}
            options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))}
          />
          <Select
            allowClear style={{ width: 170 }} placeholder={t('equipment.due')} aria-label={t('equipment.due')} value={search.due} onChange={(due) => change({ due })}
            options={DUES.map((value) => ({ value, label: t.code('equipment.due', value) }))} popupMatchSelectWidth={false}
          />
          {search.on && <Tag closable onClose={() => change({ on: undefined })}>{t('equipment.due_on', { day: search.on })}</Tag>}
          <Checkbox checked={search.mine ?? false} onChange={(event) => change({ mine: event.target.checked || undefined })}>{t('equipment.mine')}</Checkbox>
        </div>
        {marked.length > 0 && <Bulk devices={marked} onClear={() => setChosen({})} />}
        <DataList
          list={list} columns={[...(manages ? [marking(t, chosen, mark, list.items, setChosen)] : []), ...columns(t)]} rowKey={(d) => d.id} caption={t('equipment.title')} fixed
          empty={Object.keys(search).length > 0 ? <Empty title={t('list.nothing')} hint={t('list.nothing_hint')} /> : <Empty title={t('equipment.none')} hint={t('equipment.none_hint')} />}
        />
      </div>
      {adding === 'one' && <AddDevice onClose={() => setAdding(null)} />}
      {adding === 'file' && <ImportDialog list="devices" onClose={() => setAdding(null)} />}
    </EquipmentFrame>
  );
}

/** 全部 · 在库 · 已发放 …, each with its count under the other filters. States nobody is in are left out. */
function StatusTabs({ search: { status, ...others }, onChange }: { search: DeviceSearch; onChange: (status: DeviceSearch['status']) => void }) {
  const t = useText();
  const { data } = useQuery({ queryKey: ['/devices', 'facets', others], queryFn: () => get<DeviceFacets>('/devices/facets', { ...others }) });
  const shown = STATUSES.filter((one) => one === status || (data?.by_status[one] ?? 0) > 0);
  return (
    <div className="status-tabs" role="group" aria-label={t('equipment.status')}>
      {[undefined, ...shown].map((one) => (
        <button key={one ?? 'all'} type="button" aria-pressed={one === status} onClick={() => onChange(one)}>
          {one ? t.code('equipment.status', one) : t('equipment.all')} {data && <b className="number">{formatCount(one ? (data.by_status[one] ?? 0) : data.total)}</b>}
        </button>
      ))}
    </div>
  );
}

/** What can be done to all that are marked. Issue, check-out and return go over the desk, where each has its line. */
function Bulk({ devices, onClear }: { devices: Device[]; onClear: () => void }) {
  const t = useText();
  const navigate = useNavigate();
  const [act, setAct] = useState<string | null>(null);
  const toDesk = (to: DeskAct) => void navigate({ to: '/equipment/desk', search: { act: to, codes: devices.map((device) => device.id).join(',') } });
  const rest = Object.keys(ACTS).filter((one) => !DESK_ACTS.some((desk) => desk === one));
  return (
    <div className="bulk" role="status">
      <b>{t('equipment.chosen', { count: devices.length })}</b>
      {DESK_ACTS.map((one) => <Button key={one} size="small" onClick={() => toDesk(one)}>{t.code('equipment.act', one)}</Button>)}
      <Dropdown trigger={['click']} menu={{ items: rest.map((key) => ({ key, label: t.code('equipment.act', key) })), onClick: ({ key }) => setAct(key) }}><Button size="small">{t('equipment.more_acts')}</Button></Dropdown>
      <PrintMenu size="small" forms={formsOfMany(devices)} subjects={devices.map((device) => device.id)} />
      <Button size="small" type="text" onClick={onClear}>{t('equipment.unmark')}</Button>
      {act && <ActDialog act={act} devices={devices} onClose={() => setAct(null)} onDone={onClear} />}
    </div>
  );
}

type Chosen = Record<string, Device>;
function marking(t: Text, chosen: Chosen, mark: (device: Device, on: boolean) => void, shown: Device[], setChosen: (chosen: Chosen) => void): Column<Device> {
  const all = shown.length > 0 && shown.every((device) => chosen[device.id]);
  return {
    key: 'mark', width: 44, card: 'bare',
    title: <Checkbox aria-label={t('equipment.mark_all')} checked={all} onChange={() => setChosen(all ? {} : Object.fromEntries(shown.map((device) => [device.id, device])))} />,
    render: (d) => <Checkbox className="mark" aria-label={t('equipment.mark', { name: nameOf(d) })} checked={chosen[d.id] !== undefined} onChange={(event) => mark(d, event.target.checked)} />,
  };
}

function columns(t: Text): Column<Device>[] {
  return [
    {
      key: 'name', title: t('equipment.asset_no'), width: '18%', card: 'title',
      render: (d) => <><Link to="/equipment/$id" params={{ id: d.id }}>{nameOf(d)}</Link>{d.asset_no !== null && <div className="muted small">{d.serial_no}</div>}</>,
    },
    { key: 'kind', title: t('equipment.kind'), width: '19%', render: (d) => <>{t.code('equipment.kind', d.kind)}<div className="muted small">{modelOf(d)}</div></> },
    {
      key: 'status', title: t('equipment.status'), width: '13%',
      render: (d) => <span className="badges"><StatusBadge status={d.status} />{d.open_orders.map((kind) => <span key={kind} className="muted small">{t('equipment.order_open', { kind: t.code('equipment.order', kind) })}</span>)}</span>,
    },
    { key: 'unit', title: t('recordings.unit'), width: '13%', render: (d) => d.unit?.name ?? '—' },
    { key: 'holder', title: t('equipment.holder'), width: '14%', render: (d) => (d.holder ? <>{d.holder.name}<DueBack ms={d.due_ms} /></> : '—') },
    { key: 'docked', title: t('equipment.last_docked'), width: '13%', render: (d) => (d.last_docked_ms === null ? '—' : <span className="number">{formatTime(d.last_docked_ms)}</span>) },
    { key: 'drift', title: t('equipment.drift'), width: '10%', end: true, render: (d) => (d.drift_ms === null ? '—' : <Drift ms={d.drift_ms} />) },
  ];
}
