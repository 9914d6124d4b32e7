/** 领还台: a stack of scanned devices. Pure: what each scan, each answer and each keystroke makes of it. */
import type { Device, Problem, Scanned } from '../api/types';
import { checksOf, type Acted, type Checked, type Values } from './acts';
import type { DeskAct } from './search';

/** What is told of one device, per row. */
export interface Given {
  condition: string; data_handed_in: boolean; battery?: number; free_minutes?: number; clock_s?: number; appearance?: string;
  checked: Checked;
}
export interface Row { code: string; state: 'asking' | 'lawful' | 'refused'; device: Device | null; problem: Problem | null; given: Given }
export interface Notice { code: 'duplicate' | 'full'; scanned: string }

/** As the server takes them in one act. */
export const ROWS_MOST = 500;

/** What a scanner types through a Chinese input method: full-width digits and colons, spaces, control characters. */
export const codeOf = (typed: string): string => typed.normalize('NFKC').replace(/[\s\p{Cc}\p{Cf}]+/gu, '');

const FRESH: Given = { condition: 'good', data_handed_in: false, checked: { items: [], check: 'open', failed: [] } };

export function scan(rows: Row[], typed: string): { rows: Row[]; ask: string | null; notice: Notice | null } {
  const code = codeOf(typed);
  if (!code) return { rows, ask: null, notice: null };
  if (rows.some((row) => row.code === code)) return { rows, ask: null, notice: { code: 'duplicate', scanned: code } };
  if (rows.length >= ROWS_MOST) return { rows, ask: null, notice: { code: 'full', scanned: code } };
  return { rows: [{ code, state: 'asking', device: null, problem: null, given: FRESH }, ...rows], ask: code, notice: null };
}

/** The server's answer to one code. Two codes of one device (asset number, then serial number) are one row. */
export function answered(rows: Row[], code: string, answer: { scanned: Scanned } | { problem: Problem }): { rows: Row[]; notice: Notice | null } {
  const own = rows.find((row) => row.code === code);
  if (!own) return { rows, notice: null }; // taken away before the answer came
  if ('problem' in answer) return { rows: replace(rows, code, { state: 'refused', problem: answer.problem }), notice: null };
  const { device, lawful, problem } = answer.scanned;
  if (rows.some((row) => row !== own && row.device?.id === device.id)) {
    return { rows: rows.filter((row) => row !== own), notice: { code: 'duplicate', scanned: code } };
  }
  const given = own.device ? own.given : { ...own.given, ...known(device) };
  return { rows: replace(rows, code, { device, given, problem, state: lawful === false ? 'refused' : 'lawful' }), notice: null };
}

/** What the last docking tells about a device that comes back: only if it was docked since somebody took it. */
export function known(device: Device): Partial<Given> {
  const docked = device.last_docked_ms !== null && device.last_docked_ms >= (device.held_since_ms ?? 0);
  return docked ? { data_handed_in: true, ...(device.drift_ms === null ? {} : { clock_s: Math.round(device.drift_ms / 1000) }) } : {};
}

export const give = (rows: Row[], code: string, given: Partial<Given>): Row[] =>
  rows.map((row) => (row.code === code ? { ...row, given: { ...row.given, ...given } } : row));
export const drop = (rows: Row[], code: string): Row[] => rows.filter((row) => row.code !== code);
/** Another act was chosen: everything on the desk is asked again. */
export const again = (rows: Row[]): Row[] => rows.map((row) => ({ ...row, state: 'asking', problem: null }));
export const fineAll = (rows: Row[], items: readonly string[]): Row[] => rows.map((row) => ({ ...row, given: { ...row.given, checked: { items, check: 'fine', failed: [] } } }));

/** A refusal that a field of the form lifts (the reason for a model that is not proven): the form says it, the rows stay. */
export function lifted(problem: Problem): Problem | null {
  const each = problem.problems?.length ? problem.problems : [problem];
  return each.every((one) => one.params?.field === 'reason') ? (each[0] ?? null) : null;
}

/** A refusal of the whole names the devices that stand in its way. */
export function refused(rows: Row[], problem: Problem): Row[] {
  const each = problem.problems?.length ? problem.problems : [problem];
  return rows.map((row) => {
    const own = each.find((one) => one.params?.device !== undefined && one.params.device === row.device?.id);
    return own ? { ...row, state: 'refused', problem: own } : row;
  });
}

export interface Tally { lawful: number; refused: number; asking: number }
export function tally(rows: Row[]): Tally {
  const count = (state: Row['state']) => rows.filter((row) => row.state === state).length;
  return { lawful: count('lawful'), refused: count('refused'), asking: count('asking') };
}

/** The devices of the request: those that may, each with what was told of it. */
export function actedOf(rows: Row[], act: DeskAct): Acted[] {
  return rows.filter((row) => row.state === 'lawful' && row.device).map((row) => {
    const checks = act === 'check_out' ? checksOf(row.given.checked) : undefined;
    const detail = act === 'return' ? inspectionOf(row.given) : checks ? { checks } : {};
    return { id: row.device!.id, revision: row.device!.revision, detail };
  });
}

function inspectionOf({ condition, data_handed_in, battery, free_minutes, clock_s, appearance }: Given): Values {
  const told: Values = {
    condition, data_handed_in, battery_percent: battery, free_minutes, clock_error_ms: clock_s === undefined ? undefined : clock_s * 1000, appearance: appearance?.trim() || undefined,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined && value !== null));
}

function replace(rows: Row[], code: string, part: Partial<Row>): Row[] {
  return rows.map((row) => (row.code === code ? { ...row, ...part } : row));
}
