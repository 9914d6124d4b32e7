import { describe, expect, it } from 'vitest';
import type { Device } from '../api/types';
import { cleaned } from '../shared/create-dialog';
import type { Text } from '../shared/text';
import { actBody, ACTS, detailOf, offered, wireValue, type FieldKind } from './acts';
import { driftTone } from './drift';
import { nextSteps, openable, stepBody, STEPS, turnOf } from './orders';
import { declarationBody } from './declaration';
import { formatYuan, registrationOf, valuesOf } from './registration';
import { deskSearch, deviceSearch, orderSearch } from './search';
import { lifeLine } from './service-life';
import { stepLines } from './step-lines';

describe('clock error', () => {
  it.each([[0, 'plain'], [29_999, 'plain'], [-30_000, 'warn'], [299_999, 'warn'], [300_000, 'bad'], [-86_400_000, 'bad']])('%i ms: %s', (ms, tone) =>
    expect(driftTone(ms)).toBe(tone));
});

describe('the address of the register is checked', () => {
  it.each([
    [{}, {}], [{ kind: 'drone', q: ' ' }, {}], [{ kind: 'camcorder', due: 'undocked' }, { kind: 'camcorder', due: 'undocked' }],
    [{ status: 'lost', due: 'upkeep', holder: 'p1' }, { status: 'lost', due: 'upkeep', holder: 'p1' }], [{ status: 'in_use', due: 'tomorrow' }, {}],
  ])('%j', (raw, search) => expect(deviceSearch(raw)).toEqual(search));
  it.each([[{ act: 'return', codes: 'a,b' }, { act: 'return', codes: 'a,b' }], [{ act: 'destroyed' }, {}]])('desk %j', (raw, search) => expect(deskSearch(raw)).toEqual(search));
});

describe('what a form sends', () => {
  it('trims, and says null for empty', () =>
    expect(cleaned({ a: ' x ', b: '  ', c: undefined, d: 0, e: ['o1'] })).toEqual({ a: 'x', b: null, c: null, d: 0, e: ['o1'] }));
});

describe('a field of an act as the server takes it', () => {
  it.each<[FieldKind, unknown, unknown]>([
    ['text', '  ', undefined], ['text', ' x ', 'x'], ['text', undefined, undefined], ['long', 'a\nb', 'a\nb'],
    ['yuan', 3200, 320_000], ['yuan', 0.07, 7], ['yuan', 19.99, 1999], ['yuan', null, undefined], ['yuan', Number.NaN, undefined],
    ['lines', ' 清洁 \n\n电池；功能测试', ['清洁', '电池', '功能测试']], ['lines', ' \n', undefined],
    ['moment', '2026-03-02T09:30', Date.UTC(2026, 2, 2, 1, 30)], ['moment', '2026-02-30T09:30', undefined], ['moment', '', undefined],
    ['flag', false, false], ['flag', undefined, undefined], ['number', 0, 0], ['number', null, undefined], ['choice', 'good', 'good'],
    ['risk', { none: true, lines: '一段' }, []], ['risk', { lines: '一段' }, ['一段']], ['risk', {}, undefined], ['risk', undefined, undefined],
    ['checks', { items: ['battery', 'storage'], check: 'fine', failed: [] }, { battery: true, storage: true }],
    ['checks', { items: ['battery', 'storage'], check: 'failed', failed: ['storage'] }, { battery: true, storage: false }],
    ['checks', { items: ['battery'], check: 'open', failed: [] }, undefined], ['checks', undefined, undefined],
  ])('%s %j -> %j', (kind, value, wire) => expect(wireValue(kind, value)).toEqual(wire));
});

