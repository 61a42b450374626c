import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { loadConfig } from '../../server/platform/config.ts';
import type { Config } from '../../server/platform/config.ts';
import { startPostgres } from '../services.ts';
import { appDatabaseUrl, runningPort } from './database.ts';
import { demoKeys } from './demokeys.ts';

/** What an operator's command works on. */
export interface Surroundings {
  readonly config: Config;
  /** The owner of the tables: backup and restore need one. Of the private instance its own; else DATABASE_OWNER_URL. */
  readonly ownerUrl: string | undefined;
  stop(): Promise<void>;
}

/**
 * The configuration of the program: given by the environment, or of the private instance under DATA_DIR, running or not.
 * @param options.create make a private PostgreSQL where there is none (a restore)
 */
export async function surroundings(given: Record<string, string | undefined>, options: { create?: boolean } = {}): Promise<Surroundings> {
  const env = { ...given };
  const ownerUrl = env['DATABASE_OWNER_URL'] || undefined;
  delete env['DATABASE_OWNER_URL'];
  env['REDIS_URL'] ||= 'redis://127.0.0.1:6379';
  if (env['DATABASE_URL']) return { config: loadConfig(env), ownerUrl, stop: async () => undefined };
  const dataDir = resolve(env['DATA_DIR'] || '.data');
  const folder = join(dataDir, 'postgres');
  if (options.create !== true && !existsSync(join(folder, 'password'))) throw new Error(`there is no private database in ${dataDir}: set DATA_DIR, or DATABASE_URL for one of your own`);
  Object.assign(env, { DATA_DIR: dataDir, DEMO: '1', ...demoKeys(dataDir, env) });
  const port = runningPort(folder);
  const running = port === undefined ? undefined : `postgresql://127.0.0.1:${port}/video_witness`;
  if (running !== undefined && await answers(appDatabaseUrl(running, folder))) {
    const owner = new URL(running);
    owner.username = 'owner';
    owner.password = readFileSync(join(folder, 'password'), 'utf8').trim();
    return { config: loadConfig({ ...env, DATABASE_URL: appDatabaseUrl(running, folder) }), ownerUrl: owner.href, stop: async () => undefined };
  }
  const postgres = await startPostgres({ dataDir: folder });
  return { config: loadConfig({ ...env, DATABASE_URL: appDatabaseUrl(postgres.url, folder) }), ownerUrl: postgres.url, stop: () => postgres.stop() };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  return await client.connect().then(() => true, () => false).finally(() => client.end().catch(() => undefined));
}
