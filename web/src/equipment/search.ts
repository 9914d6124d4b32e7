import { compact, flagParam, oneOf, textParam } from '../shared/search';

/** The eight kinds of the register (requirements PRV-01). */
export const DEVICE_KINDS = [
  'body_worn_camera', 'handheld_terminal', 'still_camera', 'camcorder', 'audio_recorder', 'fixed_cctv', 'collection_storage_device', 'other',
] as const;

export interface DeviceSearch { q?: string; unit?: string; kind?: (typeof DEVICE_KINDS)[number]; undocked?: true }
export const deviceSearch = (raw: Record<string, unknown>): DeviceSearch =>
  compact({ q: textParam(raw.q), unit: textParam(raw.unit), kind: oneOf(raw.kind, DEVICE_KINDS), undocked: flagParam(raw.undocked) });
