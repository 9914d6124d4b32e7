/** What this device has recorded, the latest first. */
import { Link } from '@tanstack/react-router';
import type { DeviceDetail, Recording } from '../api/types';
import { Failed, Loading } from '../app/states';
import { useCan } from '../session/session';
import { formatDuration, formatTime } from '../shared/format';
import { useList } from '../shared/list';
import { Empty, Panel } from '../shared/page';
import { useText } from '../shared/text';

export function RecordingsPanel({ device }: { device: DeviceDetail }) {
  const t = useText();
  const may = useCan()('recording.list');
  const list = useList<Recording>('/recordings', { device: device.id }, { enabled: may, limit: 5 });
  if (!may) return null;
  return (
    <Panel title={t('equipment.recordings')} aside={list.items.length > 0 && <Link to="/recordings" search={{ device: device.id }}>{t('equipment.all_recordings')}</Link>}>
      {list.isPending ? <Loading /> : list.error ? <Failed error={list.error} retry={() => void list.refetch()} /> : list.items.length === 0
        ? <Empty title={t('equipment.no_recordings')} hint={t('equipment.no_recordings_hint')} />
        : (
          <ul className="held">
            {list.items.map((recording) => (
              <li key={recording.id}>
                <Link to="/recordings/$id" params={{ id: recording.id }}>{recording.title ?? recording.file_name}</Link>
                <span className="number muted">{formatTime(recording.began_ms)}{recording.duration_ms !== null && ` · ${formatDuration(recording.duration_ms)}`}</span>
              </li>
            ))}
          </ul>
        )}
    </Panel>
  );
}
