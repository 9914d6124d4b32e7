import type { RecordingDetail } from '../api/types';

export interface IndexFields { title?: string; place?: string; party?: string; event_type?: string; key_mark?: boolean; officer_id?: string }

/** Pure: only what differs is sent, so that the history shows what somebody really changed. An emptied field is sent as ''. */
export function changesOf(recording: Pick<RecordingDetail, 'title' | 'place' | 'party' | 'event_type' | 'key_mark' | 'officer'>, fields: IndexFields): Record<string, unknown> {
  const before = {
    title: recording.title ?? '', place: recording.place ?? '', party: recording.party ?? '', event_type: recording.event_type ?? '',
    officer_id: recording.officer?.id ?? '',
  };
  const changes: Record<string, unknown> = {};
  for (const [name, old] of Object.entries(before)) {
    const value = (fields[name as keyof typeof before] ?? '').trim();
    if (value !== old) changes[name] = value;
  }
  if (fields.key_mark !== undefined && fields.key_mark !== recording.key_mark) changes.key_mark = fields.key_mark;
  return changes;
}
