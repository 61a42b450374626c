import type { RawData, WebSocket } from 'ws';
import { AppError, errorBody, type ErrorCode, type ErrorDetail } from '../../contracts/errors.ts';
import { MEDIA_METHODS, type MEDIA_NOTIFICATIONS, type MediaMethod, type MediaNotification } from '../../contracts/signaling/media.ts';
import { CLOSE_CODES, requestFrame } from '../../contracts/signaling/wire.ts';
import type { z } from 'zod';
import { TokenBucket } from './tokenBucket.ts';

export type RequestOf<M extends MediaMethod> = z.infer<(typeof MEDIA_METHODS)[M]['request']>;
export type ResponseOf<M extends MediaMethod> = z.infer<(typeof MEDIA_METHODS)[M]['response']>;
export type NotificationOf<N extends MediaNotification> = z.infer<(typeof MEDIA_NOTIFICATIONS)[N]>;

/** For the `ws` server: no larger message reaches us, nothing is compressed. */
export const MEDIA_SOCKET_OPTIONS = { maxPayload: 64 * 1024, perMessageDeflate: false } as const;

export interface ConnectionTiming {
  /** The ticket must be there by then. */
  readonly joinMs: number;
  readonly pingMs: number;
  /** Nothing heard for so long: the peer is lost. */
  readonly silentMs: number;
}
export const CONNECTION_TIMING: ConnectionTiming = { joinMs: 5_000, pingMs: 5_000, silentMs: 15_000 };

const LIMITS = { perSecond: 40, burst: 120, badMessages: 20, bufferedBytes: 1024 * 1024 } as const;
/** No request has this id: the answer to a message whose own id could not be read. */
const NO_ID = -1;

export interface ConnectionOptions {
  /** Takes the ticket; everything before a join that succeeds is refused. */
  readonly onJoin: (data: RequestOf<'join'>) => Promise<ResponseOf<'join'>>;
  /** A parsed request of a joined peer; one at a time, in order. */
  readonly onRequest: (method: Exclude<MediaMethod, 'join'>, data: never) => Promise<object>;
  /** Once, whoever closed. */
  readonly onClose: (code: number) => void;
  readonly onFault: (error: unknown, method: string) => void;
  readonly timing?: Partial<ConnectionTiming>;
}