describe('the request of an act', () => {
  const devices = [{ id: 'd1', revision: 3 }];
  it.each([
    ['check_out', { person_id: 'p1', due_ms: '2026-03-02T18:00' }, { person_id: 'p1', detail: { due_ms: Date.UTC(2026, 2, 2, 10) } }],
    ['issue', { unit_id: 'u1', document: ' ' }, { unit_id: 'u1', detail: {} }],
    ['upkeep', { works: '清洁', at_ms: '2026-03-02T09:30', stray: 'x' }, { at_ms: Date.UTC(2026, 2, 2, 1, 30), detail: { works: ['清洁'] } }],
    ['lost', { circumstances: '途中', recordings_at_risk: { none: true } }, { detail: { circumstances: '途中', recordings_at_risk: [] } }],
  ])('%s', (act, values, told) => expect(actBody(act, devices, values)).toEqual({ act, devices, ...told }));
  it('carries the signature', () => expect(actBody('issue', devices, {}, { name: '李静', strokes: null })).toMatchObject({ signature: { name: '李静', strokes: null } }));
  it('knows every act once, offered in our order', () => expect(offered(['return', 'teleport', 'check_out', 'lost'])).toEqual(['check_out', 'return', 'lost']));
  it('asks each field once', () => {
    for (const { fields } of Object.values(ACTS)) expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
  });
  it('tells nothing that was not asked', () => expect(detailOf([], { a: 1 })).toEqual({}));
});

const device: Device = {
  id: 'd1', agency_id: 'a', kind: 'body_worn_camera', maker: 'M', model: 'X1', description: null, serial_no: 'S1', asset_no: 'ZC-1', status: 'checked_out', revision: 3, unit: null,
  holder: { id: 'p1', name: '李静' }, held_since_ms: 1000, due_ms: null, purpose: '现场执法', capacity_gb: 64, capabilities: ['gps'], accessories: ['充电座', '背夹'], acquired_on: '2025-01-02',
  price_fen: 320_050, in_use_on: null, purchase_id: null, upkeep_ms: null, last_docked_ms: null, drift_ms: null, open_orders: [],
};

describe('registration', () => {
  it('what is corrected nowhere comes back as it was', () => expect(registrationOf(valuesOf(device), null)).toMatchObject({
    serial_no: 'S1', asset_no: 'ZC-1', price_fen: 320_050, accessories: ['充电座', '背夹'], capabilities: ['gps'], acquired_on: '2025-01-02', in_use_on: null, unit_id: null,
  }));
  it.each([
    [{ accessories: '充电座、背夹，电池' }, { accessories: ['充电座', '背夹', '电池'] }], [{ asset_no: ' ' }, { asset_no: null }], [{ price_yuan: 0.29 }, { price_fen: 29 }],
    [{ kind: 'camcorder', description: '旧' }, { description: null }], [{ kind: 'other', description: ' 无人机 ' }, { description: '无人机' }],
  ])('%j', (values, sent) => expect(registrationOf({ kind: 'camcorder', serial_no: ' S ', ...values })).toMatchObject({ serial_no: 'S', ...sent }));
  it.each([[320_000, '¥3,200.00'], [7, '¥0.07'], [0, '¥0.00']])('%i fen: %s', (fen, text) => expect(formatYuan(fen)).toBe(text));
});

describe('service life as a line', () => {
  const life = (stage: string, minimum_until: string | null) => ({ verdict: { stage, minimum_until, range_from: null, range_until: null, retire: 'allowed' }, articles: [], reference: [], lapsed: false, default: false });
  it.each([['past_range', '2025-01-10', 'warn', '2025-01-10'], ['no_rule', null, 'plain', '—'], ['unheard_of', null, 'plain', '—']])('%s', (stage, until, tone, shown) =>
    expect(lifeLine(life(stage, until))).toMatchObject({ code: stage, tone, params: { minimum_until: shown } }));
});

