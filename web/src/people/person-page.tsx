/** 一名人员: what he holds in his post, and how far its handover is. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { get } from '../api/client';
import type { Holdings } from '../api/types';
import { Failed, Loading } from '../app/states';
import { useCan } from '../session/session';
import { PrintMenu } from '../documents/print';
import { useReach } from '../session/reach';
import { Badge, Fact, PageHead, Panel } from '../shared/page';
import { useText } from '../shared/text';
import { BeginDialog } from './handover-dialogs';
import { HandoverListShown } from './handover-list';
import { HandoverState } from './handovers-page';
import './people.css';

export function PersonPage() {
  const { id } = useParams({ from: '/shell/people/$id' });
  const found = useQuery({ queryKey: ['/officers', id, 'holdings'], queryFn: () => get<Holdings>(`/officers/${encodeURIComponent(id)}/holdings`) });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <Content holdings={found.data} />;
}

function Content({ holdings: { person, unit, active, list, open, last } }: { holdings: Holdings }) {
  const t = useText();
  const can = useCan();
  const reach = useReach();
  const [beginning, setBeginning] = useState(false);
  const mayBegin = active && !open && can('handover.manage') && (!unit || reach.reaches(unit.id));
  return (
    <>
      <PageHead title={person.name}>
        <Link to="/people" search={{}}>{t('people.title')}</Link>
        {can('recording.list') && <Link to="/recordings" search={{ officer: person.id }}>{t('people.their_recordings')}</Link>}
        <PrintMenu forms={['handover']} subjects={[person.id]} />
        {mayBegin && <Button type="primary" onClick={() => setBeginning(true)}>{t('handover.begin')}</Button>}
      </PageHead>
      <Panel title={t('handover.post')}>
        <dl className="facts panel-body">
          <Fact name={t('recordings.unit')}>{unit?.name ?? '—'}</Fact>
          <Fact name={t('people.status')}><Badge tone={active ? 'good' : 'plain'}>{t(active ? 'people.active' : 'people.inactive')}</Badge></Fact>
          <Fact name={t('people.tab.handovers')}>
            {[open, last].map((one) => one && <div key={one.id}><Link to="/people/handovers/$id" params={{ id: one.id }}>{t('handover.to_whom', { name: one.successor.name, day: one.effective_on })}</Link> <HandoverState handover={one} /></div>)}
            {!open && !last && <span className="muted">{t('handover.none')}</span>}
          </Fact>
        </dl>
      </Panel>
      <Panel title={t('handover.held')}><HandoverListShown list={list} then={false} /></Panel>
      {beginning && <BeginDialog person={person} list={list} onClose={() => setBeginning(false)} />}
    </>
  );
}
