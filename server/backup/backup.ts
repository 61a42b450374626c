/** The ordinary backup: rows, evidence and published heads, never the wrapped case keys. */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import pg from 'pg';
import { copyEvidence, removeDestroyed } from './evidence.ts';
import { backupsIn, BackupError, EVIDENCE, folderName, readEvidenceList, readManifest, writeManifest } from './format.ts';
import type { EvidenceLine } from './format.ts';
import { syncFolder, writeWhole } from './files.ts';
import type { Written } from './files.ts';
import { isKeysBackup } from './keys.ts';
import { copyOut } from './tables.ts';

export interface BackupOptions {
  readonly ownerUrl: string;
  /** The evidence store's folder. */
  readonly store: string;
  readonly headsFile: string;
  readonly dir: string;
  readonly now?: () => Date;
  readonly onProgress?: (what: string) => void;
}
export interface BackupMade {
  readonly name: string;
  readonly rows: number;
  readonly files: number;
  readonly fresh: number;
  readonly bytes: number;
  /** Not closed yet: they come with the next backup. */
  readonly growing: readonly string[];
  /** What rows speak of and the store has not, or not whole, and files that changed since they were copied: the backup is made all the same. */
  readonly problems: readonly string[];
  readonly destroyedRemoved: number;
}

/** One backup of a database at a time. */
const LOCK = 7_301_454_426;

/**
 * The database first, in one moment; then the files, so that each row's file is there. Broken off anywhere it leaves a folder
 * that no restore takes; files that were copied stay copied.
 * @throws BackupError
 */
export async function makeBackup(options: BackupOptions): Promise<BackupMade> {
  const { dir, onProgress = () => undefined } = options;
  await mkdir(join(dir, EVIDENCE), { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).some(isKeysBackup)) throw new BackupError(`${dir} holds backups of keys: they never lie with what they open`);
  const client = new pg.Client({ connectionString: options.ownerUrl });
  await client.connect();
  try {
    const { rows: [locked] } = await client.query<{ ok: boolean }>('SELECT pg_try_advisory_lock($1) AS ok', [LOCK]);
    if (locked?.ok !== true) throw new BackupError('another backup of this database is running');
    await removeBrokenOff(dir);
    return await backUp(client, { ...options, onProgress });
  } finally {
    await client.end();
  }
}

async function backUp(client: pg.Client, options: BackupOptions & { onProgress: (what: string) => void }): Promise<BackupMade> {
  const { dir, store, onProgress } = options;
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const at = options.now?.() ?? new Date();
  const folder = join(dir, folderName(at));
  await mkdir(folder, { mode: 0o700 });
  const rows = await copyOut(client, folder, (table, i, of) => onProgress(`table ${i} of ${of}: ${table}`));
  const { rows: gone } = await client.query<{ id: string }>('SELECT subject_id::text AS id FROM keys.case_key WHERE destroyed_at IS NOT NULL');
  const destroyed = new Set(gone.map(({ id }) => id));
  const copied = await copyEvidence({ store, dir, known: await knownFiles(dir), leaveOut: destroyed, onFile: (count, fresh) => { if (count % 100 === 0) onProgress(`${count} files, ${fresh} of them new`); } });
  const missing = await missingFiles(client, new Set(copied.files.map(({ path }) => path)), destroyed);
  const heads = await copyHeads(client, options.headsFile, join(folder, 'heads.jsonl'));
  await client.query('COMMIT');
  const evidence = await writeWhole(join(folder, 'evidence.jsonl'), Readable.from(linesOf(copied.files)));
  const count = copied.files.length;
  await writeManifest(folder, { version: 1, at: at.toISOString(), ...rows, evidence: { file: 'evidence.jsonl', ...evidence, count }, heads: { file: 'heads.jsonl', ...heads }, missing });
  await syncFolder(dir);
  return {
    name: folderName(at), rows: rows.tables.reduce((sum, table) => sum + table.rows, 0), files: count, fresh: copied.fresh, bytes: copied.files.reduce((sum, { bytes }) => sum + bytes, 0),
    growing: copied.growing, problems: [...missing.map((path) => `missing: ${path}`), ...copied.changed.map((path) => `changed: ${path}`)], destroyedRemoved: await removeDestroyed(dir, destroyed),
  };
}

function* linesOf(files: readonly EvidenceLine[]): Generator<string> {
  for (const { path, bytes, sha256 } of files) yield `${JSON.stringify({ path, bytes, sha256 })}\n`;
}

/** What the newest whole backup says of the shared files. */
async function knownFiles(dir: string): Promise<Map<string, EvidenceLine>> {
  const newest = (await backupsIn(dir)).filter(({ whole }) => whole).at(-1);
  if (newest === undefined) return new Map();
  const folder = join(dir, newest.name);
  return new Map((await readEvidenceList(folder, await readManifest(folder))).map((line) => [line.path, line]));
}

async function removeBrokenOff(dir: string): Promise<void> {
  for (const { name, whole } of await backupsIn(dir)) if (!whole) await rm(join(dir, name), { recursive: true, force: true });
}

/** Files of the store that rows of living cases speak of. */
const NAMED = `
  SELECT application_id AS case_id, file_id FROM document
  UNION SELECT application_id, unnest(ARRAY[file_id, still_file_id, read_file_id]) FROM photo
  UNION SELECT s.application_id, r.file_id FROM recording_segment r JOIN witness_session s ON s.id = r.session_id
  UNION SELECT application_id, file_id FROM manifest_line`;

async function missingFiles(client: pg.Client, copied: ReadonlySet<string>, destroyed: ReadonlySet<string>): Promise<string[]> {
  await client.query(`DECLARE named CURSOR FOR SELECT case_id::text AS "caseId", file_id AS "fileId" FROM (${NAMED}) n WHERE file_id IS NOT NULL`);
  const missing: string[] = [];
  for (;;) {
    const { rows } = await client.query<{ caseId: string; fileId: string }>('FETCH 5000 FROM named');
    if (rows.length === 0) return missing.sort();
    for (const { caseId, fileId } of rows) {
      const path = `${caseId}/${fileId}.vwe`;
      if (!copied.has(path) && !destroyed.has(caseId)) missing.push(path);
    }
  }
}

/** The file of published heads up to what this moment's rows have: further lines belong to the next backup. */
async function copyHeads(client: pg.Client, file: string, target: string): Promise<Written & { lines: number }> {
  const { rows: [last] } = await client.query<{ n: string }>('SELECT COALESCE(max(n), 0)::text AS n FROM published_head');
  const most = Number(last!.n);
  let lines = 0;
  const upTo = async function* (): AsyncGenerator<string> {
    const stream = createReadStream(file);
    stream.on('error', () => undefined);
    const read = createInterface({ input: stream, crlfDelay: Infinity });
    try {
      for await (const line of read) {
        if (lines >= most) return;
        lines++;
        yield `${line}\n`;
      }
    } catch (error) {
      // Nothing was published yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      stream.destroy();
    }
  };
  return { ...await writeWhole(target, Readable.from(upTo())), lines };
}
