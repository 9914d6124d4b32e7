import { describe, expect, it } from 'vitest';
import type { DeviceDetail } from '../api/types';
import { fits, formsOfMany, formsOfOne, SUBJECTS_MOST } from './forms';

const lived = (acts: string[], orders: [string, string][] = []) => formsOfOne({ history: acts.map((act) => ({ act })), orders: orders.map(([kind, state]) => ({ kind, state })) } as unknown as DeviceDetail);

describe('which paper fits', () => {
  it('follows the life of a device', () => {
    const always = ['device_labels', 'device_issue', 'device_check'];
    expect(lived(['register'])).toEqual(always);
    expect(lived(['register', 'fault', 'send_repair'])).toEqual([...always, 'device_repair']);
    expect(lived(['damaged'], [['loss', 'open']])).toEqual([...always, 'device_repair', 'device_loss']);
    expect(lived(['lost'])).toEqual([...always, 'device_loss']);
    expect(lived([], [['transfer', 'open'], ['retirement', 'withdrawn']])).toEqual([...always, 'device_transfer']);
    expect(lived([], [['retirement', 'refused']])).toEqual([...always, 'device_retirement']);
  });
  it('is about as many as the paper takes', () => {
    for (const [form, count, ok] of [
      ['device_issue', 1, true], ['device_issue', SUBJECTS_MOST, true], ['device_issue', SUBJECTS_MOST + 1, false], ['device_issue', 0, false],
      ['device_repair', 1, true], ['device_repair', 2, false], ['provision', 0, true],
    ] as const) expect(fits(form, count), `${form} ${count}`).toBe(ok);
    expect(formsOfMany(Array.from({ length: SUBJECTS_MOST + 1 }))).toEqual([]);
  });
});
