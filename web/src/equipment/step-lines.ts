/** The details of a step in words: names from our labels, money, times and codes as people read them. Pure. */
import { formatDrift, formatTime } from '../shared/format';
import type { Text } from '../shared/text';
import { formatYuan } from './registration';

/** What a step carries for the machine: who confirmed is its author, the order stands above it, a verdict has its own place. */
const INNER = new Set(['confirmed_by', 'order', 'verdict']);

export function stepLines(detail: unknown, t: Text): [string, string][] {
  if (!detail || typeof detail !== 'object') return [];
  return Object.entries(detail).flatMap(([name, value]): [string, string][] => {
    if (INNER.has(name)) return [];
    if (name === 'changed' && value && typeof value === 'object') {
      return Object.entries(value).map(([field, pair]) => [t.code('field', field), changed(field, pair, t)]);
    }
    const text = said(name, value, t);
    return text === '' ? [] : [[t.code('field', name === 'to' ? 'goes_to' : name), text]];
  });
}

const changed = (field: string, pair: unknown, t: Text): string => {
  const [before, after] = Array.isArray(pair) ? pair : [null, pair];
  return `${said(field, before, t) || '—'} → ${said(field, after, t) || '—'}`;
};

export function said(name: string, value: unknown, t: Text): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? t('form.yes') : t('form.no');
  if (typeof value === 'number') {
    if (name.endsWith('_fen')) return formatYuan(value);
    if (name === 'clock_error_ms') return formatDrift(value);
    if (name.endsWith('_ms')) return formatTime(value);
    return name.endsWith('_percent') ? `${value}%` : String(value);
  }
  if (typeof value === 'string') return wordOf(name, value, t);
  if (Array.isArray(value)) {
    if (name === 'recordings_at_risk' && value.length === 0) return t('equipment.risk_none');
    return value.map((one) => (name === 'capabilities' ? t.code('equipment.capability', String(one)) : said('', one, t))).join(t('equipment.comma'));
  }
  if (name === 'checks') return Object.entries(value).map(([item, good]) => t(good ? 'equipment.check.was_fine' : 'equipment.check.was_not', { item: t.code('rules.word', `PreCheckItem.${item}`) })).join(t('equipment.comma'));
  if (typeof value === 'object' && 'id' in value && 'name' in value) return String(value.name);
  return Object.entries(value).map(([key, one]) => `${t.code('field', key)} ${said(key, one, t)}`).join(t('equipment.comma'));
}

/** A chosen word where the field is a choice; a result of upkeep, say, is text and stays as it was typed. */
function wordOf(name: string, value: string, t: Text): string {
  if (name === 'kind') return t.code('equipment.kind', value);
  if (name === 'act') return t.code('equipment.act', value);
  const choice = `${name}.${value}`;
  const word = t.code('equipment.choice', choice);
  return word === choice ? value : word;
}
