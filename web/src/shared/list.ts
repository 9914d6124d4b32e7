import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { get, type Query } from '../api/client';
import type { Page } from '../api/types';

/** One list of the server, read page by page along its cursor. */
export function useList<T>(path: string, query: Query = {}, options: { enabled?: boolean; limit?: number; refetchMs?: number | false } = {}) {
  const result = useInfiniteQuery({
    queryKey: [path, query, options.limit ?? 100],
    queryFn: ({ pageParam, signal }) => get<Page<T>>(path, { ...query, limit: options.limit ?? 100, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    refetchInterval: options.refetchMs ?? false,
  });
  return { ...result, items: result.data?.pages.flatMap((page) => page.items) ?? [], total: result.data?.pages[0]?.total ?? null };
}
export type List<T> = ReturnType<typeof useList<T>>;

const ALL_MOST = 10_000;

/** A list that is looked at as a whole (a tree, a table with sums): read to its end, at most ten thousand rows. */
export function useAll<T>(path: string, query: Query = {}, options: { enabled?: boolean } = {}) {
  return useQuery({
    queryKey: [path, 'all', query],
    enabled: options.enabled ?? true,
    queryFn: async ({ signal }) => {
      const all: T[] = [];
      let cursor: string | undefined;
      do {
        const page = await get<Page<T>>(path, { ...query, limit: 200, cursor }, signal);
        all.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor && all.length < ALL_MOST);
      return all;
    },
  });
}
