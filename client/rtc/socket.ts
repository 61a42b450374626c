import type { z } from 'zod';
import { errorBody } from '../../contracts/errors.ts';
import type { ErrorBody } from '../../contracts/errors.ts';
import { CLOSE_CODES, notificationFrame, responseFrame } from '../../contracts/signaling/wire.ts';
import type { Method } from '../../contracts/signaling/wire.ts';

type Methods = Readonly<Record<string, Method>>;
type Notifications = Readonly<Record<string, z.ZodType>>;

/** A notification with its parsed data, to be told apart by `name`. */
export type NotificationOf<N extends Notifications> = { [K in keyof N & string]: { readonly name: K; readonly data: z.output<N[K]> } }[keyof N & string];

/** `closed` is for good: by us, or because the server said that coming back makes no sense (`code`). */
export type SocketState =
  | { readonly state: 'connecting' | 'open' }
  | { readonly state: 'waiting'; readonly retryInMs: number }
  | { readonly state: 'closed'; readonly code: number };

/** The server answered a request with an error of the catalogue. */
export class SocketError extends Error {
  readonly body: ErrorBody;
  constructor(body: ErrorBody) {
    super(body.code);
    this.name = 'SocketError';
    this.body = body;
  }
}

/** The socket broke before the answer came. */
export class SocketLost extends Error {
  constructor() {
    super('the connection broke before the answer came');
    this.name = 'SocketLost';
  }
}

export interface SocketOptions<M extends Methods, N extends Notifications> {
  /** Path (`/ws/line`) or full address. */
  readonly url: string;
  readonly methods: M;
  readonly notifications: N;
  readonly onNotification: (notification: NotificationOf<N>) => void;
  readonly onState?: (state: SocketState) => void;
  /** An answer later than this counts as lost, ms. */
  readonly timeoutMs?: number;
}

export interface Socket<M extends Methods> {
  /** Waits for the connection when it is down, at most the time-out. Throws `SocketError` or `SocketLost`. */
  request<K extends keyof M & string>(method: K, data: z.input<M[K]['request']>): Promise<z.output<M[K]['response']>>;
  /** Closing twice is harmless; pending requests fail with `SocketLost`. */
  close(): void;
}

const FINAL: ReadonlySet<number> = new Set([CLOSE_CODES.ticketInvalid, CLOSE_CODES.takenOver, CLOSE_CODES.sessionClosed, CLOSE_CODES.loginRequired]);

/** Milliseconds before the n-th try (from 0): quick first, then slower, with chance so that many phones do not come at once. */
export const reconnectDelay = (tries: number, random: number = Math.random()): number => Math.round(Math.min(10_000, 500 * 2 ** tries) * (0.75 + random / 2));

/** `/ws/line` as an absolute wss address of the page's own origin. */
export const socketAddress = (url: string): string => {
  if (/^wss?:/.test(url)) return url;
  const address = new URL(url, globalThis.location.href);
  address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:';
  return address.href;
};

interface Pending { readonly text: string; readonly resolve: (data: unknown) => void; readonly reject: (error: Error) => void; readonly timer: ReturnType<typeof setTimeout>; sent: boolean }

/** The desk-and-line socket of a page: requests and notifications typed by the contracts, reconnecting by itself. */
export const createSocket = <M extends Methods, N extends Notifications>(options: SocketOptions<M, N>): Socket<M> => {
  const { methods, notifications, onNotification, onState = () => undefined, timeoutMs = 15_000 } = options;
  const pending = new Map<number, Pending>();
  let socket: WebSocket | undefined;
  let nextId = 1;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  const settle = (id: number): Pending | undefined => {
    const waiting = pending.get(id);
    if (waiting) { clearTimeout(waiting.timer); pending.delete(id); }
    return waiting;
  };
  const failAll = (onlySent: boolean): void => {
    for (const [id, waiting] of [...pending]) if (!onlySent || waiting.sent) settle(id)?.reject(new SocketLost());
  };
  const flush = (): void => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    for (const waiting of pending.values()) if (!waiting.sent) { waiting.sent = true; socket.send(waiting.text); }
  };
  const finish = (code: number): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    globalThis.removeEventListener('online', hurry);
    failAll(false);
    onState({ state: 'closed', code });
  };
  const receive = (text: unknown): void => {
    let json: unknown;
    try { json = JSON.parse(String(text)); } catch { return; }
    const answer = responseFrame.safeParse(json);
    if (answer.success) {
      const waiting = settle(answer.data.id);
      if (answer.data.ok) waiting?.resolve(answer.data.data);
      else waiting?.reject(new SocketError((answer.data.error ?? errorBody('INTERNAL')) as ErrorBody));
      return;
    }
    const frame = notificationFrame.safeParse(json);
    if (!frame.success) return;
    const data = notifications[frame.data.notify]?.safeParse(frame.data.data);
    if (data?.success) onNotification({ name: frame.data.notify, data: data.data } as NotificationOf<N>);
  };
  const connect = (): void => {
    if (over) return;
    clearTimeout(timer);
    onState({ state: 'connecting' });
    const mine = new WebSocket(socketAddress(options.url));
    socket = mine;
    mine.onopen = () => { tries = 0; onState({ state: 'open' }); flush(); };
    mine.onmessage = (event) => { receive(event.data); };
    mine.onclose = (event) => {
      if (socket !== mine || over) return;
      socket = undefined;
      failAll(true);
      if (FINAL.has(event.code)) { finish(event.code); return; }
      const retryInMs = reconnectDelay(tries);
      tries += 1;
      onState({ state: 'waiting', retryInMs });
      timer = setTimeout(connect, retryInMs);
    };
  };
  function hurry(): void { if (socket === undefined) connect(); }

  globalThis.addEventListener('online', hurry);
  connect();
  return {
    request: (name, data) => new Promise((resolve, reject) => {
      if (over) { reject(new SocketLost()); return; }
      const id = nextId;
      nextId += 1;
      const schema = methods[name]?.response;
      pending.set(id, {
        text: JSON.stringify({ id, method: name, data }), sent: false, reject,
        resolve: (answer) => { const parsed = schema?.safeParse(answer); if (parsed?.success) resolve(parsed.data as never); else reject(new SocketError(errorBody('UNKNOWN_MESSAGE'))); },
        timer: setTimeout(() => { settle(id)?.reject(new SocketLost()); }, timeoutMs),
      });
      flush();
    }),
    close: () => { if (over) return; const mine = socket; finish(1000); mine?.close(1000); },
  };
};
