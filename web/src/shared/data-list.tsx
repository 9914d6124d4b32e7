/** A list of the server: a table on a desk, cards on a phone, drawn row by row only where it is looked at beyond 200 rows. */
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { Button } from 'antd';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { Failed, Loading } from '../app/states';
import { usePhone } from './browser';
import { formatCount } from './format';
import type { List } from './list';
import { useText } from './text';

export interface Column<T> {
  key: string;
  title: ReactNode;
  render: (row: T) => ReactNode;
  width?: number | string;
  end?: boolean;
  /** On a phone: the card's heading, a line without its label, a line with it (default), or left out. */
  card?: 'title' | 'bare' | 'none';
}
interface Props<T> {
  rows: T[]; columns: Column<T>[]; rowKey: (row: T) => string; caption: string;
  /** Columns keep their widths whatever stands in them: where somebody else's long numbers come in. */
  fixed?: boolean;
}

const VIRTUAL_FROM = 200;

export function DataList<T>({ list, empty, ...props }: Omit<Props<T>, 'rows'> & { list: List<T>; empty: ReactNode }) {
  const t = useText();
  if (list.isPending) return <Loading />;
  if (list.error && list.items.length === 0) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.items.length === 0) return empty;
  return (
    <>
      <Rows {...props} rows={list.items} />
      <div className="list-foot">
        <span>{list.total === null ? t('list.shown', { count: formatCount(list.items.length) }) : t('list.shown_of', { count: formatCount(list.items.length), total: formatCount(list.total) })}</span>
        {list.hasNextPage && <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('list.more')}</Button>}
      </div>
    </>
  );
}

export function Rows<T>(props: Props<T>) {
  const phone = usePhone();
  if (props.rows.length > VIRTUAL_FROM) return <VirtualRows {...props} phone={phone} />;
  const indices = props.rows.map((_, index) => index);
  return phone ? <Cards {...props} indices={indices} /> : <Table {...props} indices={indices} />;
}

/** The window scrolls; above and below the drawn rows stand two empty blocks of the right height. */
function VirtualRows<T>({ phone, ...props }: Props<T> & { phone: boolean }) {
  const holder = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    setMargin((holder.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
  }, []);
  const rows = useWindowVirtualizer({ count: props.rows.length, estimateSize: () => (phone ? 150 : 64), overscan: 12, scrollMargin: margin });
  const shown = rows.getVirtualItems();
  const before = (shown[0]?.start ?? margin) - margin;
  const after = rows.getTotalSize() - ((shown[shown.length - 1]?.end ?? margin) - margin);
  const inner = { ...props, indices: shown.map((row) => row.index), before, after, measure: rows.measureElement };
  return <div ref={holder}>{phone ? <Cards {...inner} /> : <Table {...inner} />}</div>;
}

type Drawn<T> = Props<T> & { indices: number[]; before?: number; after?: number; measure?: (node: Element | null) => void };

function Table<T>({ rows, columns, rowKey, caption, fixed, indices, before = 0, after = 0, measure }: Drawn<T>) {
  return (
    <table className={fixed ? 'list list-fixed' : 'list'}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>{columns.map((column) => <th key={column.key} scope="col" className={column.end ? 'end' : undefined} style={{ width: column.width }}>{column.title}</th>)}</tr>
      </thead>
      <tbody>
        {before > 0 && <tr aria-hidden="true" style={{ height: before }} />}
        {indices.map((index) => (
          <tr key={rowKey(rows[index]!)} data-index={index} ref={measure}>
            {columns.map((column) => <td key={column.key} className={column.end ? 'end' : undefined}>{column.render(rows[index]!)}</td>)}
          </tr>
        ))}
        {after > 0 && <tr aria-hidden="true" style={{ height: after }} />}
      </tbody>
    </table>
  );
}

function Cards<T>({ rows, columns, rowKey, caption, indices, before = 0, after = 0, measure }: Drawn<T>) {
  return (
    <ul className="cards" aria-label={caption} style={{ paddingTop: before, paddingBottom: after }}>
      {indices.map((index) => <li key={rowKey(rows[index]!)} data-index={index} ref={measure}><Card row={rows[index]!} columns={columns} /></li>)}
    </ul>
  );
}

function Card<T>({ row, columns }: { row: T; columns: Column<T>[] }) {
  return (
    <>
      {columns.filter((c) => c.card === 'title').map((c) => <div className="card-title" key={c.key}>{c.render(row)}</div>)}
      {columns.filter((c) => c.card === 'bare').map((c) => <div key={c.key}>{c.render(row)}</div>)}
      <dl>
        {columns.filter((c) => c.card === undefined).map((c) => <CardLine key={c.key} title={c.title}>{c.render(row)}</CardLine>)}
      </dl>
    </>
  );
}

/** Where a table has its dash, a card has no line at all. */
function CardLine({ title, children }: { title: ReactNode; children: ReactNode }) {
  return children === '—' ? null : <div className="card-line"><dt>{title}</dt><dd>{children}</dd></div>;
}
