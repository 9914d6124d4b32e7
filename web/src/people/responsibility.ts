/** 责任图: who answers for what in each unit, by whom it is inherited, and where nobody does. Pure. */
import type { Designation, Gap, Unit } from '../api/types';
import { unitTree, type UnitNode } from '../shared/units';

export const DUTIES = ['first_responsible', 'device_upkeep', 'device_register', 'recording_custody', 'archiving', 'oversight'] as const;
export type Duty = (typeof DUTIES)[number];

export interface Cell { own: Designation[]; above: Designation[]; gap: Gap | null }
export interface Row { unit: Unit; depth: number; cells: Record<Duty, Cell> }

const holds = (one: Designation, nowMs: number) => !one.gone && one.from_ms <= nowMs && (one.to_ms === null || one.to_ms > nowMs);

/** Units in the order of their tree. What a unit above has designated holds below too, but for the first responsible person, of
 *  whom every unit has its own. */
export function responsibilityMap(units: Unit[], made: Designation[], gaps: Gap[], nowMs: number): Row[] {
  const held = new Map<string, Designation[]>();
  for (const one of made) {
    if (holds(one, nowMs)) held.set(keyOf(one.unit.id, one.duty), [...(held.get(keyOf(one.unit.id, one.duty)) ?? []), one]);
  }
  const missing = new Map(gaps.map((gap) => [keyOf(gap.unit.id, gap.duty), gap]));
  const rows: Row[] = [];
  const walk = (nodes: UnitNode[], depth: number, inherited: Partial<Record<Duty, Designation[]>>) => {
    for (const { unit, children } of nodes) {
      const cells = Object.fromEntries(DUTIES.map((duty): [Duty, Cell] => {
        const own = held.get(keyOf(unit.id, duty)) ?? [];
        return [duty, { own, above: own.length > 0 || duty === 'first_responsible' ? [] : (inherited[duty] ?? []), gap: missing.get(keyOf(unit.id, duty)) ?? null }];
      })) as Record<Duty, Cell>;
      rows.push({ unit, depth, cells });
      walk(children, depth + 1, Object.fromEntries(DUTIES.map((duty) => [duty, cells[duty].own.length > 0 ? cells[duty].own : cells[duty].above])));
    }
  };
  walk(unitTree(units), 0, {});
  return rows;
}
const keyOf = (unit: string, duty: string) => `${duty} ${unit}`;

/** The duties worth a column: the first responsible person always, the others where somebody has one or should. */
export const dutiesShown = (rows: Row[]): Duty[] =>
  DUTIES.filter((duty) => duty === 'first_responsible' || rows.some(({ cells }) => cells[duty].own.length > 0 || cells[duty].gap !== null));

/** Vacancies of one duty told in one sentence: the units, and who was told about each. */
export function gapsByDuty(gaps: Gap[]): { duty: string; gaps: Gap[] }[] {
  const duties = [...new Set(gaps.map((gap) => gap.duty))];
  return duties.map((duty) => ({ duty, gaps: gaps.filter((gap) => gap.duty === duty) }));
}
