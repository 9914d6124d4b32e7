import { describe, expect, it } from 'vitest';
import { addsUp, formatFen, shares, toFen } from './money';

describe('yuan and fen', () => {
  it.each([[0, '0.00'], [1, '0.01'], [1_234_567, '12,345.67'], [100_000_000_000_000, '1,000,000,000,000.00'], [null, '—'], [undefined, '—']])('%s -> %s', (fen, text) => expect(formatFen(fen)).toBe(text));
  it.each([[0, 0], [19.99, 1999], [1.005, 100], [0.07, 7], [null, null], [undefined, null], [Number.NaN, null]])('%s -> %s', (yuan, fen) => expect(toFen(yuan)).toBe(fen));
});

describe('PRV-19: what passed and what failed is what was bought', () => {
  it.each([[10, { passed: 9, failed: 1 }, true], [10, { passed: 10 }, true], [10, { passed: 9 }, false], [10, { passed: 11, failed: -1 }, false], [0, {}, true]])('%i %j: %s', (quantity, tested, fits) =>
    expect(addsUp(quantity, tested)).toBe(fits));
});

describe('bars', () => {
  it.each([[[0, 0], [0, 0]], [[50, 100], [50, 100]], [[-5, 10], [0, 100]], [[], []]])('%j: %j', (figures, parts) => expect(shares(figures)).toEqual(parts));
});
