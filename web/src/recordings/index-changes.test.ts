import { describe, expect, it } from 'vitest';
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
