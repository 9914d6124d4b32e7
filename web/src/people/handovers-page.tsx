/** 人员交接: who hands over to whom, and whose signature is missing. */
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Segmented } from 'antd';
import type { Handover } from '../api/types';
import { DataList, type Column } from '../shared/data-list';
import { useList } from '../shared/list';
import { Badge, Empty } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { ExportButton } from '../sheet/export-button';
import { PeopleFrame } from './frame';
import './people.css';

const VIEWS = ['open', 'waiting', 'done', 'withdrawn'] as const;

export function HandoversPage() {
  const t = useText();
  const search = useSearch({ from: '/shell/people/handovers' });
  const navigate = useNavigate();
  const view = search.waiting ? 'waiting' : (search.state ?? 'open');
  const query = search.waiting ? { waiting: true } : { state: view };
  const list = useList<Handover>('/handovers', query);
  return (
    <PeopleFrame tab="handovers" actions={<ExportButton list="handovers" query={query} />}>
      <div className="panel">
        <div className="filters">
          <Segmented
            value={view} options={VIEWS.map((value) => ({ value, label: t(`handover.view.${value}`) }))}
            onChange={(value) => void navigate({ to: '/people/handovers', search: value === 'waiting' ? { waiting: true } : { state: String(value) }, replace: true })}
          />
        </div>
        <DataList list={list} columns={columns(t)} rowKey={(one) => one.id} caption={t('people.tab.handovers')} empty={<Empty title={t('handover.none')} hint={t('handover.none_hint')} />} />
      </div>
    </PeopleFrame>
  );
}

function columns(t: Text): Column<Handover>[] {
  return [
    { key: 'person', title: t('handover.person'), card: 'title', render: (one) => <Link to="/people/handovers/$id" params={{ id: one.id }}>{one.person.name}</Link> },
    { key: 'unit', title: t('recordings.unit'), render: (one) => one.unit?.name ?? '—' },
    { key: 'successor', title: t('handover.successor'), render: (one) => one.successor.name },
    { key: 'effective', title: t('handover.effective_on'), width: 140, render: (one) => <span className="number">{one.effective_on}</span> },
    { key: 'state', title: t('people.status'), render: (one) => <HandoverState handover={one} /> },
  ];
}

export function HandoverState({ handover: one }: { handover: Handover }) {
  const t = useText();
  const missing = one.missing.map((party) => t.code('handover.party', party)).join(t('list.comma'));
  return (
    <span className="badges">
      <Badge tone={one.state === 'done' ? 'good' : 'plain'}>{t.code('handover.state', one.state)}</Badge>
      {missing && <span>{t('handover.missing_signatures', { who: missing })}</span>}
      {one.overdue && <Badge tone="bad">{t('handover.overdue')}</Badge>}
      {one.candidate && <Badge tone="bad">{t('handover.candidate')}</Badge>}
    </span>
  );
}
