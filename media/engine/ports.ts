import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * A port number that is free now for both TCP and UDP on this address; below those that the system gives to outgoing
 * connections (from 32768), so that none has taken it when a worker died and starts again.
 */
export const freePort = async (ip: string): Promise<number> => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const port = randomInt(20_000, 32_000);
    if (await tcpFree(ip, port) && await udpFree(ip, port)) return port;
  }
  throw new Error('no port is free for both UDP and TCP');
};

const tcpFree = (ip: string, port: number): Promise<boolean> => new Promise((resolve) => {
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen(port, ip, () => server.close(() => resolve(true)));
});

const udpFree = (ip: string, port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = createSocket('udp4');
  socket.once('error', () => { socket.close(); resolve(false); });
  socket.bind(port, ip, () => socket.close(() => resolve(true)));
});
