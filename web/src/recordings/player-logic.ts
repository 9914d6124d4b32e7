/** What the player needs to know without a screen: keys, thumbnails, gap marks, the clock of the recording. Pure. */
import type { Examination, View } from '../api/types';

export type Command =
  | { do: 'toggle' } | { do: 'pause' } | { do: 'seek'; byMs: number } | { do: 'frame'; by: number } | { do: 'rate'; up: boolean }
  | { do: 'fullscreen' } | { do: 'mute' } | { do: 'start' } | { do: 'end' };

/** 空格 播放/暂停, ← → 5 s, J K L as on an editing desk, `,` `.` one frame. Keys with Ctrl, Alt or Meta belong to the browser. */
export function commandOf(key: string, held: { ctrl: boolean; alt: boolean; meta: boolean }): Command | null {
  if (held.ctrl || held.alt || held.meta) return null;
  switch (key) {
    case ' ': return { do: 'toggle' };
    case 'k': case 'K': return { do: 'pause' };
    case 'ArrowLeft': return { do: 'seek', byMs: -5000 };
    case 'ArrowRight': return { do: 'seek', byMs: 5000 };
    case 'j': case 'J': return { do: 'seek', byMs: -10_000 };
    case 'l': case 'L': return { do: 'seek', byMs: 10_000 };
    case ',': return { do: 'frame', by: -1 };
    case '.': return { do: 'frame', by: 1 };
    case '<': return { do: 'rate', up: false };
    case '>': return { do: 'rate', up: true };
    case 'f': case 'F': return { do: 'fullscreen' };
    case 'm': case 'M': return { do: 'mute' };
    case 'Home': return { do: 'start' };
    case 'End': return { do: 'end' };
    default: return null;
  }
}

export const RATES = [0.25, 0.5, 1, 1.5, 2, 4, 8];
export function nextRate(rate: number, up: boolean): number {
  const at = RATES.indexOf(rate);
  if (at < 0) return 1;
  return RATES[Math.min(RATES.length - 1, Math.max(0, at + (up ? 1 : -1)))]!;
}

/** Length of one frame in seconds; 25 a second where the container does not say. */
export function frameSeconds(examination: Examination | null): number {
  const fps = examination?.tracks?.find((track) => track.kind === 'video')?.fps;
  return fps && fps >= 1 && fps <= 240 ? 1 / fps : 1 / 25;
}

export const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

/** `count` pictures spread over the recording: which cell of the sheet, and the instant a click on it means. */
export function stripCells(strip: NonNullable<View['strip']>, durationMs: number, count: number): { atMs: number; column: number; row: number }[] {
  const pictures = Math.max(1, Math.ceil(durationMs / Math.max(1, strip.interval_ms)));
  const shown = clamp(Math.floor(count), 1, pictures);
  return Array.from({ length: shown }, (_, i) => {
    const picture = Math.min(pictures - 1, Math.floor(((i + 0.5) / shown) * pictures));
    return { atMs: Math.floor((i / shown) * durationMs), column: picture % strip.columns, row: Math.floor(picture / strip.columns) };
  });
}

export interface Mark { atMs: number; lengthMs: number; left: number; width: number; kind: string }
/** 中断标记 on a bar of 100 %. A break takes no time in the file, so its mark is a thin line; the same break in two tracks is one. */
export function gapMarks(examination: Examination | null, durationMs: number | null): Mark[] {
  if (!examination?.gaps || !durationMs || durationMs <= 0) return [];
  const marks: Mark[] = [];
  for (const gap of [...examination.gaps].sort((a, b) => a.at_ms - b.at_ms)) {
    const last = marks[marks.length - 1];
    if (last && last.kind === gap.kind && Math.abs(last.atMs - gap.at_ms) < 1000) {
      last.lengthMs = Math.max(last.lengthMs, gap.length_ms);
      continue;
    }
    const left = clamp((gap.at_ms / durationMs) * 100, 0, 100);
    marks.push({ atMs: gap.at_ms, lengthMs: gap.length_ms, left, width: clamp((gap.length_ms / durationMs) * 100, 0, 100 - left), kind: gap.kind });
  }
  return marks;
}
