import { parseArgs } from 'node:util';
import { keyCounts, rotateKeys, RotationError } from '../server/database/rotation.ts';
import { openDatabase } from '../server/database/index.ts';
import type { Database } from '../server/database/index.ts';
import type { Config } from '../server/platform/config.ts';
import { failed, progress, say } from './launch/say.ts';
import { surroundings } from './launch/surroundings.ts';

// `npm run keys:rotate`: wraps all case keys by the first of MASTER_KEYS. Ends with 0: all are under it, 1: some are not, 2: nothing was changed, and why.
const HELP = `npm run keys:rotate [-- --status]
Wraps every case key by the first key of MASTER_KEYS; files and rows stay as they are. It may be broken off and run again.
--status  only says how many keys each master key still wraps`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { status: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
  if (values.help) return say(HELP, 0);
  const { config, stop } = await surroundings({ ...process.env });
  const { prisma, close } = openDatabase(config.databaseUrl);
  try {
    return values.status ? await status(prisma, config) : await rotate(prisma, config);
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    return say(`未更换 Nothing was changed: ${error.message}`, 2);
  } finally {
    await close();
    await stop();
  }
}

async function rotate(db: Database, config: Config): Promise<number> {
  const { changed, damaged } = await rotateKeys(db, config.keys.master, { onProgress: (done, of) => progress(`${done} of ${of} keys`) });
  say(`已更换 rewrapped: ${changed}`);
  for (const subject of damaged) say(`打不开 does not open by the master key it names, left as it is: ${subject}`);
  return await status(db, config);
}

async function status(db: Database, config: Config): Promise<number> {
  const known = config.keys.master.map(({ id }) => id);
  const counts = await keyCounts(db);
  for (const id of new Set([...known, ...counts.keys()])) {
    const word = id === known[0] ? '现用 active' : !known.includes(id) ? '缺失 missing in MASTER_KEYS' : counts.has(id) ? '旧 old' : '旧，已不用 old, wraps nothing here';
    say(`${id}: ${counts.get(id) ?? 0} keys (${word})`);
  }
  const behind = [...counts.keys()].filter((id) => id !== known[0]);
  return say(behind.length === 0 ? '全部在现用主密钥下 all keys are under the active master key' : `仍在其他主密钥下 still under other master keys: ${behind.join(', ')}`, behind.length === 0 ? 0 : 1);
}

process.exitCode = await main().catch(failed);
