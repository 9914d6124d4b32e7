import { describe, expect, it } from 'vitest';
import { detailLines } from './detail-lines';
import { changesOf } from './index-changes';

const recording = { title: '检查', place: null, party: '某店', event_type: null, key_mark: false, officer: { id: 'o1', name: '张伟' } };
const same = { title: '检查', place: '', party: '某店', event_type: undefined, key_mark: false, officer_id: 'o1' };

describe('only what was changed is sent', () => {
  it.each([
    [{}, {}],
    [{ title: ' 复查 ' }, { title: '复查' }],
    [{ title: '  ' }, { title: '' }],
    [{ place: '西街' }, { place: '西街' }],
    [{ key_mark: true }, { key_mark: true }],
    [{ key_mark: undefined }, {}],
    [{ officer_id: undefined }, { officer_id: '' }],
    [{ officer_id: 'o2', event_type: 'inspection' }, { officer_id: 'o2', event_type: 'inspection' }],
  ])('%j', (change, sent) => expect(changesOf(recording, { ...same, ...change })).toEqual(sent));
});

describe('the details of an event', () => {
  it.each<[Record<string, unknown> | null, [string, string][]]>([
    [null, []],
    [{ reason: null, kind: '', ok: true, n: 0 }, [['ok', 'true'], ['n', '0']]],
    [{ changed: { title: { from: null, to: '复查' }, key_mark: { from: false, to: true } }, reason: 'x' }, [['title', '— → 复查'], ['key_mark', 'false → true'], ['reason', 'x']]],
    [{ officers: ['a', 'b'], empty: [] }, [['officers', 'a, b'], ['empty', '']]],
    [{ size: { w: 1 } }, [['size', '{"w":1}']]],
    [{ bytes: 1536, duration_ms: 61_000, drift_ms: -900, received_ms: 0, findings: 2 }, [['bytes', '1.5 KB'], ['duration_ms', '1:01'], ['drift_ms', '-900 ms'], ['received_ms', '1970-01-01 08:00:00'], ['findings', '2']]],
  ])('%j', (detail, lines) => expect(detailLines(detail)).toEqual(lines));
});
