import { describe, expect, it } from 'vitest';
import { commandOf, frameSeconds, gapMarks, nextRate, stripCells } from './player-logic';

const free = { ctrl: false, alt: false, meta: false };

describe('keys of the player', () => {
  it.each([
    [' ', { do: 'toggle' }], ['k', { do: 'pause' }], ['ArrowLeft', { do: 'seek', byMs: -5000 }], ['ArrowRight', { do: 'seek', byMs: 5000 }],
    ['J', { do: 'seek', byMs: -10_000 }], ['l', { do: 'seek', byMs: 10_000 }], [',', { do: 'frame', by: -1 }], ['.', { do: 'frame', by: 1 }],
    ['f', { do: 'fullscreen' }], ['m', { do: 'mute' }], ['Home', { do: 'start' }], ['End', { do: 'end' }], ['x', null], ['Tab', null],
  ])('%j -> %j', (key, command) => expect(commandOf(key, free)).toEqual(command));
  it.each([{ ...free, ctrl: true }, { ...free, alt: true }, { ...free, meta: true }])('browser keys stay the browser’s: %j', (held) =>
    expect(commandOf('f', held)).toBeNull());
});

describe('speed', () => {
  it.each([[1, true, 1.5], [1, false, 0.5], [8, true, 8], [0.25, false, 0.25], [3, true, 1]])('%s up=%s -> %s', (rate, up, next) => expect(nextRate(rate, up)).toBe(next));
});

describe('one frame', () => {
  const video = (fps: number | null) => ({ tracks: [{ kind: 'audio', codec: 'aac' }, { kind: 'video', codec: 'hevc', fps }] });
  it.each([[null, 0.04], [video(30), 1 / 30], [video(null), 0.04], [video(0), 0.04], [video(100_000), 0.04], [{ tracks: [] }, 0.04]])(
    '%j -> %s', (examination, seconds) => expect(frameSeconds(examination)).toBeCloseTo(seconds, 6));
});

describe('thumbnails', () => {
  const strip = { url: '', columns: 4, interval_ms: 10_000, width: 160, height: 90 };
  it.each([
    [100_000, 5, [[0, 1, 0], [20_000, 3, 0], [40_000, 1, 1], [60_000, 3, 1], [80_000, 1, 2]]],
    [25_000, 10, [[0, 0, 0], [8333, 1, 0], [16_666, 2, 0]]], // no more pictures than there are
    [0, 5, [[0, 0, 0]]],
    [5000, 0, [[0, 0, 0]]],
  ])('%i ms, %i places', (duration, count, cells) =>
    expect(stripCells(strip, duration, count).map((c) => [c.atMs, c.column, c.row])).toEqual(cells));
});

describe('gap marks', () => {
  const gap = (at_ms: number, length_ms: number, track = 0) => ({ at_ms, length_ms, track, kind: 'gap' });
  it.each([
    [[], 1000, []],
    [[gap(250_000, 50_000)], 1_000_000, [[25, 5]]],
    [[gap(250_000, 50_000), gap(250_400, 51_000, 1)], 1_000_000, [[25, 5]]], // picture and sound break together
    [[gap(900_000, 500_000)], 1_000_000, [[90, 10]]],
    [[gap(2_000_000, 5)], 1_000_000, [[100, 0]]],
    [[gap(1, 1)], 0, []],
    [[gap(1, 1)], null, []],
  ])('%j of %s', (gaps, duration, marks) => expect(gapMarks({ gaps }, duration).map((m) => [m.left, m.width])).toEqual(marks));
  it('none without an examination', () => expect(gapMarks(null, 1000)).toEqual([]));
});
