/** 查看: opening is an act of its own that the log keeps; nothing is shown before the button is pressed. */
import { CaretRightOutlined, EyeOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useState, type Ref } from 'react';
import { post } from '../api/client';
import type { RecordingDetail, View } from '../api/types';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';
import { Player, type PlayerHandle } from './player';
import { Watermark } from './watermark';
import { titleOf } from './status';

interface Props { recording: RecordingDetail; startMs?: number; onTime: (ms: number) => void; ref: Ref<PlayerHandle> }

export function Viewing({ recording, startMs, onTime, ref }: Props) {
  const t = useText();
  const client = useQueryClient();
  const [view, setView] = useState<View | null>(null);
  const open = useMutation({
    mutationFn: () => post<View>(`/recordings/${recording.id}/views`),
    onSuccess: (opened) => {
      setView(opened);
      void client.invalidateQueries({ queryKey: ['custody', recording.id] });
      if (opened.kind === 'none') void client.invalidateQueries({ queryKey: ['recording', recording.id] }); // a preview was asked for
    },
  });
  // 预览生成后: what was asked for is shown as soon as it is there.
  const { mutate } = open;
  const arrived = view?.kind === 'none' && recording.preview?.state === 'ready';
  useEffect(() => {
    if (arrived) mutate();
  }, [arrived, mutate]);
  if (view?.url && recording.kind === 'image') return <Picture recording={recording} view={view} url={view.url} />;
  if (view?.url && (recording.kind === 'video' || recording.kind === 'audio')) {
    return (
      <>
        {view.kind === 'preview' && <p className="view-note">{t('recordings.is_preview')}</p>}
        <Player key={view.view} recording={recording} view={view} url={view.url} startMs={startMs} onTime={onTime} ref={ref} />
      </>
    );
  }
  return (
    <div className="closed-screen">
      {recording.kind === 'other' || recording.examination?.playable === 'none' ? (
        <p>{t('recordings.not_viewable')}</p>
      ) : (
        <>
          <Button type="primary" size="large" icon={recording.kind === 'image' ? <EyeOutlined /> : <CaretRightOutlined />} loading={open.isPending} onClick={() => open.mutate()}>
            {t(recording.kind === 'image' ? 'recordings.open_image' : 'recordings.open')}
          </Button>
          <p>{t('recordings.open_hint')}</p>
        </>
      )}
      <PreviewState recording={recording} wanted={view?.kind === 'none'} />
      {open.error && <div className="closed-error"><Refusal error={open.error} /></div>}
    </div>
  );
}

function Picture({ recording, view, url }: { recording: RecordingDetail; view: View; url: string }) {
  const t = useText();
  return (
    <div className="player"><div className="screen">
      <img src={url} alt={t('recordings.image_of', { title: titleOf(recording) })} onContextMenu={(e) => e.preventDefault()} />
      <Watermark text={view.watermark} />
    </div></div>
  );
}

export const previewUnderWay = ({ preview }: RecordingDetail): boolean => ['queued', 'running'].includes(preview?.state ?? '');

/** 预览: needed where the browser cannot play the original. The detail is asked again while one is being made. */
function PreviewState({ recording, wanted }: { recording: RecordingDetail; wanted: boolean }) {
  const t = useText();
  const client = useQueryClient();
  const { state, reason } = recording.preview ?? { state: 'none', reason: null };
  const make = useMutation({
    mutationFn: () => post(`/recordings/${recording.id}/preview`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['recording', recording.id] }),
  });
  if (previewUnderWay(recording)) return <p role="status">{t('recordings.preview.running')}</p>;
  if (state === 'ready' || (state !== 'failed' && !wanted)) return null;
  return (
    <div className="preview-state">
      <p>{state === 'failed' ? t('recordings.preview.failed', { reason: t.code('preview', reason ?? 'failed_broken') }) : t('recordings.preview.needed')}</p>
      <Button onClick={() => make.mutate()} loading={make.isPending}>{t('recordings.preview.make')}</Button>
      <Refusal error={make.error} />
    </div>
  );
}
