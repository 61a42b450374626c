import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { freePorts } from '../../../scripts/services.ts';

/** A line to a real service that a test can cut: whoever is connected is thrown out, and whoever comes is refused, until it is mended. */
export interface CutLine {
  /** The service's address through this line. */
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function openCutLine(serviceUrl: string): Promise<CutLine> {
  const target = new URL(serviceUrl);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server: Server = createServer((from) => {
    const to = keep(connect(Number(target.port), target.hostname));
    keep(from).pipe(to).pipe(from);
    from.once('close', () => to.destroy());
    to.once('close', () => from.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  };
  const port = await listen(await freePorts(1));
  const url = new URL(target);
  [url.hostname, url.port] = ['127.0.0.1', String(port)];
  const cut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { url: url.href, cut, mend: async () => { await listen(port); }, close: cut };
}
