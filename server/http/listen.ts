import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import type { TlsIdentity } from '../platform/tls.ts';
import { insecureHandler } from './security.ts';

export interface Listening {
  /** Upgrades come here. */
  readonly http: HttpServer;
  readonly port: number;
  close(): Promise<void>;
}

/** First byte of a TLS handshake record (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;
const FIRST_BYTE_MS = 10_000;
/** Longer than the 60 s that browsers' and proxies' idle connections usually live: who reuses one must not meet our closing it. */
const KEEP_ALIVE_MS = 75_000;

/**
 * One port for both: TLS is served, plain HTTP is answered with why it cannot work and where to go (INSECURE_ADDRESS).
 * Without an identity (behind a proxy that speaks TLS) plain HTTP is served.
 */
export async function listen(handler: RequestListener, { port, tls }: { port: number; tls: TlsIdentity | undefined }): Promise<Listening> {
  const sockets = new Set<Socket>();
  const served: HttpServer = tls ? createHttpsServer({ cert: tls.cert, key: tls.key }, handler) as unknown as HttpServer : createHttpServer(handler);
  served.keepAliveTimeout = KEEP_ALIVE_MS;
  let actual = port;
  const insecure = createHttpServer((req, res) => insecureHandler(actual)(req, res));
  const front = createTcpServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
    socket.once('data', (first) => {
      socket.pause();
      socket.setTimeout(0);
      socket.unshift(first);
      (tls === undefined || first[0] === HANDSHAKE ? served : insecure).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject);
    front.listen(port, () => resolve());
  });
  actual = (front.address() as { port: number }).port;
  // Node watches for slow requests only on a server that has told that it listens; the sockets of these two come by hand.
  served.emit('listening');
  insecure.emit('listening');
  return {
    http: served, port: actual,
    close: () => new Promise((resolve) => {
      front.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      served.close();
      insecure.close();
    }),
  };
}
