/** The texts people see: flat keys from `locales/`, Chinese in the first load, English on demand. */
import { useSyncExternalStore } from 'react';
import zh from '../../../locales/web.zh-CN.json';

export type Language = 'zh-CN' | 'en';
export type Key = Extract<keyof typeof zh, string>;
export type Params = Record<string, string | number>;
type Texts = Record<string, string>;

const STORED = 'tiezheng.language';
const texts: Partial<Record<Language, Texts>> = { 'zh-CN': zh };
/** What the server calls things (acts, findings, refusals); fetched once per language, used where we have no word. */
const serverTexts: Partial<Record<Language, Texts>> = {};
let language: Language = 'zh-CN';
let revision = 0;
const listeners = new Set<() => void>();

export const currentLanguage = (): Language => language;

/** Makes `next` the language of the page. Resolves when its texts are here. */
export async function switchLanguage(next: Language): Promise<void> {
  texts[next] ??= (await import('../../../locales/web.en.json')).default;
  language = next;
  document.documentElement.lang = next;
  remember(next);
  changed();
  void loadServerTexts(next);
}

/** At start: what was chosen on this machine, else Chinese. */
export async function startLanguage(): Promise<void> {
  await switchLanguage(stored() === 'en' ? 'en' : 'zh-CN');
}

async function loadServerTexts(of: Language): Promise<void> {
  if (serverTexts[of]) return;
  try {
    const response = await fetch(`/api/locales/${of}`);
    const body: unknown = response.ok ? await response.json() : null;
    if (!body || typeof body !== 'object') return;
    serverTexts[of] = body as Texts;
    changed();
  } catch {
    // Without them a code is shown as it is; the page stays usable.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage may be forbidden by policy
  }
}
function remember(next: Language) {
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // as above
  }
}

function changed() {
  revision += 1;
  listeners.forEach((listener) => listener());
}

/** Pure: `{name}` is replaced by `params.name`; an unknown place stays, so that a mistake is seen. */
export function fill(text: string, params: Record<string, unknown> = {}): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => (Object.prototype.hasOwnProperty.call(params, name) ? String(params[name]) : place));
}

export interface Text {
  (key: Key, params?: Params): string;
  /** For codes that come from the server: `code('recordings.flag', 'gap')`; our word, else the server's, else the code. */
  code(room: string, code: string, params?: Record<string, unknown>): string;
  /** The codes we have a word for, e.g. every act of the log; ours and the server's. */
  codes(room: string): string[];
  language: Language;
}

function textOf(of: Language): Text {
  const say = ((key: Key, params?: Params) => fill(texts[of]?.[key] ?? zh[key] ?? key, params)) as Text;
  say.code = (room, code, params) => {
    const text = texts[of]?.[`${room}.${code}`] ?? serverTexts[of]?.[`${room}.${code}`] ?? serverTexts[of]?.[code];
    return text === undefined ? code : fill(text, params);
  };
  say.codes = (room) => {
    const known = Object.keys({ ...serverTexts[of], ...texts[of] });
    return known.filter((key) => key.startsWith(`${room}.`)).map((key) => key.slice(room.length + 1)).sort();
  };
  say.language = of;
  return say;
}

let cached: { revision: number; text: Text } | null = null;
function snapshot(): Text {
  if (cached?.revision !== revision) cached = { revision, text: textOf(language) };
  return cached.text;
}
function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** `const t = useText()`: the page is drawn again when the language changes. */
export const useText = (): Text => useSyncExternalStore(subscribe, snapshot, snapshot);
