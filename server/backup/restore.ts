/** A backup taken to another place: a new database, a new store. What was destroyed since stays destroyed (R44). */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { createCaseKeys, unwrapKey } from '../database/casekeys.ts';
import { openDatabase } from '../database/index.ts';
import { migrate, migrationNames } from '../database/migrate.ts';
import { carryOut } from '../usecases/evidence/published.ts';
import type { Config } from '../platform/config.ts';
import { storedFiles } from './evidence.ts';
import { backupsIn, BackupError, EVIDENCE, evidenceLines, readManifest } from './format.ts';
import type { Backup, EvidenceLine } from './format.ts';
import { hashOf, linesOf, sizeOf, writeWhole } from './files.ts';
import { proveHeads } from './heads.ts';
import type { ProvenHeads, Tombstone } from './heads.ts';
import { readKeysBackup } from './keys.ts';
import type { KeysBackup } from './keys.ts';
import { copyIn, refuseFilled } from './tables.ts';
import { applyTombstones } from './tombstones.ts';

export interface RestoreOptions {
  readonly dir: string;
  /** A dated folder of it; without it the newest whole one. */
  readonly name?: string | undefined;
  /** A backup of keys, or the folder of them. */
  readonly keys: string;
  /** The published heads as they are now: they tell what was destroyed since. */
  readonly heads: string;
  readonly ownerUrl: string;
  /** Of the new place: DATABASE_URL, folder of the store, HEADS_FILE, and the keys of the old one. */
  readonly config: Pick<Config, 'databaseUrl' | 'headsFile' | 'keys'>;
  readonly store: string;
  /** Evidence files that are damaged or missing in the backup are left out instead of stopping everything. */
  readonly exceptDamaged?: boolean;
  readonly now?: () => Date;
  readonly onProgress?: (what: string) => void;
}
export interface Restored { readonly name: string; readonly at: string; readonly rows: number; readonly files: number; readonly keys: number; /** Cases destroyed since the backup: destroyed here too. */ readonly destroyed: number; readonly leftOut: readonly string[]; readonly coveredBy: Backup['coveredBy']; /** The copy of the published heads that was given. */ readonly heads: Pick<ProvenHeads, 'lines' | 'lastAt'> }

interface Checked { readonly folder: string; readonly backup: Backup; /** Of cases that live. */ readonly files: number; readonly keys: KeysBackup; readonly heads: ProvenHeads; readonly leftOut: readonly string[] }

/** Reads and proves everything before the first byte is written. @throws BackupError that names what is damaged */
export async function checkBackup(options: RestoreOptions): Promise<Checked & { name: string }> {
  const { dir, onProgress = () => undefined } = options;
  const name = options.name ?? (await backupsIn(dir)).filter(({ whole }) => whole).at(-1)?.name;
  if (name === undefined) throw new BackupError(`there is no whole backup in ${dir}`);
  const folder = join(dir, name);
  const backup = await readManifest(folder);
  const unknown = backup.migrations.filter((one) => !migrationNames().includes(one.name));
  if (unknown.length > 0) throw new BackupError(`the backup is of a newer program: ${unknown.map((one) => one.name).join(', ')}`);
  const damaged = await damagedOf(folder, [...backup.tables, backup.evidence, backup.heads], onProgress);
  if (damaged.length > 0) throw new BackupError(`damaged or missing in the backup: ${damaged.join(', ')}`);
  const keys = await readKeysBackup(options.keys, options.now?.());
  if (keys.at.toISOString() < backup.at) throw new BackupError(`the backup of keys (${keys.at.toISOString()}) is older than that of the database (${backup.at}): it lacks keys`);
  refuseForeignKeys(keys, options.config.keys.master);
  onProgress('checking the published heads');
  const heads = await proveHeads(options.heads, { before: join(folder, backup.heads.file), signing: options.config.keys.signing });
  const { files, leftOut } = await checkFiles(dir, livingFiles(folder, backup, { keys, heads }), (at) => onProgress(`checking file ${at} of ${backup.evidence.count}`));
  if (leftOut.length > 0 && options.exceptDamaged !== true) throw new BackupError(`damaged or missing in the backup: ${leftOut.join(', ')}`);
  return { name, folder, backup, files, keys, heads, leftOut };
}

