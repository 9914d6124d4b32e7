/** 审计日志: every act, by whom, when; each one provable in this browser. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { EventLine } from '../api/types';
import { Detail } from '../recordings/custody-panel';
import { EventCheck } from '../recordings/event-check';
import { DataList, type Column } from '../shared/data-list';
import { formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Empty, PageHead } from '../shared/page';
import { DayPicker } from '../shared/pickers';
import { SearchBox } from '../shared/search-box';
import { compact } from '../shared/search';
import { useText, type Text } from '../shared/text';
import { auditQuery, type AuditSearch } from './search';
import '../recordings/recordings.css';
import '../recordings/detail.css';

export function AuditPage() {
  const t = useText();
  const search = useSearch({ from: '/shell/audit' });
  const navigate = useNavigate();
  const list = useList<EventLine>('/audit', auditQuery(search));
  const change = (part: Partial<AuditSearch>) => void navigate({ to: '/audit', search: compact({ ...search, ...part }), replace: true });
  return (
    <>
      <PageHead title={t('audit.title')} />
      <div className="panel">
        <div className="filters" role="search">
          <SearchBox value={search.actor} onSearch={(actor) => change({ actor })} label={t('audit.actor')} />
          <SearchBox value={search.act} onSearch={(act) => change({ act })} label={t('audit.act')} placeholder={t('audit.act_placeholder')} />
          <DayPicker label={t('list.from')} value={search.from} onChange={(from) => change({ from })} width={150} />
          <DayPicker label={t('list.to')} value={search.to} onChange={(to) => change({ to })} width={150} />
        </div>
        <DataList list={list} columns={columns(t)} rowKey={(a) => a.id} caption={t('audit.title')} empty={<Empty title={t('list.nothing')} hint={t('list.nothing_hint')} />} />
      </div>
    </>
  );
}

function columns(t: Text): Column<EventLine>[] {
  return [
    { key: 'at', title: t('audit.at'), width: 180, render: (a) => <span className="number">{formatTime(a.at_ms, 'second')}</span> },
    { key: 'act', title: t('audit.act'), width: 190, card: 'title', render: (a) => <>{t.code('act', a.act)}<div className="muted small"><code>{a.act}</code></div></> },
    { key: 'actor', title: t('audit.actor'), width: 110, render: (a) => a.actor ?? t('recordings.by_system') },
    { key: 'subject', title: t('audit.subject'), render: (a) => <>{a.subject && <code>{a.subject}</code>}<Detail detail={a.detail} /></> },
    { key: 'index', title: t('recordings.log_index'), width: 230, render: (a) => <>{a.log_index !== null && <span className="number">{a.log_index}</span>}<EventCheck event={a} /></> },
  ];
}
