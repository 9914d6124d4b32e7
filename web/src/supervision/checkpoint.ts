/** The public log as this page reads it: `/log/checkpoint`, a C2SP signed note. */
import { parseCheckpoint, toHex } from '../recordings/proof';

export interface PublicLog { origin: string; size: number; root: string; signers: string[]; text: string }

/** Null while nothing has been sealed yet (404). Throws on anything that is no checkpoint. */
export async function readCheckpoint(ask: typeof fetch = fetch): Promise<PublicLog | null> {
  const response = await ask('/log/checkpoint', { cache: 'no-store' });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`http.${response.status}`);
  const text = await response.text();
  const { origin, size, root, signatures } = parseCheckpoint(text);
  return { origin, size, root: toHex(root), signers: signatures.map((s) => s.name), text };
}
