/** 法规条款: the regulations this installation works by. */
import type { Regulation } from '../api/types';
import { DataList, type Column } from '../shared/data-list';
import { useList } from '../shared/list';
import { Empty, PageHead } from '../shared/page';
import { useText, type Text } from '../shared/text';

export function RulesPage() {
  const t = useText();
  const list = useList<Regulation>('/regulations');
  return (
    <>
      <PageHead title={t('rules.title')} />
      <div className="panel">
        <p className="panel-body muted" style={{ margin: 0 }}>{t('rules.intro')}</p>
        <DataList list={list} columns={columns(t)} rowKey={(r) => r.id} caption={t('rules.title')} empty={<Empty title={t('rules.none')} hint={t('rules.none_hint')} />} />
      </div>
    </>
  );
}

function columns(t: Text): Column<Regulation>[] {
  return [
    { key: 'title', title: t('rules.name'), card: 'title', render: (r) => r.title },
    { key: 'short', title: t('rules.short_name'), width: 340, render: (r) => t.code('rules.profile', r.id) },
    { key: 'id', title: t('rules.id'), width: 180, render: (r) => <code>{r.id}</code> },
  ];
}
