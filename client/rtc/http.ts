import type { z } from 'zod';
import { errorBody, ERRORS } from '../../contracts/errors.ts';
import type { ErrorBody, ErrorCode } from '../../contracts/errors.ts';
import type { Operation } from '../../contracts/http/common.ts';

/** The server answered with an error of the catalogue: show `body.message` and `body.todo`. */
export class HttpError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  constructor(status: number, body: ErrorBody) {
    super(body.code);
    this.name = 'HttpError';
    this.status = status;
    this.body = body;
  }
  get code(): ErrorCode {
    return this.body.code;
  }
}

/** No answer came: the network is gone, or the server is. Nothing is known about whether the request was done. */
export class NetworkError extends Error {
  constructor(options?: { cause?: unknown }) {
    super('no answer from the server', options);
    this.name = 'NetworkError';
  }
}

/** The names of the `:parameters` in an operation's path. */
type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}` ? Name | ParamsOf<Rest> : Path extends `${string}:${infer Name}` ? Name : never;
type Input<S> = S extends z.ZodType ? z.input<S> : undefined;
/** What an operation answers: its schema's output, a Blob for `binary`, else nothing. */
export type AnswerOf<O extends Operation> = O extends { readonly binary: string } ? Blob : O extends { readonly response: infer S extends z.ZodType } ? z.output<S> : undefined;

export type RequestOf<O extends Operation> = {
  readonly signal?: AbortSignal;
  /** 0…1 of an upload's bytes that left this device. */
  readonly onProgress?: (share: number) => void;
  /** Of a file only these bytes (RFC 9110), `end` inclusive. */
  readonly range?: { readonly start: number; readonly end: number };
} & ([ParamsOf<O['path']>] extends [never] ? { readonly params?: undefined } : { readonly params: Readonly<Record<ParamsOf<O['path']>, string>> })
  & (O extends { readonly body: infer B } ? { readonly body: Input<B> } : { readonly body?: undefined })
  & (O extends { readonly query: infer Q } ? { readonly query?: Input<Q> } : { readonly query?: undefined })
  & (O extends { readonly upload: true } ? { readonly file: Blob; readonly fileName?: string } : { readonly file?: undefined; readonly fileName?: undefined });

type Rest<O extends Operation> = Record<string, never> extends RequestOf<O> ? [request?: RequestOf<O>] : [request: RequestOf<O>];

export type Http = <O extends Operation>(operation: O, ...request: Rest<O>) => Promise<AnswerOf<O>>;

export interface HttpOptions {
  /** Origin or prefix before every path; default none (same origin, which the cookie needs). */
  readonly base?: string;
  /** Told when the network is found gone, and when it answers again. */
  readonly onNetwork?: (lost: boolean) => void;
  /** Milliseconds between tries after no answer came; GET and PUT only, as repeating them is harmless. */
  readonly retryDelays?: readonly number[];
  /** How long a request may take before it counts as unanswered, ms. */
  readonly timeoutMs?: number;
}

/** The address of an operation with its parameters and query filled in. */
export const pathOf = (operation: Operation, params: Readonly<Record<string, string>> = {}, query: Readonly<Record<string, unknown>> = {}): string => {
  const path = operation.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
};

interface Loose { params?: Record<string, string>; query?: Record<string, unknown>; body?: unknown; file?: Blob; fileName?: string; signal?: AbortSignal; onProgress?: (share: number) => void; range?: { start: number; end: number } }

const isErrorBody = (value: unknown): value is ErrorBody =>
  typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string' && value.code in ERRORS && 'message' in value;

/** Any failed answer as an error of the catalogue; a proxy's HTML page becomes the nearest code. */
const failure = (status: number, text: string): Error => {
  try {
    const json: unknown = JSON.parse(text);
    const body = typeof json === 'object' && json !== null && 'error' in json ? json.error : json;
    if (isErrorBody(body)) return new HttpError(status, body);
  } catch { /* not ours */ }
  if (status === 502 || status === 504) return new NetworkError();
  const code: ErrorCode = status === 413 ? 'UPLOAD_TOO_LARGE' : status === 401 ? 'LOGIN_REQUIRED' : status === 404 ? 'NOT_FOUND' : status === 429 ? 'TOO_MANY_TRIES' : status === 503 ? 'OVERLOADED' : 'INTERNAL';
  return new HttpError(status, errorBody(code));
};

const aborted = (): DOMException => new DOMException('aborted', 'AbortError');
const sleep = (ms: number, signal: AbortSignal | undefined): Promise<void> => new Promise((resolve, reject) => {
  const timer = setTimeout(done, ms);
  // The browser knows when the network is back: no need to sit out the delay.
  globalThis.addEventListener?.('online', done);
  signal?.addEventListener('abort', stop);
  function clean(): void { clearTimeout(timer); globalThis.removeEventListener?.('online', done); signal?.removeEventListener('abort', stop); }
  function done(): void { clean(); resolve(); }
  function stop(): void { clean(); reject(aborted()); }
});

interface RawAnswer { status: number; text: () => Promise<string>; blob: () => Promise<Blob> }

/** Uploads go by XMLHttpRequest: fetch cannot tell how much has left the phone. */
const sendFile = (address: string, method: string, file: Blob, request: Loose): Promise<RawAnswer> => new Promise((resolve, reject) => {
  const form = new FormData();
  form.append('file', file, request.fileName ?? 'photo.jpg');
  const xhr = new XMLHttpRequest();
  xhr.open(method.toUpperCase(), address);
  xhr.responseType = 'blob';
  xhr.timeout = 120_000;
  xhr.upload.onprogress = (event) => { if (event.lengthComputable) request.onProgress?.(event.loaded / event.total); };
  xhr.onload = () => { const blob = xhr.response as Blob; resolve({ status: xhr.status, text: () => blob.text(), blob: async () => blob }); };
  xhr.onerror = () => { reject(new NetworkError()); };
  xhr.ontimeout = () => { reject(new NetworkError()); };
  xhr.onabort = () => { reject(aborted()); };
  request.signal?.addEventListener('abort', () => { xhr.abort(); });
  xhr.send(form);
});

const sendJson = async (address: string, method: string, request: Loose, timeoutMs: number): Promise<RawAnswer> => {
  const stop = new AbortController();
  const timer = setTimeout(() => { stop.abort(); }, timeoutMs);
  const onAbort = (): void => { stop.abort(); };
  request.signal?.addEventListener('abort', onAbort);
  try {
    const answer = await fetch(address, {
      method: method.toUpperCase(), credentials: 'same-origin', signal: stop.signal, cache: 'no-store',
      headers: { accept: 'application/json', ...(request.body === undefined ? {} : { 'content-type': 'application/json' }), ...(request.range === undefined ? {} : { range: `bytes=${request.range.start}-${request.range.end}` }) },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    const blob = await answer.blob();
    return { status: answer.status, text: () => blob.text(), blob: async () => blob };
  } catch (cause) {
    if (request.signal?.aborted) throw aborted();
    throw new NetworkError({ cause });
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', onAbort);
  }
};

/**
 * A fetch helper typed by the contracts' operations: body, parameters and answer are the operation's own, the answer is
 * parsed with its schema. Throws `HttpError` (with the catalogue's words) or `NetworkError`; GET and PUT are tried again
 * by themselves when no answer came.
 */
export const createHttp = (options: HttpOptions = {}): Http => {
  const { base = '', onNetwork = () => undefined, retryDelays = [800, 1500, 3000, 5000, 8000, 8000], timeoutMs = 30_000 } = options;
  const once = async (op: Operation, request: Loose): Promise<unknown> => {
    const address = base + pathOf(op, request.params, request.query);
    const raw = request.file === undefined ? await sendJson(address, op.method, request, timeoutMs) : await sendFile(address, op.method, request.file, request);
    if (raw.status < 200 || raw.status >= 300) throw failure(raw.status, await raw.text());
    if (op.binary !== undefined) return raw.blob();
    if (op.response === undefined) return undefined;
    return op.response.parse(JSON.parse(await raw.text()));
  };
  const call = async (op: Operation, request: Loose = {}): Promise<unknown> => {
    const repeatable = op.method === 'get' || op.method === 'put';
    for (let tries = 0; ; tries += 1) {
      try {
        const answer = await once(op, request);
        onNetwork(false);
        return answer;
      } catch (error) {
        if (!(error instanceof NetworkError)) { if (error instanceof HttpError) onNetwork(false); throw error; }
        onNetwork(true);
        const delay = retryDelays[tries];
        if (!repeatable || delay === undefined) throw error;
        await sleep(delay, request.signal);
      }
    }
  };
  return call as Http;
};
