import { describe, expect, it } from 'vitest';
import { cleaned } from '../shared/create-dialog';
import { driftTone } from './drift';
import { deviceSearch } from './search';

describe('clock error', () => {
  it.each([[0, 'plain'], [29_999, 'plain'], [-30_000, 'warn'], [299_999, 'warn'], [300_000, 'bad'], [-86_400_000, 'bad']])('%i ms: %s', (ms, tone) =>
    expect(driftTone(ms)).toBe(tone));
});

describe('the address of the register is checked', () => {
  it.each([[{}, {}], [{ kind: 'drone', q: ' ' }, {}], [{ kind: 'camcorder', undocked: '1' }, { kind: 'camcorder', undocked: true }]])('%j', (raw, search) =>
    expect(deviceSearch(raw)).toEqual(search));
});

describe('what a form sends', () => {
  it('trims, and says null for empty', () =>
    expect(cleaned({ a: ' x ', b: '  ', c: undefined, d: 0, e: ['o1'] })).toEqual({ a: 'x', b: null, c: null, d: 0, e: ['o1'] }));
});
