import { describe, expect, it } from 'vitest';
import { entryOf, firstPlace, isUnder, mayOpen, permitted } from './menu';

const shown = (permissions: string[]) => permitted(permissions).flatMap((chapter) => chapter.entries.map((entry) => entry.to));

describe('the menu shows what is permitted', () => {
  it.each([
    [[], []],
    [['recording.list'], ['/recordings']],
    [['audit.list', 'workbench.read'], ['/', '/audit']],
    [['upload.create'], ['/ingest']],
    [['grant.confirm'], ['/accounts']],
    [['recording.destroy'], []],
  ])('%j -> %j', (permissions, places) => expect(shown(permissions)).toEqual(places));

  it.each([
    [[], null],
    [['audit.list'], '/audit'],
    [['audit.list', 'recording.list'], '/recordings'],
  ])('%j lands on %s', (permissions, place) => expect(firstPlace(permissions)).toBe(place));
});

describe('what may be opened', () => {
  it.each([
    ['/recordings', [], false], ['/recordings/42', [], false], ['/recordings', ['recording.list'], true],
    ['/ingest/7', ['upload.create'], true], ['/nowhere', [], true],
  ])('%s with %j: %s', (path, permissions: string[], may) => expect(mayOpen(path, permissions)).toBe(may));
});

describe('the entry of the present page', () => {
  it.each([
    ['/', '/', true], ['/recordings', '/', false], ['/recordings', '/recordings', true], ['/recordings/42', '/recordings', true],
    ['/recordings-old', '/recordings', false],
  ] as const)('%s under %s: %s', (path, place, under) => expect(isUnder(path, place)).toBe(under));
});

describe('an address belongs to the longest entry above it', () => {
  const chapters = [{ title: null, entries: (['/', '/people', '/people/responsibility'] as unknown as ['/', '/people']).map((to) => ({ to, label: 'people.title' as const, needs: [] })) }];
  it.each([['/', '/'], ['/people', '/people'], ['/people/responsibility', '/people/responsibility'], ['/people/responsibility/7', '/people/responsibility'], ['/people/7', '/people'], ['/nowhere', undefined]])(
    '%s: %s', (path, to) => expect(entryOf(path, chapters)?.to).toBe(to));
});
