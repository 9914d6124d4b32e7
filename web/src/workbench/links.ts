/** Every figure opens what it counts. Pure: the address behind each. */
import type { Workbench } from '../api/types';
import type { Key } from '../shared/text';
import { dayOf, DAY_MS } from '../shared/format';
import type { RecordingSearch } from '../recordings/search';

export type Target =
  | { to: '/recordings'; search: RecordingSearch } | { to: '/equipment'; search: { undocked?: true } } | { to: '/supervision'; search: Record<string, never> };
export interface Figure { key: Key; value: number; bytes?: boolean; tone: 'plain' | 'warn' | 'bad'; hint?: { key: Key; bytes: number }; target: Target }

export function figures(w: Workbench, nowMs: number): Figure[] {
  const alarm = (count: number, tone: 'warn' | 'bad') => (count > 0 ? tone : 'plain');
  const recordings = (search: RecordingSearch): Target => ({ to: '/recordings', search });
  return [
    { key: 'workbench.today', value: w.today.received, tone: 'plain', hint: { key: 'workbench.bytes', bytes: w.today.bytes }, target: recordings({ received: dayOf(nowMs) }) },
    { key: 'workbench.total', value: w.totals.recordings, tone: 'plain', hint: { key: 'workbench.bytes', bytes: w.totals.bytes }, target: recordings({}) },
    { key: 'workbench.late_30d', value: w.late_30d, tone: alarm(w.late_30d, 'bad'), target: recordings({ hand_in: 'late', from: dayOf(nowMs - 30 * DAY_MS) }) },
    { key: 'workbench.broken', value: w.broken, tone: alarm(w.broken, 'bad'), target: recordings({ flag: 'broken' }) },
    { key: 'workbench.flagged', value: w.flagged, tone: alarm(w.flagged, 'warn'), target: recordings({ flag: 'any' }) },
    { key: 'workbench.unlinked', value: w.unlinked, tone: alarm(w.unlinked, 'warn'), target: recordings({ flag: 'unlinked' }) },
    { key: 'workbench.not_docked', value: w.devices_not_docked, tone: alarm(w.devices_not_docked, 'warn'), target: { to: '/equipment', search: { undocked: true } } },
  ];
}
