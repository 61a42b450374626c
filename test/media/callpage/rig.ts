import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { chromium, type Browser, type Page } from 'playwright-core';
import { WebSocketServer, type WebSocket } from 'ws';
import type { MediaRole } from '../../../contracts/signaling/media.ts';
import type { SessionObserver } from '../../../media/ports.ts';
import { createMediaHost, MEDIA_SOCKET_OPTIONS, type MediaHostOptions, type SignalingHost } from '../../../media/session/index.ts';

/** A media host behind a plain HTTP server on localhost, with the test page and tickets that are spent once. */
export interface Rig {
  readonly host: SignalingHost;
  readonly url: string;
  readonly facts: string[];
  readonly faults: string[];
  readonly sockets: { role: MediaRole | undefined; socket: WebSocket }[];
  ticket(sessionId: string, role: MediaRole): string;
  /** Sockets of one role break, as a lost network breaks them. */
  cut(role: MediaRole): void;
  close(): Promise<void>;
}

export const observerOf = (facts: string[]): SessionObserver => ({
  joined: (_id, role) => facts.push(`joined ${role}`),
  left: (_id, role, interrupted) => facts.push(`left ${role}${interrupted ? ' interrupted' : ''}`),
  live: () => facts.push('live'),
  interrupted: (_id, cause) => facts.push(`interrupted ${cause}`),
  rebuilt: () => facts.push('rebuilt'),
  recording: (_id, running) => facts.push(`recording ${running}`),
  segment: async () => facts.push('segment') > 0,
  missed: async (_id, { side, kind, cause }) => facts.push(`missed ${side} ${kind} ${cause}`) > 0,
  muted: (_id, side, kind, muted) => facts.push(`${muted ? 'muted' : 'unmuted'} ${side} ${kind}`),
  quality: (_id, role) => { if (!facts.includes(`quality ${role}`)) facts.push(`quality ${role}`); },
});

export const createRig = async (options: Partial<MediaHostOptions> & { page?: boolean } = {}): Promise<Rig> => {
  const { page = false, ...hostOptions } = options;
  const facts: string[] = [];
  const faults: string[] = [];
  const tickets = new Map<string, { sessionId: string; role: MediaRole; personId: string }>();
  const sockets: Rig['sockets'] = [];
  const script = page ? await bundle() : '';
  const host = await createMediaHost({
    observer: observerOf(facts),
    onFault: (error, { where }) => faults.push(`${where}: ${error instanceof Error ? error.stack : String(error)}`),
    ...hostOptions,
    takeTicket: async (ticket) => {
      const holder = tickets.get(ticket);
      tickets.delete(ticket);
      return holder;
    },
  });
  const issue = (sessionId: string, role: MediaRole): string => {
    const ticket = randomUUID();
    tickets.set(ticket, { sessionId, role, personId: `person-${role}` });
    return ticket;
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/ticket') {
      response.setHeader('content-type', 'application/json');
      return response.end(JSON.stringify({ ticket: issue(searchParams.get('session') ?? '', searchParams.get('role') as MediaRole) }));
    }
    response.setHeader('content-type', pathname === '/page.js' ? 'text/javascript' : 'text/html');
    return response.end(pathname === '/page.js' ? script : '<!doctype html><meta charset="utf-8"><video id="remote" width="640" height="360" autoplay></video><script type="module" src="/page.js"></script>');
  });
  const wss = new WebSocketServer({ server, path: '/media', ...MEDIA_SOCKET_OPTIONS });
  wss.on('connection', (socket) => {
    const entry: Rig['sockets'][number] = { role: undefined, socket };
    sockets.push(entry);
    socket.on('message', (raw) => { entry.role ??= tickets.get(/"ticket":"([^"]+)"/.exec(String(raw))?.[1] ?? '')?.role; });
    host.accept(socket);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    host, facts, faults, sockets, url: `http://localhost:${(server.address() as AddressInfo).port}`,
    ticket: issue,
    cut: (role) => { for (const entry of sockets) if (entry.role === role) entry.socket.terminate(); },
    close: async () => {
      await host.close();
      await host.close();
      wss.close();
      await closeServer(server);
    },
  };
};

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => {
  server.closeAllConnections();
  server.close(() => resolve());
});

const bundle = async (): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [`${import.meta.dirname}/build.ts`], { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
};

/** One person is one browser process: the fake camera is per process. */
export const openBrowser = (camera?: { videoPath: string; audioPath: string }): Promise<Browser> => chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns',
    ...(camera ? [`--use-file-for-fake-video-capture=${camera.videoPath}`, `--use-file-for-fake-audio-capture=${camera.audioPath}`] : []),
  ],
});

export const openPage = async (browser: Browser, rig: Rig): Promise<Page> => {
  const page = await browser.newPage();
  page.on('pageerror', (error) => rig.faults.push(`page: ${error.message}`));
  await page.goto(rig.url, { waitUntil: 'domcontentloaded' });
  await page.waitForFunction('globalThis.harness !== undefined');
  return page;
};

/** Waits until a condition of the test process holds. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> => {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
};
