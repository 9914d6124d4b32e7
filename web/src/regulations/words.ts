import type { Text } from '../shared/text';

/** Some codes stand in several vocabularies of the rules; the name of the value says which is meant. */
const VOCABULARY: Record<string, string> = {
  ground: 'Ground', kinds: 'DeviceKind', level: 'Level', occasions: 'Occasion', fields: 'Field', unit: 'UnitClass', reason: 'ExemptionReason', causes: 'InterruptionCause',
  clock_start: 'ClockStart', circumstances: 'Circumstance', circumstance: 'Circumstance', threshold: 'Threshold', violation: 'Violation', keep: 'Keeping', purpose: 'Purpose',
};

/** A code of the rules in words: `mass_incident` -> 群体性事件; as it is where the server has no word for it. */
export function wordOf(code: string, t: Text, name = ''): string {
  const vocabulary = VOCABULARY[name];
  const own = vocabulary ? t.code('rules.word', `${vocabulary}.${code}`) : code;
  if (vocabulary && own !== `${vocabulary}.${code}`) return own;
  const found = t.codes('rules.word').find((key) => key.endsWith(`.${code}`));
  return found ? t.code('rules.word', found) : code;
}
