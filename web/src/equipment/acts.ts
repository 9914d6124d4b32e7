/** 设备变动: what each act asks of the person who does it, and what the server is sent. Which act is lawful when is the
 *  server's knowledge; nothing of it stands here. */
import { localToMs } from '../shared/format';
import type { Signed } from '../shared/signature-pad';

export type FieldKind = 'text' | 'long' | 'lines' | 'choice' | 'flag' | 'yuan' | 'number' | 'moment' | 'person' | 'unit' | 'device' | 'risk' | 'checks';
export interface ActField { name: string; /** Where the server's name means something else elsewhere. */ label?: string; kind: FieldKind; required?: true; choices?: readonly string[]; most?: number }
export interface ActForm { fields: readonly ActField[]; signed?: true }

export const CONDITIONS = ['good', 'worn', 'damaged', 'unusable'] as const;
const when: ActField = { name: 'at_ms', kind: 'moment' };
const document: ActField = { name: 'document', kind: 'text' };
/** A model that is not proven goes out with a reason only. */
const unproven: ActField = { name: 'reason', label: 'unproven_reason', kind: 'text' };
const circumstances: readonly ActField[] = [
  { name: 'circumstances', kind: 'long', required: true }, { name: 'happened_ms', kind: 'moment' }, { name: 'place', kind: 'text' },
];
const inspection: readonly ActField[] = [
  { name: 'condition', kind: 'choice', required: true, choices: CONDITIONS }, { name: 'data_handed_in', kind: 'flag' }, { name: 'appearance', kind: 'text' },
];
const missing: readonly ActField[] = [...circumstances, { name: 'police_report_no', kind: 'text' }, { name: 'recordings_at_risk', kind: 'risk', required: true }];

/** In the order in which a custodian meets them. */
export const ACTS: Record<string, ActForm> = {
  check_out: { fields: [{ name: 'person_id', kind: 'person', required: true }, { name: 'due_ms', kind: 'moment' }, { name: 'checks', kind: 'checks' }, { name: 'urgent_reason', kind: 'text' }, unproven] },
  return: { fields: [...inspection, { name: 'battery_percent', kind: 'number', most: 100 }, { name: 'to', label: 'goes_to', kind: 'choice', choices: ['issued', 'in_store'] }], signed: true },
  issue: { fields: [{ name: 'unit_id', kind: 'unit', required: true }, document, unproven], signed: true },
  upkeep: { fields: [{ name: 'works', kind: 'lines', required: true }, { name: 'result', kind: 'text' }, when] },
  fault: { fields: [{ name: 'fault', kind: 'long', required: true }, { name: 'unauthorised_disassembly', kind: 'flag' }] },
  send_repair: { fields: [{ name: 'firm', kind: 'text', required: true }, document] },
  repaired: {
    fields: [{ name: 'result', kind: 'choice', required: true, choices: ['repaired', 'irreparable'] }, { name: 'cost_fen', kind: 'yuan' }, { name: 'parts', kind: 'lines' }, document],
  },
  resume: { fields: [{ name: 'reason', kind: 'long', required: true }] },
  substandard: {
    fields: [{ name: 'cause', kind: 'choice', required: true, choices: ['failed_conformity', 'age', 'repeated_faults'] }, { name: 'reason', kind: 'long', required: true }, document],
  },
  damaged: { fields: circumstances },
  lost: { fields: missing },
  stolen: { fields: missing },
  found: { fields: inspection },
};

/** Acts in our order; a server newer than this page may know others, they are not offered. */
export const offered = (lawful: readonly string[]): string[] => Object.keys(ACTS).filter((act) => lawful.includes(act));

export type Values = Record<string, unknown>;

/** One value as the server wants it; undefined: nothing was told. */
export function wireValue(kind: FieldKind, value: unknown): unknown {
  if (kind === 'risk') return riskOf(value);
  if (kind === 'checks') return checksOf(value as Checked | undefined);
  if (kind === 'lines') return linesOf(value);
  if (kind === 'yuan') return typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 100) : undefined;
  if (kind === 'moment') return localToMs(typeof value === 'string' ? value : undefined);
  if (typeof value === 'string') return value.trim() || undefined;
  return value ?? undefined;
}

/** One item a line; an empty text says nothing. */
function linesOf(value: unknown): string[] | undefined {
  const lines = typeof value === 'string' ? value.split(/[\n;\uff1b]/).map((line) => line.trim()).filter(Boolean) : [];
  return lines.length > 0 ? lines : undefined;
}

/** 可能丢失的记录: "none" must be said, an empty box is no answer. */
export interface Risk { none?: boolean; lines?: string }
function riskOf(value: unknown): string[] | undefined {
  const { none, lines } = (value ?? {}) as Risk;
  return none ? [] : linesOf(lines);
}

/** 使用前检查 of one device. What was not looked at is left out: the server says whether that may be. */
export interface Checked { items: readonly string[]; check: 'fine' | 'open' | 'failed'; failed: readonly string[] }
export function checksOf(checked: Checked | undefined): Record<string, boolean> | undefined {
  if (!checked || checked.check === 'open') return undefined;
  return Object.fromEntries(checked.items.map((item) => [item, !(checked.check === 'failed' && checked.failed.includes(item))]));
}

export function detailOf(fields: readonly ActField[], values: Values): Values {
  return Object.fromEntries(fields.map(({ name, kind }) => [name, wireValue(kind, values[name])]).filter(([, value]) => value !== undefined));
}

/** What stands beside the details in a request. */
const OUTSIDE = ['person_id', 'unit_id', 'at_ms'];
export interface Acted { id: string; revision: number; detail?: Values }

/** The whole request. */
export function actBody(act: string, devices: Acted[], values: Values, signature?: Signed): Values {
  const told = detailOf(ACTS[act]?.fields ?? [], values);
  const detail = Object.fromEntries(Object.entries(told).filter(([name]) => !OUTSIDE.includes(name)));
  const outside = Object.fromEntries(Object.entries(told).filter(([name]) => OUTSIDE.includes(name)));
  return { act, devices, ...outside, detail, ...(signature ? { signature } : {}) };
}
