import type { Query } from '../api/client';
import { dayEnd, dayStart } from '../shared/format';
import { compact, dayParam, textParam } from '../shared/search';

export interface AuditSearch { act?: string; actor?: string; from?: string; to?: string }
export const auditSearch = (raw: Record<string, unknown>): AuditSearch =>
  compact({ act: textParam(raw.act, 60), actor: textParam(raw.actor), from: dayParam(raw.from), to: dayParam(raw.to) });
export const auditQuery = ({ from, to, ...rest }: AuditSearch): Query => ({ ...rest, from: dayStart(from), to: dayEnd(to) });
