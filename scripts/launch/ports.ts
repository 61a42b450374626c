import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';

type Env = Record<string, string | undefined>;

/**
 * Looks before anything is started whether the ports are numbers and free, so that a second copy on data of its own is told
 * which settings to change. The media workers take RTC_PORT and the ports after it, UDP and TCP.
 * @throws Error with a sentence for each port that cannot be had
 */
export async function checkPorts(env: Env): Promise<void> {
  const web = portOf(env, 'PORT', 8443);
  const media = portOf(env, 'RTC_PORT', 24_400);
  const workers = env['MEDIA_WORKERS'] ? Number(env['MEDIA_WORKERS']) : availableParallelism();
  const problems: string[] = [];
  if (!(await tcpFree(web))) problems.push(`Port ${web} is in use: set PORT to another one, for instance PORT=${web + 1000}`);
  for (let port = media; port < media + workers; port += 1) {
    if ((await tcpFree(port)) && (await udpFree(port))) continue;
    problems.push(`Port ${port} is in use (media, UDP and TCP): set RTC_PORT to another one, for instance RTC_PORT=${media + 100}`);
    break;
  }
  if (problems.length > 0) throw new Error(`${problems.join('\n')}\nPerhaps another copy is running.`);
}

function portOf(env: Env, name: string, otherwise: number): number {
  const text = env[name];
  if (text === undefined || text === '') return otherwise;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${name}: a whole number from 1 to 65535 is needed`);
  return port;
}

const tcpFree = (port: number): Promise<boolean> => new Promise((done) => {
  const probe = createServer();
  probe.once('error', () => done(false));
  probe.listen(port, () => probe.close(() => done(true)));
});

const udpFree = (port: number): Promise<boolean> => new Promise((done) => {
  const probe = createSocket('udp4');
  probe.once('error', () => { probe.close(); done(false); });
  probe.bind(port, () => probe.close(() => done(true)));
});
