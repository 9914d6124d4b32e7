/** Every figure opens what it counts. Pure: the address behind each, and what of it is somebody's task. */
import type { Workbench } from '../api/types';
import type { DeviceSearch, OrderSearch, SufficiencySearch } from '../equipment/search';
import type { HandoverSearch } from '../people/search';
import type { RecordingSearch } from '../recordings/search';
import { dayOf, DAY_MS } from '../shared/format';
import type { Key } from '../shared/text';

export type Target = { to: '/recordings'; search: RecordingSearch } | { to: '/equipment'; search: DeviceSearch } | { to: '/accounts' | '/regulations'; search: Record<string, never> };
export type Counts = Pick<Workbench, 'now_ms' | 'today' | 'totals' | 'late_30d' | 'deviations_30d' | 'broken' | 'gaps' | 'unlinked' | 'time_unknown' | 'equipment' | 'grants' | 'decisions'>;
export interface Figure { key: Key; value: number; tone: 'plain' | 'warn' | 'bad'; bytes?: number; target: Target }

const NEEDS = { '/recordings': ['recording.list'], '/equipment': ['device.use', 'device.decide'], '/accounts': ['grant.confirm'], '/regulations': ['regulation.approve'] };

/** `can`: administrators see no recordings, so they are not counted for them either. */
export function figures(w: Counts, can: (permission: string) => boolean): Figure[] {
  const alarm = (count: number, tone: 'warn' | 'bad') => (count > 0 ? tone : 'plain');
  const undocked = w.equipment?.undocked ?? 0;
  const recordings = (search: RecordingSearch): Target => ({ to: '/recordings', search });
  const all: Figure[] = [
    { key: 'workbench.today', value: w.today.received, tone: 'plain', bytes: w.today.bytes, target: recordings({ received: dayOf(w.now_ms) }) },
    { key: 'workbench.total', value: w.totals.recordings, tone: 'plain', bytes: w.totals.bytes, target: recordings({}) },
    { key: 'workbench.late_30d', value: w.late_30d, tone: alarm(w.late_30d, 'bad'), target: recordings({ hand_in: 'late', from: dayOf(w.now_ms - 30 * DAY_MS) }) },
    { key: 'workbench.deviations_30d', value: w.deviations_30d, tone: alarm(w.deviations_30d, 'warn'), target: recordings({ hand_in: 'internal_deviation', from: dayOf(w.now_ms - 30 * DAY_MS) }) },
    { key: 'workbench.broken', value: w.broken, tone: alarm(w.broken, 'bad'), target: recordings({ flag: 'broken' }) },
    { key: 'workbench.gaps', value: w.gaps, tone: alarm(w.gaps, 'warn'), target: recordings({ flag: 'gap' }) },
    { key: 'workbench.unlinked', value: w.unlinked, tone: alarm(w.unlinked, 'warn'), target: recordings({ flag: 'unlinked' }) },
    { key: 'workbench.time_unknown', value: w.time_unknown, tone: alarm(w.time_unknown, 'warn'), target: recordings({ flag: 'time_unknown' }) },
    { key: 'workbench.not_docked', value: undocked, tone: alarm(undocked, 'warn'), target: { to: '/equipment', search: { due: 'undocked', mine: true } } },
    { key: 'workbench.grants', value: w.grants, tone: alarm(w.grants, 'warn'), target: { to: '/accounts', search: {} } },
    { key: 'workbench.decisions', value: w.decisions, tone: alarm(w.decisions, 'warn'), target: { to: '/regulations', search: {} } },
  ];
  // Nobody works by an expired text: then there is nothing to count apart.
  const idle = (figure: Figure) => figure.key === 'workbench.deviations_30d' && figure.value === 0;
  return all.filter((figure) => NEEDS[figure.target.to].some(can) && !idle(figure));
}

export type TaskTarget = Target | { to: '/equipment/sufficiency'; search: SufficiencySearch } | { to: '/people/responsibility'; search: Record<string, never> } | { to: '/people/handovers'; search: HandoverSearch } | { to: '/equipment/orders'; search: OrderSearch };
export interface Task { key: Key; count: number; target: TaskTarget }
const TASKS: Partial<Record<Key, Key>> = {
  'workbench.late_30d': 'workbench.task.late', 'workbench.broken': 'workbench.task.broken', 'workbench.unlinked': 'workbench.task.unlinked',
  'workbench.time_unknown': 'workbench.task.time_unknown', 'workbench.not_docked': 'workbench.task.not_docked',
  'workbench.grants': 'workbench.task.grants', 'workbench.decisions': 'workbench.task.decisions', 'workbench.deviations_30d': 'workbench.task.deviations',
};
/** What asks for somebody's hand, the gravest first. */
export function tasks(of: Figure[]): Task[] {
  const grave = (figure: Figure) => (figure.tone === 'bad' ? 0 : 1);
  return of.filter((figure) => figure.value > 0 && TASKS[figure.key])
    .sort((a, b) => grave(a) - grave(b))
    .map((figure) => ({ key: TASKS[figure.key]!, count: figure.value, target: figure.target }));
}