/** The backup's list without the files of cases that were destroyed, then or since. */
async function* livingFiles(folder: string, backup: Backup, { keys, heads }: Pick<Checked, 'keys' | 'heads'>): AsyncGenerator<EvidenceLine> {
  const gone = new Set([...heads.tombstones.map(({ subjectId }) => subjectId), ...keys.destroyed]);
  for await (const line of evidenceLines(folder, backup)) if (!gone.has(line.path.slice(0, line.path.indexOf('/')))) yield line;
}

/**
 * Restores into an empty database and an empty store. Case keys come last, without those of destroyed cases: a restore that is
 * broken off opens nothing, and is begun again in a new place.
 * @throws BackupError
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { config, store, onProgress = () => undefined } = options;
  const { name, folder, backup, files, keys, heads, leftOut } = await checkBackup(options);
  const { tombstones } = heads;
  for await (const path of storedFiles(store)) throw new BackupError(`the evidence store ${store} is not empty (${path}): restore into a new one`);
  if (await sizeOf(config.headsFile) !== null) throw new BackupError(`${config.headsFile} is there already: name another HEADS_FILE`);
  await migrate(options.ownerUrl, config.databaseUrl, backup.migrations.at(-1)?.name);
  await asOwner(options.ownerUrl, async (client) => {
    await refuseFilled(client);
    await copyIn(client, folder, backup, (table, i, of) => onProgress(`table ${i} of ${of}: ${table}`));
    await refuseOtherHeads(client, options.heads);
    await refuseUntold(client, keys, tombstones);
  });
  await migrate(options.ownerUrl, config.databaseUrl);
  const without = new Set(leftOut);
  let copied = 0;
  for await (const { path, sha256 } of livingFiles(folder, backup, { keys, heads })) {
    if (without.has(path)) continue;
    const written = await writeWhole(join(store, path), createReadStream(join(options.dir, EVIDENCE, path)));
    if (written.sha256 !== sha256) throw new BackupError(`damaged while it was read: ${path}`);
    if (copied++ % 100 === 0) onProgress(`file ${copied} of ${files}`);
  }
  await writeWhole(config.headsFile, createReadStream(join(folder, backup.heads.file)));
  await asOwner(options.ownerUrl, (client) => loadKeys(client, keys, tombstones));
  const destroyed = await destroyAgain(options, tombstones);
  return { name, at: backup.at, rows: backup.tables.reduce((sum, { rows }) => sum + rows, 0), files: copied, keys: keys.count, destroyed, leftOut, coveredBy: backup.coveredBy, heads: { lines: heads.lines, lastAt: heads.lastAt } };
}

async function asOwner(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await work(client);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function damagedOf(folder: string, files: readonly { file: string; sha256: string }[], onProgress: (what: string) => void): Promise<string[]> {
  const damaged: string[] = [];
  for (const { file, sha256 } of files) {
    onProgress(`checking ${file}`);
    if ((await hashOf(join(folder, file)))?.sha256 !== sha256) damaged.push(file);
  }
  return damaged;
}

async function checkFiles(dir: string, files: AsyncIterable<EvidenceLine>, onFile: (at: number) => void): Promise<{ files: number; leftOut: string[] }> {
  const leftOut: string[] = [];
  let at = 0;
  for await (const { path, sha256 } of files) {
    if (at++ % 100 === 0) onFile(at);
    if ((await hashOf(join(dir, EVIDENCE, path)))?.sha256 !== sha256) leftOut.push(path);
  }
  return { files: at - leftOut.length, leftOut };
}

/** The new place must have the master keys: nothing is restored that could not be opened. */
function refuseForeignKeys({ samples }: KeysBackup, master: Config['keys']['master']): void {
  for (const [id, some] of samples) {
    if (!master.some((one) => one.id === id)) throw new BackupError(`the master key ${id} is missing in MASTER_KEYS`);
    if (!some.some((row) => opens(master, row))) throw new BackupError(`the master key ${id} in MASTER_KEYS is not the one that wraps the keys of this backup`);
  }
}

