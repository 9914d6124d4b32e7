/** 登录状态: who is signed in, as the server says. */
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, get } from '../api/client';
import type { About, Me } from '../api/types';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Me | null> => {
    try {
      return await get<Me>('/session');
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});
export const aboutQuery = queryOptions({ queryKey: ['about'], queryFn: () => get<About>('/about'), staleTime: Infinity });

/** Below the shell somebody is always signed in. */
export function useMe(): Me {
  const { data } = useQuery(sessionQuery);
  if (!data) throw new Error('useMe outside the shell');
  return data;
}

export function useCan(): (permission: string) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}

/** Forgets everything known for the last person before the next one is shown. */
export function useForgetSession(): () => void {
  const client = useQueryClient();
  return () => {
    client.clear();
    client.setQueryData(sessionQuery.queryKey, null);
  };
}

/** Pure: where to go after signing in. Only a path of this site, so that a link cannot lead elsewhere. */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])/.test(next) || next.startsWith('/sign-in') || /[\\\s]/.test(next)) return '/';
  return next;
}

export interface AccountGroup { agency: string | null; accounts: { account: string; name: string; role: string }[] }
/** Pure: the demo's accounts under their agencies, in the order given. */
export function byAgency(accounts: { account: string; name: string; role: string; agency: string | null }[]): AccountGroup[] {
  const groups: AccountGroup[] = [];
  for (const { agency, ...account } of accounts) {
    const group = groups.find((g) => g.agency === agency);
    if (group) group.accounts.push(account);
    else groups.push({ agency, accounts: [account] });
  }
  return groups;
}
