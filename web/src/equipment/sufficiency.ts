/** 配备情况: what a leader must see of the server's verdicts, line by line and in one sentence. Pure; nothing is computed here
 *  that the rules compute. */
import type { ArticleRef, Deviation, HazardUses, SiteState, SpecialNeed, StandardLine, Sufficiency, UnitNeed, UnitSufficiency } from '../api/types';
import type { Tone } from '../shared/page';

export const LINE_STATES = ['short', 'allowed', 'over', 'unknown', 'enough'] as const;
export type LineState = (typeof LINE_STATES)[number];

/** One kind (or kinds that count together) of one unit. */
export interface Line {
  id: string;
  unit: UnitSufficiency;
  /** Counted over the whole agency. */
  whole: boolean;
  /** The first line of its unit. */
  first: boolean;
  kinds: string[];
  required: number | null;
  have: number;
  short: number;
  over: number;
  state: LineState;
  firm: boolean;
  readings: { floor: number; cap: number } | null;
  /** 有条件的每人一台: wished for, owed by nobody. */
  target: { of: number; gap: number; tone: Tone } | null;
  planned: number | null;
  /** The plan is what it is measured by, since the text gives no number. */
  byPlan: boolean;
  deviation: Deviation | null;
  need: UnitNeed | null;
  /** A place for fixed recording, in place of a number of devices. */
  site: SiteState | null;
  /** A capability that some device must have, in place of a number. */
  special: SpecialNeed | null;
  /** So often not recorded for want of a device fit for the danger that one is to be provided. */
  hazard: HazardUses | null;
  /** Beyond the office standard: the most a unit may have. */
  limit: StandardLine | null;
  /** What a leave would be about; null: there can be none. */
  key: string | null;
  /** Why nothing can be said yet: `class_missing`, `need_required`, `no_plan`. */
  why: string | null;
}

export function linesOf(found: Sufficiency): Line[] {
  const whole = found.agency ? unitLines(found.agency, true) : [];
  return [...whole, ...found.units.flatMap((unit) => unitLines(unit, false))];
}

function unitLines(unit: UnitSufficiency, whole: boolean): Line[] {
  const planned = new Map((unit.plan?.lines ?? []).map((line) => [line.kind, line]));
  const lines = unit.needs.map((need) => needLine(unit, need, whole, sum(need.kinds.flatMap((kind) => planned.get(kind)?.quantity ?? []))));
  lines.push(...unit.special.map((special) => specialLine(unit, special, whole)), ...(unit.hazard?.repeated ? [hazardLine(unit, unit.hazard, whole)] : []), ...unit.sites.map((site) => siteLine(unit, site, whole)), ...(unit.standard?.lines ?? []).filter((line) => line.over_by > 0).map((line) => limitLine(unit, line, whole)));
  const ruled = new Set(unit.needs.flatMap((need) => need.kinds));
  for (const line of unit.plan?.lines ?? []) {
    if (ruled.has(line.kind)) continue;
    lines.push({
      ...nothing(unit, whole), id: `${unit.unit.id} plan ${line.kind}`, kinds: [line.kind], required: line.quantity, planned: line.quantity, have: line.have, short: line.short_by,
      state: line.short_by > 0 ? 'short' : 'enough', byPlan: true,
    });
  }
  const why = unit.refused?.replace(/^provision\./, '') ?? (unit.no_plan && lines.length === 0 ? 'no_plan' : null);
  if (why) lines.unshift({ ...nothing(unit, whole), id: `${unit.unit.id} ${why}`, why });
  return lines.map((line, i) => ({ ...line, first: i === 0 }));
}

const nothing = (unit: UnitSufficiency, whole: boolean): Line => ({
  id: unit.unit.id, unit, whole, first: false, kinds: [], required: null, have: 0, short: 0, over: 0, state: 'unknown', firm: false, readings: null, target: null, planned: null, byPlan: false,
  deviation: null, need: null, site: null, special: null, hazard: null, limit: null, key: null, why: null,
});

function needLine(unit: UnitSufficiency, need: UnitNeed, whole: boolean, planned: number): Line {
  const binding = need.items.filter((item) => !item.target && item.floor_reading !== null && item.cap_reading !== null).sort((a, b) => b.required - a.required)[0];
  const lacks = need.short_by > 0 || need.over_by > 0;
  return {
    ...nothing(unit, whole), id: `${unit.unit.id} ${need.key}`, kinds: need.kinds, required: need.required, have: need.have, short: need.short_by, over: need.over_by, need, key: need.key,
    state: lacks && need.deviation ? 'allowed' : need.short_by > 0 ? 'short' : need.over_by > 0 ? 'over' : 'enough',
    firm: need.shortage === 'violation',
    readings: binding ? { floor: binding.floor_reading!, cap: binding.cap_reading! } : null,
    target: need.target === null ? null : { of: need.target, gap: need.target_gap, tone: need.target_shortage === 'alert' ? 'warn' : 'plain' },
    planned: planned > 0 ? planned : null,
    deviation: need.deviation,
  };
}

