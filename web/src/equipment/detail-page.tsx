/** One device: its state, what can be done with it now, and everything that was done. */
import { CheckCircleOutlined, EditOutlined, WarningOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Button, Dropdown } from 'antd';
import { useState } from 'react';
import type { DeviceDetail } from '../api/types';
import { Failed, Loading } from '../app/states';
import { formsOfOne } from '../documents/forms';
import { PrintMenu } from '../documents/print';
import { useCan } from '../session/session';
import { formatTime } from '../shared/format';
import { Badge, Fact, PageHead, Panel } from '../shared/page';
import { useText } from '../shared/text';
import { ActDialog } from './act-dialog';
import { offered } from './acts';
import { CustodyPanel, HistoryPanel } from './history';
import { Drift, modelOf, nameOf, StatusBadge } from './device';
import { CorrectDevice } from './device-form';
import { LifeLine } from './life-line';
import { OpenOrder, OrderLine } from './order-list';
import { openable } from './orders';
import { deviceQuery } from './queries';
import { RecordingsPanel } from './recordings-panel';
import { formatYuan } from './registration';
import './equipment.css';

export function DevicePage() {
  const { id } = useParams({ from: '/shell/equipment/$id' });
  const found = useQuery(deviceQuery(id));
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <Content key={id} device={found.data} />;
}

function Content({ device }: { device: DeviceDetail }) {
  return (
    <>
      <Head device={device} />
      <div className="device">
        <div>
          <LifeLine device={device} />
          <OrdersPanel device={device} />
          <HistoryPanel history={device.history} />
          <CustodyPanel custody={device.custody} />
        </div>
        <div>
          <AboutPanel device={device} />
          <ConformityPanel device={device} />
          <RecordingsPanel device={device} />
        </div>
      </div>
    </>
  );
}

/** More buttons than these are one menu. */
const BUTTONS = 4;

function Head({ device }: { device: DeviceDetail }) {
  const t = useText();
  const can = useCan();
  const [act, setAct] = useState<string | null>(null);
  const [order, setOrder] = useState<string | null>(null);
  const [correcting, setCorrecting] = useState(false);
  const acts = offered(device.lawful);
  const [first, rest] = [acts.slice(0, BUTTONS), acts.slice(BUTTONS)];
  const orders = can('device.manage') ? openable(device) : [];
  const more = [
    ...rest.map((key) => ({ key, label: t.code('equipment.act', key) })),
    ...orders.map((kind) => ({ key: `order:${kind}`, label: t.code('equipment.open_order', kind) })),
  ];
  const choose = (key: string) => (key.startsWith('order:') ? setOrder(key.slice(6)) : setAct(key));
  return (
    <>
      <p className="device-back"><Link to="/equipment">{t('equipment.title')}</Link></p>
      <PageHead title={nameOf(device)}>
        {first.map((one, i) => <Button key={one} type={i === 0 ? 'primary' : 'default'} onClick={() => setAct(one)}>{t.code('equipment.act', one)}</Button>)}
        {more.length > 0 && <Dropdown trigger={['click']} menu={{ items: more, onClick: ({ key }) => choose(key) }}><Button>{t('equipment.more_acts')}</Button></Dropdown>}
        <PrintMenu forms={formsOfOne(device)} subjects={[device.id]} />
        {can('device.manage') && <Button icon={<EditOutlined />} onClick={() => setCorrecting(true)}>{t('equipment.correct')}</Button>}
      </PageHead>
      <div className="device-state">
        <span className="device-status"><StatusBadge status={device.status} /></span>
        <span>{[t.code('equipment.kind', device.kind), modelOf(device), device.unit?.name].filter(Boolean).join(' · ')}</span>
        {device.holder && <span><b>{device.holder.name}</b> <span className="muted">{t('equipment.since', { time: formatTime(device.held_since_ms) })}{device.due_ms !== null && ` · ${t('equipment.due_by', { time: formatTime(device.due_ms) })}`}</span></span>}
      </div>
      {act && <ActDialog act={act} devices={[device]} onClose={() => setAct(null)} />}
      {order && <OpenOrder kind={order} device={device} onClose={() => setOrder(null)} />}
      {correcting && <CorrectDevice device={device} onClose={() => setCorrecting(false)} />}
    </>
  );
}

function AboutPanel({ device }: { device: DeviceDetail }) {
  const t = useText();
  const label = (name: string) => t.code('field', name);
  const none = <span className="muted">{t('equipment.not_told')}</span>;
  return (
    <Panel title={t('equipment.about')}>
      <dl className="facts panel-body">
        {device.description !== null && <Fact name={label('description')}>{device.description}</Fact>}
        <Fact name={t('equipment.serial_no')}><code>{device.serial_no}</code></Fact>
        <Fact name={t('equipment.asset_no')}>{device.asset_no ? <code>{device.asset_no}</code> : none}</Fact>
        <Fact name={label('purpose')}>{device.purpose ?? none}</Fact>
        <Fact name={label('acquired_on')}>{device.acquired_on ?? none}</Fact>
        <Fact name={label('price_fen')}>{device.price_fen === null ? none : <span className="number">{formatYuan(device.price_fen)}</span>}</Fact>
        <Fact name={label('in_use_on')}>{device.in_use_on ?? none}</Fact>
        <Fact name={label('capacity_gb')}>{device.capacity_gb === null ? none : `${device.capacity_gb} GB`}</Fact>
        <Fact name={label('capabilities')}>{device.capabilities.length > 0 ? device.capabilities.map((one) => t.code('equipment.capability', one)).join(t('equipment.comma')) : none}</Fact>
        <Fact name={label('accessories')}>{device.accessories.length > 0 ? device.accessories.join(t('equipment.comma')) : none}</Fact>
        <Fact name={t('equipment.last_upkeep')}>{device.upkeep_ms === null ? t('equipment.never') : <span className="number">{formatTime(device.upkeep_ms, 'day')}</span>}</Fact>
        <Fact name={t('equipment.last_docked')}>{device.last_docked_ms === null ? t('equipment.never') : <span className="number">{formatTime(device.last_docked_ms)}</span>}</Fact>
        <Fact name={t('equipment.drift')}><Drift ms={device.drift_ms} /></Fact>
      </dl>
    </Panel>
  );
}

/** Open and closed orders about this device, with the step that is next. */
function OrdersPanel({ device }: { device: DeviceDetail }) {
  const t = useText();
  if (device.orders.length === 0) return null;
  return <Panel title={t('equipment.tab.orders')}><ul className="orders">{device.orders.map((order) => <OrderLine key={order.id} order={order} />)}</ul></Panel>;
}

/** 符合性 of its model, as far as the regulation has technical items for this kind. */
function ConformityPanel({ device }: { device: DeviceDetail }) {
  const t = useText();
  if (!['body_worn_camera', 'handheld_terminal'].includes(device.kind)) return null;
  return (
    <Panel title={t('equipment.conformity')} aside={<Link to="/equipment/models">{t('equipment.tab.models')}</Link>}>
      <div className="panel-body">
        {device.unproven.length === 0
          ? <Badge tone="good" icon={<CheckCircleOutlined />}>{t('equipment.model_proven')}</Badge>
          : <><Badge tone="warn" icon={<WarningOutlined />}>{t('equipment.model_unproven')}</Badge><ul>{device.unproven.map((item) => <li key={item}>{t.code('equipment.item', item)}</li>)}</ul></>}
      </div>
    </Panel>
  );
}
