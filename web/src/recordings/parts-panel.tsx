import { Link } from '@tanstack/react-router';
import type { RecordingDetail } from '../api/types';
import { formatDuration, formatTime } from '../shared/format';
import { Panel } from '../shared/page';
import { useText } from '../shared/text';
import { titleOf } from './status';

/** 连续摄录的各段: a camera cuts one capture into files; here they stand together again, in order. */
export function PartsPanel({ recording }: { recording: RecordingDetail }) {
  const t = useText();
  if (recording.parts.length < 2) return null;
  return (
    <Panel title={t('recordings.parts')} aside={<span className="muted">{t('recordings.parts_total', { length: formatDuration(recording.parts.reduce((sum, p) => sum + (p.duration_ms ?? 0), 0)) })}</span>}>
      <ol className="parts">
        {recording.parts.map((part) => {
          const line = <><b>{part.part_no ?? ''}</b><span className="grow">{titleOf(part)}</span><span className="number">{formatTime(part.began_ms, 'clock')}</span><span className="number">{formatDuration(part.duration_ms)}</span></>;
          return part.id === recording.id
            ? <li key={part.id} aria-current="true"><div>{line}</div></li>
            : <li key={part.id}><Link to="/recordings/$id" params={{ id: part.id }}>{line}</Link></li>;
        })}
      </ol>
    </Panel>
  );
}
