import { CheckCircleOutlined, CloseCircleOutlined, CopyOutlined, LoadingOutlined, PauseCircleOutlined, WarningOutlined } from '@ant-design/icons';
import type { Ingest } from '../api/types';
import { formatBytes, formatCount } from '../shared/format';
import { Badge } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { stationName } from './queue';

/** 来源: how the files came, and by which card or station; the whole path only on demand, it means little to people. */
export function Source({ run }: { run: Pick<Ingest, 'source' | 'station'> }) {
  const t = useText();
  return <>{t.code('ingest.source', run.source)}{run.station && <span className="muted break" title={run.station}> · {stationName(run.station)}</span>}</>;
}

export const resultText = (run: Ingest, t: Text): string =>
  t('ingest.result_text', { sealed: formatCount(run.sealed), duplicates: formatCount(run.duplicates), failed: formatCount(run.failed), bytes: formatBytes(run.bytes) });

export function RunState({ state, failed }: { state: string; failed: number }) {
  const t = useText();
  if (state === 'running') return <Badge icon={<LoadingOutlined />}>{t('ingest.state.running')}</Badge>;
  if (state === 'done' && failed === 0) return <Badge tone="good" icon={<CheckCircleOutlined />}>{t('ingest.state.done')}</Badge>;
  if (state === 'done') return <Badge tone="warn" icon={<WarningOutlined />}>{t('ingest.state.done_with_failures')}</Badge>;
  return <Badge tone="bad" icon={<CloseCircleOutlined />}>{t.code('ingest.state', state)}</Badge>;
}

/** One file, of a run or of an upload under way. */
export function FileState({ state }: { state: string }) {
  const t = useText();
  const text = t.code('ingest.file', state);
  switch (state) {
    case 'sealed': return <Badge tone="good" icon={<CheckCircleOutlined />}>{text}</Badge>;
    case 'duplicate': return <Badge tone="plain" icon={<CopyOutlined />}>{text}</Badge>;
    case 'failed': return <Badge tone="bad" icon={<CloseCircleOutlined />}>{text}</Badge>;
    case 'paused': return <Badge tone="warn" icon={<PauseCircleOutlined />}>{text}</Badge>;
    case 'waiting': case 'ignored': case 'cleared': return <Badge>{text}</Badge>;
    default: return <Badge icon={<LoadingOutlined />}>{text}</Badge>;
  }
}
