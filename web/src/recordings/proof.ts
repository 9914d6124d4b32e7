/**
 * 验证: proves in this browser that an event stands in the public log. Nothing of the answer is believed:
 * payload + salt -> commitment (HMAC-SHA256) -> RFC 6962 leaf -> inclusion proof -> root -> checkpoint note -> Ed25519 signature.
 * Standards: RFC 9162 §2.1.3.2, C2SP tlog-checkpoint and signed-note. docs/design/vault.md describes the commitment.
 */
import type { EventProof } from '../api/types';
import { hashes, type Hashes } from './hashes';

export type StepCode = 'commitment' | 'withheld' | 'inclusion' | 'checkpoint' | 'signature';
export interface Step { code: StepCode; ok: boolean; detail: string }
export interface Proven { ok: boolean; steps: Step[]; root: string; size: number; origin: string; keyName: string }

export interface Checkpoint { origin: string; size: number; root: Uint8Array; text: string; signatures: { name: string; keyHash: Uint8Array; signature: Uint8Array }[] }
export interface VerifierKey { name: string; keyHash: Uint8Array; publicKey: Uint8Array }

/** Runs every step even when an earlier one failed, so that the page can show which one it is. */
export async function prove(proof: EventProof, using?: Hashes): Promise<Proven> {
  const h = using ?? (await hashes());
  const { entry, ...first } = await commitment(proof, h);
  const leaf = await h.sha256(join(Uint8Array.of(0), entry));
  const root = await rootFromProof(proof.index, proof.size, leaf, proof.proof.map(fromHex), h.sha256);
  const note = attempt(() => parseCheckpoint(proof.checkpoint));
  const key = attempt(() => parseVerifierKey(proof.vkey));
  const steps: Step[] = [
    { ...first, detail: toHex(entry) },
    { code: 'inclusion', ok: root !== null && note !== null && equal(root, note.root), detail: root ? toHex(root) : '' },
    { code: 'checkpoint', ok: note !== null && note.size === proof.size && key !== null && note.origin === key.name, detail: note ? `${note.origin} · ${note.size}` : '' },
    { code: 'signature', ok: note !== null && key !== null && (await signedBy(note, key, h)), detail: proof.vkey },
  ];
  return {
    ok: steps.every((step) => step.ok), steps, root: note ? toHex(note.root) : '', size: note?.size ?? 0, origin: note?.origin ?? '', keyName: key?.name ?? '',
  };
}

/** From payload and salt; the server's own where the payload tells of content that the reader must not see. */
async function commitment(proof: EventProof, h: Hashes): Promise<{ code: StepCode; ok: boolean; entry: Uint8Array }> {
  const told = fromHex(proof.entry);
  const entry = told.length === 32 ? told : new Uint8Array(32);
  if (proof.payload === null || proof.salt === null) return { code: 'withheld', ok: told.length === 32, entry };
  const salt = fromHex(proof.salt);
  if (salt.length !== 32) return { code: 'commitment', ok: false, entry: new Uint8Array(32) }; // a shorter one could be tried out, and would let payloads collide
  return { code: 'commitment', ok: true, entry: await h.hmacSha256(salt, utf8(proof.payload)) };
}

/** RFC 9162 §2.1.3.2. The root this proof leads to, or null where index, size and length of the proof cannot belong together. */
export async function rootFromProof(
  index: number, size: number, leaf: Uint8Array, proof: Uint8Array[], sha256: Hashes['sha256'],
): Promise<Uint8Array | null> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  const node = (left: Uint8Array, right: Uint8Array) => sha256(join(Uint8Array.of(1), left, right));
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0 || sibling.length !== 32) return null;
    if (fn % 2 === 1 || fn === sn) {
      hash = await node(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn /= 2;
        sn = Math.floor(sn / 2);
      }
    } else {
      hash = await node(hash, sibling);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 ? hash : null;
}

/** C2SP tlog-checkpoint in a signed note. Throws on any other form. */
export function parseCheckpoint(note: string): Checkpoint {
  const cut = note.lastIndexOf('\n\n');
  if (cut < 0 || !note.endsWith('\n')) throw new Error('note.form');
  const text = note.slice(0, cut + 1);
  const [origin, size, root] = text.split('\n');
  if (!origin || !size || !root || !/^(0|[1-9]\d{0,15})$/.test(size)) throw new Error('note.form');
  const hash = fromBase64(root);
  if (hash.length !== 32) throw new Error('note.root');
  const signatures = note.slice(cut + 2, -1).split('\n').map((line) => {
    const match = /^\u2014 (\S+) (\S+)$/.exec(line);
    if (!match) throw new Error('note.signature');
    const bytes = fromBase64(match[2]!);
    return { name: match[1]!, keyHash: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { origin, size: Number(size), root: hash, text, signatures };
}

/** `name+hash+base64(0x01 || 32 bytes)`: an Ed25519 verifier key. Its hash is checked in `signedBy`. */
export function parseVerifierKey(vkey: string): VerifierKey {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim());
  if (!match) throw new Error('vkey.form');
  const key = fromBase64(match[3]!);
  if (key.length !== 33 || key[0] !== 1) throw new Error('vkey.algorithm');
  return { name: match[1]!, keyHash: fromHex(match[2]!), publicKey: key.slice(1) };
}

async function signedBy(note: Checkpoint, key: VerifierKey, h: Hashes): Promise<boolean> {
  const hash = (await h.sha256(join(utf8(`${key.name}\n`), Uint8Array.of(1), key.publicKey))).slice(0, 4);
  if (!equal(hash, key.keyHash)) return false;
  for (const { name, keyHash, signature } of note.signatures) {
    if (name === key.name && equal(keyHash, key.keyHash) && signature.length === 64) {
      return h.ed25519(key.publicKey, signature, utf8(note.text));
    }
  }
  return false;
}

function attempt<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch {
    return null;
  }
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
export function fromHex(hex: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(hex)) return new Uint8Array();
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
export const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
