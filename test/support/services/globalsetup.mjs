import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  process.env.TEST_APP_LOGIN = await migrateTemplate(postgres.url);
}

/** @returns user and password of the program's login, which works in every copy of the template */
async function migrateTemplate(ownerUrl) {
  const { migrate, APP_ROLE } = await import('../../../server/database/migrate.ts');
  const url = new URL(ownerUrl);
  url.username = APP_ROLE;
  url.password = randomBytes(12).toString('hex');
  await migrate(ownerUrl, url.href);
  return `${url.username}:${url.password}`;
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
