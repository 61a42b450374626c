import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * A port number that is free now for both TCP and UDP on this address; below those that the system gives to outgoing
 * connections (from 32768), so that none has taken it when a worker died and starts again.
 * @param taken given to somebody already
 * @throws what the system says of the address, and when all are in use
 */
export const freePort = async (ip: string, taken: readonly number[] = []): Promise<number> => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const port = randomInt(25_000, 28_000);
    if (!taken.includes(port) && await tcpFree(ip, port) && await udpFree(ip, port)) return port;
  }
  throw new Error('no port is free for both UDP and TCP');
};

/** Others have it, or it is not for everybody; anything else is a fault of the address. */
const inUse = (error: NodeJS.ErrnoException): boolean => error.code === 'EADDRINUSE' || error.code === 'EACCES';

const tcpFree = (ip: string, port: number): Promise<boolean> => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', (error) => { if (inUse(error)) resolve(false); else reject(error); });
  server.listen(port, ip, () => server.close(() => resolve(true)));
});

const udpFree = (ip: string, port: number): Promise<boolean> => new Promise((resolve, reject) => {
  const socket = createSocket('udp4');
  socket.once('error', (error) => { socket.close(); if (inUse(error)) resolve(false); else reject(error); });
  socket.bind(port, ip, () => socket.close(() => resolve(true)));
});
