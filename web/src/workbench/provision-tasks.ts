/** 配备方面的待办: duties that nobody answers for and devices missing, for those who can do something about them. */
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Gap, Page, Sufficiency } from '../api/types';
import { linesOf, summaryOf } from '../equipment/sufficiency';
import { useCan } from '../session/session';
import type { Task } from './links';

const RARELY_MS = 5 * 60_000;

export function useProvisionTasks(): Task[] {
  const can = useCan();
  const gaps = useQuery({ queryKey: ['/responsibilities/gaps', 'count'], enabled: can('responsibility.designate'), staleTime: RARELY_MS, queryFn: () => get<Page<Gap>>('/responsibilities/gaps') });
  const sufficiency = useQuery({ queryKey: ['/sufficiency', undefined], enabled: can('provision.propose'), staleTime: RARELY_MS, queryFn: ({ signal }) => get<Sufficiency>('/sufficiency', {}, signal) });
  return provisionTasks(gaps.data?.items.length ?? 0, sufficiency.data ?? null);
}

/** Pure. */
export function provisionTasks(gaps: number, found: Sufficiency | null): Task[] {
  const { short, unknown } = summaryOf(found ? linesOf(found) : []);
  const tasks: Task[] = [
    { key: 'workbench.task.short', count: short, target: { to: '/equipment/sufficiency', search: { state: 'short' } } },
    { key: 'workbench.task.unknown', count: unknown, target: { to: '/equipment/sufficiency', search: { state: 'unknown' } } },
    { key: 'workbench.task.duties', count: gaps, target: { to: '/people/responsibility', search: {} } },
  ];
  return tasks.filter((task) => task.count > 0);
}
