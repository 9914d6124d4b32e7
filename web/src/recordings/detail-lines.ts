/** The details of an event as short lines. Pure. */

/** A change of the index stands as `changed: {field: {from, to}}` and is drawn field by field; nothing empty is drawn. */
export function detailLines(detail: Record<string, unknown> | null): [name: string, value: string][] {
  return Object.entries(detail ?? {}).flatMap(([name, value]): [string, string][] => {
    if (value === null || value === '' || value === undefined) return [];
    if (name === 'changed' && typeof value === 'object') return Object.entries(value).map(([field, change]) => [field, valueText(change)]);
    return [[name, valueText(value)]];
  });
}

/** `{from, to}` is written with an arrow, a list with commas, anything else as it is. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value !== 'object') return String(value);
  if ('to' in value) return `${valueText((value as { from?: unknown }).from)} → ${valueText(value.to)}`;
  return JSON.stringify(value);
}
