import type { Query } from '../api/client';
import { dayEnd, dayStart } from '../shared/format';
import { compact, dayParam, textParam } from '../shared/search';

export interface ActivitySearch { from?: string; to?: string; unit?: string }
export const activitySearch = (raw: Record<string, unknown>): ActivitySearch =>
  compact({ from: dayParam(raw.from), to: dayParam(raw.to), unit: textParam(raw.unit) });
export const activityQuery = ({ from, to, ...rest }: ActivitySearch): Query => ({ ...rest, from: dayStart(from), to: dayEnd(to) });
