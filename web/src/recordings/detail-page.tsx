/** One recording: looked at, explained, proven. */
import { EditOutlined, FilePdfOutlined, FileTextOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { Button } from 'antd';
import { lazy, Suspense, useRef, useState } from 'react';
import { get } from '../api/client';
import type { RecordingDetail } from '../api/types';
import { Failed, Loading } from '../app/states';
import { AppliesPanel } from '../regulations/applies';
import { useCan } from '../session/session';
import { download } from '../shared/browser';
import { formatTime } from '../shared/format';
import { PageHead } from '../shared/page';
import { useText } from '../shared/text';
import { CustodyPanel } from './custody-panel';
import { ExtensionPanel } from './extension-panel';
import { AboutPanel, TechnicalPanel, TimesPanel } from './facts';
import { OriginalCheck } from './original-check';
import { PartsPanel } from './parts-panel';
import type { PlayerHandle } from './player';
import { Badges, KindIcon, titleOf } from './status';
import { TrackPanel } from './track-panel';
import { previewUnderWay, Viewing } from './viewing';
import './recordings.css';
import './detail.css';

const IndexDialog = lazy(() => import('./index-dialog').then((m) => ({ default: m.IndexDialog })));

export function RecordingPage() {
  const { id } = useParams({ from: '/shell/recordings/$id' });
  const found = useQuery({ queryKey: ['recording', id], queryFn: () => get<RecordingDetail>(`/recordings/${id}`), refetchInterval: changing });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return <Content key={id} recording={found.data} />;
}

/** Sealing and previews end by themselves; until then the page asks again. */
function changing(query: { state: { data?: RecordingDetail } }): number | false {
  const recording = query.state.data;
  return recording && (recording.state === 'sealing' || previewUnderWay(recording)) ? 1500 : false;
}

function Content({ recording }: { recording: RecordingDetail }) {
  const { at } = useSearch({ from: '/shell/recordings/$id' });
  const player = useRef<PlayerHandle>(null);
  const [atMs, setAtMs] = useState(0);
  return (
    <>
      <Head recording={recording} />
      <div className="detail">
        <div className="detail-main">
          <section className="panel viewing"><Viewing recording={recording} startMs={at} onTime={setAtMs} ref={player} /></section>
          <PartsPanel recording={recording} />
          <TrackPanel recording={recording} atMs={atMs} onSeek={(ms) => player.current?.seek(ms)} />
          <CustodyPanel id={recording.id} />
        </div>
        <div className="detail-side">
          <AboutPanel recording={recording} />
          <AppliesPanel of="recording" applies={recording.applies} also={recording.also} joint={recording.joint_no} kept={recording.kept} />
          <TimesPanel recording={recording} />
          <ExtensionPanel recording={recording} />
          <TechnicalPanel recording={recording} />
        </div>
      </div>
    </>
  );
}

function Head({ recording }: { recording: RecordingDetail }) {
  const t = useText();
  const can = useCan();
  const [editing, setEditing] = useState(false);
  const [checking, setChecking] = useState(false);
  const receipt = (kind: 'json' | 'pdf') =>
    download(`/api/recordings/${recording.id}/receipt${kind === 'pdf' ? '.pdf' : ''}`, `${t('recordings.receipt_file')}-${recording.id}.${kind}`);
  return (
    <>
      <PageHead title={<><KindIcon kind={recording.kind} /> {titleOf(recording)}</>}>
        {can('recording.index') && <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>{t('recordings.edit')}</Button>}
        {can('recording.verify') && <Button icon={<SafetyCertificateOutlined />} onClick={() => setChecking(true)}>{t('recordings.verify_original')}</Button>}
        {recording.receipt && can('receipt.read') && (
          <>
            <Button icon={<FilePdfOutlined />} onClick={() => receipt('pdf')}>{t('recordings.receipt_pdf')}</Button>
            <Button icon={<FileTextOutlined />} onClick={() => receipt('json')}>{t('recordings.receipt_json')}</Button>
          </>
        )}
      </PageHead>
      <div className="detail-status">
        <Badges recording={recording} />
        <span className="muted">{[formatTime(recording.began_ms, 'second'), recording.officer?.name, recording.unit?.name ?? recording.agency.name].filter(Boolean).join(' · ')}</span>
      </div>
      {editing && <Suspense><IndexDialog recording={recording} onClose={() => setEditing(false)} /></Suspense>}
      {checking && <OriginalCheck id={recording.id} onClose={() => setChecking(false)} />}
    </>
  );
}
