import { compact, textParam } from '../shared/search';

export interface HandoverSearch { state?: string; waiting?: boolean }
export const handoverSearch = (raw: Record<string, unknown>): HandoverSearch => compact({ state: textParam(raw.state, 20), waiting: raw.waiting === true || raw.waiting === 'true' ? true : undefined });

export interface PeopleSearch { q?: string; unit?: string }
export const peopleSearch = (raw: Record<string, unknown>): PeopleSearch => compact({ q: textParam(raw.q), unit: textParam(raw.unit) });
