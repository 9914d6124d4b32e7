import { describe, expect, it } from 'vitest';
import type { Unit } from '../api/types';
import { isBelow } from '../shared/units';
import { reaches, standsAbove } from './reach';

const unit = (id: string, parent_id: string | null) => ({ id, parent_id, name: id, kind: 'section' }) as Unit;
const UNITS = [unit('ju', null), unit('zd', 'ju'), unit('f1', 'zd'), unit('jd', 'ju'), unit('x', 'y'), unit('y', 'x')];

describe('below', () => {
  it.each([['f1', 'ju', true], ['f1', 'zd', true], ['zd', 'zd', false], ['ju', 'f1', false], ['x', 'ju', false], ['x', 'y', true], ['unknown', 'ju', false]])('%s below %s: %s', (one, above, is) =>
    expect(isBelow(UNITS, one, above)).toBe(is));
});

describe('who decides about a unit', () => {
  const head = { roles: ['unit_head'], unit: { id: 'zd', name: 'zd' } };
  const leader = { roles: ['leader'], unit: { id: 'ju', name: 'ju' } };
  const nobody = { roles: ['unit_head'], unit: null };
  it.each([
    [head, 'zd', true, false], [head, 'f1', true, true], [head, 'jd', false, false], [head, 'ju', false, false], [leader, 'ju', true, true], [leader, 'jd', true, true], [nobody, 'jd', true, true],
  ])('%j of %s: %s, above it: %s', (me, of, reach, above) => expect([reaches(me, UNITS, of), standsAbove(me, UNITS, of)]).toEqual([reach, above]));
});
