/** The details of an event as short lines. Pure. */
import { formatBytes, formatDuration, formatTime } from '../shared/format';

/** A change of the index stands as `changed: {field: {from, to}}` and is drawn field by field; nothing empty is drawn. */
export function detailLines(detail: Record<string, unknown> | null): [name: string, value: string][] {
  return Object.entries(detail ?? {}).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === '' || value === undefined) return [];
    if (name === 'changed' && typeof value === 'object') return Object.entries(value).map(([field, change]) => [field, valueText(field, change)]);
    return [[name, valueText(name, value)]];
  });
}

/** The unit stands at the end of the name: `duration_ms` is a length, `drift_ms` too, any other `_ms` an instant.
 *  `{from, to}` is written with an arrow, a list with commas, anything else as it is. */
export function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '—';
  if (Array.isArray(value)) return value.map((item) => valueText(name, item)).join(', ');
  if (typeof value === 'number') return numberText(name, value);
  if (typeof value !== 'object') return String(value);
  if ('to' in value) return `${valueText(name, (value as { from?: unknown }).from)} → ${valueText(name, value.to)}`;
  return JSON.stringify(value);
}

function numberText(name: string, value: number): string {
  if (name === 'duration_ms') return formatDuration(value);
  if (name === 'drift_ms') return `${value} ms`;
  if (name.endsWith('_ms')) return formatTime(value, 'second');
  return name === 'bytes' || name === 'size' ? formatBytes(value) : String(value);
}
