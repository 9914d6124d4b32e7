/** 调拨 · 报废 · 丢失 · 更换: the forms of an order's steps. Whether a step may be taken the server decides; here stands only
 *  which form belongs to which state, so that nobody is offered what cannot be next. */
import type { Order } from '../api/types';
import { detailOf, type ActField, type Values } from './acts';

export interface StepForm { step: string; from: readonly string[]; needs: 'device.decide' | 'device.manage'; fields: readonly ActField[] }

const document: ActField = { name: 'document', kind: 'text' };
const reason: ActField = { name: 'reason', kind: 'long' };
const needed: ActField = { ...reason, required: true };
const numbered: ActField = { ...document, required: true };
const yuan = (name: string): ActField => ({ name, kind: 'yuan', required: true });

export const STEPS: Record<string, readonly StepForm[]> = {
  transfer: [
    { step: 'confirm', from: ['open', 'confirmed'], needs: 'device.decide', fields: [{ name: 'side', kind: 'choice', choices: ['from', 'to'] }, document] },
    { step: 'refuse', from: ['open', 'confirmed'], needs: 'device.decide', fields: [needed] },
    { step: 'withdraw', from: ['open', 'confirmed'], needs: 'device.manage', fields: [needed] },
  ],
  retirement: [
    { step: 'decide', from: ['open'], needs: 'device.decide', fields: [{ name: 'approve', kind: 'flag' }, reason, numbered] },
    { step: 'execute', from: ['decided'], needs: 'device.manage', fields: [{ name: 'witness', kind: 'text', required: true }, { name: 'seal_no', kind: 'text' }, { name: 'place', kind: 'text' }, document] },
    { step: 'withdraw', from: ['open', 'decided'], needs: 'device.manage', fields: [needed] },
  ],
  loss: [
    { step: 'find', from: ['open'], needs: 'device.decide', fields: [{ name: 'misuse', kind: 'flag' }, { name: 'during_enforcement', kind: 'flag' }, needed] },
    { step: 'decide', from: ['confirmed'], needs: 'device.decide', fields: [yuan('compensation_fen'), reason, numbered] },
    { step: 'pay', from: ['decided'], needs: 'device.manage', fields: [yuan('amount_fen'), document] },
  ],
  replacement: [
    { step: 'replace', from: ['open'], needs: 'device.manage', fields: [{ name: 'replacing_id', kind: 'device', required: true }, document] },
    { step: 'decide', from: ['open'], needs: 'device.decide', fields: [needed, numbered] },
  ],
};

/** What people open themselves; loss and replacement are opened by the acts that report them. */
export const OPENINGS: Record<string, readonly ActField[]> = {
  transfer: [{ name: 'to_unit_id', kind: 'unit', required: true }, needed, document],
  retirement: [
    { name: 'method', kind: 'choice', required: true, choices: ['device_sealed', 'destroy'] }, { name: 'condition', kind: 'choice', required: true, choices: ['usable', 'worn', 'damaged', 'unusable'] },
    { name: 'evidence', kind: 'text' }, { name: 'media', kind: 'choice', required: true, choices: ['handed_in', 'wiped', 'removed', 'unreadable'] }, { name: 'media_statement', kind: 'long' }, reason, document,
  ],
};

type Known = Pick<Order, 'kind' | 'state'> & { told?: readonly Record<string, unknown>[] };
export const nextSteps = (order: Known, can: (permission: string) => boolean): StepForm[] =>
  (STEPS[order.kind] ?? []).filter(({ from, needs }) => from.includes(order.state) && can(needs)).map((form) => (form.step === 'execute' ? executed(form, order) : form));

/** 封存 has a seal and a place to be found again; what is destroyed has no seal. */
function executed(form: StepForm, { told }: Known): StepForm {
  const sealed = told?.[0]?.method === 'device_sealed';
  const fields = form.fields.filter(({ name }) => sealed || name !== 'seal_no');
  return { ...form, fields: fields.map((field) => (sealed && ['seal_no', 'place'].includes(field.name) ? { ...field, required: true } : field)) };
}

/** Whose turn it is, as the key of a sentence; nothing for what is closed. */
export const turnOf = ({ kind, state, closed_ms }: Pick<Order, 'kind' | 'state' | 'closed_ms'>): string | null =>
  closed_ms === null && STEPS[kind]?.some(({ from }) => from.includes(state)) ? `${kind}.${state}` : null;
export const stepBody = ({ step, fields }: StepForm, values: Values): Values => ({ step, ...detailOf(fields, values) });

const ENDED = ['device_sealed', 'destroyed', 'lost', 'stolen'];
export const openable = (device: { status: string; open_orders: readonly string[] }): string[] =>
  ENDED.includes(device.status) ? [] : Object.keys(OPENINGS).filter((kind) => !device.open_orders.includes(kind));
