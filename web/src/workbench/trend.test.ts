import { describe, expect, it } from 'vitest';
import { ceiling, chart } from './trend';

describe('a round top for the axis', () => {
  it.each([[0, 1], [-3, 1], [Number.NaN, 1], [1, 1], [2, 2], [3, 5], [9, 10], [11, 20], [501, 1000]])('%s -> %s', (most, top) => expect(ceiling(most)).toBe(top));
});

describe('bars', () => {
  const day = (received: number, late = 0) => ({ day: '2026-11-01', received, late });
  it('none', () => expect(chart([], 100, 50)).toEqual({ bars: [], ticks: [{ value: 0, y: 50 }, { value: 1, y: 0 }], labels: [] }));
  it.each([
    [[day(10, 5)], [[0, 50, 25]]],
    [[day(5), day(10)], [[25, 25, 0], [0, 50, 0]]],
    [[day(0)], [[50, 0, 0]]],
    [[day(2, 9), day(10)], [[40, 10, 10], [0, 50, 0]]], // never more late than received
  ])('%#', (days, boxes) => expect(chart(days, 100, 50).bars.map((b) => [b.top, b.height, b.lateHeight])).toEqual(boxes));
  it.each([[5, [0, 5]], [10, [0, 5, 10]], [20, [0, 10, 20]]])('the axis to %i is marked %j', (most, marks) =>
    expect(chart([day(most)], 100, 50).ticks.map((tick) => tick.value)).toEqual(marks));
  it('about six dates', () => expect(chart(Array.from({ length: 30 }, () => day(1)), 300, 50).labels.map((l) => l.x)).toEqual([5, 55, 105, 155, 205, 255]));
});
