/** 审计日志: every act, by whom, when; each one provable in this browser. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Select } from 'antd';
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
          <Select
            className="grow" allowClear placeholder={t('audit.act')} aria-label={t('audit.act')} value={search.act} onChange={(act?: string) => change({ act })} options={actOptions(t, search.act)}
            showSearch={{ optionFilterProp: 'found' }} popupMatchSelectWidth={false} notFoundContent={t('form.nothing_found')}
          />
          <DayPicker label={t('list.from')} value={search.from} onChange={(from) => change({ from })} width={150} />
          <DayPicker label={t('list.to')} value={search.to} onChange={(to) => change({ to })} width={150} />
        </div>
        <DataList list={list} columns={columns(t)} rowKey={(a) => a.id} caption={t('audit.title')} empty={<Empty title={t('list.nothing')} hint={t('list.nothing_hint')} />} />
      </div>
    </>
  );
}

/** Every act under its name, found by name or code; an act without a name stays choosable when the address has it. */
function actOptions(t: Text, chosen: string | undefined) {
  const known = t.codes('act');
  const acts = chosen && !known.includes(chosen) ? [chosen, ...known] : known;
  return acts.map((act) => ({ value: act, label: t.code('act', act), found: `${t.code('act', act)} ${act}` })).sort((a, b) => a.label.localeCompare(b.label, t.language));
}

function columns(t: Text): Column<EventLine>[] {
  return [
    { key: 'at', title: t('audit.at'), width: 180, render: (a) => <span className="number">{formatTime(a.at_ms, 'second')}</span> },
    { key: 'act', title: t('audit.act'), width: 170, card: 'title', render: (a) => <span title={a.act}>{t.code('act', a.act)}</span> },
    { key: 'actor', title: t('audit.actor'), width: 110, render: (a) => a.actor ?? t('recordings.by_system') },
    { key: 'subject', title: t('audit.subject'), render: (a) => <>{a.subject && <code>{a.subject}</code>}<Detail detail={a.detail} withheld={a.withheld} /></> },
    { key: 'index', title: t('recordings.log_index'), width: 260, render: (a) => <div className="audit-index">{a.log_index !== null && <span className="number">{a.log_index}</span>}<EventCheck event={a} /></div> },
  ];
}
