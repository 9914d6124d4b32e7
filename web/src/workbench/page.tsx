/** 工作台: what happened, what is wrong, what to do next. */
import { CheckCircleOutlined, ExclamationCircleOutlined, RightOutlined, WarningOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '../api/client';
import type { Notice, Workbench } from '../api/types';
import { Failed, Loading } from '../app/states';
import { recordingColumns } from '../recordings/columns';
import { useCan, useMe } from '../session/session';
import { Rows } from '../shared/data-list';
import { formatBytes, formatCount, formatTime } from '../shared/format';
import { Empty, Fact, PageHead, Panel } from '../shared/page';
import { useText } from '../shared/text';
import { figures, tasks, type Figure, type Task } from './links';
import { useProvisionTasks } from './provision-tasks';
import { TrendPanel } from './trend-panel';
import '../recordings/recordings.css';
import './workbench.css';

export function WorkbenchPage() {
  const t = useText();
  const me = useMe();
  const can = useCan();
  const found = useQuery({ queryKey: ['/workbench'], queryFn: () => get<Workbench>('/workbench'), refetchInterval: 60_000 });
  const provision = useProvisionTasks(found.data?.equipment ?? null);
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const w = found.data;
  const shown = figures(w, can);
  return (
    <>
      <PageHead title={t('workbench.greeting', { name: me.name })} />
      {w.notices.map((notice) => <NoticeLine key={notice.regulation} notice={notice} />)}
      {shown.length > 0 && <ul className="figures" aria-label={t('workbench.figures')}>{shown.map((f) => <li key={f.key}><FigureCard figure={f} /></li>)}</ul>}
      <div className="workbench">
        {can('recording.list') && <div><TrendPanel days={w.trend} /><Recent workbench={w} /></div>}
        <div>
          <Tasks tasks={[...tasks(shown), ...provision]} />
          <System workbench={w} />
        </div>
      </div>
    </>
  );
}

/** 规定失效、将失效: what it means, and where somebody records what carries it on. */
function NoticeLine({ notice }: { notice: Notice }) {
  const t = useText();
  const title = t.language === 'en' ? notice.title_en || notice.title : notice.title;
  return (
    <p className="notice" role="status">
      <WarningOutlined /> {t(notice.code === 'lapsed' ? 'workbench.notice.lapsed' : 'workbench.notice.expiring', { title, day: notice.day })}
      {' '}<Link to="/regulations/$id/validity" params={{ id: notice.regulation }}>{t('workbench.notice.open')}</Link>
    </p>
  );
}

const TONES = { plain: null, warn: <WarningOutlined />, bad: <ExclamationCircleOutlined /> };

function FigureCard({ figure }: { figure: Figure }) {
  const t = useText();
  return (
    <Link {...figure.target} className={`figure figure-${figure.tone}`}>
      <span>{t(figure.key)}</span>
      <b className="number">{TONES[figure.tone]} {formatCount(figure.value)}</b>
      {figure.bytes !== undefined && <small>{t('workbench.bytes', { size: formatBytes(figure.bytes) })}</small>}
    </Link>
  );
}

function Recent({ workbench }: { workbench: Workbench }) {
  const t = useText();
  const mayUpload = useCan()('upload.create');
  return (
    <Panel title={t('workbench.recent')} aside={<Link to="/recordings" search={{}}>{t('workbench.all_recordings')}</Link>}>
      {workbench.recent.length === 0
        ? <Empty title={t('recordings.none')} hint={t('recordings.none_hint')}>{mayUpload && <Link to="/ingest">{t('ingest.upload')}</Link>}</Empty>
        : <Rows rows={workbench.recent} columns={recordingColumns(t).filter((c) => c.key !== 'size')} rowKey={(r) => r.id} caption={t('workbench.recent')} fixed />}
    </Panel>
  );
}

function Tasks({ tasks: list }: { tasks: Task[] }) {
  const t = useText();
  return (
    <div className="todo"><Panel title={t('workbench.tasks')}>
      {list.length === 0
        ? <Empty title={t('workbench.no_tasks')} hint={t('workbench.no_tasks_hint')} />
        : <ul className="tasks">{list.map((task) => <li key={task.key}><Link {...task.target}><b className="number">{formatCount(task.count)}</b><span>{t(task.key)}</span><RightOutlined /></Link></li>)}</ul>}
    </Panel></div>
  );
}

function System({ workbench: { storage, log } }: { workbench: Workbench }) {
  const t = useText();
  return (
    <Panel title={t('workbench.system')}>
      <dl className="facts panel-body">
        <Fact name={t('workbench.used')}>{formatBytes(storage.used_bytes)}</Fact>
        {storage.free_bytes !== null && <Fact name={t('workbench.free')}>{formatBytes(storage.free_bytes)}</Fact>}
        <Fact name={t('workbench.log')}>{t('workbench.log_size', { size: formatCount(log.size) })}</Fact>
        <Fact name={t('workbench.checkpoint')}>{formatTime(log.checkpoint_ms, 'second')}{log.pending === 0 ? <small><CheckCircleOutlined /> {t('workbench.nothing_pending')}</small> : <small>{t('workbench.pending', { count: log.pending })}</small>}</Fact>
      </dl>
    </Panel>
  );
}
