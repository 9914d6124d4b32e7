/** 配备方面的待办: duties that nobody answers for and devices missing, for those who can do something about them. */
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Sufficiency, Workbench } from '../api/types';
import { linesOf, summaryOf } from '../equipment/sufficiency';
import { useCan } from '../session/session';
import type { Task } from './links';

type Counted = Pick<NonNullable<Workbench['equipment']>, 'responsibility_gaps' | 'handovers_waiting_for_me'>;
const RARELY_MS = 5 * 60_000;

export function useProvisionTasks(counts: Counted | null): Task[] {
  const can = useCan();
  const sufficiency = useQuery({ queryKey: ['/sufficiency', undefined], enabled: can('provision.propose'), staleTime: RARELY_MS, queryFn: ({ signal }) => get<Sufficiency>('/sufficiency', {}, signal) });
  return provisionTasks(counts, sufficiency.data ?? null);
}

/** Pure. */
export function provisionTasks(counts: Counted | null, found: Sufficiency | null): Task[] {
  const { short, unknown } = summaryOf(found ? linesOf(found) : []);
  const tasks: Task[] = [
    { key: 'workbench.task.short', count: short, target: { to: '/equipment/sufficiency', search: { state: 'short' } } },
    { key: 'workbench.task.unknown', count: unknown, target: { to: '/equipment/sufficiency', search: { state: 'unknown' } } },
    { key: 'workbench.task.handovers', count: counts?.handovers_waiting_for_me ?? 0, target: { to: '/people/handovers', search: { waiting: true } } },
    { key: 'workbench.task.duties', count: counts?.responsibility_gaps ?? 0, target: { to: '/people/responsibility', search: {} } },
  ];
  return tasks.filter((task) => task.count > 0);
}
