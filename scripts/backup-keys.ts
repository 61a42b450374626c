import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backUpKeys, KEYS_DAYS } from '../server/backup/keys.ts';
import { failed, say } from './launch/say.ts';
import { surroundings } from './launch/surroundings.ts';

// `npm run backup:keys -- KEYS_DIR`: the wrapped case keys, apart from what they open.
const HELP = `npm run backup:keys -- KEYS_DIR [--days ${KEYS_DAYS}]
Writes the wrapped case keys into a new file of KEYS_DIR, and removes those there that are older than --days (at most ${KEYS_DAYS}).
Run it after each \`npm run backup\`: a restore wants keys that are not older than the rows.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { days: { type: 'string', default: String(KEYS_DAYS) }, help: { type: 'boolean', default: false } } });
  const [dir] = positionals;
  if (values.help || dir === undefined || positionals.length > 1 || !/^\d+$/.test(values.days)) return say(HELP, values.help ? 0 : 2);
  const { ownerUrl, stop } = await surroundings({ ...process.env });
  try {
    if (ownerUrl === undefined) return say('缺少 DATABASE_OWNER_URL is not set', 2);
    const { name, keys, removed } = await backUpKeys({ ownerUrl, dir: resolve(dir), days: Number(values.days) });
    say(`已备份 ${name}: ${keys} keys`);
    if (removed.length > 0) say(`已删除过期备份 expired backups removed: ${removed.length}`);
    return 0;
  } finally {
    await stop();
  }
}

process.exitCode = await main().catch(failed);