function opens(master: Config['keys']['master'], row: Parameters<typeof unwrapKey>[1]): boolean {
  try { unwrapKey(master, row); return true; } catch { return false; }
}

/** A key of a case that was destroyed since is not even written here. */
async function loadKeys(client: pg.Client, keys: KeysBackup, tombstones: readonly Tombstone[]): Promise<void> {
  const gone = new Map(tombstones.map(({ subjectId, at }) => [subjectId, at]));
  for await (const { subjectId, masterKeyId, wrapped, createdAt, rewrappedAt, destroyedAt } of keys.rows()) {
    const at = gone.get(subjectId);
    gone.delete(subjectId);
    await client.query('INSERT INTO keys.case_key (subject_id, master_key_id, wrapped, created_at, rewrapped_at, destroyed_at) VALUES ($1, $2, $3, $4, $5, $6)',
      [subjectId, masterKeyId, at === undefined ? wrapped : null, createdAt, rewrappedAt, destroyedAt ?? at ?? null]);
  }
  // Destroyed, and not in this backup at all: no key is ever made for them again.
  for (const [subjectId, at] of gone) await client.query(`INSERT INTO keys.case_key (subject_id, master_key_id, destroyed_at) VALUES ($1, '-', $2)`, [subjectId, at]);
}

async function destroyAgain({ config, store, now = () => new Date() }: RestoreOptions, tombstones: readonly Tombstone[]): Promise<number> {
  const { prisma, close } = openDatabase(config.databaseUrl);
  try {
    const count = await applyTombstones({ db: prisma, keys: createCaseKeys(prisma, config.keys.master), signing: config.keys.signing[0]!, now }, tombstones);
    for (const { subjectId } of tombstones) await rm(join(store, subjectId), { recursive: true, force: true });
    await carryOut({ db: prisma }, config.headsFile);
    return count;
  } finally {
    await close();
  }
}

/** A case whose key was destroyed and whose destruction stands in no published head that was given: its indexes would come back. @throws BackupError */
async function refuseUntold(client: pg.Client, { destroyed }: KeysBackup, tombstones: readonly Tombstone[]): Promise<void> {
  const told = new Set(tombstones.map(({ subjectId }) => subjectId));
  const untold = [...destroyed].filter((subjectId) => !told.has(subjectId));
  const { rowCount } = await client.query(`SELECT FROM application a WHERE a.id = ANY($1::uuid[]) AND NOT EXISTS (SELECT FROM manifest_head h WHERE h.application_id = a.id AND h.kind = 'destroyed')`, [untold]);
  if (rowCount !== 0) throw new BackupError(`${rowCount} cases were destroyed since that copy of the published heads: give the newest one`);
}

/** What the backup's rows say was published must be what the file says: else the two are of different pasts. @throws BackupError */
async function refuseOtherHeads(client: pg.Client, file: string): Promise<void> {
  const lines = linesOf(file);
  await client.query('DECLARE published CURSOR FOR SELECT h.n::text AS n, h.line FROM published_head h ORDER BY h.n');
  for (;;) {
    const { rows } = await client.query<{ n: string; line: string }>('FETCH 1000 FROM published');
    for (const { n, line } of rows) {
      const next = await lines.next();
      // Published after the file was written last: carried out again from here.
      if (next.done === true) return;
      if (next.value !== line) throw new BackupError(`line ${n} of ${file} is not what the database of this backup published`);
    }
    if (rows.length === 0) return void await lines.return(undefined);
  }
}
