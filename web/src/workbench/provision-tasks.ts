/** 配备方面的待办: what waits for somebody's hand, what devices are due for, what is missing. */
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Sufficiency, Workbench } from '../api/types';
import type { DeviceSearch } from '../equipment/search';
import { linesOf, summaryOf } from '../equipment/sufficiency';
import { useCan } from '../session/session';
import type { Task } from './links';

type Counted = NonNullable<Workbench['equipment']>;
const RARELY_MS = 5 * 60_000;

export function useProvisionTasks(counts: Counted | null): Task[] {
  const can = useCan();
  const sufficiency = useQuery({ queryKey: ['/sufficiency', undefined], enabled: can('provision.propose'), staleTime: RARELY_MS, queryFn: ({ signal }) => get<Sufficiency>('/sufficiency', {}, signal) });
  return provisionTasks(counts, sufficiency.data ?? null);
}

/** Pure. What waits for this reader first, then what is due, then what is missing. */
export function provisionTasks(counts: Counted | null, found: Sufficiency | null): Task[] {
  const { short, capabilities, unknown } = summaryOf(found ? linesOf(found) : []);
  const due = (name: DeviceSearch['due']): Task['target'] => ({ to: '/equipment', search: { due: name, mine: true } });
  const tasks: Task[] = [
    { key: 'workbench.task.orders', count: counts?.orders_waiting_for_me ?? 0, target: { to: '/equipment/orders', search: { view: 'waiting' } } },
    { key: 'workbench.task.handovers', count: counts?.handovers_waiting_for_me ?? 0, target: { to: '/people/handovers', search: { waiting: true } } },
    { key: 'workbench.task.return', count: counts?.to_return ?? 0, target: due('return') },
    { key: 'workbench.task.upkeep', count: counts?.upkeep_due ?? 0, target: due('upkeep') },
    { key: 'workbench.task.renewal', count: counts?.renewal_due ?? 0, target: due('renewal') },
    { key: 'workbench.task.replacement', count: counts?.replacement_open ?? 0, target: due('replacement') },
    { key: 'workbench.task.idle', count: counts?.idle ?? 0, target: due('idle') },
    { key: 'workbench.task.short', count: short, target: { to: '/equipment/sufficiency', search: { state: 'short' } } },
    { key: 'workbench.task.capability', count: capabilities, target: { to: '/equipment/sufficiency', search: { state: 'short' } } },
    { key: 'workbench.task.unknown', count: unknown, target: { to: '/equipment/sufficiency', search: { state: 'unknown' } } },
    { key: 'workbench.task.duties', count: counts?.responsibility_gaps ?? 0, target: { to: '/people/responsibility', search: {} } },
  ];
  return tasks.filter((task) => task.count > 0);
}
