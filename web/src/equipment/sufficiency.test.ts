import { describe, expect, it } from 'vitest';
import type { Deviation, Sufficiency, UnitNeed, UnitSufficiency } from '../api/types';
import { budgetSearch } from './search';
import { barOf, classRules, linesOf, mayDeviate, summaryOf } from './sufficiency';

const need = (required: number, have: number, part: Partial<UnitNeed> = {}): UnitNeed => ({
  key: 'body_worn_camera', kinds: ['body_worn_camera'], required, have, short_by: Math.max(0, required - have), over_by: 0, shortage: have < required ? 'deviation' : 'none',
  target: null, target_gap: 0, target_shortage: 'none', device_ids: [], items: [], deviation: null, ...part,
});
const leave = { id: 'v' } as Deviation;
const recorder = { key: 'audio_recorder', kinds: ['audio_recorder'] };
function unit(id: string, needs: UnitNeed[], part: Partial<UnitSufficiency> = {}): UnitSufficiency {
  return {
    unit: { id, name: id }, first_responsible: null, covers: [id], classes: [], officers: 0, supervision_officers: 0, officer_ids: [], supervision_officer_ids: [], stated: false, needs, sites: [], special: [], hazard: null, standard: null, plan: null,
    no_plan: false, refused: null, conditions: null, alerts: [], articles: [], reference: [], defaults: [], lapsed: false, ...part,
  };
}
const plan = (kind: string, quantity: number, have: number) => ({ id: 'p', version: 1, lines: [{ kind, purpose: 'x', quantity, have, short_by: Math.max(0, quantity - have) }], articles: [] });
const all = (units: UnitSufficiency[], agency: UnitSufficiency | null = null): Sufficiency => ({ on: '2026-11-21', agency, units });

const site = (complete: boolean, deviation: Deviation | null = null) => ({ key: 'site.hearing', purpose: 'hearing', complete, operator_missing: false, site_ids: [], deviation, articles: [] });
const limit = (have: number, deviation: Deviation | null = null) => ({
  not_checked: null, articles: [], lines: [{ key: 'standard.camcorder', kind: 'camcorder', document: 'd', version: '1', limit: 2, have, over_by: Math.max(0, have - 2), device_ids: [], too_dear: [], deviation }],
});

/** Each line as `unit kinds state -short +over`. */
const told = (found: Sufficiency) => linesOf(found).map((line) =>
  [line.whole ? '*' : line.unit.unit.id, line.kinds.join('+') || line.why, line.state, line.short > 0 && `-${line.short}`, line.over > 0 && `+${line.over}`, line.byPlan && 'plan'].filter(Boolean).join(' '));

describe('a line for each need', () => {
  it.each<[string, Sufficiency, string[]]>([
    ['no unit', all([]), []],
    ['enough', all([unit('a', [need(2, 2)])]), ['a body_worn_camera enough']],
    ['short', all([unit('a', [need(3, 2)])]), ['a body_worn_camera short -1']],
    ['short with leave', all([unit('a', [need(3, 2, { deviation: leave })])]), ['a body_worn_camera allowed -1']],
    ['beyond the cap', all([unit('a', [need(2, 3, { over_by: 1 })])]), ['a body_worn_camera over +1']],
    ['a leave that is needed no more', all([unit('a', [need(2, 2, { deviation: leave })])]), ['a body_worn_camera enough']],
    ['PRV-02: no plan is not nothing lacking', all([unit('a', [], { no_plan: true })]), ['a no_plan unknown']],
    ['PRV-02: four planned, three there', all([unit('a', [], { plan: plan('body_worn_camera', 4, 3) })]), ['a body_worn_camera short -1 plan']],
    ['a plan for what a rule counts is no line of its own', all([unit('a', [need(3, 2)], { plan: plan('body_worn_camera', 4, 2) })]), ['a body_worn_camera short -1']],
    ['a plan beside the rules', all([unit('a', [need(3, 3)], { plan: plan('camcorder', 1, 0) })]), ['a body_worn_camera enough', 'a camcorder short -1 plan']],
    ['no plan, but a rule', all([unit('a', [need(3, 3)], { no_plan: true })]), ['a body_worn_camera enough']],
    ['PRV-10: no class', all([unit('a', [], { refused: 'provision.class_missing', no_plan: true })]), ['a class_missing unknown']],
    ['PRV-07: a room without a camera', all([unit('a', [], { sites: [site(false)] })]), ['a fixed_cctv short']],
    ['PRV-07: complete, and incomplete with leave', all([unit('a', [], { sites: [site(true), site(false, leave)] })]), ['a fixed_cctv enough', 'a fixed_cctv allowed']],
    ['PRV-13: not recorded three times for want of a fit device', all([unit('a', [], { hazard: { uses: 3, months: 12, repeated: true, articles: [] } }), unit('b', [], { hazard: { uses: 2, months: 12, repeated: false, articles: [] } })]), ['a short']],
    ['PRV-13: a need nobody can meet, and one that is met', all([unit('a', [], { special: [{ need: 'gps', gap: true, device_ids: [], articles: [] }, { need: 'wide_angle', gap: false, device_ids: ['x'], articles: [] }] })]), ['a short', 'a enough']],
    ['PRV-11: the third camcorder', all([unit('a', [], { standard: limit(3) })]), ['a camcorder over +1']],
    ['PRV-11: two are within the standard', all([unit('a', [need(1, 1)], { standard: limit(2) })]), ['a body_worn_camera enough']],
    ['the agency first', all([unit('a', [])], unit('', [need(8, 7)])), ['* body_worn_camera short -1']],
  ])('%s', (_, found, lines) => expect(told(found)).toEqual(lines));

  it('names each unit once', () => expect(linesOf(all([unit('a', [need(1, 1), need(1, 0, recorder)]), unit('b', [need(1, 1)])])).map((line) => line.first)).toEqual([true, false, true]));
});

