import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkBackup, restoreBackup } from '../server/backup/restore.ts';
import type { Restored } from '../server/backup/restore.ts';
import { failed, progress, say } from './launch/say.ts';
import { surroundings } from './launch/surroundings.ts';

// `npm run restore -- DIR --keys KEYS --heads FILE`: into a new database and a new store. Ends with 0: restored; 1: restored without files that are damaged; 2: nothing restored, or broken off.
const HELP = `npm run restore -- DIR --keys KEYS --heads FILE [--at NAME] [--check] [--except-damaged]
DIR       the folder of backups; the newest whole one of it, or the one named by --at
--keys    a backup of the case keys, or their folder (the newest is taken); none that is older than 30 days
--heads   the newest copy of the published heads: what was destroyed since the backup stays destroyed
--check   only reads and proves everything
--except-damaged  leaves damaged evidence files out, and names them, instead of restoring nothing
The new place is DATA_DIR (its own PostgreSQL is made there; put the keys of the old place into DATA_DIR/keys, or give MASTER_KEYS, BLIND_INDEX_KEYS,
SIGNING_KEYS), or DATABASE_URL with DATABASE_OWNER_URL, DATA_DIR and HEADS_FILE. It must be empty.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: {
    keys: { type: 'string' }, heads: { type: 'string' }, at: { type: 'string' }, check: { type: 'boolean', default: false }, 'except-damaged': { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  } });
  const [dir] = positionals;
  if (values.help || dir === undefined || positionals.length > 1 || values.keys === undefined || values.heads === undefined) return say(HELP, values.help ? 0 : 2);
  const { config, ownerUrl, stop } = await surroundings({ ...process.env }, { create: true });
  try {
    if (ownerUrl === undefined) return say('缺少 DATABASE_OWNER_URL is not set', 2);
    const options = { dir: resolve(dir), name: values.at, keys: resolve(values.keys), heads: resolve(values.heads), ownerUrl, config, store: join(config.dataDir, 'evidence'), exceptDamaged: values['except-damaged'], onProgress: progress };
    if (values.check) {
      const { name, backup, files, heads } = await checkBackup(options);
      progress('');
      tellCover(backup.coveredBy, heads);
      return say(`完好 backup ${name} is whole: ${backup.tables.length} tables, ${files} files`, 0);
    }
    const done = await restoreBackup(options);
    progress('');
    say(`已恢复 restored ${done.name}: ${done.rows} rows, ${done.files} files, ${done.keys} keys; destroyed again: ${done.destroyed}`);
    tellCover(done.coveredBy, done.heads);
    for (const path of done.leftOut) say(`未恢复 left out, damaged: ${path}`);
    say('请先启动程序一分钟，再运行 start the program for a minute (it records what the backup caught half-way), then: npm run verify:live');
    return done.leftOut.length === 0 ? 0 : 1;
  } finally {
    await stop();
  }
}

/** How far what is restored goes, and how far the published heads that were given. */
function tellCover(covered: Restored['coveredBy'], heads: Restored['heads']): void {
  if (covered === undefined) say('备份未注明截至何处 how far it goes the backup does not say: it is of an earlier version');
  else say(`备份截至 it covers published head ${covered.publishedHead}${covered.publishedAt === null ? '' : ` (${covered.publishedAt})`}, ${covered.manifestLines} manifest lines, ${covered.waiting} writes waiting to be recorded then`);
  say(`公开清单至 the published heads go to line ${heads.lines}${heads.lastAt === null ? '' : `, signed at ${heads.lastAt.toISOString()}`}: whole lines cut off behind it show only beside another copy`);
}

process.exitCode = await main().catch(failed);