/** One media socket: parses, limits, answers in order, notices a silent peer. It knows no session. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #timing: ConnectionTiming;
  readonly #bucket = new TokenBucket(LIMITS.perSecond, LIMITS.burst);
  readonly #joinTimer: NodeJS.Timeout;
  readonly #pingTimer: NodeJS.Timeout;
  #queue: Promise<void> = Promise.resolve();
  #heardAt = performance.now();
  #beatAt = performance.now();
  #joined = false;
  #closed = false;
  #bad = 0;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timing = { ...CONNECTION_TIMING, ...options.timing };
    this.#joinTimer = setTimeout(() => { if (!this.#joined) this.#refuse(NO_ID, 'TICKET_INVALID', CLOSE_CODES.ticketInvalid); }, this.#timing.joinMs);
    this.#pingTimer = setInterval(() => this.#beat(), this.#timing.pingMs);
    socket.on('message', (raw, binary) => this.#onMessage(raw, binary));
    socket.on('pong', () => { this.#heardAt = performance.now(); });
    socket.on('error', () => socket.terminate());
    socket.on('close', (code) => this.#onClose(code));
  }

  get closed(): boolean { return this.#closed; }

  notify<N extends MediaNotification>(name: N, data: NotificationOf<N>): void {
    this.#send({ notify: name, data });
  }

  /** Closes with one of our codes. A peer that does not answer the closing is cut. Harmless twice. */
  close(code: number, reason = ''): void {
    if (this.#closed) return;
    this.#socket.close(code, reason.slice(0, 120));
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
    this.#onClose(code);
  }

  #onMessage(raw: RawData, binary: boolean): void {
    if (this.#closed) return;
    this.#heardAt = performance.now();
    const size = Array.isArray(raw) ? raw.reduce((sum, part) => sum + part.length, 0) : raw.byteLength;
    if (size > MEDIA_SOCKET_OPTIONS.maxPayload) return this.close(1009, 'message too big');
    if (!this.#bucket.take(this.#heardAt)) return this.#complain(NO_ID, 'TOO_MANY_TRIES', { retryAfterSeconds: 1 });
    const message = binary ? undefined : parseJson(String(raw));
    if (message === undefined) return this.#complain(NO_ID, 'MESSAGE_NOT_JSON');
    const frame = requestFrame.safeParse(message);
    if (!frame.success) return this.#complain(idOf(message), 'BAD_REQUEST');
    const { id, method, data } = frame.data;
    if (!isMethod(method)) return this.#complain(id, 'UNKNOWN_MESSAGE');
    const parsed = MEDIA_METHODS[method].request.safeParse(data);
    if (!parsed.success) return this.#complain(id, 'BAD_REQUEST', { items: parsed.error.issues.slice(0, 5).map(({ path }) => path.map(String).join('.')) });
    this.#queue = this.#queue.then(() => this.#answer(id, method, parsed.data));
  }

  async #answer(id: number, method: MediaMethod, data: unknown): Promise<void> {
    if (this.#closed) return;
    try {
      if (method === 'join') return await this.#join(id, data as RequestOf<'join'>);
      if (!this.#joined) return this.#refuse(id, 'TICKET_INVALID', CLOSE_CODES.ticketInvalid);
      this.#send({ id, ok: true, data: await this.#options.onRequest(method, data as never) });
    } catch (error) {
      const known = error instanceof AppError ? error : undefined;
      if (!known) this.#options.onFault(error, method);
      this.#send({ id, ok: false, error: errorBody(known?.code ?? 'INTERNAL', known?.detail) });
    }
  }

  async #join(id: number, data: RequestOf<'join'>): Promise<void> {
    if (this.#joined) throw new AppError('BAD_REQUEST');
    // The ticket is here; from now on it is we who take the time (a session may just be rebuilt).
    clearTimeout(this.#joinTimer);
    try {
      const answer = await this.#options.onJoin(data);
      this.#joined = true;
      this.#send({ id, ok: true, data: answer });
    } catch (error) {
      if (!(error instanceof AppError)) this.#options.onFault(error, 'join');
      const code = error instanceof AppError ? error.code : 'INTERNAL';
      const close = code === 'TICKET_INVALID' ? CLOSE_CODES.ticketInvalid : code === 'SESSION_NOT_FOUND' ? CLOSE_CODES.sessionClosed : 1011;
      this.#refuse(id, code, close);
    }
  }

  /** A wrong message is answered; who sends nothing else is cut. */
  #complain(id: number, code: ErrorCode, detail?: ErrorDetail): void {
    this.#bad += 1;
    if (this.#bad > LIMITS.badMessages) return this.#refuse(id, code, CLOSE_CODES.protocol);
    this.#send({ id, ok: false, error: errorBody(code, detail) });
  }

  #refuse(id: number, code: ErrorCode, closeCode: number): void {
    this.#send({ id, ok: false, error: errorBody(code) });
    this.close(closeCode, code);
  }

  #send(message: object): void {
    if (this.#closed || this.#socket.readyState !== this.#socket.OPEN) return;
    // Who does not read is as good as gone; our memory is not his buffer.
    if (this.#socket.bufferedAmount > LIMITS.bufferedBytes) return this.#socket.terminate();
    this.#socket.send(JSON.stringify(message));
  }

  #beat(): void {
    const now = performance.now();
    // A host that stood still has what came meanwhile still to read: its own pause is nobody's silence.
    if (now - this.#beatAt > 2 * this.#timing.pingMs) this.#heardAt = now;
    this.#beatAt = now;
    if (now - this.#heardAt > this.#timing.silentMs) return this.#socket.terminate();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #onClose(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#joinTimer);
    clearInterval(this.#pingTimer);
    this.#options.onClose(code);
  }
}

const isMethod = (name: string): name is MediaMethod => Object.hasOwn(MEDIA_METHODS, name);

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) ?? null;
  } catch {
    return undefined;
  }
};

const idOf = (message: unknown): number => {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : NO_ID;
};
