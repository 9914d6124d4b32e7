/** 入库: send files from this PC; see every run, of this page and of the docking stations. */
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Ingest } from '../api/types';
import { useCan } from '../session/session';
import { DataList, type Column } from '../shared/data-list';
import { formatBytes, formatCount, formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Empty, PageHead, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { RunState } from './run-state';
import { UploadPanel } from './upload-panel';
import { useUploadsRunning } from './uploads';
import './ingest.css';

export function IngestPage() {
  const t = useText();
  const can = useCan();
  return (
    <>
      <PageHead title={t('ingest.title')} />
      {can('upload.create') && <UploadPanel />}
      {can('ingest.list') && <Runs />}
    </>
  );
}

function Runs() {
  const t = useText();
  const running = useUploadsRunning();
  const client = useQueryClient();
  const list = useList<Ingest>('/ingests', {}, { refetchMs: 10_000 });
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ['/ingests'] }); // an upload began or ended
  }, [running, client]);
  return (
    <Panel title={t('ingest.runs')}>
      <DataList list={list} columns={columns(t)} rowKey={(run) => run.id} caption={t('ingest.runs')} empty={<Empty title={t('ingest.no_runs')} hint={t('ingest.no_runs_hint')} />} />
    </Panel>
  );
}

function columns(t: Text): Column<Ingest>[] {
  return [
    { key: 'began', title: t('ingest.began'), width: 180, card: 'title', render: (run) => <Link to="/ingest/$id" params={{ id: run.id }} className="number">{formatTime(run.began_ms, 'second')}</Link> },
    { key: 'state', title: t('ingest.state'), width: 120, card: 'bare', render: (run) => <RunState state={run.state} failed={run.failed} /> },
    { key: 'source', title: t('ingest.source'), render: (run) => <>{t.code('ingest.source', run.source)}{run.station && <span className="muted"> · {run.station}</span>}</> },
    { key: 'by', title: t('ingest.by'), render: (run) => run.by ?? '—' },
    { key: 'files', title: t('ingest.files'), end: true, render: (run) => <span className="number">{formatCount(run.files)}</span> },
    { key: 'sealed', title: t('ingest.sealed'), end: true, render: (run) => <span className="number">{formatCount(run.sealed)}</span> },
    { key: 'duplicates', title: t('ingest.duplicates'), end: true, render: (run) => <span className="number">{formatCount(run.duplicates)}</span> },
    { key: 'failed', title: t('ingest.failed'), end: true, render: (run) => <span className={`number ${run.failed > 0 ? 'bad' : ''}`}>{formatCount(run.failed)}</span> },
    { key: 'bytes', title: t('ingest.bytes'), end: true, render: (run) => <span className="number">{formatBytes(run.bytes)}</span> },
  ];
}
