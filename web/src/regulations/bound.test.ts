import { expect, test } from 'vitest';
import type { Bound, UnitBound } from '../api/types';
import { sorted } from './bound';

const span = (profile: string, state: string): Bound => ({ profile, state, from: null, to: null, document: null, decided_by: null });
const unit = (id: string, ...bound: Bound[]): UnitBound => ({ unit: { id, agency_id: 'fz', parent_id: null, name: id, kind: 'squad' }, bound });

test('VAL-07: own units first, and of the others those that wait for a decision', () => {
  const units = [unit('theirs', span('a', 'past'), span('b', 'now')), unit('own', span('b', 'past'), span('a', 'now'), span('b', 'later')), unit('new'), unit('ended', span('a', 'past'))];
  const { own, others } = sorted(units, 'a');
  expect(own.map((one) => one.unit.id)).toEqual(['own']);
  expect(others.map((one) => one.unit.id)).toEqual(['new', 'ended', 'theirs']);
});
