import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { AppError, errorBody } from '../../contracts/errors.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import { CLOSE_CODES, requestFrame } from '../../contracts/signaling/wire.ts';
import type { Method } from '../../contracts/signaling/wire.ts';
import type { Log } from '../platform/log.ts';

type Methods = Record<string, Method>;
export type Handlers<M extends Methods> = { [K in keyof M]: (data: z.infer<M[K]['request']>) => Promise<z.input<M[K]['response']>> };

export interface SocketOptions<M extends Methods> {
  readonly socket: WebSocket;
  readonly methods: M;
  readonly handlers: Handlers<M>;
  readonly log: Log;
  readonly onClose: () => void;
}

const PING_MS = 5_000;
const SILENT_MS = 15_000;
const MAX_PER_10S = 200;

/**
 * A logged-in person's socket (desk or line): requests parsed and answered in order, silent peers cut.
 * It owns its timers and ends with the socket.
 */
export function servePerson<M extends Methods>({ socket, methods, handlers, log, onClose }: SocketOptions<M>): { notify(name: string, data: unknown): void; close(code: number): void } {
  let heardAt = performance.now();
  let beatAt = heardAt;
  let queue = Promise.resolve();
  let count = 0;
  const send = (message: object): void => { if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message)); };
  const fail = (id: number, code: ErrorCode, detail?: AppError['detail']): void => send({ id, ok: false, error: errorBody(code, detail) });

  const answer = async (id: number, name: keyof M & string, data: unknown): Promise<void> => {
    try {
      send({ id, ok: true, data: await handlers[name](data as never) });
    } catch (error) {
      if (error instanceof AppError) return fail(id, error.code, error.detail);
      log.error({ err: error, method: name }, 'socket request failed');
      fail(id, 'INTERNAL');
    }
  };

  socket.on('message', (raw, binary) => {
    heardAt = performance.now();
    count += 1;
    if (count > MAX_PER_10S) return socket.close(CLOSE_CODES.protocol, 'too many messages');
    const message = binary ? undefined : parse(String(raw));
    if (message === undefined) return fail(-1, 'MESSAGE_NOT_JSON');
    const frame = requestFrame.safeParse(message);
    if (!frame.success) return fail(-1, 'BAD_REQUEST');
    const { id, method, data } = frame.data;
    const known = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!known) return fail(id, 'UNKNOWN_MESSAGE');
    const parsed = known.request.safeParse(data ?? {});
    if (!parsed.success) return fail(id, 'BAD_REQUEST', { items: parsed.error.issues.map((issue) => issue.path.join('.')) });
    queue = queue.then(() => answer(id, method, parsed.data));
  });
  socket.on('pong', () => { heardAt = performance.now(); });
  const beat = setInterval(() => {
    const now = performance.now();
    // A server that stood still has what came meanwhile still to read: its own pause is nobody's silence.
    if (now - beatAt > 2 * PING_MS) heardAt = now;
    beatAt = now;
    if (now - heardAt > SILENT_MS) return socket.terminate();
    if (socket.readyState === socket.OPEN) socket.ping();
  }, PING_MS);
  const quota = setInterval(() => { count = 0; }, 10_000);
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearInterval(beat);
    clearInterval(quota);
    onClose();
  });
  return { notify: (name, data) => send({ notify: name, data }), close: (code) => socket.close(code) };
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown ?? undefined;
  } catch {
    return undefined;
  }
};
