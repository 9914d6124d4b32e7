import { compact, textParam } from '../shared/search';

export interface PeopleSearch { q?: string; unit?: string }
export const peopleSearch = (raw: Record<string, unknown>): PeopleSearch => compact({ q: textParam(raw.q), unit: textParam(raw.unit) });
