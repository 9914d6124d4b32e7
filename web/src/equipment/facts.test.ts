import { describe, expect, it } from 'vitest';
import { factsOf, statementsOf, type Facts } from './facts';

describe('only what was touched is stated', () => {
  it.each<[string, Facts, (keyof Facts)[], string[]]>([
    ['nothing', { classes: ['class_a'] }, [], []],
    ['a class', { classes: ['class_a'] }, ['classes'], ['classes ["class_a"]']],
    ['no class any more', {}, ['classes'], ['classes []']],
    ['class C with its need', { classes: ['class_c'], stated_need: 1 }, ['classes', 'stated_need'], ['classes ["class_c"]', 'stated_need 1']],
    ['a need cleared is no need of null', { stated_need: null }, ['stated_need'], []],
    ['squads, without half-filled lines', { squads: [{ name: ' 一分队 ', count: 3 }, { name: '二分队' }, { count: 2 }] }, ['squads'], ['squads [{"name":"一分队","count":3}]']],
    ['conditions do not allow', { conditions_allow: false }, ['conditions_allow'], ['conditions_allow false']],
    ['a head-count', { officers: 7, both_roles: null }, ['officers'], ['head_count {"officers":7}']],
    ['back to the roster', { officers: null }, ['officers'], ['head_count {}']],
    ['special needs', { special_need: ['gps'] }, ['special_need'], ['special_need ["gps"]']],
  ])('%s', (_, facts, touched, said) => expect(statementsOf(facts, (name) => touched.includes(name)).map((one) => `${one.key} ${JSON.stringify(one.value)}`)).toEqual(said));
});

describe('a form starts with what was stated', () => {
  it.each<[{ key: string; value: unknown }[], Partial<Facts>]>([
    [[], { classes: undefined, officers: undefined }],
    [[{ key: 'squads', value: [{ name: 'a', members: ['x', 'y'], count: null }] }], { squads: [{ name: 'a', count: 2 }] }],
    [[{ key: 'head_count', value: { officers: ['x'], supervision_officers: 3 } }], { officers: undefined, supervision_officers: 3 }],
  ])('%#', (stated, facts) => expect(factsOf(stated)).toMatchObject(facts));
});
