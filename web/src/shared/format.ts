/** How figures and instants are written. Pure; legal time is Asia/Shanghai wherever the PC stands. */

const SHANGHAI = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai', hourCycle: 'h23',
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
});
/** Shanghai has been UTC+8 without summer time since 1991; days typed into a filter are later than that. */
const OFFSET_MS = 8 * 3_600_000;
export const DAY_MS = 24 * 3_600_000;

export type Precision = 'day' | 'minute' | 'second' | 'clock';

/** 1_764_000_000_000 -> `2025-11-25 00:00:00`; the same in both languages because it cannot be misread. */
export function formatTime(ms: number | null | undefined, precision: Precision = 'minute'): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return '—';
  const parts = Object.fromEntries(SHANGHAI.formatToParts(ms).map((part) => [part.type, part.value]));
  const day = `${parts.year}-${parts.month}-${parts.day}`;
  if (precision === 'day') return day;
  if (precision === 'clock') return `${parts.hour}:${parts.minute}:${parts.second}`;
  return precision === 'minute' ? `${day} ${parts.hour}:${parts.minute}` : `${day} ${parts.hour}:${parts.minute}:${parts.second}`;
}

/** 754_000 -> `12:34`, 4_354_000 -> `1:12:34`. Fractions are cut, never rounded up. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms) || ms < 0) return '—';
  const seconds = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
/** Binary steps under the names people know from Windows: 1536 -> `1.5 KB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes) || bytes < 0) return '—';
  let value = bytes;
  let unit = 0;
  while (value >= 1023.95 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, '')} ${UNITS[unit]}`;
}

/** 12345 -> `12,345`. */
export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined || !Number.isFinite(count) ? '—' : count.toLocaleString('en-US');
}

/** Signed clock difference, exact to a tenth of a second below a minute: 1500 -> `+1.5 s`, -125_000 -> `−2:05`. */
export function formatDrift(ms: number): string {
  const sign = ms > 0 ? '+' : ms < 0 ? '\u2212' : '±';
  const size = Math.abs(ms);
  return size < 60_000 ? `${sign}${(size / 1000).toFixed(1)} s` : `${sign}${formatDuration(size)}`;
}

/** `2026-11-01` -> the first millisecond of that Shanghai day; anything else -> undefined. */
export function dayStart(day: string | undefined): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day ?? '');
  if (!match) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  const real = new Date(ms).toISOString().slice(0, 10) === day;
  return real ? ms - OFFSET_MS : undefined;
}
/** The first millisecond after that day. */
export function dayEnd(day: string | undefined): number | undefined {
  const start = dayStart(day);
  return start === undefined ? undefined : start + DAY_MS;
}
/** The Shanghai day an instant lies in, as `2026-11-01`. */
export const dayOf = (ms: number): string => formatTime(ms, 'day');

/** `2026-11-01T09:30` typed by somebody in a form, meant as Shanghai time -> UTC milliseconds. */
export function localToMs(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})$/.exec(text ?? '');
  const start = match ? dayStart(match[1]) : undefined;
  if (!match || start === undefined || Number(match[2]) > 23 || Number(match[3]) > 59) return undefined;
  return start + Number(match[2]) * 3_600_000 + Number(match[3]) * 60_000;
}

/** A digest in groups of eight, so that two people can read it to each other. */
export const groupHex = (hex: string): string => hex.replace(/(.{8})(?=.)/g, '$1 ');
