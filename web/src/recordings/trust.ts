/** What this browser has seen of the log before, so that a log rewritten behind everybody's back is noticed here. */

import type { EventLine } from '../api/types';

/** `first`: never seen; `known`: same key, not shorter; the others are alarms. `unknown`: the proof failed or nothing can be kept. */
export type LogMemory = 'first' | 'known' | 'key_changed' | 'shrunk' | 'unknown';
export interface Seen { vkey: string; size: number }
type Keeper = Pick<Storage, 'getItem' | 'setItem'>;

const NAME = 'tiezheng.log'; // one log per installation, and storage belongs to one installation's address

/** To be read before a proof is asked for: answers under way at once may overtake each other, and must not look shrunk. */
export function recallLog(keeper: Keeper): Seen | null | 'unknown' {
  try {
    return parse(keeper.getItem(NAME));
  } catch {
    return 'unknown';
  }
}

/** Pure: the log of this answer against the one seen before it was asked for. */
export function judgeLog(before: Seen | null | 'unknown', now: Seen): LogMemory {
  if (before === 'unknown') return 'unknown';
  if (before === null) return 'first';
  if (before.vkey !== now.vkey) return 'key_changed';
  return before.size > now.size ? 'shrunk' : 'known';
}

/** Keeps the larger size. An alarm changes nothing that is kept, so that it is raised again. */
export function keepLog(keeper: Keeper, now: Seen): void {
  const kept = recallLog(keeper);
  if (kept === 'unknown' || (kept !== null && (kept.vkey !== now.vkey || kept.size >= now.size))) return;
  try {
    keeper.setItem(NAME, JSON.stringify(now));
  } catch {
    // storage full or forbidden by policy: next time is again the first time
  }
}

function parse(text: string | null): Seen | null {
  if (!text) return null;
  const value: unknown = JSON.parse(text);
  const { vkey, size } = (value ?? {}) as { vkey?: unknown; size?: unknown };
  return typeof vkey === 'string' && typeof size === 'number' ? { vkey, size } : null;
}

/** Is the proven payload the event this line shows? Everything the line says of it must be in the payload. */
export function sameEvent(payload: string, line: Pick<EventLine, 'id' | 'act' | 'at_ms'>): boolean {
  try {
    const event = JSON.parse(payload) as Partial<EventLine> | null;
    return event?.id === line.id && event.act === line.act && event.at_ms === line.at_ms;
  } catch {
    return false;
  }
}
