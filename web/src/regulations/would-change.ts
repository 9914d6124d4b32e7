/** What would change a verdict, as far as it can be said in a line. Pure. */
export interface Change { fact: string; to: string; verdict: string }

/** Facts we did not send because the page does not know them (`unknown`) change nothing; `?` says no value. Each once. */
export function changesOf(found: readonly { fact: string; to: unknown; verdict: string }[], unknown: readonly string[]): Change[] {
  const lines = found
    .filter(({ fact, to }) => !unknown.includes(fact) && to !== '?' && to !== null && typeof to !== 'object')
    .map(({ fact, to, verdict }) => ({ fact, to: String(to), verdict }));
  return lines.filter((line, i) => lines.findIndex((other) => other.fact === line.fact && other.to === line.to) === i);
}
