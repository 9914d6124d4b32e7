import { describe, expect, it } from 'vitest';
import { judgeLog, keepLog, recallLog, sameEvent } from './trust';

const keeper = (kept: string | null) => {
  const store = { kept };
  return { store, getItem: () => store.kept, setItem: (_: string, value: string) => { store.kept = value; } };
};
const seen = (vkey: string, size: number) => JSON.stringify({ vkey, size });

describe('what this browser saw of the log before', () => {
  it.each([
    ['never seen', null, 'k', 10, 'first', seen('k', 10)],
    ['grown', seen('k', 5), 'k', 10, 'known', seen('k', 10)],
    ['the same', seen('k', 10), 'k', 10, 'known', seen('k', 10)],
    ['rolled back by one', seen('k', 11), 'k', 10, 'shrunk', seen('k', 11)],
    ['signed by another key', seen('k', 5), 'other', 10, 'key_changed', seen('k', 5)],
    ['spoilt memory', '{"vkey":1}', 'k', 10, 'first', seen('k', 10)],
    ['no JSON', '{', 'k', 10, 'unknown', '{'],
  ])('%s', (_, before, vkey, size, memory, after) => {
    const keep = keeper(before);
    expect(judgeLog(recallLog(keep), { vkey, size })).toBe(memory);
    keepLog(keep, { vkey, size });
    expect(keep.store.kept).toBe(after);
  });
  it('storage forbidden by policy', () => {
    const forbidden = { getItem: () => { throw new Error('denied'); }, setItem: () => { throw new Error('denied'); } };
    expect(judgeLog(recallLog(forbidden), { vkey: 'k', size: 1 })).toBe('unknown');
    expect(() => keepLog(forbidden, { vkey: 'k', size: 1 })).not.toThrow();
  });
});

describe('the proven event is the line shown', () => {
  it.each([
    ['{"act":"a","at_ms":5,"id":"e1","detail":{}}', true], ['{"act":"b","at_ms":5,"id":"e1"}', false], ['{"act":"a","at_ms":6,"id":"e1"}', false],
    ['{"act":"a","at_ms":5,"id":"e2"}', false], ['{"act":"a"}', false], ['{}', false], ['null', false], ['"a"', false], ['', false], ['{', false],
  ])('%s: %s', (payload, same) => expect(sameEvent(payload, { id: 'e1', act: 'a', at_ms: 5 })).toBe(same));
});
