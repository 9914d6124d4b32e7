/** Starts the product itself, with its demo, in a folder of its own; the tests talk to nothing else. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BINARY = resolve(process.env.TIEZHENG_BIN ?? join(import.meta.dirname, '../../target/debug/tiezheng'));

export default async function start(): Promise<() => Promise<void>> {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there: cargo build -p tiezheng, or set TIEZHENG_BIN`);
  if (!existsSync(join(import.meta.dirname, '../dist/index.html'))) throw new Error('web/dist is not there: npm run build');
  const data = mkdtempSync(join(tmpdir(), 'tiezheng-e2e-'));
  const port = await freePort();
  const server = spawn(BINARY, ['demo', '--data', join(data, 'demo'), '--listen', `127.0.0.1:${port}`, '--small'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (bytes: Buffer) => { said = (said + bytes.toString()).slice(-8000); });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await ready(url, () => server.exitCode !== null);
  } catch (error) {
    await stop();
    throw new Error(`${String(error)}\n${said}`);
  }
  process.env.TIEZHENG_URL = url;
  return stop;
}

/** The demo makes its films first; a slow machine needs minutes for that. */
async function ready(url: string, gone: () => boolean) {
  for (let second = 0; second < 600; second += 1) {
    if (gone()) throw new Error('the server ended');
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 1000));
  }
  throw new Error('the server was not ready after ten minutes');
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    }).on('error', fail);
  });
}
