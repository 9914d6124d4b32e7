import { describe, expect, it } from 'vitest';
import { unitOptions } from './units';

const unit = (id: string, parent_id: string | null) => ({ id, parent_id, name: id, kind: 'section', agency_id: 'x' });

describe('units as a tree', () => {
  it.each([
    ['nothing', [], []],
    ['a bureau with two sections', [unit('b', null), unit('s1', 'b'), unit('s2', 'b')], ['b', '\u3000s1', '\u3000s2']],
    ['children before their parent', [unit('s', 'b'), unit('b', null)], ['b', '\u3000s']],
    ['a parent we may not see', [unit('s', 'hidden')], ['s']],
    ['a unit that is its own parent', [unit('a', 'a')], ['a']],
    ['a circle of two: nobody is lost', [unit('a', 'b'), unit('b', 'a')], ['a', 'b']],
    ['three levels', [unit('a', null), unit('b', 'a'), unit('c', 'b')], ['a', '\u3000b', '\u3000\u3000c']],
  ])('%s', (_, units, lines) => expect(unitOptions(units).map((line) => line.label)).toEqual(lines));
});
