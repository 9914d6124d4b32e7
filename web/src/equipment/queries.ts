import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { get } from '../api/client';
import type { DeviceDetail } from '../api/types';

/** Under `/devices`, so that one act makes the register and every open device be read again. */
export const deviceQuery = (id: string) => queryOptions({ queryKey: ['/devices', 'one', id], queryFn: () => get<DeviceDetail>(`/devices/${encodeURIComponent(id)}`) });

/** After an act: the register, the orders it may have opened, and the counts of the workbench. */
export function useReread(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await Promise.all(['/devices', '/device-orders', '/workbench'].map((path) => client.invalidateQueries({ queryKey: [path] })));
  };
}
