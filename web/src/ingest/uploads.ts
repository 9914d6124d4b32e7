/** Uploads live beside the pages: somebody may read a list while a card is being sent. tus 1.0, resumable after any break. */
import { useSyncExternalStore } from 'react';
import type { Upload as TusUpload, DetailedError } from 'tus-js-client';
import { ApiError, get, problemOf } from '../api/client';
import type { UploadOutcome } from '../api/types';
import { broken, change, fromOutcome, isUnfinished, mayRetry, pollDelayMs, toStart, wouldLose, type Upload } from './queue';

export interface About { device?: string; officer?: string; note?: string }

/** The file and what was said about it stay out of the list that is drawn. */
interface Source { file: File; about: About; tus: TusUpload | null }

/** One request carries at most this much, so that a proxy with a body limit and a broken line cost little. */
const CHUNK_BYTES = 32 * 1024 * 1024;

let uploads: Upload[] = [];
let since: { ms: number; sent: number } | null = null;
const sources = new Map<number, Source>();
const listeners = new Set<() => void>();
let nextKey = 1;

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
export const useUploads = (): Upload[] => useSyncExternalStore(subscribe, () => uploads, () => uploads);
export const useUploadsRunning = (): number => useSyncExternalStore(subscribe, () => uploads.filter(isUnfinished).length, () => 0);
/** Bytes sent in this sitting and since when, for the remaining time. */
export const sendingSince = () => since;

function set(next: Upload[]) {
  const idle = !wouldLose(uploads);
  uploads = next;
  if (wouldLose(next) && idle) {
    window.addEventListener('beforeunload', warn);
    since = { ms: Date.now(), sent: next.reduce((sum, u) => sum + u.sent, 0) };
  }
  if (!wouldLose(next)) {
    window.removeEventListener('beforeunload', warn);
    since = null;
  }
  listeners.forEach((listener) => listener());
}
const update = (key: number, part: Partial<Upload>) => set(change(uploads, key, part));
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

export function addFiles(files: File[], about: About) {
  const added = files.map((file): Upload => {
    const key = nextKey++;
    sources.set(key, { file, about, tus: null });
    return { key, name: file.name, bytes: file.size, sent: 0, state: 'waiting', recordingId: null, problem: null };
  });
  set([...uploads, ...added]);
  startMore();
}

export async function pause(key: number) {
  await sources.get(key)?.tus?.abort();
  update(key, { state: 'paused' });
  startMore();
}
/** 继续 or 重试: tus asks the server how far it came. */
export function resume(key: number) {
  update(key, { state: 'waiting', problem: null });
  startMore();
}
window.addEventListener('online', () => broken(uploads).forEach((upload) => resume(upload.key)));

export function drop(key: number) {
  const upload = uploads.find((u) => u.key === key);
  if (upload && upload.state !== 'sealed' && upload.state !== 'duplicate') void sources.get(key)?.tus?.abort(true).catch(() => undefined);
  sources.delete(key);
  set(uploads.filter((u) => u.key !== key));
  startMore();
}
export function dropFinished() {
  uploads.filter((u) => !isUnfinished(u)).forEach((u) => sources.delete(u.key));
  set(uploads.filter(isUnfinished));
}

function startMore() {
  for (const upload of toStart(uploads)) {
    update(upload.key, { state: 'sending' });
    void send(upload.key);
  }
}

async function send(key: number) {
  const source = sources.get(key);
  if (!source) return;
  const tus = await import('tus-js-client');
  const { file, about } = source;
  const metadata: Record<string, string> = { filename: file.name, filetype: file.type || 'application/octet-stream' };
  for (const [name, value] of Object.entries(about)) if (value) metadata[name] = value;
  const upload = new tus.Upload(file, {
    endpoint: '/api/uploads', chunkSize: CHUNK_BYTES, retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000], removeFingerprintOnSuccess: true, metadata,
    // The same file named for another device is another upload.
    fingerprint: async () => ['tiezheng', file.name, file.size, file.lastModified, about.device ?? '', about.officer ?? ''].join('|'),
    // tus gives up at once when the browser says it is offline; we wait for the line to come back.
    onShouldRetry: (error) => mayRetry(error.originalResponse?.getStatus() ?? 0),
    onProgress: (sent) => update(key, { sent }),
    onError: (error) => {
      update(key, { state: 'failed', problem: problemOfTus(error) });
      startMore();
    },
    onSuccess: () => {
      update(key, { state: 'sealing', sent: file.size });
      startMore();
      void awaitOutcome(key, upload.url ?? '');
    },
  });
  source.tus = upload;
  const earlier = await upload.findPreviousUploads().catch(() => []);
  if (earlier[0]) upload.resumeFromPreviousUpload(earlier[0]);
  if (sources.get(key) === source && uploads.some((u) => u.key === key && u.state === 'sending')) upload.start();
}

function problemOfTus(error: Error | DetailedError) {
  const response = 'originalResponse' in error ? error.originalResponse : null;
  if (!response) return { status: 0, code: 'network.unreachable', title: '' };
  let body: unknown;
  try {
    body = JSON.parse(response.getBody());
  } catch {
    body = undefined;
  }
  return problemOf(response.getStatus(), body);
}

/** After the last byte the server seals; this waits for its word. A break in the network is not a failure of the sealing. */
async function awaitOutcome(key: number, url: string) {
  const id = url.replace(/\/$/, '').split('/').pop() ?? '';
  for (let asked = 0; sources.has(key); asked += 1) {
    await new Promise((done) => setTimeout(done, pollDelayMs(asked)));
    try {
      const part = fromOutcome(await get<UploadOutcome>(`/uploads/${id}/outcome`));
      update(key, part);
      if (part.state !== 'sealing') return;
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
        update(key, { state: 'failed', problem: error.problem });
        return;
      }
    }
  }
}
