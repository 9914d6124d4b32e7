/** 上传队列: what is waiting, running, done. Pure; `uploads.ts` drives it. */
import type { Problem, UploadOutcome } from '../api/types';

export type UploadState = 'waiting' | 'sending' | 'sealing' | 'sealed' | 'duplicate' | 'failed' | 'paused';
export interface Upload {
  key: number;
  name: string;
  bytes: number;
  sent: number;
  state: UploadState;
  recordingId: string | null;
  problem: Problem | null;
}

/** Files sent side by side: one fills a 100 Mbit/s office line, the second hides the sealing of the first. */
export const PARALLEL = 2;

const BUSY: UploadState[] = ['sending', 'sealing'];
export const isUnfinished = (upload: Upload): boolean => BUSY.includes(upload.state) || upload.state === 'waiting' || upload.state === 'paused';
/** Would closing the page lose something? Sealing goes on without us. */
export const wouldLose = (uploads: Upload[]): boolean => uploads.some((u) => u.state === 'sending' || u.state === 'waiting');

/** The uploads to start now, in the order they were chosen. Sealing takes no line, so it does not count. */
export function toStart(uploads: Upload[]): Upload[] {
  const free = PARALLEL - uploads.filter((u) => u.state === 'sending').length;
  return uploads.filter((u) => u.state === 'waiting').slice(0, Math.max(0, free));
}

export function change(uploads: Upload[], key: number, part: Partial<Upload>): Upload[] {
  return uploads.map((upload) => (upload.key === key ? { ...upload, ...part } : upload));
}

/** What the server's word about an upload means for its line. `receiving` after our last byte means it is not finished there. */
export function fromOutcome(outcome: UploadOutcome): Partial<Upload> {
  switch (outcome.state) {
    case 'sealed': return { state: 'sealed', recordingId: outcome.recording_id };
    case 'duplicate': return { state: 'duplicate', recordingId: outcome.recording_id };
    case 'refused': return { state: 'failed', problem: asProblem(outcome.problem, 'upload.refused') };
    case 'removed': return { state: 'failed', problem: asProblem(outcome.problem, 'upload.gone') };
    default: return { state: 'sealing' };
  }
}

const asProblem = (problem: UploadOutcome['problem'], code: string): Problem => ({ status: 422, title: '', code, ...problem });

export interface Totals { files: number; done: number; failed: number; bytes: number; sent: number; percent: number }
export function totals(uploads: Upload[]): Totals {
  const bytes = uploads.reduce((sum, u) => sum + u.bytes, 0);
  const sent = uploads.reduce((sum, u) => sum + (u.state === 'sealed' || u.state === 'duplicate' ? u.bytes : Math.min(u.sent, u.bytes)), 0);
  return {
    files: uploads.length,
    done: uploads.filter((u) => u.state === 'sealed' || u.state === 'duplicate').length,
    failed: uploads.filter((u) => u.state === 'failed').length,
    bytes, sent,
    percent: bytes > 0 ? Math.floor((sent / bytes) * 100) : uploads.length > 0 && uploads.every((u) => !isUnfinished(u)) ? 100 : 0,
  };
}

/** Milliseconds until the rest has been sent at the present rate; null while there is no rate yet. */
export function remainingMs(total: Totals, sentSinceMs: number, sentSinceBytes: number): number | null {
  if (sentSinceMs < 2000 || sentSinceBytes <= 0) return null;
  return Math.ceil(((total.bytes - total.sent) / sentSinceBytes) * sentSinceMs);
}

/** No answer, a fault of the server, a lock still held by the broken connection: worth another try. A refusal is not. */
export const mayRetry = (status: number): boolean => status === 0 || status >= 500 || status === 409 || status === 423;

/** Those that failed because the network did; they go on by themselves when it is back. */
export const broken = (uploads: Upload[]): Upload[] => uploads.filter((u) => u.state === 'failed' && u.problem?.status === 0);

/** Wait before asking for the outcome again: at once, then slower, never more than 3 s. */
export const pollDelayMs = (asked: number): number => Math.min(3000, 250 * 2 ** Math.min(asked, 8));

/** `/media/usb0/cfd-d01` -> `cfd-d01`; a host name stays, and a bare root is itself. Pure. */
export const stationName = (station: string): string => station.split(/[\\/]/).filter(Boolean).pop() ?? station;
