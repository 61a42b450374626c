import { afterAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createTestDatabase, createTestRedis } from '../../support/services/index.ts';

const cleanup: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const undo of cleanup.reverse()) await undo();
});

describe('the private services of a test run', () => {
  test('each test file gets a database of its own', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    cleanup.push(one.drop, two.drop);
    const client = new pg.Client({ connectionString: one.ownerUrl });
    await client.connect();
    const answer = await client.query('SELECT current_database() AS name, current_setting(\'server_version_num\')::int AS version');
    await client.end();
    expect(one.ownerUrl).not.toBe(two.ownerUrl);
    expect(answer.rows[0].version).toBeGreaterThanOrEqual(180000);
  });

  test('the program does not connect as the owner of the tables', async () => {
    const database = await createTestDatabase();
    cleanup.push(database.drop);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const answer = await client.query('SELECT rolsuper, (SELECT count(*)::int FROM pg_tables WHERE tableowner = current_user) AS owned FROM pg_roles WHERE rolname = current_user');
    await client.end();
    expect(answer.rows[0]).toEqual({ rolsuper: false, owned: 0 });
  });

  test('each test file gets an empty Redis that evicts nothing and keeps every write', async () => {
    const mine = await createTestRedis();
    cleanup.push(mine.drop);
    const client = new Redis(mine.url);
    expect(await client.dbsize()).toBe(0);
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    client.disconnect();
  });
});
