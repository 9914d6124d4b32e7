import { describe, expect, it } from 'vitest';
import { perCent, renewalOf, shareOf } from './readiness';

const unit = (kept: number, usable: number, working: number) => ({ kept, usable, working });

describe('how much of the fleet works', () => {
  it.each<[ReturnType<typeof unit>[], string, string]>([
    [[], '0%', 'plain'],
    [[unit(3, 2, 2)], '66%', 'good'],
    [[unit(2, 2, 1)], '50%', 'good'],
    [[unit(200, 200, 199)], '99%', 'good'],
    [[unit(4, 4, 4), unit(6, 3, 0)], '40%', 'warn'],
  ])('%j: %s, %s', (units, share, tone) => expect([perCent(shareOf(units)), shareOf(units).tone]).toEqual([share, tone]));
});

describe('what renewing costs', () => {
  it.each([
    [[], [0, 0, 0]],
    [[{ kind: 'camcorder', devices: 2, cost_fen: 900 }, { kind: 'other', devices: 3, cost_fen: null }], [5, 900, 3]],
  ])('%j', (lines, [devices, cost_fen, unpriced]) => expect(renewalOf(lines)).toEqual({ devices, cost_fen, unpriced }));
});
