import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A port number that is free now for both TCP and UDP on this address. */
export const freePort = async (ip: string): Promise<number> => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const port = await tcpPort(ip);
    if (await udpFree(ip, port)) return port;
  }
  throw new Error('no port is free for both UDP and TCP');
};

const tcpPort = (ip: string): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer();
  server.once('error', reject);
  server.listen(0, ip, () => {
    const address = server.address();
    server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no address'))));
  });
});

const udpFree = (ip: string, port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = createSocket('udp4');
  socket.once('error', () => { socket.close(); resolve(false); });
  socket.bind(port, ip, () => socket.close(() => resolve(true)));
});
