/** 法规条款: the regulations this installation works by, the agency's own first. */
import { Link } from '@tanstack/react-router';
import type { Regulation } from '../api/types';
import { DataList, type Column } from '../shared/data-list';
import { useList } from '../shared/list';
import { Empty, PageHead } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { StateBadges } from './frame';
import { inWords } from './regulation';

export function RegulationsPage() {
  const t = useText();
  const list = useList<Regulation>('/regulations');
  const items = [...list.items].sort((a, b) => Number(b.followed) - Number(a.followed));
  return (
    <>
      <PageHead title={t('regulations.title')} />
      <div className="panel">
        <p className="panel-body muted" style={{ margin: 0 }}>{t('regulations.intro')}</p>
        <DataList list={{ ...list, items }} columns={columns(t)} rowKey={(r) => r.id} caption={t('regulations.title')} empty={<Empty title={t('regulations.none')} hint={t('regulations.none_hint')} />} />
      </div>
    </>
  );
}

function columns(t: Text): Column<Regulation>[] {
  return [
    {
      key: 'title', title: t('regulations.name'), card: 'title',
      render: (r) => <><Link to="/regulations/$id" params={{ id: r.id }}>{inWords(t.language, { zh: r.title, en: r.title_en || r.title })}</Link>{r.followed && <div className="good small">{t('regulations.followed')}</div>}</>,
    },
    { key: 'state', title: t('regulations.state'), width: 370, card: 'bare', render: (r) => <StateBadges regulation={r} /> },
    { key: 'from', title: t('regulations.in_force_on'), width: 130, render: (r) => <span className="number">{r.in_force_on ?? '—'}</span> },
    { key: 'pages', title: t('regulations.tab.compliance'), width: 130, render: (r) => <Link to="/regulations/$id/compliance" params={{ id: r.id }} search={{}}>{t('regulations.open_compliance')}</Link> },
  ];
}
