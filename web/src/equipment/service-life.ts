/** 使用年限 in one plain line. The verdict is the server's; here it only gets its words. */
import type { Life } from '../api/types';
import type { Tone } from '../shared/page';

export interface LifeLine { code: string; params: Record<string, string>; tone: Tone }

const TONES: Record<string, Tone> = { past_range: 'warn', past_minimum: 'plain', within_minimum: 'plain' };

export function lifeLine({ verdict }: Life): LifeLine {
  const { stage, minimum_until, range_from, range_until } = verdict;
  const params = Object.fromEntries(Object.entries({ minimum_until, range_from, range_until }).map(([name, day]) => [name, day ?? '—']));
  return { code: stage, params, tone: TONES[stage] ?? 'plain' };
}
