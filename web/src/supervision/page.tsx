/** 完整性检查: reads the vault again in three depths, and shows how far the public log reaches. */
import { CheckCircleOutlined, CloseCircleOutlined, LoadingOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Radio } from 'antd';
import { useState } from 'react';
import { post } from '../api/client';
import type { IntegrityRun } from '../api/types';
import { Findings } from '../recordings/original-check';
import { useCan } from '../session/session';
import { DataList, type Column } from '../shared/data-list';
import { formatBytes, formatCount, formatTime, groupHex } from '../shared/format';
import { useList } from '../shared/list';
import { Badge, Empty, Fact, PageHead, Panel } from '../shared/page';
import { Refusal } from '../shared/refusal';
import { useText, type Text } from '../shared/text';
import { readCheckpoint } from './checkpoint';
import '../recordings/recordings.css';
import '../recordings/detail.css';

const DEPTHS = ['presence', 'size', 'digest'] as const;
type Depth = (typeof DEPTHS)[number];

export function SupervisionPage() {
  const t = useText();
  const can = useCan();
  return (
    <>
      <PageHead title={t('supervision.title')} />
      {can('integrity.run') && <Start />}
      <Runs />
      <LogPanel />
    </>
  );
}

function Start() {
  const t = useText();
  const client = useQueryClient();
  const [depth, setDepth] = useState<Depth>('size');
  const start = useMutation({
    mutationFn: () => post<{ id: string }>('/integrity/runs', { depth }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['/integrity/runs'] }),
  });
  return (
    <Panel title={t('supervision.start_title')}>
      <div className="panel-body">
        <Refusal error={start.error} />
        <Radio.Group value={depth} onChange={(event) => setDepth(event.target.value as Depth)} style={{ display: 'grid', gap: 10, marginBottom: 16 }} aria-label={t('supervision.depth')}>
          {DEPTHS.map((d) => <Radio key={d} value={d}>{t(`supervision.depth.${d}`)} <span className="muted">{t(`supervision.depth.${d}_hint`)}</span></Radio>)}
        </Radio.Group>
        <Button type="primary" loading={start.isPending} onClick={() => start.mutate()}>{t('supervision.start')}</Button>
      </div>
    </Panel>
  );
}

function Runs() {
  const t = useText();
  const list = useList<IntegrityRun>('/integrity/runs', {}, { refetchMs: 3000 });
  return (
    <Panel title={t('supervision.runs')}>
      <DataList list={list} columns={columns(t)} rowKey={(run) => run.id} caption={t('supervision.runs')} empty={<Empty title={t('supervision.no_runs')} hint={t('supervision.no_runs_hint')} />} />
    </Panel>
  );
}

function columns(t: Text): Column<IntegrityRun>[] {
  return [
    { key: 'began', title: t('supervision.began'), width: 180, card: 'title', render: (run) => <span className="number">{formatTime(run.began_ms, 'second')}</span> },
    { key: 'state', title: t('supervision.state'), width: 190, card: 'bare', render: (run) => <RunBadge run={run} /> },
    { key: 'depth', title: t('supervision.depth'), render: (run) => t.code('supervision.depth', run.depth) },
    { key: 'checked', title: t('supervision.checked'), end: true, render: (run) => <span className="number">{formatCount(run.checked)}</span> },
    { key: 'bytes', title: t('supervision.bytes'), end: true, render: (run) => <span className="number">{formatBytes(run.bytes)}</span> },
    { key: 'findings', title: t('supervision.findings'), render: (run) => (run.findings.length > 0 ? <Findings findings={run.findings} /> : run.state === 'clean' ? t('supervision.no_findings') : '—') },
  ];
}

function RunBadge({ run }: { run: IntegrityRun }) {
  const t = useText();
  switch (run.state) {
    case 'running': return <Badge icon={<LoadingOutlined />}>{t('supervision.running')}</Badge>;
    case 'failed': return <Badge tone="bad" icon={<CloseCircleOutlined />}>{t('supervision.failed')}</Badge>;
    case 'clean': return <Badge tone="good" icon={<CheckCircleOutlined />}>{t('supervision.clean')}</Badge>;
    default: return <Badge tone="bad" icon={<CloseCircleOutlined />}>{t('supervision.found', { count: run.findings.length })}</Badge>;
  }
}

/** 公开日志: anybody may read it and keep a copy of a checkpoint, against which we can be held. */
function LogPanel() {
  const t = useText();
  const log = useQuery({ queryKey: ['/log/checkpoint'], queryFn: () => readCheckpoint(), refetchInterval: 5000 });
  return (
    <Panel title={t('supervision.log')} aside={<a href="/log/checkpoint" target="_blank" rel="noreferrer">/log/checkpoint</a>}>
      {log.data ? (
        <dl className="facts panel-body">
          <Fact name={t('supervision.log_size')}><b className="number">{formatCount(log.data.size)}</b></Fact>
          <Fact name={t('supervision.log_origin')}><code>{log.data.origin}</code></Fact>
          <Fact name={t('supervision.log_root')}><code className="digest">{groupHex(log.data.root)}</code></Fact>
          <Fact name={t('supervision.log_signers')}>{log.data.signers.join(', ')}</Fact>
          <Fact name={t('supervision.log_what')}><span className="muted">{t('supervision.log_hint')}</span></Fact>
        </dl>
      ) : <div className="panel-body muted">{log.error ? t('supervision.log_unreadable') : t('supervision.log_empty')}</div>}
    </Panel>
  );
}
