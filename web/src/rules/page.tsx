/** 法规条款: the regulations this installation works by. */
import { CheckCircleOutlined, ExclamationCircleOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { Regulation } from '../api/types';
import { DataList, type Column } from '../shared/data-list';
import { useList } from '../shared/list';
import { Badge, Empty, PageHead, type Tone } from '../shared/page';
import { useText, type Text } from '../shared/text';

export function RulesPage() {
  const t = useText();
  const list = useList<Regulation>('/regulations');
  return (
    <>
      <PageHead title={t('rules.title')} />
      <div className="panel">
        <p className="panel-body muted" style={{ margin: 0 }}>{t('rules.intro')}</p>
        <DataList list={list} columns={columns(t)} rowKey={(r) => `${r.id}/${r.version ?? ''}`} caption={t('rules.title')} empty={<Empty title={t('rules.none')} hint={t('rules.none_hint')} />} />
      </div>
    </>
  );
}

function columns(t: Text): Column<Regulation>[] {
  return [
    { key: 'title', title: t('rules.name'), card: 'title', render: (r) => <>{r.title ?? t.code('rules.profile', r.id)}<div className="muted small"><code>{r.id}</code></div></> },
    { key: 'status', title: t('rules.status'), width: 170, card: 'bare', render: (r) => (r.status ? <Status status={r.status} /> : '—') },
    { key: 'from', title: t('rules.in_force_on'), width: 130, render: (r) => <span className="number">{r.in_force_on ?? t('rules.date_unknown')}</span> },
    { key: 'to', title: t('rules.expires_on'), width: 130, render: (r) => <span className="number">{r.expires_on ?? '—'}</span> },
    { key: 'articles', title: t('rules.articles'), width: 90, end: true, render: (r) => <span className="number">{r.articles ?? '—'}</span> },
  ];
}

const STATUS: Record<string, [Tone, ReactNode]> = {
  in_force: ['good', <CheckCircleOutlined key="i" />],
  in_force_unconfirmed: ['warn', <QuestionCircleOutlined key="i" />],
  expired: ['bad', <ExclamationCircleOutlined key="i" />],
};
function Status({ status }: { status: string }) {
  const t = useText();
  const [tone, icon] = STATUS[status] ?? (['plain', <QuestionCircleOutlined key="i" />] as [Tone, ReactNode]);
  return <Badge tone={tone} icon={icon}>{t.code('rules.status', status)}</Badge>;
}
