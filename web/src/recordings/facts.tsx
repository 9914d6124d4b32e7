/** What is known about a recording: the three times, the technical data, the digests. */
import { Link } from '@tanstack/react-router';
import type { Examination, RecordingDetail } from '../api/types';
import { formatBytes, formatDrift, formatDuration, formatTime, groupHex } from '../shared/format';
import { Fact, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';

/** A wall clock without a zone is sent as if it were UTC; in this country it meant UTC+8. */
const LOCAL_MS = 8 * 3_600_000;

/** 三个时间: what the device said, the same corrected, when we had the last byte. Never mixed, each explained. */
export function TimesPanel({ recording }: { recording: RecordingDetail }) {
  const t = useText();
  const { times } = recording;
  return (
    <Panel title={t('recordings.times')}>
      <dl className="facts panel-body times">
        <Fact name={t('recordings.time.claimed')}><b className="number">{formatTime(times.claimed_ms, 'second')}</b><small>{t('recordings.time.claimed_hint')}</small></Fact>
        <Fact name={t('recordings.time.corrected')}>
          <b className="number">{formatTime(times.corrected_ms, 'second')}</b>
          <small>{times.drift_ms === null ? t('recordings.time.no_drift') : t('recordings.time.drift', { drift: formatDrift(times.drift_ms) })}</small>
        </Fact>
        <Fact name={t('recordings.time.received')}><b className="number">{formatTime(times.received_ms, 'second')}</b><small>{t('recordings.time.received_hint')}</small></Fact>
        <Fact name={t('recordings.time.used')}>{t.code('recordings.time_source', times.source)}{recording.examination?.created_ms != null && <small>{t('recordings.time.container', { time: formatTime(recording.examination.created_ms - (recording.examination.created_is_local ? LOCAL_MS : 0), 'second') })}</small>}</Fact>
        {times.sealed_ms !== null && <Fact name={t('recordings.time.sealed')}><span className="number">{formatTime(times.sealed_ms, 'second')}</span></Fact>}
      </dl>
    </Panel>
  );
}

export function AboutPanel({ recording }: { recording: RecordingDetail }) {
  const t = useText();
  const unknown = <span className="muted">{t('recordings.unknown')}</span>;
  return (
    <Panel title={t('recordings.about')}>
      <dl className="facts panel-body">
        <Fact name={t('recordings.officer')}>{recording.officer?.name ?? unknown}</Fact>
        <Fact name={t('recordings.unit')}>{[recording.agency.name, recording.unit?.name].filter(Boolean).join(' · ')}</Fact>
        <Fact name={t('recordings.device')}>{recording.device?.name ?? unknown}</Fact>
        <Fact name={t('recordings.activity')}>{recording.activity_id ? <><Link to="/activities/$id" params={{ id: recording.activity_id }}>{recording.joint_no ?? t('recordings.open_activity')}</Link> · <Link to="/recordings" search={{ activity: recording.activity_id }}>{t('recordings.of_activity')}</Link></> : <span className="muted">{t('recordings.no_activity')}</span>}</Fact>
        <Fact name={t('recordings.place')}>{recording.place ?? '—'}</Fact>
        <Fact name={t('recordings.party')}>{recording.party ?? '—'}</Fact>
        <Fact name={t('recordings.event_type')}>{recording.event_type ? t.code('occasion', recording.event_type) : '—'}</Fact>
        <Fact name={t('recordings.original_name')}><code>{recording.file_name}</code></Fact>
        {recording.source_path !== recording.file_name && <Fact name={t('recordings.source_path')}><code>{recording.source_path}</code></Fact>}
      </dl>
    </Panel>
  );
}

export function TechnicalPanel({ recording }: { recording: RecordingDetail }) {
  const t = useText();
  const { examination, digests } = recording;
  return (
    <Panel title={t('recordings.technical')}>
      <dl className="facts panel-body">
        <Fact name={t('recordings.container')}>{recording.container}{recording.duration_ms !== null && ` · ${formatDuration(recording.duration_ms)}`} · {formatBytes(recording.bytes)}</Fact>
        {examination?.tracks?.map((track, i) => <Fact key={i} name={t('recordings.track_no', { no: i + 1 })}>{trackText(track, t)}</Fact>)}
        {examination?.device && <Fact name={t('recordings.written_by')}>{[examination.device.make, examination.device.model, examination.device.software].filter(Boolean).join(' · ')}</Fact>}
        {examination?.trouble && <Fact name={t('recordings.trouble')}><b className="bad">{t.code('media.trouble', examination.trouble.code, words(examination.trouble))}</b></Fact>}
        {!!examination?.gaps?.length && <Fact name={t('recordings.gaps')}>{t('recordings.gap_count', { count: examination.gaps.length })}</Fact>}
        {!!examination?.oddities?.length && (
          <Fact name={t('recordings.oddities')}><ul className="plain">{examination.oddities.map((o, i) => <li key={i}>{t.code('media.oddity', o.code, words(o))}</li>)}</ul></Fact>
        )}
        <Fact name="SHA-256"><code className="digest">{groupHex(digests.sha256)}</code></Fact>
        <Fact name="SM3"><code className="digest">{groupHex(digests.sm3)}</code></Fact>
        {recording.log_index !== null && <Fact name={t('recordings.log_index')}><span className="number">{recording.log_index}</span></Fact>}
      </dl>
    </Panel>
  );
}

function trackText(track: NonNullable<Examination['tracks']>[number], t: Text): string {
  const size = track.width && track.height ? `${track.width}×${track.height}` : '';
  const fps = track.fps ? `${Number(track.fps.toFixed(2))} fps` : '';
  const rate = track.sample_rate ? `${track.sample_rate} Hz` : '';
  const channels = track.channels ? t('recordings.channels', { count: track.channels }) : '';
  return [t.code('recordings.kind', track.kind), track.codec.toUpperCase(), size, fps, rate, channels].filter(Boolean).join(' · ');
}

/** Parameters as they go into a sentence: lengths of time and of data in words people read. */
function words(params: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [
    name, name.endsWith('_ms') ? formatDuration(value as number) : name.endsWith('bytes') ? formatBytes(value as number | null) : (value ?? '?'),
  ]));
}
