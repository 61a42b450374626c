/** A journey through the whole program, and a search for the client's data in everything that it left behind (R43). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freshInstance } from '../../support/journey/instance.ts';
import { journeyOn, openAccounts, stepper } from '../../support/journey/journey.ts';
import { findInFiles, findPersonalData, findPlainMedia } from '../../support/journey/privacy.ts';
import type { Progress } from '../progress.ts';
import { plantAndFind } from './planted.ts';
import type { SelfTest } from './planted.ts';

export interface Searched extends SelfTest {
  readonly needles: number;
  /** Where something was found; never what. */
  readonly hits: readonly string[];
  readonly media: readonly string[];
  readonly logLines: number;
}

/** @param quick ends with the accounts: nothing is replayed and handed out */
export async function searchPlaintext(bar: Progress, quick: boolean): Promise<Searched> {
  const opened: { close(): Promise<unknown> }[] = [];
  const temporary = mkdtempSync(join(tmpdir(), 'witness-temporary-'));
  const instance = await freshInstance({ TMPDIR: temporary });
  try {
    const step = stepper({ onStep: () => bar.tick() });
    const { card, client } = await (quick ? openAccounts : journeyOn)(instance, opened, step, { seed: 20261122 });
    const redis = new Redis(instance.env['REDIS_URL'] ?? '');
    // What Redis holds is written to its dump as well, not compressed, so that nothing hides in it: the file lies under the data folder and is searched with the others.
    await redis.config('SET', 'rdbcompression', 'no');
    await redis.save();
    const needles = [card.number, client.phone, card.name, client.bankCard, card.address, client.tradingPassword, client.fundPassword];
    const cameras = ['client-camera', 'agent-camera'].map((name) => join(instance.dataDir, name));
    const hits = [...await findPersonalData(instance, needles), ...await findInFiles(temporary, needles, { named: 'temporary file' })].map(({ where }) => where);
    const media = await findPlainMedia([instance.dataDir, temporary], { except: cameras });
    const logLines = instance.output.length;
    const selfTest = await plantAndFind(instance, redis, temporary, card.number);
    redis.disconnect();
    return { needles: needles.length, hits, media, logLines, ...selfTest };
  } finally {
    for (const one of opened.reverse()) await one.close().catch(() => undefined);
    await instance.dispose();
    rmSync(temporary, { recursive: true, force: true });
  }
}
