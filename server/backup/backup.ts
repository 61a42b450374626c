/** The ordinary backup: rows, evidence and published heads, never the wrapped case keys. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import { copyEvidence, removeDestroyed, tally } from './evidence.ts';
import { backupsIn, BackupError, beside, EVIDENCE, evidenceLines, folderName, readManifest, writeManifest } from './format.ts';
import type { Backup, CoveredBy, EvidenceLine } from './format.ts';
import { hashOf, linesOf, syncFolder, writeWhole } from './files.ts';
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
  readonly coveredBy: CoveredBy;
  /** Not closed yet: they come with the next backup. */
  readonly growing: readonly string[];
  /** What rows speak of and the store has not, or not whole, files that changed since they were copied, and earlier backups that cannot be read: the backup is made all the same. */
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
  // While it is copied the list is written: a store of a million files takes no more memory than one of ten.
  const counted = tally();
  const before = await knownFiles(dir);
  const lines = copyEvidence({ store, dir, known: beside(before.lines), leaveOut: destroyed, counted });
  const list = await writeWhole(join(folder, 'evidence.jsonl'), Readable.from(listed(lines, () => { if (counted.files % 100 === 0) onProgress(`${counted.files} files, ${counted.fresh} of them new`); })));
  const evidence = { file: 'evidence.jsonl', ...list, count: counted.files };
  const missing = await missingFiles(client, beside(evidenceLines(folder, { evidence })), destroyed);
  const heads = await copyHeads(client, options.headsFile, join(folder, 'heads.jsonl'));
  const coveredBy = await coverage(client, rows.tables);
  await client.query('COMMIT');
  await writeManifest(folder, { version: 1, at: at.toISOString(), ...rows, evidence, heads: { file: 'heads.jsonl', lines: heads.lines, sha256: heads.sha256, bytes: heads.bytes }, coveredBy, missing });
  await syncFolder(dir);
  return {
    name: folderName(at), rows: rows.tables.reduce((sum, table) => sum + table.rows, 0), files: counted.files, fresh: counted.fresh, bytes: counted.bytes, coveredBy,
    growing: counted.growing, problems: [...before.problems, ...missing.map((path) => `missing: ${path}`), ...counted.changed.map((path) => `changed: ${path}`), ...heads.problems], destroyedRemoved: await removeDestroyed(dir, destroyed),
  };
}

async function* listed(lines: AsyncIterable<EvidenceLine>, onLine: () => void): AsyncGenerator<string> {
  for await (const { path, bytes, sha256 } of lines) {
    yield `${JSON.stringify({ path, bytes, sha256 })}\n`;
    onLine();
  }
}

/** What the newest backup that can be read says of the shared files. One that cannot is a problem of its own, and keeps no later one from being made. */
async function knownFiles(dir: string): Promise<{ lines: AsyncGenerator<EvidenceLine>; problems: string[] }> {
  const problems: string[] = [];
  for (const { name } of (await backupsIn(dir)).filter(({ whole }) => whole).reverse()) {
    const folder = join(dir, name);
    try {
      const backup = await readManifest(folder);
      if ((await hashOf(join(folder, backup.evidence.file)))?.sha256 !== backup.evidence.sha256) throw new BackupError(`${join(folder, backup.evidence.file)} is damaged or missing`);
      return { lines: evidenceLines(folder, backup), problems };
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      problems.push(`earlier backup: ${error.message}`);
    }
  }
  return { lines: none(), problems };
}
async function* none(): AsyncGenerator<EvidenceLine> { /* nothing is known of this folder's files */ }

/** In the same moment as the rows. */
async function coverage(client: pg.Client, tables: Backup['tables']): Promise<CoveredBy> {
  const { rows: [last] } = await client.query<{ n: string | null; at: Date | null; change: string | null; waiting: string }>(`
    SELECT (SELECT max(n)::text FROM published_head) AS n, (SELECT at FROM published_head ORDER BY n DESC LIMIT 1) AS at, (SELECT max(id)::text FROM row_change) AS change, (SELECT count(*)::text FROM manifest_due) AS waiting`);
  return { publishedHead: Number(last?.n ?? 0), publishedAt: last?.at?.toISOString() ?? null, manifestLines: tables.find(({ table }) => table === 'manifest_line')?.rows ?? 0, change: Number(last?.change ?? 0), waiting: Number(last?.waiting ?? 0) };
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

/** Both in the same order. */
async function missingFiles(client: pg.Client, copied: (path: string) => Promise<EvidenceLine | undefined>, destroyed: ReadonlySet<string>): Promise<string[]> {
  await client.query(`DECLARE named CURSOR FOR SELECT case_id::text AS "caseId", file_id AS "fileId" FROM (${NAMED}) n WHERE file_id IS NOT NULL ORDER BY case_id::text COLLATE "C", file_id COLLATE "C"`);
  const missing: string[] = [];
  for (;;) {
    const { rows } = await client.query<{ caseId: string; fileId: string }>('FETCH 5000 FROM named');
    if (rows.length === 0) return missing;
    for (const { caseId, fileId } of rows) {
      const path = `${caseId}/${fileId}.vwe`;
      if (!destroyed.has(caseId) && await copied(path) === undefined) missing.push(path);
    }
  }
}

/**
 * The file of published heads as far as this moment's rows have it: further lines belong to the next backup. From the first
 * line on that is not the database's nothing is taken.
 */
async function copyHeads(client: pg.Client, file: string, target: string): Promise<Written & { lines: number; problems: string[] }> {
  let lines = 0;
  const problems: string[] = [];
  await client.query('DECLARE published CURSOR FOR SELECT line FROM published_head ORDER BY n');
  const same = async function* (): AsyncGenerator<string> {
    let rows: string[] = [];
    for await (const line of linesOf(file)) {
      if (rows.length === 0) rows = (await client.query<{ line: string }>('FETCH 1000 FROM published')).rows.map((row) => row.line).reverse();
      const row = rows.pop();
      if (row === undefined) return;
      if (row !== line) return void problems.push(`published heads: line ${lines + 1} of ${file} is not the database's`);
      lines++;
      yield `${line}\n`;
    }
  };
  return { ...await writeWhole(target, Readable.from(same())), lines, problems };
}