const CHOICES = { 'condition.worn': 1, 'to.issued': 1 };
describe('a step in words', () => {
  const t = Object.assign((key: string, params?: object) => [key, ...Object.values(params ?? {})].join(' '), { code: (room: string, code: string) => (room === 'equipment.choice' && !(code in CHOICES) ? code : `${room}.${code}`), codes: () => [], language: 'zh-CN' as const }) as unknown as Text;
  it.each<[unknown, [string, string][]]>([
    [null, []], [{}, []], [{ reason: null }, []],
    [{ condition: 'worn', battery_percent: 80 }, [['field.condition', 'equipment.choice.condition.worn'], ['field.battery_percent', '80%']]],
    [{ result: 'fine as new' }, [['field.result', 'fine as new']]],
    [{ cost_fen: 12_000, data_handed_in: false }, [['field.cost_fen', '¥120.00'], ['field.data_handed_in', 'form.no']]],
    [{ recordings_at_risk: [] }, [['field.recordings_at_risk', 'equipment.risk_none']]],
    [{ checks: { battery: true } }, [['field.checks', 'equipment.check.was_fine rules.word.PreCheckItem.battery']]],
    [{ changed: { price_fen: [100, 200], asset_no: [null, 'Z'] } }, [['field.price_fen', '¥1.00 → ¥2.00'], ['field.asset_no', '— → Z']]],
    [{ order: 'o1', confirmed_by: 'zhao', verdict: { life: 'no_rule' } }, []],
    [{ act: 'lost', holder: { id: 'p1', name: '李静' } }, [['field.act', 'equipment.act.lost'], ['field.holder', '李静']]],
    [{ to: 'issued' }, [['field.goes_to', 'equipment.choice.to.issued']]],
    [{ works: ['清洁', '电池'] }, [['field.works', '清洁equipment.comma电池']]],
  ])('%j', (detail, lines) => expect(stepLines(detail, t)).toEqual(lines));
});

describe('orders', () => {
  it.each([
    ['retirement', 'open', ['device.decide'], ['decide']], ['retirement', 'open', ['device.manage'], ['withdraw']], ['retirement', 'decided', ['device.manage'], ['execute', 'withdraw']],
    ['transfer', 'confirmed', ['device.decide'], ['confirm', 'refuse']], ['loss', 'confirmed', ['device.decide', 'device.manage'], ['decide']], ['loss', 'done', ['device.decide', 'device.manage'], []],
    ['replacement', 'open', [], []], ['unheard_of', 'open', ['device.manage'], []],
  ])('%s %s with %j: %j', (kind, state, permissions, steps) => expect(nextSteps({ kind, state }, (one) => permissions.includes(one)).map(({ step }) => step)).toEqual(steps));
  it.each([['device_sealed', ['witness', 'seal_no', 'place']], ['destroy', ['witness']]])('what must be told when it is carried out by %s', (method, names) => {
    const [execute] = nextSteps({ kind: 'retirement', state: 'decided', told: [{ method }] }, () => true);
    expect(execute!.fields.filter(({ required }) => required).map(({ name }) => name)).toEqual(names);
  });
  it.each([['retirement', 'open', null, 'retirement.open'], ['retirement', 'done', 1, null], ['retirement', 'unheard_of', null, null]])('%s %s: whose turn', (kind, state, closed_ms, key) =>
    expect(turnOf({ kind, state, closed_ms })).toBe(key));
  it.each([['in_store', [], ['transfer', 'retirement']], ['in_store', ['retirement'], ['transfer']], ['destroyed', [], []]])('of a device %s with %j open: %j', (status, open_orders, kinds) =>
    expect(openable({ status, open_orders })).toEqual(kinds));
  it('tells what was filled in', () => expect(stepBody(STEPS.loss![1]!, { compensation_fen: 3200, reason: '遗失', document: ' ', stray: 1 })).toEqual({ step: 'decide', compensation_fen: 320_000, reason: '遗失' }));
  it.each([[{ kind: 'loss', view: 'waiting' }, { kind: 'loss', view: 'waiting' }], [{ kind: 'x', view: 'mine' }, {}]])('search %j', (raw, search) => expect(orderSearch(raw)).toEqual(search));
  it.each([
    [{ declared: 'yes' }, null], [{ declared: 'yes', document: '规格表', version: '2', thresholds: '续航小时 = 8\n\n像素：1080p' }, { document: '规格表', version: '2', thresholds: { 续航小时: '8', 像素: '1080p' } }],
  ])('sheet of %j', (values, sheet) => expect(declarationBody('tech.image', values)).toMatchObject({ item: 'tech.image', sheet }));
});
