import { describe, expect, it } from 'vitest';
import { layTrack, metres, nearestSpot, scaleBar, spotAt } from './track';

const at = (at_ms: number, lat: number, lon: number) => ({ at_ms, lat, lon });
const round = (n: number) => Math.round(n);

describe('the track on plain paper', () => {
  it('knows distances', () => expect(round(metres(at(0, 39, 118), at(0, 40, 118)) / 1000)).toBe(111));

  it.each([
    ['no points', [], null],
    ['only points off the globe and 0,0', [at(0, 0, 0), at(1, 91, 10), at(2, Number.NaN, 5)], null],
    ['one point stands in the middle', [at(0, 39, 118)], [[150, 100]]],
    ['due north: a line through the middle, top margin to bottom margin', [at(0, 39, 118), at(1, 39.001, 118)], [[150, 176], [150, 24]]],
    ['order by time, not by list', [at(5, 39.001, 118), at(1, 39, 118)], [[150, 176], [150, 24]]],
    ['due east: side to side', [at(0, 39, 118), at(1, 39, 118.001)], [[24, 100], [276, 100]]],
  ])('%s', (_, points, spots) =>
    expect(layTrack(points, 300, 200)?.spots.map((s) => [round(s.x), round(s.y)]) ?? null).toEqual(spots));

  const track = layTrack([at(0, 39, 118), at(1000, 39, 118.001)], 300, 200)!;
  it.each([[-5, 24], [0, 24], [500, 150], [1000, 276], [9999, 276]])('at %i ms', (ms, x) => expect(round(spotAt(track, ms).x)).toBe(x));
  it.each([[0, 0, 0], [290, 50, 1000]])('a click at %i,%i means %i ms', (x, y, ms) => expect(nearestSpot(track, x, y).atMs).toBe(ms));
});

describe('scale bar', () => {
  it.each([[1, 100, 100], [1, 99, 50], [3, 100, 200], [0.05, 100, 5], [1000, 60, 50_000]])('%s m a unit, at most %i units: %i m', (m, most, length) => {
    const bar = scaleBar(m, most);
    expect(bar.metres).toBe(length);
    expect(bar.units).toBeLessThanOrEqual(most);
  });
});
