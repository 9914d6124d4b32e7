/** 参数: a value of a regulation in words. What is not said (no, none, nothing) is left out. Pure but for the words. */
import type { Parameter } from '../api/types';
import type { Text } from '../shared/text';
import { inWords } from './regulation';
import { wordOf } from './words';

/** Which article, and numbers of the catalogue: shown elsewhere. */
const SILENT = ['article', 'early_article', 'key', 'row'];

/** `retention.2` -> the name of its table, 保存期限. */
export const parameterName = (path: string, t: Text): string => t.code('regulations.table', path.split('.')[0]!);

export function parameterText({ value }: Parameter, t: Text): string {
  return textOf(value, t);
}

function textOf(value: unknown, t: Text, name = ''): string {
  if (Array.isArray(value)) return value.map((item) => textOf(item, t, name)).filter(Boolean).join(t('regulations.and'));
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? wordOf(value, t, name) : String(value ?? '');
  const { zh, en } = value as Record<string, unknown>;
  if (typeof zh === 'string' && typeof en === 'string') return inWords(t.language, { zh, en });
  return Object.entries(value).map(([key, inner]) => lineOf(key, inner, t)).filter(Boolean).join(t('regulations.also'));
}

function lineOf(key: string, value: unknown, t: Text): string {
  if (SILENT.includes(key) || value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0)) return '';
  const name = t.code('regulations.key', key);
  if (value === true) return name;
  if (typeof value === 'number' && name.includes('{n}')) return name.replace('{n}', String(value));
  const text = textOf(value, t, key);
  return text && t('regulations.parameter', { name, value: text });
}
