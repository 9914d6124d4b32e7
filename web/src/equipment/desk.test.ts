import { describe, expect, it } from 'vitest';
import type { Device, Problem } from '../api/types';
import { actedOf, again, answered, codeOf, drop, fineAll, give, known, refused, ROWS_MOST, lifted, scan, tally, type Row } from './desk';

const device = (id: string, part: Partial<Device> = {}): Device => ({
  id, agency_id: 'a', kind: 'body_worn_camera', maker: '', model: '', description: null, serial_no: `S-${id}`, asset_no: null, status: 'checked_out', revision: 2, unit: null, holder: null,
  held_since_ms: 1000, due_ms: null, purpose: null, capacity_gb: null, capabilities: [], accessories: [], acquired_on: null, price_fen: null, in_use_on: null, purchase_id: null, upkeep_ms: null,
  last_docked_ms: null, drift_ms: null, open_orders: [], ...part,
});
const problem = (code: string, of?: string): Problem => ({ status: 409, code, title: '', params: { device: of } });
const yes = (id: string, part: Partial<Device> = {}) => ({ scanned: { device: device(id, part), lawful: true, problem: null } });

/** `a? b+ c-`: asking, lawful, refused; newest first. */
const picture = (rows: Row[]) => rows.map(({ code, state }) => code + { asking: '?', lawful: '+', refused: '-' }[state]).join(' ');
const stack = (codes: string) => codes.split(' ').reduce<Row[]>((rows, code) => scan(rows, code).rows, []);
const desk = (codes: string) => codes.split(' ').reduce<Row[]>((rows, code) => answered(scan(rows, code).rows, code, yes(code)).rows, []);

describe('what a scanner types', () => {
  it.each([
    ['ZC-001', 'ZC-001'], [' ZC-001\r', 'ZC-001'], ['ＺＣ－００１', 'ZC-001'], ['tiezheng：device：01J9', 'tiezheng:device:01J9'], ['\u200bZC\u00a01\t', 'ZC1'], ['  ', ''], ['\u0000', ''],
  ])('%j is %s', (typed, code) => expect(codeOf(typed)).toBe(code));
});

describe('scans', () => {
  it.each([['a', 'a?'], ['a b', 'b? a?'], ['a a', 'a?'], ['a Ａ a', 'A? a?']])('%s: %s', (codes, rows) => expect(picture(stack(codes))).toBe(rows));
  it.each([['', null, null], ['new', 'new', null], ['a', null, 'duplicate']])('after a, %j asks %s and says %s', (typed, ask, notice) => {
    const next = scan(stack('a'), typed);
    expect([next.ask, next.notice?.code ?? null]).toEqual([ask, notice]);
  });
  it('a full desk takes no more', () => {
    const full = Array.from({ length: ROWS_MOST }, (_, i) => String(i)).join(' ');
    expect(scan(stack(full), 'one more')).toMatchObject({ ask: null, notice: { code: 'full' } });
  });
});

describe('answers', () => {
  const refusal = { problem: problem('device.unknown_code') };
  const unlawful = { scanned: { device: device('x'), lawful: false, problem: problem('device.stopped') } };
  it.each([
    ['lawful', yes('x'), 'b? a+', null], ['unknown', refusal, 'b? a-', null], ['not lawful', unlawful, 'b? a-', null],
  ])('%s', (_, answer, rows, notice) => {
    const next = answered(stack('a b'), 'a', answer);
    expect([picture(next.rows), next.notice]).toEqual([rows, notice]);
  });
  it('of a row taken away is dropped', () => expect(answered(drop(stack('a b'), 'a'), 'a', yes('a')).rows).toHaveLength(1));
  it('two codes of one device are one row', () => {
    const next = answered(scan(desk('a'), 'S-a').rows, 'S-a', yes('a'));
    expect([picture(next.rows), next.notice?.code]).toEqual(['a+', 'duplicate']);
  });
  it('asked again under another act keeps what was told', () => {
    const told = give(desk('a'), 'a', { appearance: '划痕' });
    expect(answered(again(told), 'a', yes('a')).rows[0]).toMatchObject({ state: 'lawful', given: { appearance: '划痕' } });
  });
});

describe('what the last docking tells', () => {
  it.each<[Partial<Device>, object]>([
    [{}, {}], [{ last_docked_ms: 999 }, {}], [{ last_docked_ms: 1000 }, { data_handed_in: true }], [{ last_docked_ms: 2000, drift_ms: -1600 }, { data_handed_in: true, clock_s: -2 }],
    [{ last_docked_ms: 5, held_since_ms: null }, { data_handed_in: true }],
  ])('%j', (part, given) => expect(known(device('d', part))).toEqual(given));
});

describe('the request', () => {
  const mixed = answered(scan(desk('a b'), 'c').rows, 'c', { problem: problem('device.unknown_code') }).rows;
  it('has the lawful ones, with their revision', () => expect(actedOf(mixed, 'issue')).toEqual([{ id: 'b', revision: 2, detail: {} }, { id: 'a', revision: 2, detail: {} }]));
  it('tells the inspection of each', () => expect(actedOf(give(desk('a'), 'a', { clock_s: 3, battery: 0, appearance: ' ' }), 'return')[0]!.detail).toEqual({ condition: 'good', data_handed_in: false, battery_percent: 0, clock_error_ms: 3000 }));
  it('tells no check that was not made', () => expect(actedOf(desk('a'), 'check_out')[0]!.detail).toEqual({}));
  it('one click says all were checked', () => expect(actedOf(fineAll(desk('a'), ['battery']), 'check_out')[0]!.detail).toEqual({ checks: { battery: true } }));
  it('counts', () => expect(tally(scan(mixed, 'z').rows)).toEqual({ lawful: 2, refused: 1, asking: 1 }));
  it('forty scans are forty devices', () => expect(actedOf(desk(Array.from({ length: 40 }, (_, i) => `c${i}`).join(' ')), 'return')).toHaveLength(40));
});

describe('a refusal of the whole', () => {
  it.each<[string, Problem, string]>([
    ['names those in its way', { ...problem('device.acts_refused'), problems: [problem('device.stopped', 'b')] }, 'b- a+'],
    ['of a single device', problem('device.changed', 'a'), 'b+ a-'],
    ['that names nobody changes nothing', problem('field.required'), 'b+ a+'],
  ])('%s', (_, told, rows) => expect(picture(refused(desk('a b'), told))).toBe(rows));

  const reason = { ...problem('device.model_unproven', 'a'), params: { device: 'a', field: 'reason' } };
  it.each<[string, Problem, string | null]>([
    ['PRV-12: a reason lifts it', reason, 'device.model_unproven'],
    ['for all of them', { ...problem('device.acts_refused'), problems: [reason, reason] }, 'device.model_unproven'],
    ['not where one is in the way for another cause', { ...problem('device.acts_refused'), problems: [reason, problem('device.stopped', 'b')] }, null],
  ])('%s', (_, told, code) => expect(lifted(told)?.code ?? null).toBe(code));
});
