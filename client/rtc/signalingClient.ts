import type { z } from 'zod';
import { AppError, ERRORS, type ErrorCode } from '../../contracts/errors.ts';
import { MEDIA_METHODS, MEDIA_NOTIFICATIONS, type MediaMethod, type MediaNotification } from '../../contracts/signaling/media.ts';
import { notificationFrame, responseFrame } from '../../contracts/signaling/wire.ts';

export type NotificationData<N extends MediaNotification = MediaNotification> = z.infer<(typeof MEDIA_NOTIFICATIONS)[N]>;
/** A notification with its name, to be told apart by it. */
export type Notification = { [N in MediaNotification]: { readonly name: N; readonly data: NotificationData<N> } }[MediaNotification];

export interface SignalingClient {
  /** Errors: the server's code as AppError; OUTSIDE_UNAVAILABLE when the socket is gone or silent. */
  request<M extends MediaMethod>(method: M, data: z.input<(typeof MEDIA_METHODS)[M]['request']>): Promise<z.infer<(typeof MEDIA_METHODS)[M]['response']>>;
  close(code?: number): void;
}

interface Pending { readonly resolve: (data: unknown) => void; readonly reject: (error: Error) => void; readonly timer: ReturnType<typeof setTimeout> }

/** A browser does not notice a dead network; an unanswered request does. */
const ANSWER_MS = 8_000;
const OPEN_MS = 8_000;

/** Opens the media socket. `onClose` is called once for a socket that was open, whoever closed it. */
export const openSignaling = (options: {
  url: string;
  onNotification: (notification: Notification) => void;
  onClose: (code: number) => void;
}): Promise<SignalingClient> => new Promise((resolve, reject) => {
  const socket = new WebSocket(options.url);
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let opened = false;
  let over = false;

  const finish = (code: number): void => {
    if (over) return;
    over = true;
    clearTimeout(openTimer);
    for (const { reject: fail, timer } of pending.values()) {
      clearTimeout(timer);
      fail(new AppError('OUTSIDE_UNAVAILABLE'));
    }
    pending.clear();
    if (opened) options.onClose(code);
    else reject(new AppError('OUTSIDE_UNAVAILABLE'));
  };
  const cut = (): void => { socket.close(); finish(1006); };
  const openTimer = setTimeout(cut, OPEN_MS);

  const request = ((method: MediaMethod, data: unknown) => new Promise((done, fail) => {
    if (over || socket.readyState !== WebSocket.OPEN) return fail(new AppError('OUTSIDE_UNAVAILABLE'));
    const id = nextId++;
    pending.set(id, { resolve: done, reject: fail, timer: setTimeout(cut, ANSWER_MS) });
    socket.send(JSON.stringify({ id, method, data }));
  }).then((answer) => MEDIA_METHODS[method].response.parse(answer))) as SignalingClient['request'];

  socket.addEventListener('open', () => {
    clearTimeout(openTimer);
    opened = true;
    resolve({ request, close: (code = 1000) => { socket.close(code); finish(code); } });
  });
  socket.addEventListener('close', ({ code }) => finish(code));
  socket.addEventListener('message', ({ data }) => {
    const message: unknown = parse(String(data));
    const response = responseFrame.safeParse(message);
    if (response.success) return settle(pending, response.data);
    const notification = parseNotification(message);
    if (notification && !over) options.onNotification(notification);
  });
});

const settle = (pending: Map<number, Pending>, frame: z.infer<typeof responseFrame>): void => {
  const waiting = pending.get(frame.id);
  if (!waiting) return;
  pending.delete(frame.id);
  clearTimeout(waiting.timer);
  if (frame.ok) waiting.resolve(frame.data);
  else waiting.reject(new AppError(codeOf(frame.error)));
};

const codeOf = (error: unknown): ErrorCode => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'INTERNAL';
};

const parseNotification = (message: unknown): Notification | undefined => {
  const frame = notificationFrame.safeParse(message);
  if (!frame.success || !Object.hasOwn(MEDIA_NOTIFICATIONS, frame.data.notify)) return undefined;
  const name = frame.data.notify as MediaNotification;
  const data = MEDIA_NOTIFICATIONS[name].safeParse(frame.data.data);
  return data.success ? ({ name, data: data.data } as Notification) : undefined;
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
