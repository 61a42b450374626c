/** The database's rows by COPY, the same way out and in. The schema `keys` never goes with them. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { BackupError } from './format.ts';
import type { Backup } from './format.ts';
import { writeWhole } from './files.ts';

type Client = pg.Client;
const names = async (client: Client, sql: string, values: unknown[] = []): Promise<string[]> => (await client.query<{ name: string }>(sql, values)).rows.map(({ name }) => name);

/** Tables of the program, those that others refer to first. */
async function tables(client: Client): Promise<string[]> {
  const all = await names(client, `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations' ORDER BY 1`);
  const { rows } = await client.query<{ from: string; to: string }>(
    `SELECT f.relname AS "from", t.relname AS "to" FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid WHERE k.contype = 'f' AND f.oid <> t.oid AND f.relnamespace = 'public'::regnamespace`);
  const ordered: string[] = [];
  while (ordered.length < all.length) {
    const next = all.filter((one) => !ordered.includes(one) && rows.every(({ from, to }) => from !== one || ordered.includes(to)));
    if (next.length === 0) throw new BackupError('tables refer to each other in a ring');
    ordered.push(...next);
  }
  return ordered;
}

const columnsOf = (client: Client, table: string): Promise<string[]> =>
  names(client, `SELECT attname AS name FROM pg_attribute WHERE attrelid = ('public.' || quote_ident($1))::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, [table]);

/** In the caller's transaction, which sees one moment. */
export async function copyOut(client: Client, folder: string, onTable: (table: string, at: number, of: number) => void): Promise<Pick<Backup, 'tables' | 'sequences' | 'migrations'>> {
  const done: Backup['tables'] = [];
  const all = await tables(client);
  for (const [i, table] of all.entries()) {
    onTable(table, i + 1, all.length);
    const columns = await columnsOf(client, table);
    const stream = client.query(copyTo(`COPY public.${client.escapeIdentifier(table)} (${columns.map((one) => client.escapeIdentifier(one)).join(', ')}) TO STDOUT`));
    const file = `${table}.copy.gz`;
    const written = await writeWhole(join(folder, file), stream, [createGzip({ level: 4 })]);
    done.push({ file, ...written, table, columns, rows: stream.rowCount ?? 0 });
  }
  const sequences = await names(client, `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' ORDER BY 1`);
  const { rows: migrations } = await client.query<{ name: string; checksum: string }>(`SELECT migration_name AS name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1`);
  const at: Backup['sequences'] = [];
  for (const name of sequences) {
    const { rows: [value] } = await client.query<{ last: string; called: boolean }>(`SELECT last_value::text AS last, is_called AS called FROM public.${client.escapeIdentifier(name)}`);
    at.push({ name, ...value! });
  }
  return { tables: done, sequences: at, migrations };
}

/**
 * Into empty tables, in the caller's transaction; triggers stay out of it: what they wrote at the time is among the rows.
 * @throws BackupError when a table does not take all its rows
 */
export async function copyIn(client: Client, folder: string, backup: Backup, onTable: (table: string, at: number, of: number) => void): Promise<void> {
  const order = await tables(client);
  const sorted = [...backup.tables].sort((a, b) => order.indexOf(a.table) - order.indexOf(b.table));
  for (const [i, { table, columns, file, rows }] of sorted.entries()) {
    onTable(table, i + 1, sorted.length);
    const name = `public.${client.escapeIdentifier(table)}`;
    await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
    const stream = client.query(copyFrom(`COPY ${name} (${columns.map((one) => client.escapeIdentifier(one)).join(', ')}) FROM STDIN`));
    await pipeline(createReadStream(join(folder, file)), createGunzip(), stream);
    if (stream.rowCount !== rows) throw new BackupError(`${table} took ${stream.rowCount} of ${rows} rows`);
    await client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
  }
  for (const { name, last, called } of backup.sequences) await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [`public.${client.escapeIdentifier(name)}`, last, called]);
}

/** @throws BackupError when there is a row already: a restore overwrites nothing */
export async function refuseFilled(client: Client): Promise<void> {
  for (const table of await tables(client)) {
    const { rowCount } = await client.query(`SELECT 1 FROM public.${client.escapeIdentifier(table)} LIMIT 1`);
    if (rowCount !== 0) throw new BackupError(`the database is not empty (${table}): restore into a new one`);
  }
}
