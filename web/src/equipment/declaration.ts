/** 符合性声明 as the form holds it and as the server takes it. A threshold a line: `battery_hours = 8`. */
export interface DeclarationValues { declared: string; evidence?: string; on?: string; document?: string; version?: string; thresholds?: string }

export function declarationBody(item: string, { declared, evidence, on, document, version, thresholds }: DeclarationValues): Record<string, unknown> {
  const lines = (thresholds ?? '').split('\n').map((line) => /^([^=:\uff1a]+)[=:\uff1a](.+)$/.exec(line.trim())).filter((match) => match !== null);
  const sheet = document?.trim() ? { document: document.trim(), version: version?.trim() ?? '', thresholds: Object.fromEntries(lines.map((match) => [match[1]!.trim(), match[2]!.trim()])) } : null;
  return { item, declared, evidence: evidence?.trim() || null, on: on ?? null, sheet };
}
