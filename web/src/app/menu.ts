/** 配备 · 使用 · 管理 · 监督: the four chapters of the regulations are the menu. */
import type { Key } from '../shared/text';

export type Place =
  | '/' | '/equipment' | '/equipment/sufficiency' | '/people' | '/accounts' | '/activities' | '/recordings' | '/ingest' | '/regulations' | '/supervision' | '/audit';
export interface Entry { to: Place; label: Key; needs: string[] }
export interface Chapter { title: Key | null; entries: Entry[] }

export const CHAPTERS: Chapter[] = [
  { title: null, entries: [{ to: '/', label: 'workbench.title', needs: ['workbench.read'] }] },
  {
    title: 'menu.provision',
    entries: [
      { to: '/equipment', label: 'equipment.title', needs: ['device.list'] },
      { to: '/equipment/sufficiency', label: 'sufficiency.title', needs: ['provision.list'] },
      { to: '/people', label: 'people.title', needs: ['people.list'] },
      { to: '/accounts', label: 'accounts.title', needs: ['people.manage', 'grant.confirm'] },
    ],
  },
  { title: 'menu.use', entries: [{ to: '/activities', label: 'activities.title', needs: ['activity.list'] }] },
  {
    title: 'menu.manage',
    entries: [
      { to: '/recordings', label: 'recordings.title', needs: ['recording.list'] },
      { to: '/ingest', label: 'ingest.title', needs: ['ingest.list', 'upload.create'] },
    ],
  },
  {
    title: 'menu.supervise',
    entries: [
      { to: '/regulations', label: 'regulations.title', needs: ['regulation.read'] },
      { to: '/supervision', label: 'supervision.title', needs: ['integrity.list'] },
      { to: '/audit', label: 'audit.title', needs: ['audit.list'] },
    ],
  },
];

/** Pure: what this person may open. An entry is shown when any of its permissions is held; empty chapters vanish. */
export function permitted(permissions: readonly string[], chapters: Chapter[] = CHAPTERS): Chapter[] {
  return chapters
    .map((chapter) => ({ ...chapter, entries: chapter.entries.filter((entry) => entry.needs.some((p) => permissions.includes(p))) }))
    .filter((chapter) => chapter.entries.length > 0);
}

/** Pure: `/recordings/42` belongs to `/recordings`; `/` only to itself. */
export const isUnder = (path: string, place: Place): boolean =>
  place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`);

/** Pure: the entry an address belongs to; of two, the longer: `/equipment/sufficiency/sites` is not the register's. */
export function entryOf(path: string, chapters: Chapter[] = CHAPTERS): Entry | undefined {
  const above = chapters.flatMap((chapter) => chapter.entries).filter(({ to }) => isUnder(path, to));
  return above.sort((a, b) => b.to.length - a.to.length)[0];
}

/** Pure: whether this address may be opened at all; an address that is not in the menu answers for itself. */
export function mayOpen(path: string, permissions: readonly string[], chapters: Chapter[] = CHAPTERS): boolean {
  const entry = entryOf(path, chapters);
  return !entry || entry.needs.some((p) => permissions.includes(p));
}

/** Where somebody lands who may not see the workbench: their first permitted entry. */
export const firstPlace = (permissions: readonly string[]): Place | null => permitted(permissions)[0]?.entries[0]?.to ?? null;
