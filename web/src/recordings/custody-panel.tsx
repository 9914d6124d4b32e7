/** 保管链: everything that was done with the recording, each line provable in this browser. */
import { EyeInvisibleOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { EventLine } from '../api/types';
import { Failed, Loading } from '../app/states';
import { formatTime } from '../shared/format';
import { Empty, Panel } from '../shared/page';
import { useText } from '../shared/text';
import { detailLines } from './detail-lines';
import { EventCheck } from './event-check';

export function CustodyPanel({ id }: { id: string }) {
  const t = useText();
  const custody = useQuery({ queryKey: ['custody', id], queryFn: () => get<{ items: EventLine[] }>(`/recordings/${id}/custody`), refetchInterval: waiting });
  const [all, setAll] = useState(false);
  const items = custody.data?.items ?? [];
  return (
    <Panel title={t('recordings.custody')} id="custody" aside={items.length > 1 && <Button size="small" icon={<SafetyCertificateOutlined />} onClick={() => setAll(true)}>{t('recordings.verify_all')}</Button>}>
      {custody.isPending ? <Loading /> : custody.error ? <Failed error={custody.error} retry={() => void custody.refetch()} /> : items.length === 0
        ? <Empty title={t('recordings.no_custody')} hint={t('recordings.no_custody_hint')} />
        : <ol className="custody">{items.map((item) => <Line key={item.id} item={item} start={all} />)}</ol>}
    </Panel>
  );
}

/** A line waits at most a second or two for its checkpoint; ask again until it has one. */
function waiting(query: { state: { data?: { items: EventLine[] } } }): number | false {
  return query.state.data?.items.some((item) => !item.covered) ? 2000 : false;
}

function Line({ item, start }: { item: EventLine; start: boolean }) {
  const t = useText();
  return (
    <li>
      <div className="custody-line">
        <span className="number">{formatTime(item.at_ms, 'second')}</span>
        <b>{t.code('act', item.act)}</b>
        <span>{item.actor ?? t('recordings.by_system')}</span>
      </div>
      <Detail detail={item.detail} withheld={item.withheld} />
      <EventCheck event={item} start={start} />
    </li>
  );
}

/** More details than this are folded away: a sealing has some twenty. */
const SHORT = 5;

/** What the event says besides; values are the server's and are shown as text. */
export function Detail({ detail, withheld = [] }: { detail: Record<string, unknown> | null; withheld?: string[] }) {
  const t = useText();
  const entries = detailLines(detail, t);
  const kept = withheld.length > 0 && <span className="muted" title={t('audit.withheld_hint')}><EyeInvisibleOutlined /> {t('audit.withheld', { fields: withheld.map((name) => t.code('field', name)).join(', ') })}</span>;
  if (entries.length === 0 && !kept) return null;
  const lines = <div className="custody-detail">{entries.map(([name, value]) => <span key={name}>{t.code('field', name)}: <code>{value}</code></span>)}{kept}</div>;
  return entries.length <= SHORT ? lines : <details className="steps"><summary>{t('recordings.event_detail', { count: entries.length })}</summary>{lines}</details>;
}
