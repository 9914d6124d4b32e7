import { EyeInvisibleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { get } from '../api/client';
import type { IngestDetail, IngestFile } from '../api/types';
import { Failed, Loading } from '../app/states';
import { Rows, type Column } from '../shared/data-list';
import { formatBytes, formatTime } from '../shared/format';
import { Empty, Fact, PageHead, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { FileState, resultText, RunState, Source } from './run-state';
import './ingest.css';

/** One docking or upload run and what became of each file. */
export function IngestRunPage() {
  const t = useText();
  const { id } = useParams({ from: '/shell/ingest/$id' });
  const run = useQuery({
    queryKey: ['/ingests', id], queryFn: () => get<IngestDetail>(`/ingests/${id}`),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 2000 : false),
  });
  if (run.isPending) return <Loading />;
  if (run.error) return <Failed error={run.error} retry={() => void run.refetch()} />;
  const { data } = run;
  return (
    <>
      <PageHead title={t('ingest.run_title', { time: formatTime(data.began_ms, 'second') })}><Link to="/ingest">{t('ingest.all_runs')}</Link></PageHead>
      <Panel title={t('ingest.run')} aside={<RunState state={data.state} failed={data.failed} />}>
        <dl className="facts panel-body">
          <Fact name={t('ingest.source')}><Source run={data} /></Fact>
          <Fact name={t('ingest.by')}>{data.by ?? t('recordings.by_system')}</Fact>
          <Fact name={t('ingest.ended')}>{formatTime(data.ended_ms, 'second')}</Fact>
          <Fact name={t('ingest.result')}>{resultText(data, t)}</Fact>
        </dl>
      </Panel>
      <Panel title={t('ingest.files')}>
        {data.items.length === 0
          ? <Empty title={t('ingest.no_files')} hint={t('ingest.no_files_hint')} />
          : <Rows rows={data.items} columns={columns(t)} rowKey={(file) => file.path ?? file.recording_id ?? file.state} caption={t('ingest.files')} />}
      </Panel>
    </>
  );
}

function columns(t: Text): Column<IngestFile>[] {
  return [
    { key: 'path', title: t('ingest.path'), card: 'title', render: (f) => (f.path === null ? <span className="muted"><EyeInvisibleOutlined /> {t('ingest.withheld')}</span> : f.recording_id ? <Link to="/recordings/$id" params={{ id: f.recording_id }}>{f.path}</Link> : f.path) },
    { key: 'state', title: t('ingest.state'), width: 140, card: 'bare', render: (f) => <FileState state={f.state} /> },
    { key: 'bytes', title: t('ingest.bytes'), width: 110, end: true, render: (f) => <span className="number">{formatBytes(f.bytes)}</span> },
    { key: 'problem', title: t('ingest.problem'), render: (f) => (f.code ? <span className={f.state === 'failed' ? 'bad' : 'muted'}>{t.code('problem', f.code, f.params ?? {})}</span> : '—') },
  ];
}
