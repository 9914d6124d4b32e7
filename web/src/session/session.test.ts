import { describe, expect, it } from 'vitest';
import { byAgency, safeNext } from './session';

describe('after signing in only a page of this site is opened', () => {
  it.each([
    ['/recordings?q=a', '/recordings?q=a'],
    ['/', '/'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/sign-in', '/'],
    ['/a b', '/'],
    ['', '/'],
    [undefined, '/'],
    [7, '/'],
  ])('%s -> %s', (next, place) => expect(safeNext(next)).toBe(place));
});

describe('demo accounts by agency', () => {
  it('keeps the order of agencies and accounts', () => {
    const account = (name: string, agency: string | null) => ({ account: name, name, role: 'officer', agency });
    const groups = byAgency([account('a', 'X'), account('b', 'Y'), account('c', 'X'), account('d', null)]);
    expect(groups.map((g) => [g.agency, g.accounts.map((a) => a.name).join()])).toEqual([['X', 'a,c'], ['Y', 'b'], [null, 'd']]);
  });
  it('is empty for none', () => expect(byAgency([])).toEqual([]));
});
