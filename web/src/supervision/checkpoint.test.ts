import { describe, expect, it } from 'vitest';
import { readCheckpoint } from './checkpoint';

const answer = (status: number, text: string) => (async () => new Response(text, { status })) as unknown as typeof fetch;
const root = Buffer.alloc(32, 7);
const note = `log.example\n42\n${root.toString('base64')}\n\n— log.example ${Buffer.alloc(68).toString('base64')}\n— witness.example ${Buffer.alloc(76).toString('base64')}\n`;

describe('the public log', () => {
  it('is read', async () => expect(await readCheckpoint(answer(200, note))).toMatchObject({ origin: 'log.example', size: 42, root: '07'.repeat(32), signers: ['log.example', 'witness.example'] }));
  it('does not exist yet', async () => expect(await readCheckpoint(answer(404, ''))).toBeNull());
  it.each([[500, ''], [200, '<html>'], [200, '']])('answers %i %j: refused', async (status, text) => expect(readCheckpoint(answer(status, text))).rejects.toThrow());
});
