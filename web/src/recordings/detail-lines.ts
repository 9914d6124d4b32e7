/** The details of an event as short lines. Pure but for the words. */
import { formatBytes, formatDrift, formatDuration, formatTime } from '../shared/format';
import type { Text } from '../shared/text';

/** Where the words of a field's codes stand; a code without a word is shown as it is. */
export const ROOMS: Record<string, string[]> = {
  kind: ['recordings.derivative', 'recordings.kind', 'equipment.kind', 'people.unit_kind'], roles: ['people.role'], depth: ['supervision.depth'],
  time_source: ['recordings.time_source'], source: ['ingest.source'], occasion: ['occasion'], event_type: ['occasion'], status: ['equipment.status'],
};

/** A change of the index stands as `changed: {field: {from, to}}` and is drawn field by field; nothing empty is drawn. */
export function detailLines(detail: Record<string, unknown> | null, t: Text): [name: string, value: string][] {
  return Object.entries(detail ?? {}).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === '' || value === undefined) return [];
    if (name === 'changed' && typeof value === 'object') return Object.entries(value).map(([field, change]) => [field, valueText(field, change, t)]);
    return [[name, valueText(name, value, t)]];
  });
}

/** The unit stands at the end of the name: `duration_ms` is a length, `drift_ms` too, any other `_ms` an instant.
 *  `{from, to}` is written with an arrow, a list with commas, anything else as it is. */
export function valueText(name: string, value: unknown, t: Text): string {
  if (value === null || value === undefined || value === '') return '—';
  if (Array.isArray(value)) return value.map((item) => valueText(name, item, t)).join(', ');
  if (typeof value === 'number') return numberText(name, value);
  if (typeof value === 'boolean') return t(value ? 'form.yes' : 'form.no');
  if (typeof value !== 'object') return word(name, String(value), t);
  if ('to' in value) return `${valueText(name, (value as { from?: unknown }).from, t)} → ${valueText(name, value.to, t)}`;
  return JSON.stringify(value);
}

function word(name: string, value: string, t: Text): string {
  const room = ROOMS[name]?.find((at) => t.code(at, value) !== value);
  return room ? t.code(room, value) : value;
}

function numberText(name: string, value: number): string {
  if (name === 'duration_ms') return formatDuration(value);
  if (name === 'drift_ms') return formatDrift(value);
  if (name.endsWith('_ms')) return formatTime(value, 'second');
  return name === 'bytes' || name === 'size' ? formatBytes(value) : String(value);
}
