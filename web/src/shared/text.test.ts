import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from '../../../locales/web.en.json';
import zh from '../../../locales/web.zh-CN.json';
import { OCCASIONS } from '../activities/occasions';
import { ACTS } from '../equipment/acts';
import { OPENINGS, STEPS } from '../equipment/orders';
import { CAPABILITIES, DEVICE_KINDS, DUES, ORDER_KINDS, ORDER_VIEWS, STATUSES } from '../equipment/search';
import { ROOMS } from '../recordings/detail-lines';
import { HAND_INS, KINDS, STATES } from '../recordings/search';
import { fill } from './text';

const FIELDS = [...Object.values(ACTS).map(({ fields }) => fields), ...Object.values(OPENINGS), ...Object.values(STEPS).flatMap((steps) => steps.map(({ fields }) => fields))].flat();

const source = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return source(path);
    return /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) ? [readFileSync(path, 'utf8')] : [];
  });
/** Words of the server that a page shows by their code live in its own files beside ours. */
const locales = join(import.meta.dirname, '../../../locales');
const all = readdirSync(locales).filter((name) => name.endsWith('zh-CN.json'))
  .flatMap((name) => Object.keys(JSON.parse(readFileSync(join(locales, name), 'utf8')) as object));
const code = source(join(import.meta.dirname, '..')).join('\n');
const keys = Object.keys(zh);
const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe('both languages are complete', () => {
  it('no key stands in two files', () => expect(all.filter((key, i) => all.indexOf(key) !== i)).toEqual([]));
  it('have the same keys', () => expect(Object.keys(en).sort()).toEqual([...keys].sort()));
  it.each(keys)('%s: no text is empty, both have the same places', (key) => {
    const [chinese, english] = [zh[key as keyof typeof zh], en[key as keyof typeof en]];
    expect(chinese.trim() && english?.trim()).toBeTruthy();
    expect(places(english)).toEqual(places(chinese));
  });
});

describe('every key used exists, every key is used', () => {
  const literal = [...code.matchAll(/\bt\('([\w.]+)'/g)].map((m) => m[1]!);
  const rooms = [...new Set([...code.matchAll(/(?:\bt\.codes?|\boptions)\('([\w.]+)'/g)].map((m) => m[1]!).concat(...Object.values(ROOMS)))];
  const templates = [...code.matchAll(/\bt\(`([\w.]+)\.\$\{/g)].map((m) => m[1]!);

  it('finds the uses', () => expect(literal.length).toBeGreaterThan(250));
  it('t(key)', () => expect(literal.filter((key) => !(key in zh))).toEqual([]));
  it('t.code(room, …) and t(`room.${…}`)', () =>
    expect([...rooms, ...templates].filter((room) => !all.some((key) => key.startsWith(`${room}.`)))).toEqual([]));
  it('no key is left over', () => {
    const used = (key: string) =>
      literal.includes(key) || code.includes(`'${key}'`) || [...rooms, ...templates].some((room) => key.startsWith(`${room}.`));
    expect(keys.filter((key) => !used(key))).toEqual([]);
  });

  it.each([
    ['occasion', OCCASIONS],
    ['equipment.kind', DEVICE_KINDS],
    ['equipment.status', STATUSES],
    ['equipment.due', DUES],
    ['equipment.capability', CAPABILITIES],
    ['equipment.act', Object.keys(ACTS)],
    ['equipment.signed_by', Object.entries(ACTS).filter(([, { signed }]) => signed).map(([act]) => act)],
    ['equipment.order', ORDER_KINDS],
    ['equipment.order_view', ORDER_VIEWS],
    ['equipment.order_step', Object.values(STEPS).flatMap((steps) => steps.map(({ step }) => step))],
    ['equipment.open_order', Object.keys(OPENINGS)],
    ['equipment.choice', FIELDS.flatMap(({ name, choices = [] }) => choices.map((choice) => `${name}.${choice}`))],
    ['field', FIELDS.map(({ name, label }) => label ?? name)],
    ['recordings.kind', KINDS],
    ['recordings.state', STATES],
    ['recordings.verdict', HAND_INS],
    ['proof.step', ['same', 'commitment', 'inclusion', 'checkpoint', 'signature']],
    ['proof.memory', ['first', 'known', 'key_changed', 'shrunk', 'unknown']],
    ['proof.by', ['webcrypto', 'noble']],
    ['recordings.flag', ['broken', 'empty', 'gap', 'remuxed', 'time_unknown', 'time_ahead', 'drift', 'no_device', 'no_officer', 'unlinked']],
    ['ingest.file', ['waiting', 'sending', 'sealing', 'sealed', 'duplicate', 'failed', 'paused', 'ignored', 'cleared']],
    ['ingest.state', ['running', 'done', 'done_with_failures', 'failed']],
    ['recordings.derivative', ['original', 'preview', 'poster', 'strip', 'waveform']],
    ['supervision.depth', ['presence', 'size', 'digest']],
  ])('every code of %s has a word', (room, codes) => expect(codes.filter((c) => !(`${room}.${c}` in zh))).toEqual([]));
});

describe('places in a text', () => {
  it.each([
    ['{a} of {b}', { a: 1, b: 'x' }, '1 of x'],
    ['{a}', {}, '{a}'],
    ['{a}', { a: '{b}' }, '{b}'],
    ['', { a: 1 }, ''],
    ['{toString}', {}, '{toString}'],
  ])('%s', (text, params, filled) => expect(fill(text, params as Record<string, unknown>)).toBe(filled));
});
