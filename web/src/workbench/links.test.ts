import { describe, expect, it } from 'vitest';
import { figures, tasks, type Counts } from './links';

const counts = (part: Partial<Counts>): Counts => ({
  now_ms: Date.UTC(2026, 10, 20, 17), // already the 21st in Shanghai
  today: { received: 0, bytes: 0 }, totals: { recordings: 0, bytes: 0 }, late_30d: 0, deviations_30d: 0, broken: 0, gaps: 0, unlinked: 0, time_unknown: 0, grants: 0, decisions: 0, equipment: null, ...part,
});
const undocked = (n: number) => ({ equipment: { undocked: n } as Counts['equipment'] });
const everything = () => true;
const figure = (key: string, part: Partial<Counts> = {}) => figures(counts(part), everything).find((f) => f.key === key)!;

describe('every figure opens what it counts', () => {
  it.each([
    ['workbench.today', { received: '2026-11-21' }],
    ['workbench.total', {}],
    ['workbench.late_30d', { hand_in: 'late', from: '2026-10-22' }],
    ['workbench.broken', { flag: 'broken' }],
    ['workbench.gaps', { flag: 'gap' }],
    ['workbench.unlinked', { flag: 'unlinked' }],
    ['workbench.time_unknown', { flag: 'time_unknown' }],
    ['workbench.not_docked', { due: 'undocked', mine: true }],
    ['workbench.grants', {}],
    ['workbench.decisions', {}],
  ])('%s', (key, search) => expect(figure(key).target.search).toEqual(search));
  it.each([[0, 'plain'], [3, 'bad']])('%i late is %s', (late_30d, tone) => expect(figure('workbench.late_30d', { late_30d }).tone).toBe(tone));
  it('late after the expiry is counted apart, and only where there is any', () => {
    expect(figure('workbench.deviations_30d')).toBeUndefined();
    expect(figure('workbench.deviations_30d', { deviations_30d: 2 }).target.search).toEqual({ hand_in: 'internal_deviation', from: '2026-10-22' });
  });
  it.each([[0, 'plain'], [3, 'warn']])('%i unlinked is %s', (unlinked, tone) => expect(figure('workbench.unlinked', { unlinked }).tone).toBe(tone));
  it.each([
    [[], []],
    [['device.use'], ['workbench.not_docked']],
    [['device.decide'], ['workbench.not_docked']],
    [['device.list'], []],
    [['grant.confirm'], ['workbench.grants']],
    [['regulation.approve'], ['workbench.decisions']],
  ])('with %j: %j', (permissions: string[], keys) => expect(figures(counts({}), (p) => permissions.includes(p)).map((f) => f.key)).toEqual(keys));
});

describe('tasks', () => {
  it.each<[Partial<Counts>, string[]]>([
    [{}, []],
    [{ gaps: 9, today: { received: 5, bytes: 1 } }, []], // nobody can mend a gap
    [{ unlinked: 4, late_30d: 1 }, ['workbench.task.late 1', 'workbench.task.unlinked 4']],
    [{ ...undocked(2), broken: 1 }, ['workbench.task.broken 1', 'workbench.task.not_docked 2']],
  ])('%j', (part, lines) => expect(tasks(figures(counts(part), everything)).map((task) => `${task.key} ${task.count}`)).toEqual(lines));
});
