import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

/** A refusal by a rule of the system: nothing was done. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status = 422) {
    super(code);
    this.code = code;
    this.status = status;
  }
}

export interface Call {
  readonly parameters: Record<string, string>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}
export type Handler = (call: Call) => unknown;
/** `METHOD /path/:name` → handler. */
export type Routes = Record<string, Handler>;

export interface Listener {
  readonly url: string;
  /** Closes the port, so that connections are refused. */
  down(): Promise<void>;
  /** Opens the same port again. */
  up(): Promise<void>;
  /** Closing twice is harmless. */
  close(): Promise<void>;
}

/** What a switch does to one call. */
export interface Fault {
  readonly delayMs?: number | undefined;
  readonly errorCode?: string | undefined;
  readonly down?: boolean | undefined;
  readonly silent?: boolean | undefined;
  readonly loseAnswer?: boolean | undefined;
}

export interface CallRecord {
  readonly method: string;
  readonly route: string;
  readonly body: unknown;
  readonly outcome: string;
}

export interface ListenerOptions {
  readonly port: number;
  readonly routes: Routes;
  readonly fault?: (body: unknown) => Fault;
  /** How this system answers a switched error code; by default a refusal. */
  readonly onErrorCode?: (code: string, body: unknown) => unknown;
  readonly record?: (call: CallRecord) => void;
  /** Told while a call that changes something is on its way. */
  readonly inFlight?: (body: unknown) => () => void;
}

const BODY_LIMIT = 12 * 1024 * 1024;

/** One system on one port of 127.0.0.1: JSON in, JSON out, with the faults that its switches ask for. */
export const listen = async (options: ListenerOptions): Promise<Listener> => {
  const routes = Object.entries(options.routes).map(([key, handler]) => {
    const [method, path] = key.split(' ') as [string, string];
    return { method, path, handler, pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`) };
  });
  let server: Server | undefined;
  let port = options.port;
  let change: Promise<void> = Promise.resolve();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const route = routes.find((r) => r.method === request.method && r.pattern.test(url.pathname));
    if (route === undefined) return send(response, 404, { code: 'NOT_FOUND' });
    let body: unknown;
    const changes = route.method !== 'GET';
    let ended: (() => void) | undefined;
    const record = (outcome: string): void => options.record?.({ method: route.method, route: route.path, body: body ?? route.pattern.exec(url.pathname)?.groups, outcome });
    try {
      body = changes ? await readJson(request) : undefined;
      const parameters = Object.fromEntries(Object.entries(route.pattern.exec(url.pathname)?.groups ?? {}).map(([k, v]) => [k, decodeURIComponent(v)]));
      const fault = options.fault?.(body ?? { idempotencyKey: parameters['key'] }) ?? {};
      if (fault.down === true) {
        record('down');
        request.socket.destroy();
        return;
      }
      if (fault.silent === true) return record('silent');
      if (changes) ended = options.inFlight?.(body);
      if (fault.delayMs !== undefined) await wait(fault.delayMs, undefined, { ref: false });
      const switched = changes && fault.errorCode !== undefined;
      const result = switched
        ? (options.onErrorCode ?? refuse)(fault.errorCode, body)
        : await route.handler({ parameters, query: url.searchParams, body });
      if (changes && fault.loseAnswer === true) {
        record('done, answer lost');
        request.socket.destroy();
        return;
      }
      record('done');
      send(response, 200, result);
    } catch (error) {
      const [status, code] = error instanceof Refused ? [error.status, error.code] : error instanceof z.ZodError || error instanceof SyntaxError ? [400, 'BAD_REQUEST'] : [500, 'INTERNAL'];
      record(code);
      send(response, status, { code });
    } finally {
      ended?.();
    }
  };

  const open = async (): Promise<void> => {
    if (server !== undefined) return;
    const next = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
    await new Promise<void>((done, fail) => {
      next.once('error', fail);
      next.listen(port, '127.0.0.1', done);
    });
    port = (next.address() as AddressInfo).port;
    server = next;
  };
  const shut = async (): Promise<void> => {
    const old = server;
    server = undefined;
    if (old === undefined) return;
    const closed = new Promise<void>((done) => old.close(() => done()));
    old.closeAllConnections();
    await closed;
  };
  const inOrder = (work: () => Promise<void>): Promise<void> => (change = change.catch(() => undefined).then(work));

  await open();
  return { url: `http://127.0.0.1:${port}`, down: () => inOrder(shut), up: () => inOrder(open), close: () => inOrder(shut) };
};

const refuse = (code: string): never => {
  throw new Refused(code);
};

const send = (response: ServerResponse, status: number, body: unknown): void => {
  if (response.destroyed) return;
  const text = JSON.stringify(body ?? {});
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) }).end(text);
};

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Refused('TOO_LARGE', 413);
    chunks.push(chunk);
  }
  return size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
};
