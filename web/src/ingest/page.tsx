/** 入库: send files from this PC; see every run, of this page and of the docking stations. */
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Ingest } from '../api/types';
import { useCan } from '../session/session';
import { usePhone } from '../shared/browser';
import { DataList, type Column } from '../shared/data-list';
import { formatBytes, formatCount, formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Empty, PageHead, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { resultText, RunState, Source } from './run-state';
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
  const phone = usePhone();
  const client = useQueryClient();
  const list = useList<Ingest>('/ingests', {}, { refetchMs: 10_000 });
  useEffect(() => {
    void client.invalidateQueries({ queryKey: ['/ingests'] }); // an upload began or ended
  }, [running, client]);
  return (
    <Panel title={t('ingest.runs')}>
      <DataList list={list} columns={phone ? cards(t) : columns(t)} rowKey={(run) => run.id} caption={t('ingest.runs')} empty={<Empty title={t('ingest.no_runs')} hint={t('ingest.no_runs_hint')} />} />
    </Panel>
  );
}

/** On a phone the five figures are one sentence. */
function cards(t: Text): Column<Ingest>[] {
  const kept = columns(t).filter((column) => !column.end);
  return [...kept, { key: 'result', title: t('ingest.result'), render: (run) => resultText(run, t) }];
}

function columns(t: Text): Column<Ingest>[] {
  return [
    { key: 'began', title: t('ingest.began'), width: 180, card: 'title', render: (run) => <Link to="/ingest/$id" params={{ id: run.id }} className="number">{formatTime(run.began_ms, 'second')}</Link> },
    { key: 'state', title: t('ingest.state'), width: 120, card: 'bare', render: (run) => <RunState state={run.state} failed={run.failed} /> },
    { key: 'source', title: t('ingest.source'), render: (run) => <Source run={run} /> },
    { key: 'by', title: t('ingest.by'), width: 130, render: (run) => run.by ?? t('recordings.by_system') },
    { key: 'files', title: t('ingest.files'), end: true, render: (run) => <span className="number">{formatCount(run.files)}</span> },
    { key: 'sealed', title: t('ingest.sealed'), end: true, render: (run) => <span className="number">{formatCount(run.sealed)}</span> },
    { key: 'duplicates', title: t('ingest.duplicates'), end: true, render: (run) => <span className="number">{formatCount(run.duplicates)}</span> },
    { key: 'failed', title: t('ingest.failed'), end: true, render: (run) => <span className={`number ${run.failed > 0 ? 'bad' : ''}`}>{formatCount(run.failed)}</span> },
    { key: 'bytes', title: t('ingest.bytes'), end: true, render: (run) => <span className="number">{formatBytes(run.bytes)}</span> },
  ];
}
