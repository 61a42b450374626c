import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBackup } from '../server/backup/backup.ts';
import { failed, progress, say } from './launch/say.ts';
import { surroundings } from './launch/surroundings.ts';

// `npm run backup -- DIR`: rows, evidence and published heads. Ends with 0: whole; 1: whole, but something it should hold was not there; 2: not made.
const HELP = `npm run backup -- DIR
Adds a dated backup to DIR: the database without the case keys, the evidence (each file is copied once, for all backups of DIR) and the published heads.
DATABASE_OWNER_URL is needed with a database of your own. The case keys go elsewhere: npm run backup:keys -- KEYS_DIR`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean', default: false } } });
  const [dir] = positionals;
  if (values.help || dir === undefined || positionals.length > 1) return say(HELP, values.help ? 0 : 2);
  const { config, ownerUrl, stop } = await surroundings({ ...process.env });
  try {
    if (ownerUrl === undefined) return say('缺少 DATABASE_OWNER_URL is not set', 2);
    const made = await makeBackup({ ownerUrl, store: join(config.dataDir, 'evidence'), headsFile: config.headsFile, dir: resolve(dir), onProgress: progress });
    progress('');
    say(`已备份 backup ${made.name}: ${made.rows} rows, ${made.files} files (${made.fresh} new, ${made.bytes} bytes in all)`);
    say(`截至 it covers published head ${made.coveredBy.publishedHead}, ${made.coveredBy.manifestLines} manifest lines, ${made.coveredBy.waiting} writes waiting to be recorded`);
    if (made.growing.length > 0) say(`未完成的文件 not closed yet, they come with the next backup: ${made.growing.length}`);
    if (made.destroyedRemoved > 0) say(`已销毁业务的副本已删除 copies of destroyed cases removed: ${made.destroyedRemoved}`);
    for (const problem of made.problems) say(problem);
    return made.problems.length === 0 ? 0 : say(`备份完整，但有 ${made.problems.length} 处不符 The backup is whole, but ${made.problems.length} things were not there as they should be: see verify:live`, 1);
  } finally {
    await stop();
  }
}

process.exitCode = await main().catch(failed);
