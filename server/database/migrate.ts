import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** The database role of the running program: owns no table, may only insert into and read the audit tables. */
export const APP_ROLE = 'witness_app';

const FOLDER = join(import.meta.dirname, 'migrations');
/** Two programs that start together migrate one after the other. */
const LOCK = 7_301_454_425;

/**
 * Applies the migrations that are missing, each in a transaction of its own, recorded as Prisma's own tool does.
 * @param ownerUrl connection of the owner of the tables
 * @param appUrl connection the program will use: its login role is made when missing and its password set
 * @param until the last migration to apply: a backup is restored into the tables it was made of
 * @returns the names of the migrations applied now
 * @throws Error when an applied migration was changed afterwards
 */
export async function migrate(ownerUrl: string, appUrl?: string, until?: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const applied = await appliedOnes(client);
    const done: string[] = [];
    for (const name of migrationNames().filter((one) => until === undefined || one <= until)) {
      const sql = readFileSync(join(FOLDER, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(sql).digest('hex');
      const known = applied.get(name);
      if (known !== undefined && known !== checksum) throw new Error(`the migration ${name} was changed after it had been applied`);
      if (known !== undefined) continue;
      await applyOne(client, name, sql, checksum);
      done.push(name);
    }
    await client.query(`REVOKE ALL ON "_prisma_migrations" FROM ${APP_ROLE}`);
    if (appUrl !== undefined) await giveLogin(client, new URL(appUrl));
    return done;
  } finally {
    await client.end();
  }
}

const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" varchar(36) PRIMARY KEY, "checksum" varchar(64) NOT NULL, "finished_at" timestamptz, "migration_name" varchar(255) NOT NULL,
  "logs" text, "rolled_back_at" timestamptz, "started_at" timestamptz NOT NULL DEFAULT now(), "applied_steps_count" integer NOT NULL DEFAULT 0)`;

/** In the order in which they are applied. */
export function migrationNames(): string[] {
  return readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
}

async function appliedOnes(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL');
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

async function applyOne(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)',
      [randomUUID(), checksum, name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`the migration ${name} failed`, { cause: error });
  }
}

/** Lets the program log in as the role itself, or as a login of the operator's own name that is a member of it. */
async function giveLogin(client: pg.Client, app: URL): Promise<void> {
  const user = decodeURIComponent(app.username);
  const role = client.escapeIdentifier(user);
  const password = client.escapeLiteral(decodeURIComponent(app.password));
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user]);
  if (found.rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${password}`);
  else await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${password}`);
  if (user !== APP_ROLE) await client.query(`GRANT ${APP_ROLE} TO ${role}`);
}

if (import.meta.main) {
  const ownerUrl = process.env['DATABASE_OWNER_URL'];
  if (ownerUrl === undefined || ownerUrl === '') throw new Error('DATABASE_OWNER_URL is not set');
  const appUrl = process.env['DATABASE_URL'];
  const done = await migrate(ownerUrl, appUrl === '' ? undefined : appUrl);
  process.stdout.write(done.length === 0 ? 'The database is up to date.\n' : `Applied: ${done.join(', ')}\n`);
}
