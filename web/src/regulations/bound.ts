/** 适用单位: the order in which units are listed. Pure. */
import type { Bound, UnitBound } from '../api/types';

export const holding = (bound: readonly Bound[]): Bound | undefined => bound.find((one) => one.state === 'now');

/** Those bound by this regulation today, then the others: unbound ones first, since they wait for a decision. */
export function sorted(units: readonly UnitBound[], profile: string): { own: UnitBound[]; others: UnitBound[] } {
  const own = units.filter((one) => holding(one.bound)?.profile === profile);
  const others = units.filter((one) => !own.includes(one));
  return { own, others: [...others].sort((a, b) => Number(Boolean(holding(a.bound))) - Number(Boolean(holding(b.bound)))) };
}
