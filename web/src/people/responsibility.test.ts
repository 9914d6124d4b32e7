import { describe, expect, it } from 'vitest';
import type { Designation, Gap, Unit } from '../api/types';
import { dutiesShown, gapsByDuty, responsibilityMap } from './responsibility';

const NOW = 1000;
const unit = (id: string, parent_id: string | null = null) => ({ id, parent_id, name: id, kind: 'section' }) as Unit;
const made = (unitId: string, duty: string, who: string, part: Partial<Designation> = {}): Designation => ({
  id: `${unitId}-${duty}-${who}`, unit: { id: unitId, name: unitId }, duty, person: { id: who, name: who }, linked_unit: null, deputy: null, post: null, document: null, from_ms: 0, to_ms: null, gone: false, ...part,
});
const gap = (unitId: string, duty: string): Gap => ({ unit: { id: unitId, name: unitId }, duty, title: '', body: false, since_ms: null, told: null, told_at: null, articles: [], lapsed: false });
const UNITS = [unit('a'), unit('b', 'a'), unit('c', 'b')];

/** `b device_register: own x / above y / gap`. */
function check(designations: Designation[], gaps: Gap[], at: string, duty: 'first_responsible' | 'device_register') {
  const cell = responsibilityMap(UNITS, designations, gaps, NOW).find((row) => row.unit.id === at)!.cells[duty];
  const names = (list: Designation[]) => list.map((one) => one.person!.name).join(',');
  return [cell.own.length > 0 && `own ${names(cell.own)}`, cell.above.length > 0 && `above ${names(cell.above)}`, cell.gap && 'gap'].filter(Boolean).join(' ');
}

describe('who answers in a unit', () => {
  it.each([
    ['nobody', [], [], 'c', 'device_register', ''],
    ['one of its own', [made('c', 'device_register', 'x')], [], 'c', 'device_register', 'own x'],
    ['two at once', [made('c', 'device_register', 'x'), made('c', 'device_register', 'y')], [], 'c', 'device_register', 'own x,y'],
    ['from the unit two above', [made('a', 'device_register', 'x')], [], 'c', 'device_register', 'above x'],
    ['the nearest above', [made('a', 'device_register', 'x'), made('b', 'device_register', 'y')], [], 'c', 'device_register', 'above y'],
    ['one of its own before one above', [made('a', 'device_register', 'x'), made('c', 'device_register', 'y')], [], 'c', 'device_register', 'own y'],
    ['never upward', [made('c', 'device_register', 'x')], [], 'a', 'device_register', ''],
    ['the first responsible person is not inherited', [made('a', 'first_responsible', 'x')], [gap('c', 'first_responsible')], 'c', 'first_responsible', 'gap'],
    ['ended this moment', [made('c', 'device_register', 'x', { to_ms: NOW })], [], 'c', 'device_register', ''],
    ['not yet begun', [made('c', 'device_register', 'x', { from_ms: NOW + 1 })], [], 'c', 'device_register', ''],
    ['begun this moment, ends later', [made('c', 'device_register', 'x', { from_ms: NOW, to_ms: NOW + 1 })], [], 'c', 'device_register', 'own x'],
    ['somebody who has left', [made('c', 'device_register', 'x', { gone: true })], [], 'c', 'device_register', ''],
  ] as const)('%s', (_, designations, gaps, at, duty, expected) => expect(check([...designations], [...gaps], at, duty)).toBe(expected));

  it('stands in the order of the tree', () =>
    expect(responsibilityMap([unit('z'), unit('k', 'z'), unit('a')], [], [], NOW).map((row) => `${row.depth}${row.unit.id}`)).toEqual(['0z', '1k', '0a']));
});

describe('which duties have a column', () => {
  it.each([
    [[], [], ['first_responsible']],
    [[made('a', 'archiving', 'x')], [gap('b', 'device_upkeep')], ['first_responsible', 'device_upkeep', 'archiving']],
  ])('%#', (designations, gaps, duties) => expect(dutiesShown(responsibilityMap(UNITS, designations, gaps, NOW))).toEqual(duties));
});

describe('vacancies are told by duty', () => {
  it('each duty once', () =>
    expect(gapsByDuty([gap('a', 'archiving'), gap('b', 'oversight'), gap('c', 'archiving')]).map((one) => `${one.duty} ${one.gaps.map((g) => g.unit.id).join()}`)).toEqual(['archiving a,c', 'oversight b']));
});
