/** 调拨 · 报废 · 丢失 · 更换: the forms of an order's steps. Whether a step may be taken the server decides; here stands only
 *  which form belongs to which state, so that nobody is offered what cannot be next. */
import type { Order } from '../api/types';
import { detailOf, type ActField, type Values } from './acts';

export interface StepForm { step: string; from: readonly string[]; needs: 'device.decide' | 'device.manage'; fields: readonly ActField[] }

const document: ActField = { name: 'document', kind: 'text' };
const reason: ActField = { name: 'reason', kind: 'long' };
const needed: ActField = { ...reason, required: true };
const yuan = (name: string): ActField => ({ name, kind: 'yuan' });

export const STEPS: Record<string, readonly StepForm[]> = {
  transfer: [
    { step: 'confirm', from: ['open', 'confirmed'], needs: 'device.decide', fields: [{ name: 'side', kind: 'choice', choices: ['from', 'to'] }, document] },
    { step: 'refuse', from: ['open', 'confirmed'], needs: 'device.decide', fields: [needed] },
    { step: 'withdraw', from: ['open', 'confirmed'], needs: 'device.manage', fields: [needed] },
  ],
  retirement: [
    { step: 'decide', from: ['open'], needs: 'device.decide', fields: [{ name: 'approve', kind: 'flag' }, reason, document] },
    { step: 'execute', from: ['decided'], needs: 'device.manage', fields: [{ name: 'witness', kind: 'text', required: true }, { name: 'seal_no', kind: 'text' }, { name: 'place', kind: 'text' }, document] },
    { step: 'withdraw', from: ['open', 'decided'], needs: 'device.manage', fields: [needed] },
  ],
  loss: [
    { step: 'find', from: ['open'], needs: 'device.decide', fields: [{ name: 'misuse', kind: 'flag' }, { name: 'during_enforcement', kind: 'flag' }, needed] },
    { step: 'decide', from: ['confirmed'], needs: 'device.decide', fields: [yuan('compensation_fen'), needed, document] },
    { step: 'pay', from: ['decided'], needs: 'device.manage', fields: [yuan('amount_fen'), document] },
  ],
  replacement: [
    { step: 'replace', from: ['open'], needs: 'device.manage', fields: [{ name: 'replacing_id', kind: 'device', required: true }, document] },
    { step: 'decide', from: ['open'], needs: 'device.decide', fields: [needed, document] },
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

export const nextSteps = (order: Pick<Order, 'kind' | 'state'>, can: (permission: string) => boolean): StepForm[] =>
  (STEPS[order.kind] ?? []).filter(({ from, needs }) => from.includes(order.state) && can(needs));
export const stepBody = ({ step, fields }: StepForm, values: Values): Values => ({ step, ...detailOf(fields, values) });

const ENDED = ['device_sealed', 'destroyed', 'lost', 'stolen'];
export const openable = (device: { status: string; open_orders: readonly string[] }): string[] =>
  ENDED.includes(device.status) ? [] : Object.keys(OPENINGS).filter((kind) => !device.open_orders.includes(kind));
