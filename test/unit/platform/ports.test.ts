import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort } from '../../../media/engine/ports.ts';
import { freePorts } from '../../../scripts/services.ts';

/** The first port that Linux gives to outgoing connections. */
const OUTGOING = 32_768;

test('no outgoing connection can take the port of a server that starts, or starts again', async () => {
  for (let n = 0; n < 50; n += 1) expect(await freePorts(12) + 12).toBeLessThan(OUTGOING);
  for (let n = 0; n < 50; n += 1) expect(await freePort('127.0.0.1')).toBeLessThan(OUTGOING);
});

test('a block of ports of which another copy holds one is passed over', async () => {
  const first = await freePorts(30);
  const other = createServer();
  await new Promise<void>((resolve) => { other.listen(first + 7, '127.0.0.1', resolve); });
  try {
    expect(await freePorts(8, first)).toBe(first + 10);
    expect(await freePorts(7, first)).toBe(first);
  } finally {
    await new Promise((resolve) => { other.close(resolve); });
  }
});
