import { describe, expect, it } from 'vitest';
import { change, goesWith } from './grant';

describe('which roles go together', () => {
  it.each([
    [[], 'officer', true], [[], 'audit_admin', true], [['officer'], 'custodian', true], [['officer'], 'officer', true],
    [['officer'], 'security_admin', false], [['audit_admin'], 'leader', false], [['system_admin'], 'security_admin', false], [['audit_admin'], 'audit_admin', true],
  ])('%j and %s: %s', (chosen, role, expected) => expect(goesWith(chosen, role)).toBe(expected));
});

describe('what a grant would change', () => {
  it.each([
    [[], ['officer'], ['officer'], []],
    [['officer'], [], [], ['officer']],
    [['officer', 'leader'], ['officer', 'custodian'], ['custodian'], ['leader']],
    [['officer'], ['officer'], [], []],
  ])('%j to %j', (held, wanted, added, taken) => expect(change(held, wanted)).toEqual({ added, taken }));
});
