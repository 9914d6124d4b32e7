import { describe, expect, it } from 'vitest';
import { address } from '../api/client';
import { filterCount, recordingQuery, recordingSearch } from './search';

describe('the address of the list is checked', () => {
  it.each([
    [{}, {}],
    [{ q: '  查封  ' }, { q: '查封' }],
    [{ q: 123 }, { q: '123' }],
    [{ q: '', unit: ' ', kind: 'film', state: 'lost', mark: 'no', hand_in: 'soon', from: 'yesterday' }, {}],
    [{ kind: 'audio', state: 'sealed', mark: '1', hand_in: 'late', sort: 'oldest' }, { kind: 'audio', state: 'sealed', mark: true, hand_in: 'late', sort: 'oldest' }],
    [{ from: '2026-01-01', to: '2026-01-31' }, { from: '2026-01-01', to: '2026-01-31' }],
    [{ q: { a: 1 }, evil: 'x', __proto__: null }, {}],
    [{ q: 'x'.repeat(1000) }, { q: 'x'.repeat(200) }],
  ])('%j', (raw, search) => expect(recordingSearch(raw as Record<string, unknown>)).toEqual(search));
});

describe('what is asked of the server', () => {
  it.each([
    [{}, '/api/recordings'],
    [{ from: '2026-01-01', to: '2026-01-01' }, '/api/recordings?from=1767196800000&to=1767283200000'],
    [{ received: '2026-01-01' }, '/api/recordings?received_from=1767196800000&received_to=1767283200000'],
    [{ mark: true as const, q: '查封' }, '/api/recordings?mark=true&q=%E6%9F%A5%E5%B0%81'],
    [{ from: '2026-02-31' }, '/api/recordings'],
  ])('%j -> %s', (search, url) => expect(address('/recordings', recordingQuery(search))).toBe(url));
});

describe('the number of filters', () => {
  it.each([[{}, 0], [{ q: 'a', sort: 'oldest' as const }, 0], [{ q: 'a', hand_in: 'late' as const, from: '2026-01-01' }, 2]])(
    '%j -> %i', (search, count) => expect(filterCount(search)).toBe(count));
});
