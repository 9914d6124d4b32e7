/** Clock error worth a word: half a minute confuses the order of two cameras, five minutes confuses a record of proceedings. */
export function driftTone(ms: number): 'plain' | 'warn' | 'bad' {
  const size = Math.abs(ms);
  if (size >= 5 * 60_000) return 'bad';
  return size >= 30_000 ? 'warn' : 'plain';
}
