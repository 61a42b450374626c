import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Of services that say themselves where they are. Below the ports that the system gives to outgoing connections (from 32768): none takes one before its server has it, or while that starts again. */
const [LOWEST, HIGHEST] = [28_000, 32_000];

/**
 * The first of `count` TCP ports in a row that are free now on 127.0.0.1.
 * @param from where to look first; left out, anywhere in a range that nothing else uses
 * @throws when there are none
 */
export async function freePorts(count: number, from?: number): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    const first = from === undefined ? randomInt(LOWEST, HIGHEST) : from + tries * 10;
    const free = await Promise.all(Array.from({ length: count }, (_, n) => isFree(first + n)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

const isFree = (port: number): Promise<boolean> => new Promise((resolve) => {
  const probe = createServer();
  probe.once('error', () => resolve(false));
  probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
});
