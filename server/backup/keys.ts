/** The wrapped case keys' own backups (R43, R44): apart from what they open, and of no use after 30 days. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import { z } from 'zod';
import { backupsIn, BackupError, folderName } from './format.ts';
import { linesOf, sizeOf, writeWhole } from './files.ts';

/** A key that was destroyed must be gone for good after this time. */
export const KEYS_DAYS = 30;
const DAY_MS = 24 * 3600_000;
const NAME = /^keys-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.jsonl$/;
const PART = '.part';
export const isKeysBackup = (name: string): boolean => NAME.test(name);

const head = z.object({ version: z.literal(1), at: z.iso.datetime(), count: z.number().int(), sha256: z.string() });
const keyRow = z.object({ subjectId: z.uuid(), masterKeyId: z.string(), wrapped: z.string().nullable(), createdAt: z.iso.datetime(), rewrappedAt: z.iso.datetime().nullable(), destroyedAt: z.iso.datetime().nullable() });
export type KeyRow = z.infer<typeof keyRow>;
export interface KeysBackup {
  readonly at: Date;
  readonly count: number;
  /** Subjects whose key was destroyed by then. */
  readonly destroyed: ReadonlySet<string>;
  /** Some wrapped keys of each master key, to see whether it opens them. */
  readonly samples: ReadonlyMap<string, readonly KeyRow[]>;
  /** Reads the proven file once more, row by row. */
  rows(): AsyncGenerator<KeyRow>;
}
const SAMPLES = 20;

/**
 * Writes all wrapped keys into a new file and removes those files that are older than `days`.
 * @throws BackupError when the folder holds what the keys open
 */
export async function backUpKeys({ ownerUrl, dir, days = KEYS_DAYS, now = new Date() }: { ownerUrl: string; dir: string; days?: number; now?: Date }): Promise<{ name: string; keys: number; removed: string[] }> {
  if (days > KEYS_DAYS || days < 1) throw new BackupError(`backups of keys live 1 to ${KEYS_DAYS} days`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await backupsIn(dir)).length > 0) throw new BackupError(`${dir} holds backups of what the keys open: keys never lie with it`);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Read twice in the same moment, so that the hash stands in front and no list of keys in memory.
    const hash = createHash('sha256').update(`${now.toISOString()}\n`);
    let count = 0;
    for await (const line of keyLines(client)) {
      hash.update(line);
      count++;
    }
    const first = `${JSON.stringify({ version: 1, at: now.toISOString(), count, sha256: hash.digest('hex') })}\n`;
    const name = `keys-${folderName(now)}.jsonl`;
    await writeWhole(join(dir, name), Readable.from((async function* () { yield first; yield* keyLines(client); })()));
    return { name, keys: count, removed: await removeExpired(dir, days, now) };
  } finally {
    await client.end();
  }
}

async function* keyLines(client: pg.Client): AsyncGenerator<string> {
  await client.query(`DECLARE keys CURSOR FOR SELECT subject_id::text AS "subjectId", master_key_id AS "masterKeyId", wrapped, created_at AS "createdAt", rewrapped_at AS "rewrappedAt", destroyed_at AS "destroyedAt" FROM keys.case_key ORDER BY 1`);
  for (;;) {
    const { rows } = await client.query<Record<keyof KeyRow, string | Date | null>>('FETCH 2000 FROM keys');
    for (const row of rows) yield `${JSON.stringify(row)}\n`;
    if (rows.length === 0) return void await client.query('CLOSE keys');
  }
}

/** By the time in the name: a file whose content says otherwise is not taken by a restore. What a run left half-written is of no use, and holds keys too. */
async function removeExpired(dir: string, days: number, now: Date): Promise<string[]> {
  const before = (ms: number): string => `keys-${folderName(new Date(now.getTime() - ms))}.jsonl`;
  const old = (await readdir(dir)).filter((name) => (isKeysBackup(name) && name < before(days * DAY_MS)) || (name.endsWith(PART) && isKeysBackup(name.slice(0, -PART.length)) && name < before(DAY_MS)));
  for (const name of old) await rm(join(dir, name), { force: true });
  return old.sort();
}

/**
 * The newest of a folder, or one file.
 * @throws BackupError when there is none, it is damaged, or it is older than 30 days
 */
export async function readKeysBackup(path: string, now: Date = new Date()): Promise<KeysBackup> {
  const names = await readdir(path).catch(() => null);
  const newest = names?.filter(isKeysBackup).sort().at(-1);
  if (names !== null && newest === undefined) throw new BackupError(`there is no backup of keys in ${path}`);
  const file = newest === undefined ? path : join(path, newest);
  if (await sizeOf(file) === null) throw new BackupError(`there is no backup of keys at ${file}`);
  const damaged = (): BackupError => new BackupError(`${file} is damaged`);
  const lines = linesOf(file);
  const found = head.safeParse(parsed((await lines.next()).value as string | undefined ?? ''));
  if (!found.success) throw damaged();
  const hash = createHash('sha256').update(`${found.data.at}\n`);
  const [destroyed, samples] = [new Set<string>(), new Map<string, KeyRow[]>()];
  let count = 0;
  for await (const line of lines) {
    hash.update(`${line}\n`);
    count++;
    const row = keyRow.safeParse(parsed(line));
    if (!row.success) throw damaged();
    if (row.data.destroyedAt !== null) destroyed.add(row.data.subjectId);
    const some = samples.get(row.data.masterKeyId) ?? [];
    if (row.data.wrapped !== null && some.length < SAMPLES) samples.set(row.data.masterKeyId, [...some, row.data]);
  }
  if (hash.digest('hex') !== found.data.sha256 || count !== found.data.count) throw damaged();
  const at = new Date(found.data.at);
  if (now.getTime() - at.getTime() > KEYS_DAYS * DAY_MS || at.getTime() > now.getTime() + DAY_MS) throw new BackupError(`${file} was made at ${found.data.at}: backups of keys are good for ${KEYS_DAYS} days`);
  return { at, count, destroyed, samples, rows: () => rowsOf(file) };
}

async function* rowsOf(file: string): AsyncGenerator<KeyRow> {
  let first = true;
  for await (const line of linesOf(file)) {
    if (!first) yield keyRow.parse(parsed(line));
    first = false;
  }
}

function parsed(text: string): unknown {
  try { return JSON.parse(text); } catch { return null; }
}
