/** 文书: which paper fits which state of affairs. Pure. */
import type { Device, DeviceDetail } from '../api/types';
import type { DeskAct } from '../equipment/search';

export const FORMS = ['device_labels', 'device_issue', 'device_check', 'device_transfer', 'device_repair', 'device_retirement', 'device_loss', 'handover', 'provision'] as const;
export type FormName = (typeof FORMS)[number];

/** Subjects of one paper, as the server takes them. */
export const SUBJECTS_MOST = 200;
/** Places of a label sheet but the last: so many may be used already. */
export const SKIP_MOST = 23;
/** Papers about one device only. */
const SINGLE: readonly FormName[] = ['device_repair', 'device_loss'];

/** Of several devices together. */
export const formsOfMany = (devices: Device[]): FormName[] =>
  devices.length > SUBJECTS_MOST ? [] : ['device_labels', 'device_issue', 'device_check', 'device_transfer', 'device_retirement'];

/** Of one device: what always fits, and what its history or its orders ask for. */
export function formsOfOne({ history, orders }: Pick<DeviceDetail, 'history' | 'orders'>): FormName[] {
  const did = (...acts: string[]) => history.some((step) => acts.includes(step.act));
  const has = (kind: string) => orders.some((order) => order.kind === kind && order.state !== 'withdrawn');
  const found: FormName[] = ['device_labels', 'device_issue', 'device_check'];
  if (did('fault', 'damaged', 'send_repair')) found.push('device_repair');
  if (has('transfer')) found.push('device_transfer');
  if (has('retirement')) found.push('device_retirement');
  if (did('lost', 'stolen', 'damaged')) found.push('device_loss');
  return found;
}

/** After an act at the desk. */
export const formsOfAct: Record<DeskAct, FormName[]> = {
  check_out: ['device_issue', 'device_check'], return: ['device_issue'], issue: ['device_issue'], upkeep: [],
};

/** Of an order. */
export const formOfOrder: Record<string, FormName | undefined> = { transfer: 'device_transfer', retirement: 'device_retirement', loss: 'device_loss' };

/** `subjects` too many or too few for the paper: not offered. */
export const fits = (form: FormName, subjects: number): boolean =>
  form === 'provision' || (subjects > 0 && subjects <= (SINGLE.includes(form) || form === 'handover' ? 1 : SUBJECTS_MOST));
