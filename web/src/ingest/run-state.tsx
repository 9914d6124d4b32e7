import { CheckCircleOutlined, CloseCircleOutlined, CopyOutlined, LoadingOutlined, PauseCircleOutlined, WarningOutlined } from '@ant-design/icons';
import { Badge } from '../shared/page';
import { useText } from '../shared/text';

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
