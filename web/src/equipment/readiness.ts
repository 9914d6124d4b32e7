/** 在用率 and 更新费用. Pure. */
import type { Readiness } from '../api/types';
import type { Tone } from '../shared/page';

type Figures = Pick<Readiness['units'][number], 'kept' | 'usable' | 'working'>;
export interface Share extends Figures { tone: Tone }

/** Of all units together. Under half of what is kept: somebody should ask why. */
export function shareOf(units: Figures[]): Share {
  const sum = (key: keyof Figures) => units.reduce((total, unit) => total + unit[key], 0);
  const [kept, usable, working] = [sum('kept'), sum('usable'), sum('working')];
  return { kept, usable, working, tone: kept === 0 ? 'plain' : working * 2 < kept ? 'warn' : 'good' };
}

/** Of what is kept, in whole per cent; all of nothing is nothing. */
export const perCent = ({ kept, working }: Figures): string => `${kept === 0 ? 0 : Math.floor((working / kept) * 100)}%`;

/** Sum of what is priced, and how many devices are not. */
export function renewalOf(lines: Readiness['renewal']): { devices: number; cost_fen: number; unpriced: number } {
  const devices = lines.reduce((total, line) => total + line.devices, 0);
  const cost_fen = lines.reduce((total, line) => total + (line.cost_fen ?? 0), 0);
  return { devices, cost_fen, unpriced: lines.filter((line) => line.cost_fen === null).reduce((total, line) => total + line.devices, 0) };
}