describe('PRV-03: both readings are shown where they differ', () => {
  const item = (required: number, floor_reading: number | null, cap_reading: number | null, target = false) => ({ class: 'x', required, floor_reading, cap_reading, target, firm: false, article: { profile: 'p', version: '1', article: '6' } });
  it.each([
    ['they agree', [item(2, null, null)], null],
    ['they differ', [item(3, 3, 2)], { floor: 3, cap: 2 }],
    ['the larger of two classes', [item(1, 1, 0), item(3, 3, 2)], { floor: 3, cap: 2 }],
    ['not of a target', [item(7, 7, 6, true)], null],
  ])('%s', (_, items, readings) => expect(linesOf(all([unit('a', [need(3, 2, { items })])]))[0]!.readings).toEqual(readings));
});

describe('one sentence', () => {
  const firm = need(4, 1, { shortage: 'violation' });
  it.each<[string, UnitSufficiency[], Partial<ReturnType<typeof summaryOf>>]>([
    ['nothing known at all', [], { short: 0, tone: 'plain' }],
    ['enough', [unit('a', [need(2, 2)])], { short: 0, unknown: 0, tone: 'good' }],
    ['enough, of another nothing is known', [unit('a', [need(2, 2)]), unit('b', [], { no_plan: true })], { short: 0, unknown: 1, tone: 'warn' }],
    ['short in principle', [unit('a', [need(3, 2), need(1, 0, recorder)]), unit('b', [need(5, 1)])], { short: 6, firm: 0, units: 2, tone: 'warn', kinds: [{ kinds: ['body_worn_camera'], short: 5 }, { kinds: ['audio_recorder'], short: 1 }] }],
    ['a firm duty', [unit('a', [firm]), unit('b', [need(3, 2)])], { short: 4, firm: 3, tone: 'bad' }],
    ['an incomplete place is no missing device', [unit('a', [], { sites: [site(false)] })], { short: 0, sites: 1, units: 0, kinds: [], tone: 'warn' }],
    ['with leave', [unit('a', [need(3, 2, { deviation: leave })])], { short: 0, allowed: 1, units: 0, tone: 'good' }],
  ])('%s', (_, units, expected) => expect(summaryOf(linesOf(all(units)))).toMatchObject(expected));
});

describe('the bar', () => {
  it.each([
    [{ required: 4, have: 3, short: 1, over: 0 }, { filled: 75, missing: 25, beyond: 0 }],
    [{ required: 2, have: 3, short: 0, over: 1 }, { filled: 66.7, missing: 0, beyond: 33.3 }],
    [{ required: 1, have: 4, short: 0, over: 0 }, { filled: 100, missing: 0, beyond: 0 }],
    [{ required: 0, have: 0, short: 0, over: 0 }, { filled: 0, missing: 0, beyond: 0 }],
    [{ required: null, have: 0, short: 0, over: 0 }, { filled: 0, missing: 0, beyond: 0 }],
  ])('%j', (line, bar) => expect(barOf(line)).toEqual(bar));
});

describe('what may be excused', () => {
  it.each<[string, UnitNeed, boolean]>([
    ['short in principle', need(3, 2), true],
    ['PRV-08: a firm duty', need(3, 2, { shortage: 'violation' }), false],
    ['excused already', need(3, 2, { deviation: leave }), false],
    ['enough', need(2, 2), false],
    ['beyond the cap', need(2, 3, { over_by: 1 }), true],
    ['PRV-09: below the target', need(4, 4, { target: 7, target_gap: 3, target_shortage: 'alert' }), true],
  ])('%s', (_, one, may) => expect(mayDeviate(linesOf(all([unit('a', [one])]))[0]!)).toBe(may));
});

describe('the classes a regulation speaks of', () => {
  const rule = (path: string, unitClass: string) => ({ path, value: { unit: unitClass, kinds: ['fixed_cctv'], amount: { site: true } } });
  it('once each, without the bureau and what is no provision', () =>
    expect(classRules([{ cite: '6', parameters: [rule('provision.0', 'office'), rule('provision.1', 'bureau'), rule('occasion.1', 'x')] }, { cite: '7', parameters: [rule('provision.0', 'office')] }]).map((one) => one.unit)).toEqual(['office']));
});

describe('the year of a budget comes checked from the address', () => {
  it.each([[{ year: '2026' }, { year: 2026 }], [{ year: 2026.5 }, {}], [{ year: 'x' }, {}], [{ year: 1999 }, {}], [{}, {}]])('%j', (raw, search) => expect(budgetSearch(raw)).toEqual(search));
});
