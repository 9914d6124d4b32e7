import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noble, webCrypto, type Hashes } from './hashes';
import { fromBase64, fromHex, parseCheckpoint, parseVerifierKey, prove, rootFromProof, toHex, utf8 } from './proof';
import type { EventProof } from '../api/types';

const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const leafHash = (entry: Uint8Array) => sha(Uint8Array.of(0), entry);

/** RFC 6962 by its definition, not by the algorithm under test. */
function root(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha(Uint8Array.of(1), root(leaves.slice(0, k)), root(leaves.slice(k)));
}
function path(index: number, leaves: Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return index < k ? [...path(index, leaves.slice(0, k)), root(leaves.slice(k))] : [...path(index - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

/** A log of `size` events; the proof of the one at `index`. */
function example(index: number, size: number): EventProof {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const name = 'tiezheng.example/log';
  const hash = sha(Buffer.from(`${name}\n`), Uint8Array.of(1), key).subarray(0, 4);
  const salts = Array.from({ length: size }, () => randomBytes(32));
  const payloads = salts.map((_, i) => `{"act":"recording.sealed","at_ms":${1_764_000_000_000 + i},"subject":"r${i}","名":"查封"}`);
  const entries = payloads.map((payload, i) => createHmac('sha256', salts[i]!).update(payload).digest());
  const leaves = entries.map(leafHash);
  const text = `${name}\n${size}\n${root(leaves).toString('base64')}\n`;
  const signature = Buffer.concat([hash, sign(null, Buffer.from(text), privateKey)]).toString('base64');
  return {
    payload: payloads[index]!, salt: salts[index]!.toString('hex'), entry: entries[index]!.toString('hex'), index, size, proof: path(index, leaves).map((h) => h.toString('hex')),
    checkpoint: `${text}\n— ${name} ${signature}\n`,
    vkey: `${name}+${hash.toString('hex')}+${Buffer.concat([Uint8Array.of(1), key]).toString('base64')}`,
  };
}

const both: [string, () => Promise<Hashes>][] = [
  ['WebCrypto', async () => webCrypto(webcrypto.subtle as unknown as SubtleCrypto)],
  ['noble (no TLS)', noble],
];

describe.each(both)('by %s', (_, make) => {
  it('every leaf of every small tree proves itself', async () => {
    const h = await make();
    for (let size = 1; size <= 17; size += 1) {
      const leaves = Array.from({ length: size }, (_, i) => leafHash(Buffer.from([i])));
      for (let index = 0; index < size; index += 1) {
        const found = await rootFromProof(index, size, leaves[index]!, path(index, leaves), h.sha256);
        expect(found && toHex(found), `${index} of ${size}`).toBe(root(leaves).toString('hex'));
      }
    }
  });

  it.each([[0, 1], [0, 2], [4, 5], [6, 7], [300, 1000]])('event %i of %i', async (index, size) => {
    const proven = await prove(example(index, size), await make());
    expect(proven.steps.map((step) => [step.code, step.ok])).toEqual([['commitment', true], ['inclusion', true], ['checkpoint', true], ['signature', true]]);
    expect(proven.ok).toBe(true);
  });

  it.each<[string, (p: EventProof) => Partial<EventProof>, boolean]>([
    ['its commitment is found in the log', () => ({}), true],
    ['another commitment is not', () => ({ entry: '00'.repeat(32) }), false],
    ['nor is none', () => ({ entry: '' }), false],
  ])('withheld: %s', async (_name, change, ok) => {
    const whole = example(4, 9);
    const proven = await prove({ ...whole, payload: null, salt: null, ...change(whole) }, await make());
    expect([proven.ok, proven.steps[0]!.code]).toEqual([ok, 'withheld']);
  });

  const other = example(4, 9);
  it.each<[string, (p: EventProof) => Partial<EventProof>, string[]]>([
    ['the event is another', (p) => ({ payload: p.payload!.replace('r4', 'r5') }), ['inclusion']],
    ['a blank more', (p) => ({ payload: `${p.payload} ` }), ['inclusion']],
    ['the salt is another', () => ({ salt: '00'.repeat(32) }), ['inclusion']],
    ['the salt is no hex', () => ({ salt: 'zz' }), ['commitment', 'inclusion']],
    ['the salt is short', (p) => ({ salt: p.salt!.slice(2) }), ['commitment', 'inclusion']],
    ['the index is another', () => ({ index: 3 }), ['inclusion']],
    ['the index lies outside', () => ({ index: 9 }), ['inclusion']],
    ['a node is altered', (p) => ({ proof: [p.proof[1]!, ...p.proof.slice(1)] }), ['inclusion']],
    ['a node is missing', (p) => ({ proof: p.proof.slice(1) }), ['inclusion']],
    ['a node too many', (p) => ({ proof: [...p.proof, p.proof[0]!] }), ['inclusion']],
    ['a node is short', (p) => ({ proof: ['abcd', ...p.proof.slice(1)] }), ['inclusion']],
    ['the size is another', () => ({ size: 8 }), ['checkpoint']],
    ['the checkpoint says another size', (p) => ({ checkpoint: p.checkpoint.replace('\n9\n', '\n8\n') }), ['checkpoint', 'signature']],
    ['the checkpoint is of another log', () => ({ checkpoint: other.checkpoint }), ['inclusion', 'signature']],
    ['the key is another', () => ({ vkey: other.vkey }), ['signature']],
    ['the key hash does not fit the key', (p) => ({ vkey: p.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+') }), ['signature']],
    ['the key is no key', () => ({ vkey: 'x' }), ['checkpoint', 'signature']],
    ['no checkpoint', () => ({ checkpoint: '' }), ['inclusion', 'checkpoint', 'signature']],
    ['a checkpoint without signature', (p) => ({ checkpoint: p.checkpoint.split('—')[0]! }), ['inclusion', 'checkpoint', 'signature']],
  ])('refused: %s', async (_name, change, failing) => {
    const good = example(4, 9);
    const proven = await prove({ ...good, ...change(good) }, await make());
    expect(proven.ok).toBe(false);
    const failed = proven.steps.filter((step) => !step.ok).map((step) => step.code);
    expect(failed).toEqual(expect.arrayContaining(failing));
  });
});

describe('forms', () => {
  it.each(['', 'a\n', 'a\n1\nAAAA\n\n— n AAAA\n', 'a\n-1\nAAAA\n\n', 'a\n01\n' + Buffer.alloc(32).toString('base64') + '\n\n— n AAAA\n'])(
    'no checkpoint: %j', (note) => expect(() => parseCheckpoint(note)).toThrow());
  it.each(['', 'name', 'name+zz+AA==', 'name+00000000+AA=='])('no key: %j', (key) => expect(() => parseVerifierKey(key)).toThrow());
  it('hex and base64', () => {
    expect(toHex(fromHex('00ff10'))).toBe('00ff10');
    expect(fromHex('0')).toHaveLength(0);
    expect(toHex(fromBase64('AP8Q'))).toBe('00ff10');
    expect(utf8('文')).toHaveLength(3);
  });
});
