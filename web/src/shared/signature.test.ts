import { describe, expect, it } from 'vitest';
import { isFar, isPath, pathOf, type Point } from './signature';

describe('strokes become a path', () => {
  it.each<[Point[][], string]>([
    [[], ''],
    [[[]], ''],
    [[[[10, 20]]], 'M10 20l0 0'],
    [[[[10, 20], [13.4, 16]]], 'M10 20l3 -4'],
    [[[[10, 20], [10.2, 20.1], [12, 20]], [[0, 0], [0, 5]]], 'M10 20l2 0M0 0l0 5'],
    [[[[-5, 999], [9999, Number.NaN]]], 'M0 180l600 -180'], // outside the pad is its edge
  ])('%j: %s', (strokes, path) => expect(pathOf(strokes)).toBe(path));
});

describe('points too near are left out', () => {
  it.each<[Point, Point, boolean]>([[[0, 0], [2, 2], false], [[0, 0], [3, 0], true], [[5, 5], [5, 5], false]])('%j %j: %s', (a, b, far) => expect(isFar(a, b)).toBe(far));
});

describe('only a path is drawn', () => {
  it.each([['M10 20l3 -4', true], ['', false], [null, false], ['"/><script>', false], [`M0 0${'l1 1'.repeat(5001)}`, false]])('%#', (text, drawn) => expect(isPath(text)).toBe(drawn));
});
