/** 登记与更正: the fields of PRV-01 as a form holds them, and as the server takes them. */
import type { Device, Registration } from '../api/types';

export interface DeviceValues {
  kind: string; maker?: string; model?: string; description?: string; serial_no: string; asset_no?: string; unit_id?: string; capacity_gb?: number | null;
  capabilities?: string[]; accessories?: string; acquired_on?: string; price_yuan?: number | null; in_use_on?: string; purpose?: string; reason?: string;
}

const text = (value: string | undefined) => value?.trim() || null;

export function registrationOf(values: DeviceValues, unit: string | null = values.unit_id ?? null): Registration {
  return {
    kind: values.kind, maker: values.maker?.trim() ?? '', model: values.model?.trim() ?? '', description: values.kind === 'other' ? text(values.description) : null,
    serial_no: values.serial_no.trim(), asset_no: text(values.asset_no), unit_id: unit, capacity_gb: values.capacity_gb ?? null, capabilities: values.capabilities ?? [],
    accessories: (values.accessories ?? '').split(/[\n,;\u3001\uff0c\uff1b]/).map((one) => one.trim()).filter(Boolean),
    acquired_on: values.acquired_on ?? null, price_fen: values.price_yuan == null ? null : Math.round(values.price_yuan * 100), in_use_on: values.in_use_on ?? null, purpose: text(values.purpose),
  };
}

export function valuesOf(device: Device): DeviceValues {
  return {
    kind: device.kind, maker: device.maker, model: device.model, description: device.description ?? undefined, serial_no: device.serial_no, asset_no: device.asset_no ?? undefined,
    capacity_gb: device.capacity_gb, capabilities: device.capabilities, accessories: device.accessories.join('\n'), acquired_on: device.acquired_on ?? undefined,
    price_yuan: device.price_fen === null ? null : device.price_fen / 100, in_use_on: device.in_use_on ?? undefined, purpose: device.purpose ?? undefined,
  };
}

/** 320000 -> `¥3,200.00`. */
export const formatYuan = (fen: number): string => `¥${(fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
