/** A journey through the whole program, and a search for the client's data in everything that it left behind (R43). */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freshInstance } from '../../support/journey/instance.ts';
import { journeyOn, stepper } from '../../support/journey/journey.ts';
import { findPersonalData, findPlainMedia } from '../../support/journey/privacy.ts';
import type { Progress } from '../id/progress.ts';

export interface Searched {
  readonly needles: number;
  /** Where something was found; never what. */
  readonly hits: readonly string[];
  readonly media: readonly string[];
  readonly logLines: number;
  /** A needle that was planted in each place, to see that the search finds it there. */
  readonly planted: number;
  readonly plantedFound: number;
}

export async function searchPlaintext(bar: Progress): Promise<Searched> {
  const opened: { close(): Promise<unknown> }[] = [];
  const temporary = mkdtempSync(join(tmpdir(), 'witness-temporary-'));
  const instance = await freshInstance({ TMPDIR: temporary });
  try {
    const { card, client } = await journeyOn(instance, opened, stepper({ onStep: () => bar.tick() }), { seed: 20261122 });
    // What Redis holds is written to its dump as well: the file lies under the data folder and is searched with the others.
    const redis = new Redis(instance.env['REDIS_URL'] ?? '');
    await redis.save();
    const needles = [card.number, client.phone, card.name, client.bankCard, card.address, client.tradingPassword, client.fundPassword];
    const cameras = ['client-camera', 'agent-camera'].map((name) => join(instance.dataDir, name));
    const hits = (await findPersonalData(instance, needles)).map(({ where }) => where);
    const left = await findTexts(temporary, needles);
    const media = await findPlainMedia([instance.dataDir, temporary], { except: cameras });
    await redis.set('planted', card.number);
    instance.output.push(`server: ${client.phone}`);
    const planted = (await findPersonalData(instance, needles)).map(({ where }) => where);
    redis.disconnect();
    return { needles: needles.length, hits: [...hits, ...left], media, logLines: instance.output.length, planted: 2, plantedFound: [planted.some((where) => where === 'Redis planted'), planted.some((where) => where.startsWith('log line'))].filter(Boolean).length };
  } finally {
    for (const one of opened.reverse()) await one.close().catch(() => undefined);
    await instance.dispose();
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Whatever lies among the temporary files. */
async function findTexts(folder: string, needles: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    if (needles.some((needle) => bytes.includes(needle))) found.push(`temporary file ${entry.name}`);
  }
  return found;
}
