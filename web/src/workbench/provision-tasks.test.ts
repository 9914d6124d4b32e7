import { describe, expect, it } from 'vitest';
import type { Sufficiency } from '../api/types';
import { provisionTasks } from './provision-tasks';

const found = (short: number, no_plan = false) => ({
  on: '2026-11-21', agency: null,
  units: [{ unit: { id: 'a', name: 'a' }, refused: null, plan: null, sites: [], special: [], standard: null, no_plan, needs: short > 0 ? [{ key: 'k', kinds: ['k'], required: short, have: 0, short_by: short, over_by: 0, target: null, items: [], deviation: null }] : [] }],
}) as unknown as Sufficiency;

const incapable = found(0);
incapable.units[0]!.special = [{ need: 'gps', gap: true, device_ids: [], articles: [] }];
const none = { to_return: 0, upkeep_due: 0, renewal_due: 0, replacement_open: 0, replacement_overdue: 0, idle: 0, undocked: 0, orders_waiting_for_me: 0, responsibility_gaps: 0, handovers_waiting_for_me: 0 };

describe('what the workbench asks somebody to do about provision', () => {
  it.each<[Partial<typeof none>, Sufficiency | null, string[]]>([
    [{}, null, []],
    [{}, found(0), []],
    [{ responsibility_gaps: 2 }, null, ['/people/responsibility {} 2']],
    [{ handovers_waiting_for_me: 1, orders_waiting_for_me: 3 }, null, ['/equipment/orders {"view":"waiting"} 3', '/people/handovers {"waiting":true} 1']],
    [{ to_return: 1, upkeep_due: 2, renewal_due: 3 }, null, ['/equipment {"due":"return","mine":true} 1', '/equipment {"due":"upkeep","mine":true} 2', '/equipment {"due":"renewal","mine":true} 3']],
    [{ replacement_open: 4, replacement_overdue: 4, idle: 5, undocked: 6 }, null, ['/equipment {"due":"replacement","mine":true} 4', '/equipment {"due":"idle","mine":true} 5']],
    [{}, incapable, ['/equipment/sufficiency {"state":"short"} 1']],
    [{}, found(3), ['/equipment/sufficiency {"state":"short"} 3']],
    [{ responsibility_gaps: 1 }, found(0, true), ['/equipment/sufficiency {"state":"unknown"} 1', '/people/responsibility {} 1']],
  ])('%j, %#', (counts, sufficiency, lines) =>
    expect(provisionTasks({ ...none, ...counts }, sufficiency).map(({ target, count }) => `${target.to} ${JSON.stringify(target.search)} ${count}`)).toEqual(lines));
});
