import { describe, expect, it } from 'vitest';
import { dayEnd, dayStart, formatBytes, formatCount, formatDrift, formatDuration, formatTime, groupHex, localToMs } from './format';

describe('instants are written in Shanghai time', () => {
  it.each([
    [0, 'second', '1970-01-01 08:00:00'],
    [Date.UTC(2026, 1, 28, 15, 59, 59), 'second', '2026-02-28 23:59:59'],
    [Date.UTC(2026, 1, 28, 16, 0, 0), 'minute', '2026-03-01 00:00'],
    [Date.UTC(2026, 1, 28, 16, 0, 0), 'day', '2026-03-01'],
    [Date.UTC(2026, 1, 28, 16, 0, 5), 'clock', '00:00:05'],
    [null, 'minute', '—'],
    [undefined, 'minute', '—'],
    [Number.NaN, 'minute', '—'],
    [9e15, 'minute', '—'],
  ] as const)('%s %s -> %s', (ms, precision, text) => expect(formatTime(ms, precision)).toBe(text));
});

describe('durations', () => {
  it.each([
    [0, '0:00'], [999, '0:00'], [59_999, '0:59'], [754_000, '12:34'], [3_599_999, '59:59'], [3_600_000, '1:00:00'],
    [90_061_000, '25:01:01'], [-1, '—'], [null, '—'], [Number.POSITIVE_INFINITY, '—'],
  ])('%s -> %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('bytes', () => {
  it.each([
    [0, '0 B'], [1023, '1023 B'], [1024, '1 KB'], [1536, '1.5 KB'], [1024 ** 2 - 1, '1 MB'], [150 * 1024 ** 2, '150 MB'],
    [2 * 1024 ** 3, '2 GB'], [26 * 1024 ** 5, '26 PB'], [5000 * 1024 ** 5, '5000 PB'], [-1, '—'], [null, '—'],
  ])('%s -> %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('counts, drift and digests', () => {
  it.each([[0, '0'], [12345, '12,345'], [null, '—']])('%s -> %s', (n, text) => expect(formatCount(n)).toBe(text));
  it.each([[0, '±0.0 s'], [1500, '+1.5 s'], [-900, '\u22120.9 s'], [-125_000, '\u22122:05'], [3_600_000, '+1:00:00']])(
    '%s -> %s', (ms, text) => expect(formatDrift(ms)).toBe(text));
  it.each([['', ''], ['abcd', 'abcd'], ['0123456789abcdef', '01234567 89abcdef']])('%s -> %s', (hex, text) => expect(groupHex(hex)).toBe(text));
});

describe('days typed into a filter', () => {
  it.each([
    ['2026-03-01', Date.UTC(2026, 1, 28, 16), Date.UTC(2026, 2, 1, 16)],
    ['2024-02-29', Date.UTC(2024, 1, 28, 16), Date.UTC(2024, 1, 29, 16)],
    ['2025-02-29', undefined, undefined],
    ['2026-13-01', undefined, undefined],
    ['01.03.2026', undefined, undefined],
    ['', undefined, undefined],
    [undefined, undefined, undefined],
  ])('%s', (day, start, end) => {
    expect(dayStart(day)).toBe(start);
    expect(dayEnd(day)).toBe(end);
  });
  it.each([
    ['2026-03-01T09:30', Date.UTC(2026, 2, 1, 1, 30)],
    ['2026-03-01 00:00', Date.UTC(2026, 1, 28, 16)],
    ['2026-03-01T24:00', undefined],
    ['2026-03-01', undefined],
    [undefined, undefined],
  ])('%s', (text, ms) => expect(localToMs(text)).toBe(ms));
});
