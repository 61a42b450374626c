import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataInUseError, startPostgres, startRedis, takeLock } from '../../../scripts/services.ts';
import { stopOrphan } from '../../../scripts/services/processes.ts';
import { cachedWorkerPath } from '../../../scripts/setup/worker.mjs';

const PREFIX = 'video-witness-test-';
export const TEMPLATE = 'test_template';

/** Starts one private PostgreSQL (with a migrated template database) and one Redis for this run. */
export default async function globalSetup() {
  await sweepKilledRuns();
  const dir = await mkdtemp(join(tmpdir(), PREFIX));
  await chmod(dir, 0o711);
  takeLock(join(dir, 'lock'), 'This test run');
  const postgres = await startPostgres({ dataDir: join(dir, 'postgres'), database: TEMPLATE, fast: true });
  const redis = await startRedis({ dataDir: join(dir, 'redis') });
  globalThis.testServices = { dir, postgres, redis };
  process.env.TEST_POSTGRES_URL = postgres.url;
  process.env.TEST_REDIS_URL = redis.url;
  process.env.TEST_SERVICES_DIR = dir;
  // Run by hand, without scripts/run.mjs: take the worker that it keeps.
  if (!process.env.MEDIASOUP_WORKER_BIN && existsSync(cachedWorkerPath())) process.env.MEDIASOUP_WORKER_BIN = cachedWorkerPath();
  const role = await migrateTemplate(postgres.url);
  process.env.TEST_APP_LOGIN = role;
}

async function migrateTemplate(ownerUrl) {
  const file = new URL('../../../server/database/migrate.ts', import.meta.url);
  const { migrate, APP_ROLE } = existsSync(file) ? await import(file.href) : {};
  await migrate?.(ownerUrl);
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const role = APP_ROLE ?? 'video_witness_app';
    const password = randomBytes(12).toString('hex');
    if (migrate === undefined) await client.query(`CREATE ROLE ${client.escapeIdentifier(role)}`);
    await client.query(`ALTER ROLE ${client.escapeIdentifier(role)} LOGIN PASSWORD '${password}'`);
    return `${role}:${password}`;
  } finally {
    await client.end();
  }
}

/** A run that was killed leaves its servers and folder behind: the next one clears them away. */
async function sweepKilledRuns() {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const dir = join(tmpdir(), name);
    if (!existsSync(join(dir, 'lock'))) continue; // just being made
    try {
      takeLock(join(dir, 'lock'), dir)();
    } catch (error) {
      if (error instanceof DataInUseError) continue;
      throw error;
    }
    await stopOrphan(join(dir, 'postgres', 'postgres.pid'), 'SIGINT');
    await stopOrphan(join(dir, 'redis', 'redis.pid'), 'SIGTERM');
    await rm(dir, { recursive: true, force: true });
  }
}