const siteLine = (unit: UnitSufficiency, site: SiteState, whole: boolean): Line => ({
  ...nothing(unit, whole), id: `${unit.unit.id} ${site.key}`, kinds: ['fixed_cctv'], site, key: site.key, deviation: site.deviation,
  state: site.complete ? 'enough' : site.deviation ? 'allowed' : 'short',
});

const specialLine = (unit: UnitSufficiency, special: SpecialNeed, whole: boolean): Line => ({
  ...nothing(unit, whole), id: `${unit.unit.id} special ${special.need}`, special, state: special.gap ? 'short' : 'enough',
});

const hazardLine = (unit: UnitSufficiency, hazard: HazardUses, whole: boolean): Line => ({ ...nothing(unit, whole), id: `${unit.unit.id} hazard`, hazard, state: 'short' });

const limitLine = (unit: UnitSufficiency, limit: StandardLine, whole: boolean): Line => ({
  ...nothing(unit, whole), id: `${unit.unit.id} ${limit.key}`, kinds: [limit.kind], required: limit.limit, have: limit.have, over: limit.over_by, limit, key: limit.key, deviation: limit.deviation,
  state: limit.deviation ? 'allowed' : 'over',
});

/** The articles a line rests on, each once. */
export function articlesOf({ unit, need, site, special, hazard, limit, byPlan }: Line): ArticleRef[] {
  const all = need ? need.items.map((item) => item.article) : site ? site.articles : special ? special.articles : hazard ? hazard.articles : limit ? (unit.standard?.articles ?? []) : byPlan ? (unit.plan?.articles ?? []) : unit.articles;
  return all.filter((ref, i) => all.findIndex((other) => other.profile === ref.profile && other.article === ref.article) === i);
}

const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0);

export interface Summary {
  /** Devices missing with nobody's leave, of them those of a firm duty, and those missing with leave. */
  short: number; firm: number; allowed: number; over: number;
  /** Places for fixed recording that are not complete. */
  sites: number;
  /** Capabilities that no device has. */
  capabilities: number;
  /** Units that lack devices, and units of which nothing can be said yet. */
  units: number; unknown: number;
  kinds: { kinds: string[]; short: number }[];
  tone: Tone;
}

export function summaryOf(lines: Line[]): Summary {
  const of = (state: LineState) => lines.filter((line) => line.state === state);
  const short = of('short');
  const kinds: Summary['kinds'] = [];
  const devices = short.filter((line) => line.site === null && line.special === null && line.hazard === null);
  for (const line of devices) {
    const known = kinds.find((one) => one.kinds.join() === line.kinds.join());
    if (known) known.short += line.short;
    else kinds.push({ kinds: line.kinds, short: line.short });
  }
  const missing = sum(short.map((line) => line.short));
  const firm = sum(short.filter((line) => line.firm).map((line) => line.short));
  const sites = short.filter((line) => line.site !== null).length;
  const capabilities = short.filter((line) => line.special !== null || line.hazard !== null).length;
  const unknown = new Set(of('unknown').map((line) => line.unit.unit.id)).size;
  return {
    short: missing, sites, capabilities, firm, allowed: sum(of('allowed').map((line) => line.short)), over: sum(of('over').map((line) => line.over)),
    units: new Set(devices.filter((line) => !line.whole).map((line) => line.unit.unit.id)).size, unknown, kinds: kinds.sort((a, b) => b.short - a.short),
    tone: firm > 0 ? 'bad' : missing > 0 || sites > 0 || capabilities > 0 || unknown > 0 ? 'warn' : lines.length > 0 ? 'good' : 'plain',
  };
}

/** Per cent of the bar: what is there of what is owed, what is missing, what is beyond. */
export function barOf({ required, have, short, over }: Pick<Line, 'required' | 'have' | 'short' | 'over'>): { filled: number; missing: number; beyond: number } {
  const all = Math.max(required ?? 0, have, 1);
  const share = (count: number) => Math.round((count / all) * 1000) / 10;
  return { filled: share(have - over), missing: share(short), beyond: share(over) };
}

/** May this line be excused? A firm duty knows no exception; what is enough needs none. */
export const mayDeviate = (line: Line): boolean =>
  line.key !== null && !line.whole && !line.firm && line.deviation === null && (line.short > 0 || line.over > 0 || line.site?.complete === false || (line.target?.gap ?? 0) > 0);

/** A class of unit that a regulation speaks of, with what it asks for. */
export interface ClassRule { unit: string; kinds: string[]; amount: Record<string, unknown>; cite: string }
export function classRules(articles: { cite: string; parameters: { path: string; value: unknown }[] }[]): ClassRule[] {
  const found = articles.flatMap(({ cite, parameters }) => parameters.filter(({ path }) => path.startsWith('provision.')).map(({ path, value }) => ({ path, cite, value: value as Omit<ClassRule, 'cite'> })));
  const once = new Map(found.map(({ path, cite, value }) => [path, { unit: value.unit, kinds: value.kinds, amount: value.amount, cite }]));
  return [...once.values()].filter((rule) => rule.unit !== 'bureau');
}
