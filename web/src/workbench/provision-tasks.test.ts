import { describe, expect, it } from 'vitest';
import type { Sufficiency } from '../api/types';
import { provisionTasks } from './provision-tasks';

const found = (short: number, no_plan = false) => ({
  on: '2026-11-21', agency: null,
  units: [{ unit: { id: 'a', name: 'a' }, refused: null, plan: null, sites: [], special: [], standard: null, no_plan, needs: short > 0 ? [{ key: 'k', kinds: ['k'], required: short, have: 0, short_by: short, over_by: 0, target: null, items: [], deviation: null }] : [] }],
}) as unknown as Sufficiency;

describe('what the workbench asks somebody to do about provision', () => {
  it.each<[number, number, Sufficiency | null, string[]]>([
    [0, 0, null, []],
    [0, 0, found(0), []],
    [2, 0, null, ['/people/responsibility 2']],
    [0, 1, null, ['/people/handovers 1']],
    [0, 0, found(3), ['/equipment/sufficiency short 3']],
    [1, 0, found(0, true), ['/equipment/sufficiency unknown 1', '/people/responsibility 1']],
  ])('%i vacancies, %i handovers, %#', (gaps, handovers, sufficiency, lines) =>
    expect(provisionTasks({ responsibility_gaps: gaps, handovers_waiting_for_me: handovers }, sufficiency).map(({ target, count }) => [target.to, 'state' in target.search && target.search.state, count].filter(Boolean).join(' '))).toEqual(lines));
});
