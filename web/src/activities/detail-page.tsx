/** 执法活动: one activity, the regulation it goes by, and in a joint operation those of the others. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { get } from '../api/client';
import type { ActivityDetail } from '../api/types';
import { Failed, Loading } from '../app/states';
import { AppliesPanel } from '../regulations/applies';
import { formatTime } from '../shared/format';
import { Fact, PageHead, Panel } from '../shared/page';
import { useText } from '../shared/text';
import { ExemptionPanel } from './exemption';

export function ActivityPage() {
  const { id } = useParams({ from: '/shell/activities/$id' });
  const found = useQuery({ queryKey: ['/activities', id], queryFn: () => get<ActivityDetail>(`/activities/${encodeURIComponent(id)}`) });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <Content activity={found.data} />;
}

function Content({ activity }: { activity: ActivityDetail }) {
  const t = useText();
  const until = activity.ended_ms === null ? null : t('activities.until', { time: formatTime(activity.ended_ms) });
  return (
    <>
      <PageHead title={activity.title}><Link to="/activities">{t('activities.title')}</Link></PageHead>
      <Panel title={t('activities.about')}>
        <dl className="facts panel-body">
          <Fact name={t('activities.occasion')}>{t.code('occasion', activity.occasion)}</Fact>
          {activity.joint_no && <Fact name={t('activities.joint_no')}>{activity.joint_no}</Fact>}
          <Fact name={t('activities.time')}><span className="number">{formatTime(activity.began_ms)}</span>{until && <small>{until}</small>}</Fact>
          <Fact name={t('recordings.place')}>{activity.place ?? '—'}</Fact>
          <Fact name={t('recordings.party')}>{activity.party ?? '—'}</Fact>
          <Fact name={t('recordings.unit')}>{activity.unit?.name ?? '—'}</Fact>
          <Fact name={t('people.officers')}>{activity.officers.map((officer) => officer.name).join(', ') || '—'}</Fact>
          <Fact name={t('recordings.title')}>{activity.recordings > 0 ? <Link to="/recordings" search={{ activity: activity.id }}>{t('activities.their_recordings', { count: activity.recordings })}</Link> : <span className="muted">{t('activities.no_recordings')}</span>}</Fact>
        </dl>
      </Panel>
      <ExemptionPanel activity={activity} />
      <AppliesPanel of="activity" applies={activity.applies} also={activity.also} joint={activity.joint_no} />
    </>
  );
}
