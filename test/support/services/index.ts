import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';

/** A migrated database of one test file. */
export type TestDatabase = {
  /** As the program connects: the role that owns no table. */
  url: string;
  /** As the owner: for migrations, and for tests that look behind the program's back. */
  ownerUrl: string;
  /** Drops it, whoever is still connected. Calling it twice is harmless. */
  drop(): Promise<void>;
};

/** Copies the run's migrated template: a fresh database in some 50 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = new URL(needed('TEST_POSTGRES_URL'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = server.pathname.slice(1);
  // Two copies at one time would find the template in use: one after the other, under a lock in another database.
  await asOwner(server, async (client) => {
    await client.query('SELECT pg_advisory_lock(20181454)');
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  const ownerUrl = new URL(server);
  ownerUrl.pathname = `/${name}`;
  const url = new URL(ownerUrl);
  const [user, password] = needed('TEST_APP_LOGIN').split(':') as [string, string];
  url.username = user;
  url.password = password;
  return {
    url: url.href,
    ownerUrl: ownerUrl.href,
    drop: () => asOwner(server, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}

/** A Redis database of one test file, empty at the start. */
export type TestRedis = { url: string; drop(): Promise<void> };

/** Takes one of the private Redis's 64 databases for this test file. */
export async function createTestRedis(): Promise<TestRedis> {
  const base = new URL(needed('TEST_REDIS_URL'));
  const registry = new Redis(base.href);
  try {
    // Database 0 keeps the list of those taken; 1 to 63 go to test files.
    for (let index = 1; index < 64; index++) {
      if ((await registry.set(`taken-${index}`, process.pid, 'EX', 3600, 'NX')) === null) continue;
      const url = new URL(base);
      url.pathname = `/${index}`;
      await flush(url.href);
      return {
        url: url.href,
        drop: async () => {
          await flush(url.href);
          const again = new Redis(base.href);
          await again.del(`taken-${index}`);
          again.disconnect();
        },
      };
    }
    throw new Error('all 63 test databases of Redis are taken: a test file forgets to drop() its own');
  } finally {
    registry.disconnect();
  }
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    await client.flushdb();
  } finally {
    client.disconnect();
  }
}

async function asOwner(server: URL, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const url = new URL(server);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new Error(`${name} is not set: tests that need PostgreSQL or Redis belong in test/integration, test/media or test/e2e`);
  }
  return value;
}
