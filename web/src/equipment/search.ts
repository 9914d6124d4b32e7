import { compact, dayParam, flagParam, oneOf, textParam } from '../shared/search';
import { LINE_STATES, type LineState } from './sufficiency';

/** The eight kinds of the register (requirements PRV-01). */
export const DEVICE_KINDS = [
  'body_worn_camera', 'handheld_terminal', 'still_camera', 'camcorder', 'audio_recorder', 'fixed_cctv', 'collection_storage_device', 'other',
] as const;
export const STATUSES = ['in_store', 'issued', 'checked_out', 'stopped', 'in_repair', 'device_sealed', 'destroyed', 'lost', 'stolen'] as const;
/** 待办: what a device may be due for. */
export const DUES = ['return', 'upkeep', 'renewal', 'replacement', 'replacement_overdue', 'idle', 'undocked'] as const;
export const CAPABILITIES = ['explosion_proof', 'ir_night_vision', 'gps', 'wireless_upload', 'wide_angle', 'loop_recording', 'file_encryption'] as const;

export interface DeviceSearch {
  q?: string; unit?: string; kind?: (typeof DEVICE_KINDS)[number]; status?: (typeof STATUSES)[number]; due?: (typeof DUES)[number]; holder?: string; mine?: true;
  /** Due as of this day; without `due` nothing. */
  on?: string;
}
export const deviceSearch = (raw: Record<string, unknown>): DeviceSearch =>
  compact({
    q: textParam(raw.q), unit: textParam(raw.unit), kind: oneOf(raw.kind, DEVICE_KINDS), status: oneOf(raw.status, STATUSES), holder: textParam(raw.holder),
    due: oneOf(raw.due, DUES), mine: flagParam(raw.mine), on: dayParam(raw.on),
  });

export const DESK_ACTS = ['check_out', 'return', 'issue', 'upkeep'] as const;
export type DeskAct = (typeof DESK_ACTS)[number];
/** `codes`: devices chosen in the register, brought along to the desk. */
export interface DeskSearch { act?: DeskAct; codes?: string }
export const deskSearch = (raw: Record<string, unknown>): DeskSearch => compact({ act: oneOf(raw.act, DESK_ACTS), codes: textParam(raw.codes, 20_000) });

export const ORDER_KINDS = ['transfer', 'retirement', 'loss', 'replacement'] as const;
/** Those this reader can take further, those not closed, all. */
export const ORDER_VIEWS = ['waiting', 'open', 'all'] as const;
export interface OrderSearch { kind?: (typeof ORDER_KINDS)[number]; view?: (typeof ORDER_VIEWS)[number] }
export const orderSearch = (raw: Record<string, unknown>): OrderSearch => compact({ kind: oneOf(raw.kind, ORDER_KINDS), view: oneOf(raw.view, ORDER_VIEWS) });

/** 配备情况: one unit, one state of its lines. */
export interface SufficiencySearch { unit?: string; state?: LineState }
export const sufficiencySearch = (raw: Record<string, unknown>): SufficiencySearch => compact({ unit: textParam(raw.unit), state: oneOf(raw.state, LINE_STATES) });

export interface BudgetSearch { year?: number }
export function budgetSearch(raw: Record<string, unknown>): BudgetSearch {
  const year = Number(raw.year);
  return Number.isInteger(year) && year >= 2000 && year < 2200 ? { year } : {};
}
