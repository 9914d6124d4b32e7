/** 归谁决定: which units somebody may state facts of, designate for, approve for. The server decides; this only spares people
 *  a button that would be refused. */
import type { Me, Unit } from '../api/types';
import { useUnits } from '../shared/pickers';
import { isBelow } from '../shared/units';
import { useMe } from './session';

type Who = Pick<Me, 'roles' | 'unit'>;

/** Pure: one's own unit and those below; the leader's, and whoever has no unit: all. */
export const reaches = (me: Who, units: readonly Unit[], unit: string): boolean => me.roles.includes('leader') || me.unit === null || me.unit.id === unit || isBelow(units, unit, me.unit.id);
/** Pure: the same without one's own, which is for somebody above. */
export const standsAbove = (me: Who, units: readonly Unit[], unit: string): boolean => reaches(me, units, unit) && (me.roles.includes('leader') || me.unit?.id !== unit);

export function useReach(): { reaches: (unit: string) => boolean; standsAbove: (unit: string) => boolean } {
  const me = useMe();
  const units = useUnits().data?.items ?? [];
  return { reaches: (unit) => reaches(me, units, unit), standsAbove: (unit) => standsAbove(me, units, unit) };
}
