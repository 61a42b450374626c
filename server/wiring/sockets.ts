import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { MEDIA_SOCKET_OPTIONS } from '../../media/signaling/connection.ts';
import type { ClientSessions } from '../auth/client.ts';
import { CLIENT_COOKIE, STAFF_COOKIE, readLoginCookie } from '../auth/cookies.ts';
import type { StaffActor, StaffAuth } from '../auth/staff.ts';
import { isOwnOrigin } from '../http/origin.ts';
import type { Log } from '../platform/log.ts';

export interface SocketPorts {
  readonly staff: StaffAuth;
  readonly clients: ClientSessions;
  readonly line: { attach(socket: WebSocket, actor: { clientId: string; clientSessionId: string }): Promise<void> };
  readonly desk: { attach(socket: WebSocket, actor: StaffActor, authenticate: () => Promise<StaffActor | undefined>): Promise<void> };
  readonly media: { accept(socket: WebSocket): void };
  readonly log: Log;
}

const PATHS = ['/ws/line', '/ws/desk', '/ws/media'];

/** Answers upgrades: Origin and login are checked before a socket is made; the media socket has its ticket instead of a login. */
export function createUpgrades(ports: SocketPorts): { handle(req: IncomingMessage, socket: Duplex, head: Buffer): void; close(): void } {
  const server = new WebSocketServer({ noServer: true, ...MEDIA_SOCKET_OPTIONS });

  const refuse = (socket: Duplex, status: string): void => {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  };

  const route = async (req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const path = new URL(req.url ?? '/', 'https://host').pathname;
    if (!PATHS.includes(path)) return refuse(socket, '404 Not Found');
    if (!isOwnOrigin(req)) return refuse(socket, '403 Forbidden');
    const upgrade = (use: (ws: WebSocket) => void): void => server.handleUpgrade(req, socket, head, use);
    const attached = (work: Promise<void>, ws: WebSocket): void => {
      work.catch((error: unknown) => { ports.log.error({ err: error, path }, 'socket not attached'); ws.close(1011); });
    };
    if (path === '/ws/media') return upgrade((ws) => ports.media.accept(ws));
    if (path === '/ws/desk') {
      const authenticate = (): Promise<StaffActor | undefined> => ports.staff.authenticate(readLoginCookie(req.headers.cookie, STAFF_COOKIE));
      const actor = await authenticate();
      return actor ? upgrade((ws) => attached(ports.desk.attach(ws, actor, authenticate), ws)) : refuse(socket, '401 Unauthorized');
    }
    const actor = await ports.clients.authenticate(readLoginCookie(req.headers.cookie, CLIENT_COOKIE));
    const { clientId, sessionId } = actor ?? {};
    return clientId && sessionId ? upgrade((ws) => attached(ports.line.attach(ws, { clientId, clientSessionId: sessionId }), ws)) : refuse(socket, '401 Unauthorized');
  };

  return {
    handle(req, socket, head) {
      socket.on('error', () => socket.destroy());
      route(req, socket, head).catch(() => refuse(socket, '401 Unauthorized'));
    },
    close: () => { for (const ws of server.clients) ws.terminate(); server.close(); },
  };
}
