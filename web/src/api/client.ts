/** The one place that talks to the server: JSON in, JSON out, refusals as `ApiError`. Same host only, cookie session. */
import type { Problem } from './types';
import { currentLanguage } from '../shared/text';

/** A refusal by the server (RFC 9457) or `status 0`, code `network.unreachable`, when no answer came. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
  get status() { return this.problem.status; }
  get code() { return this.problem.code; }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/** `/recordings`, {q:'查封', unit:undefined} -> `/api/recordings?q=…`. Empty values are left out. */
export function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '' && value !== false) params.set(name, String(value));
  }
  const text = params.toString();
  return `/api${path}${text ? `?${text}` : ''}`;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => send<T>('GET', address(path, query), undefined, signal);
export const post = <T>(path: string, body: unknown = {}) => send<T>('POST', address(path), body);
/** The bytes of a file as they are, e.g. an official text. */
export const postFile = <T>(path: string, query: Query, file: Blob) => send<T>('POST', address(path, query), file);
export const put = <T>(path: string, body: unknown) => send<T>('PUT', address(path), body);
export const patch = <T>(path: string, body: unknown) => send<T>('PATCH', address(path), body);
export const remove = <T = void>(path: string) => send<T>('DELETE', address(path));

/** A file that the server makes, with the headings in the language of the page. */
export const getFile = async (path: string, query?: Query) => (await ask('GET', address(path, query))).blob();

async function send<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return parse(await (await ask(method, url, body, signal)).text()) as T;
}

async function ask(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': currentLanguage() };
  const bytes = body instanceof Blob;
  if (body !== undefined) headers['content-type'] = bytes ? body.type || 'application/octet-stream' : 'application/json';
  let response: Response;
  try {
    response = await fetch(url, { method, headers, body: body === undefined ? null : bytes ? body : JSON.stringify(body), signal: signal ?? null });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({ status: 0, code: 'network.unreachable', title: '' });
  }
  if (!response.ok) throw new ApiError(problemOf(response.status, parse(await response.text())));
  return response;
}

function parse(text: string): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A proxy's HTML error page has no code: it becomes `http.<status>`. */
export function problemOf(status: number, data: unknown): Problem {
  if (data && typeof data === 'object' && typeof (data as Problem).code === 'string') return { ...(data as Problem), status };
  return { status, code: `http.${status}`, title: '' };
}
