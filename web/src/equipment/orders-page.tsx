/** 办理事项: transfers, retirements, losses and replacements, those that wait for this reader first. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Radio, Select } from 'antd';
import type { Order } from '../api/types';
import { Failed, Loading } from '../app/states';
import { useList } from '../shared/list';
import { Empty } from '../shared/page';
import { compact } from '../shared/search';
import { useText } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { EquipmentFrame } from './frame';
import { OrderLine } from './order-list';
import { ORDER_KINDS, ORDER_VIEWS, type OrderSearch } from './search';

export function OrdersPage() {
  const t = useText();
  const search = useSearch({ from: '/shell/equipment/orders' });
  const navigate = useNavigate();
  const view = search.view ?? 'open';
  const query = { kind: search.kind, open: view !== 'all', waiting: view === 'waiting' };
  const list = useList<Order>('/device-orders', query);
  const change = (part: Partial<OrderSearch>) => void navigate({ to: '/equipment/orders', search: compact({ ...search, ...part }), replace: true });
  return (
    <EquipmentFrame tab="orders" actions={<ExportButton list="orders" query={query} />}>
      <div className="panel">
        <div className="filters" role="search">
          <Radio.Group value={view} optionType="button" aria-label={t('equipment.order_view')} onChange={(event) => change({ view: event.target.value as OrderSearch['view'] })} options={ORDER_VIEWS.map((value) => ({ value, label: t.code('equipment.order_view', value) }))} />
          <Select allowClear style={{ width: 180 }} placeholder={t('equipment.order_kind')} aria-label={t('equipment.order_kind')} value={search.kind} onChange={(kind) => change({ kind })} options={ORDER_KINDS.map((value) => ({ value, label: t.code('equipment.order', value) }))} />
        </div>
        {list.isPending ? <Loading /> : list.error ? <Failed error={list.error} retry={() => void list.refetch()} /> : list.items.length === 0
          ? <Empty title={t('equipment.no_orders')} hint={t('equipment.no_orders_hint')} />
          : <ul className="orders">{list.items.map((order) => <OrderLine key={order.id} order={order} linked />)}</ul>}
        {list.hasNextPage && <div className="list-foot"><Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('list.more')}</Button></div>}
      </div>
    </EquipmentFrame>
  );
}
