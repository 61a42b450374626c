/** What a backup is made of. `backup.json` is written last: a folder without it is no backup. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { writeWhole } from './files.ts';

/** Why a backup or a restore was not made. For the operator: names files, cases by id, and key ids; nothing of what is in them. */
export class BackupError extends Error {
  override name = 'BackupError';
}

/** Shared by all backups of a folder: evidence files are write-once and copied once. */
export const EVIDENCE = 'evidence';
const MANIFEST = 'backup.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const file = z.object({ file: z.string().regex(/^[a-z_.]+\.(copy\.gz|jsonl)$/), sha256, bytes: z.number().int() });
const identifier = z.string().regex(/^[a-z_][a-z0-9_]*$/);
const body = z.object({
  version: z.literal(1),
  /** The database is as it was at this time. */
  at: z.iso.datetime(),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  tables: z.array(file.extend({ table: identifier, columns: z.array(identifier), rows: z.number().int() })),
  sequences: z.array(z.object({ name: identifier, last: z.string().regex(/^\d+$/), called: z.boolean() })),
  /** One line a file: path under the store, size, SHA-256 of the ciphertext. */
  evidence: file.extend({ count: z.number().int() }),
  /** The published heads as far as the database had them. */
  heads: file.extend({ lines: z.number().int() }),
  /** How far the backup goes: the last published head, the lines of all manifests, the last write to a row that they tell of, and what waited to be recorded then. The first backups do not say it. */
  coveredBy: z.object({ publishedHead: z.number().int(), publishedAt: z.iso.datetime().nullable(), manifestLines: z.number().int(), change: z.number().int(), waiting: z.number().int() }).optional(),
  /** Files that rows speak of and the store did not have whole. */
  missing: z.array(z.string()),
});
export type Backup = z.infer<typeof body>;
export type CoveredBy = NonNullable<Backup['coveredBy']>;

const evidenceLine = z.object({ path: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[0-9a-f-]{36}\.vwe$/), bytes: z.number().int(), sha256 });
export type EvidenceLine = z.infer<typeof evidenceLine>;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export const folderName = (at: Date): string => at.toISOString().replaceAll(':', '-');
const FOLDER = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

export async function writeManifest(folder: string, backup: Backup): Promise<void> {
  const text = JSON.stringify(backup);
  await writeWhole(join(folder, MANIFEST), Readable.from([`${JSON.stringify({ backup: text, sha256: digest(text) })}\n`]));
}

/** @throws BackupError when the folder is no whole backup, or its list of files was changed */
export async function readManifest(folder: string): Promise<Backup> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => null);
  if (text === null) throw new BackupError(`${folder} is no whole backup: it was broken off before its end`);
  const outer = z.object({ backup: z.string(), sha256 }).safeParse(json(text));
  if (!outer.success || digest(outer.data.backup) !== outer.data.sha256) throw new BackupError(`${join(folder, MANIFEST)} is damaged`);
  const inner = body.safeParse(json(outer.data.backup));
  if (!inner.success) throw new BackupError(`${join(folder, MANIFEST)} is of another version of this program`);
  return inner.data;
}

/** Names of the dated folders, the oldest first; `whole`: with a list of files at their end. */
export async function backupsIn(dir: string): Promise<{ name: string; whole: boolean }[]> {
  const names = (await readdir(dir).catch(() => [] as string[])).filter((name) => FOLDER.test(name)).sort();
  return await Promise.all(names.map(async (name) => ({ name, whole: (await readdir(join(dir, name))).includes(MANIFEST) })));
}

/** One after the other, in the order of {@link inOrder}. @throws BackupError when a line is none */
export async function* evidenceLines(folder: string, { evidence }: Pick<Backup, 'evidence'>): AsyncGenerator<EvidenceLine> {
  const path = join(folder, evidence.file);
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const parsed = evidenceLine.safeParse(json(line));
    if (!parsed.success) throw new BackupError(`${path} is damaged`);
    yield parsed.data;
  }
}

/** Case by case, and in a case file by file: < 0 when `a` comes first. */
export function inOrder(a: string, b: string): number {
  const [[caseA, fileA], [caseB, fileB]] = [a.split('/') as [string, string], b.split('/') as [string, string]];
  return caseA === caseB ? (fileA < fileB ? -1 : fileA > fileB ? 1 : 0) : caseA < caseB ? -1 : 1;
}

/** Goes beside another list in the same order, and holds one line of its own at a time. @returns the line of that path, if there is one */
export function beside<T extends { readonly path: string }>(lines: AsyncGenerator<T>): (path: string) => Promise<T | undefined> {
  let at: T | undefined;
  let ended = false;
  return async (path) => {
    while (!ended && (at === undefined || inOrder(at.path, path) < 0)) {
      const next = await lines.next();
      if (next.done === true) ended = true;
      at = next.done === true ? undefined : next.value;
    }
    return at?.path === path ? at : undefined;
  };
}

function json(text: string): unknown {
  try { return JSON.parse(text); } catch { return null; }
}
