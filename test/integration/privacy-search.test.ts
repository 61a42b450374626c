import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import sharp from 'sharp';
import { findPersonalData, findPlainMedia } from '../support/journey/privacy.ts';
import { createTestDatabase, createTestRedis } from '../support/services/index.ts';
import type { TestDatabase, TestRedis } from '../support/services/index.ts';

const NUMBER = '11010519491231002X';
const PHONE = '13900000007';
const NAME = '欧阳试验';
const NEEDLES = [NUMBER, PHONE, NAME];

let database: TestDatabase;
let redis: TestRedis;
let dataDir: string;
let client: pg.Client;
let store: Redis;
const searched = () => ({ dataDir, output: [] as string[], env: { DATABASE_URL: database.url, REDIS_URL: redis.url } });
const put = (path: string, bytes: Buffer | string): string => {
  mkdirSync(join(dataDir, path, '..'), { recursive: true });
  writeFileSync(join(dataDir, path), bytes);
  return join(dataDir, path);
};

beforeAll(async () => {
  [database, redis] = [await createTestDatabase(), await createTestRedis()];
  dataDir = mkdtempSync(join(tmpdir(), 'witness-privacy-'));
  const owner = new URL(database.ownerUrl);
  put('postgres/password', `${decodeURIComponent(owner.password)}\n`);
  client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  store = new Redis(redis.url);
});
afterAll(async () => {
  store?.disconnect();
  await client?.end();
  await redis?.drop();
  await database?.drop();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

describe('the search for personal data (R43) finds what was planted', () => {
  test('and nothing where nothing is', async () => {
    expect(await findPersonalData(searched(), NEEDLES)).toEqual([]);
  });

  test('in a log line, as it is or inside JSON', async () => {
    const output = ['server: all is well', `server: {"msg":"saved ${NUMBER}"}`, `start: hello ${JSON.stringify({ NAME })}`, 'server: {"name":"\\u6b27\\u9633\\u8bd5\\u9a8c"}'];
    const found = await findPersonalData({ ...searched(), output }, NEEDLES);
    expect(found).toEqual([{ where: 'log line 2 (server)', needle: NUMBER }, { where: 'log line 3 (start)', needle: NAME }, { where: 'log line 4 (server)', needle: NAME }]);
  });

  test('a password of six digits where it stands alone, not inside a time stamp, an id or a hash', async () => {
    const wide = (text: string, swapped = false): string => (swapped ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, 'utf16le')).toString('latin1');
    const output = ['server: {"time":1763763739164}', 'server: {"ms":0.739164}', 'server: {"id":"01a2077a-f739164a-7962"}', 'server: {"sha256":"739164b20cfe"}', 'server: password=739164 saved', 'server: code739164', 'server: {"trading":"739164"}', ...[false, true].flatMap((swapped) => [`wide: ${wide('time 1763763739164 ', swapped)}`, `wide: ${wide('password 739164 ', swapped)}`])];
    const found = await findPersonalData({ ...searched(), output }, ['739164']);
    expect(found.map(({ where }) => where)).toEqual(['log line 5 (server)', 'log line 6 (server)', 'log line 7 (server)', 'log line 9 (wide)', 'log line 11 (wide)']);
  });

  test('in any column of any schema, as the owner sees it', async () => {
    await client.query(`INSERT INTO outbox (id, type, payload) VALUES (gen_random_uuid(), 'test', $1)`, [JSON.stringify({ deep: [{ phone: PHONE }] })]);
    await client.query(`INSERT INTO audit (actor_kind, action, codes) VALUES ('system', 'test', $1)`, [JSON.stringify({ name: NAME })]);
    await client.query(`INSERT INTO keys.case_key (subject_id, master_key_id, wrapped) VALUES (gen_random_uuid(), $1, 'x')`, [NUMBER]);
    await client.query('CREATE SCHEMA hidden');
    await client.query('CREATE TABLE hidden.bytes (b bytea)');
    await client.query('INSERT INTO hidden.bytes VALUES ($1)', [Buffer.from(`##${NUMBER}##`)]);
    await client.query('CREATE TABLE hidden.wide (b bytea)');
    await client.query('INSERT INTO hidden.wide VALUES ($1)', [Buffer.from(`#${NAME}#`, 'utf16le')]);
    expect(await findPersonalData(searched(), NEEDLES)).toEqual(expect.arrayContaining([
      { where: 'table public.outbox', needle: PHONE }, { where: 'table public.audit', needle: NAME }, { where: 'table keys.case_key', needle: NUMBER }, { where: 'table hidden.bytes', needle: NUMBER },
      { where: 'table hidden.wide', needle: NAME },
    ]));
    await client.query('DROP SCHEMA hidden CASCADE');
    await client.query(`DELETE FROM outbox; DELETE FROM keys.case_key; ALTER TABLE audit DISABLE TRIGGER ALL; DELETE FROM audit; ALTER TABLE audit ENABLE TRIGGER ALL`);
    expect(await findPersonalData(searched(), NEEDLES)).toEqual([]);
  });

  test('in Redis: keys, and values of every type', async () => {
    await store.set(`limit:${PHONE}`, '1');
    await store.set('text', `x${NUMBER}x`);
    await store.hset('hash', { [NAME]: '1', other: '2' });
    await store.hset('hash2', { field: PHONE });
    await store.rpush('list', 'a', NUMBER);
    await store.sadd('set', NAME);
    await store.zadd('zset', 1, PHONE);
    await store.xadd('stream', '*', 'data', JSON.stringify({ idNumber: NUMBER }));
    await store.set('base64', Buffer.from(`{"id":"${NUMBER}"}`).toString('base64'));
    const found = await findPersonalData(searched(), NEEDLES);
    expect(found).toEqual(expect.arrayContaining([
      { where: 'Redis key', needle: PHONE }, { where: 'Redis text', needle: NUMBER }, { where: 'Redis hash', needle: NAME }, { where: 'Redis hash2', needle: PHONE }, { where: 'Redis list', needle: NUMBER },
      { where: 'Redis set', needle: NAME }, { where: 'Redis zset', needle: PHONE }, { where: 'Redis stream', needle: NUMBER }, { where: 'Redis base64', needle: NUMBER },
    ]));
    await store.flushdb();
  });

  test('in any file under DATA_DIR, also across the pieces in which a large one is read, as text, UTF-16, base64 or hex', async () => {
    put('evidence/one/note.json', JSON.stringify({ name: NAME }));
    put('redis/appendonly.aof', Buffer.concat([Buffer.alloc((4 << 20) - 9), Buffer.from(NUMBER), Buffer.alloc(100)]));
    for (const shift of [0, 1, 2]) put(`evidence/base64-${shift}`, Buffer.from('#'.repeat(shift) + NUMBER + '#').toString(shift === 1 ? 'base64url' : 'base64'));
    put('evidence/hex', Buffer.from(PHONE).toString('hex'));
    put('evidence/utf16le', Buffer.from(`#${NAME}#`, 'utf16le'));
    put('evidence/utf16be', Buffer.from(`#${PHONE}#`, 'utf16le').swap16());
    const found = await findPersonalData(searched(), NEEDLES);
    expect(found.map(({ where }) => where).sort()).toEqual(['file evidence/base64-0', 'file evidence/base64-1', 'file evidence/base64-2', 'file evidence/hex', 'file evidence/one/note.json', 'file evidence/utf16be', 'file evidence/utf16le', 'file redis/appendonly.aof']);
  });

  test('but not what the outside companies keep, PostgreSQL’s own files, and the test’s cameras', async () => {
    await rm(join(dataDir, 'evidence'), { recursive: true });
    await rm(join(dataDir, 'redis'), { recursive: true });
    for (const path of ['simulators/core.json', 'postgres/cluster/base/1/2', 'client-camera/card.txt']) put(path, NUMBER);
    expect(await findPersonalData(searched(), NEEDLES, { except: [join(dataDir, 'client-camera')] })).toEqual([]);
    expect(await findPersonalData(searched(), NEEDLES)).toEqual([{ where: `file ${join('client-camera', 'card.txt')}`, needle: NUMBER }]);
  });
});

describe('the search for plain pictures, video and sound finds them by content', () => {
  test('under any name, in any folder, newer than the time given, and not where it was told to leave out', async () => {
    const dir = join(dataDir, 'media');
    const began = new Date(Date.now() - 5_000);
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } });
    const riff = (kind: string): Buffer => Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from(kind), Buffer.alloc(32)]);
    const planted: Record<string, Buffer> = {
      'a/photo': await picture.jpeg().toBuffer(), 'a/b/still.enc': await picture.png().toBuffer(), 'c.tmp': await picture.webp().toBuffer(), 'sound': riff('WAVE'),
      'segment.bin': Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.alloc(40)]), 'frame.ivf': Buffer.concat([Buffer.from('DKIF'), Buffer.alloc(40)]),
      'camera/own.jpg': await picture.jpeg().toBuffer(), 'old.jpg': await picture.jpeg().toBuffer(),
      'sealed.bin': Buffer.from('only looks like one: RIFF WAVE JFIF'), 'tiny': Buffer.from([0xff]), 'empty': Buffer.alloc(0),
    };
    for (const [name, bytes] of Object.entries(planted)) put(join('media', name), bytes);
    utimesSync(join(dir, 'old.jpg'), new Date(0), new Date(0));
    const found = await findPlainMedia([dir, join(dataDir, 'nowhere')], { since: began, except: [join(dir, 'camera')] });
    expect(found).toEqual([`a/b/still.enc (PNG)`, 'a/photo (JPEG)', 'c.tmp (WebP)', 'frame.ivf (IVF)', 'segment.bin (WebM)', 'sound (WAV)'].map((name) => join(dir, name)));
    expect(await findPlainMedia([dir])).toHaveLength(8);
  });
});
