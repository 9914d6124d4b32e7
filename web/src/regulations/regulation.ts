/** What the pages of a regulation decide: its state in a word, which article is meant, how far one is answered. Pure. */
import type { Article, Regulation } from '../api/types';
import type { Tone } from '../shared/page';
import type { Language } from '../shared/text';

/** Our words come in both languages; the reader's is taken. */
export const inWords = (language: Language, of: { zh: string; en: string }): string => (language === 'en' ? of.en : of.zh);

/** 第九条第二款 · Art. 9 ¶2 */
export const citeOf = (language: Language, of: { cite: string; cite_en: string }): string => (language === 'en' ? of.cite_en : of.cite);

/** In force, and can it be cited as binding: the colour only repeats the word. */
export function stateTone({ state, force }: Pick<Regulation, 'state' | 'force'>): Tone {
  if (force === 'continued' || state === 'in_force_unconfirmed') return 'warn';
  if (state === 'expired' || state === 'superseded') return 'bad';
  return state === 'in_force' ? 'good' : 'plain';
}
/** `continued` is what an agency decided about an expired text, and says more than `expired`. */
export const stateCode = ({ state, force }: Pick<Regulation, 'state' | 'force'>): string => (force === 'continued' || force === 'extended' ? force : state);

/** The article of that number (`15(3)`), else the first one so cited (`第十五条第（三）项`), else the first sentence of it (`14` finds
 *  `14a`), else none. */
export function articleOf(articles: readonly Article[], no: string | undefined): Article | undefined {
  if (no === undefined) return undefined;
  return articles.find((a) => a.no === no) ?? articles.find((a) => a.cite === no) ?? articles.find((a) => a.no.replace(/[a-z]$/, '') === no);
}
/** All sentences that are cited so: a verdict cites 第十五条, which we may read in three lines. */
export const sentencesOf = (articles: readonly Article[], cite: string): Article[] => articles.filter((a) => a.cite === cite);

/** How far an article or a requirement is answered. */
export const ANSWERED_TONES: Record<string, Tone> = { built: 'good', partly: 'warn', verdict_only: 'warn', not_yet: 'bad', no_software: 'plain', absent: 'plain' };

/** `/recordings?hand_in=late` as the router wants it. */
export function placeOf(link: string): { to: string; search: Record<string, string> } {
  const [to = '/', query = ''] = link.split('?');
  return { to, search: Object.fromEntries(new URLSearchParams(query)) };
}

/** What somebody copied from a list: one entry a line, without empty ones. */
export const linesOf = (text: string | undefined): string[] => (text ?? '').split('\n').map((line) => line.trim()).filter(Boolean);
