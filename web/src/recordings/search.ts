/** The filters of the list of recordings, as they stand in the address. */
import type { Query } from '../api/client';
import { dayEnd, dayStart } from '../shared/format';
import { compact, dayParam, flagParam, oneOf, textParam } from '../shared/search';

export const KINDS = ['video', 'audio', 'image', 'other'] as const;
export const STATES = ['sealing', 'sealed'] as const;
export const HAND_INS = ['on_time', 'extended', 'late', 'internal_deviation', 'pending', 'no_rule'] as const;

export interface RecordingSearch {
  q?: string; unit?: string; officer?: string; device?: string; agency?: string; from?: string; to?: string; received?: string;
  kind?: (typeof KINDS)[number]; state?: (typeof STATES)[number]; hand_in?: (typeof HAND_INS)[number]; flag?: string; activity?: string;
  /** Ids of regulations, with commas between. */
  profile?: string;
  mark?: true; sort?: 'oldest'; lapsed?: 'true' | 'false';
}

export function recordingSearch(raw: Record<string, unknown>): RecordingSearch {
  return compact({
    q: textParam(raw.q), unit: textParam(raw.unit), officer: textParam(raw.officer), device: textParam(raw.device),
    agency: textParam(raw.agency), activity: textParam(raw.activity), flag: textParam(raw.flag, 40), profile: textParam(raw.profile, 200),
    from: dayParam(raw.from), to: dayParam(raw.to), received: dayParam(raw.received),
    kind: oneOf(raw.kind, KINDS), state: oneOf(raw.state, STATES),
    mark: flagParam(raw.mark), hand_in: oneOf(raw.hand_in, HAND_INS), sort: oneOf(raw.sort, ['oldest'] as const),
    lapsed: oneOf(String(raw.lapsed), ['true', 'false'] as const),
  });
}

/** Days become instants of Shanghai; `to` and `received` are inclusive for people and exclusive for the server. */
export function recordingQuery({ from, to, received, ...rest }: RecordingSearch): Query {
  return { ...rest, from: dayStart(from), to: dayEnd(to), received_from: dayStart(received), received_to: dayEnd(received) };
}

/** How many filters beside the text box are set: the number on the phone's filter button. */
export const filterCount = (search: RecordingSearch): number => Object.keys(compact(search)).filter((name) => name !== 'q' && name !== 'sort').length;
