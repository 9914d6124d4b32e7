import { queryOptions, useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { RegulationDetail } from '../api/types';

/** Under `/regulations`, so that a decision makes all of them be read again. */
export const regulationQuery = (id: string) =>
  queryOptions({ queryKey: ['/regulations', id], queryFn: () => get<RegulationDetail>(`/regulations/${encodeURIComponent(id)}`), staleTime: 300_000 });
export const useRegulation = (id: string) => useQuery(regulationQuery(id));
