import { describe, expect, it } from 'vitest';
import type { Workbench } from '../api/types';
import { figures } from './links';

const now = Date.UTC(2026, 10, 20, 17); // already the 21st in Shanghai
const workbench = (part: Partial<Workbench>): Workbench => ({
  today: { received: 0, bytes: 0 }, totals: { recordings: 0, bytes: 0 }, late_30d: 0, broken: 0, flagged: 0, unlinked: 0, devices_not_docked: 0,
  storage: { used_bytes: 0, free_bytes: null }, log: { size: 0, checkpoint_ms: null, pending: 0 }, trend: [], recent: [], tasks: [], ...part,
});
const figure = (key: string, part: Partial<Workbench> = {}) => figures(workbench(part), now).find((f) => f.key === key)!;

describe('every figure opens what it counts', () => {
  it.each([
    ['workbench.today', { received: '2026-11-21' }],
    ['workbench.total', {}],
    ['workbench.late_30d', { hand_in: 'late', from: '2026-10-22' }],
    ['workbench.broken', { flag: 'broken' }],
    ['workbench.unlinked', { flag: 'unlinked' }],
    ['workbench.not_docked', { undocked: true }],
  ])('%s', (key, search) => expect(figure(key).target.search).toEqual(search));
  it.each([[0, 'plain'], [3, 'bad']])('%i late is %s', (late_30d, tone) => expect(figure('workbench.late_30d', { late_30d }).tone).toBe(tone));
  it.each([[0, 'plain'], [3, 'warn']])('%i unlinked is %s', (unlinked, tone) => expect(figure('workbench.unlinked', { unlinked }).tone).toBe(tone));
});
