import { WebSocket } from 'ws';
import type { ErrorBody } from '../../../contracts/errors.ts';

export interface RawAnswer { readonly id: number; readonly ok: boolean; readonly data?: unknown; readonly error?: ErrorBody }
export interface RawSocket {
  /** Sends this text as it is and waits for the next answer. */
  send(text: string): Promise<RawAnswer>;
  request(method: string, data: unknown): Promise<RawAnswer>;
  /** The code it was closed with. */
  readonly closed: Promise<number>;
  close(): void;
}
export interface Greeting { readonly origin: string; readonly cookie?: string }

const open = (url: string, { origin, cookie }: Greeting): WebSocket =>
  new WebSocket(url.replace(/^http/, 'ws'), { origin, rejectUnauthorized: false, ...(cookie === undefined ? {} : { headers: { cookie } }) });

/** A socket opened by hand, as a hostile program would. */
export async function rawSocket(url: string, greeting: Greeting): Promise<RawSocket> {
  const socket = open(url, greeting);
  const answers: RawAnswer[] = [];
  const wanting: ((answer: RawAnswer) => void)[] = [];
  socket.on('message', (raw) => {
    const message = JSON.parse(String(raw)) as RawAnswer & { notify?: string };
    if (message.notify !== undefined) return;
    const next = wanting.shift();
    if (next) next(message);
    else answers.push(message);
  });
  const closed = new Promise<number>((resolve) => { socket.once('close', resolve); });
  await new Promise<void>((resolve, reject) => { socket.once('open', resolve); socket.once('error', reject); });
  socket.on('error', () => undefined);
  let id = 0;
  const send = (text: string): Promise<RawAnswer> => {
    const answer = new Promise<RawAnswer>((resolve, reject) => {
      const early = answers.shift();
      if (early) return resolve(early);
      wanting.push(resolve);
      setTimeout(() => reject(new Error('no answer')), 10_000).unref();
    });
    socket.send(text);
    return answer;
  };
  return { send, request: (method, data) => send(JSON.stringify({ id: ++id, method, data })), closed, close: () => socket.close() };
}

/** The HTTP status with which a socket is refused before it is one; 101 when it is not refused. */
export function refusedWith(url: string, greeting: Greeting): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = open(url, greeting);
    socket.once('unexpected-response', (_, response) => { resolve(response.statusCode ?? 0); response.destroy(); });
    socket.once('open', () => { resolve(101); socket.terminate(); });
    socket.once('error', reject);
  });
}
