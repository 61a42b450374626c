import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startPostgres } from '../../scripts/services/postgres.ts';
import type { Postgres } from '../../scripts/services/postgres.ts';
import { makeBackup } from '../../server/backup/backup.ts';
import { backUpKeys, readKeysBackup } from '../../server/backup/keys.ts';
import { checkBackup, restoreBackup } from '../../server/backup/restore.ts';
import type { RestoreOptions } from '../../server/backup/restore.ts';
import { createCaseKeys } from '../../server/database/casekeys.ts';
import { createFieldCipher, newId } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import { createFileStore } from '../../media/evidence/index.ts';
import { openBundle, publicKeys, writeBundle } from '../../server/usecases/evidence/bundle.ts';
import { recordJob } from '../../server/usecases/evidence/jobs.ts';
import { carryOut, publishLog, readPublished } from '../../server/usecases/evidence/published.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import { destroyCase } from '../../server/usecases/retention/destroy.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

const DAY = 24 * 3600_000;
let app: CaseServices;
let services: CaseServices['services'];
let witnessId: string;
let dir: string;
let server: Postgres;
let made: MadeCase[];

beforeAll(async () => {
  app = await startCaseServices();
  services = app.services;
  app.clock.at = new Date();
  witnessId = await makeStaff(services, ['witness']);
  dir = await mkdtemp(join(tmpdir(), 'backup-'));
  // Another PostgreSQL altogether, as after the loss of the first.
  server = await startPostgres({ dataDir: join(dir, 'postgres'), fast: true });
  made = [await witnessed(), await witnessed(), await witnessed()];
});
afterAll(async () => {
  await server?.stop();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

/** A case with photo, recording and a sealed, published manifest. */
async function witnessed(): Promise<MadeCase> {
  const one = await makeCase(services, { until: 'pass', witnessId });
  const { applicationId, sessionId } = one;
  const put = (kind: string, size: number) => services.store.put({ caseId: applicationId, kind, contentType: kind === 'photo' ? 'image/png' : 'video/webm', bytes: randomBytes(size) });
  const [frame, segment] = [await put('photo', 30_000), await put('segment', 150_000)];
  await services.db.photo.create({ data: { id: newId(), sessionId, applicationId, kind: 'face', fileId: frame.fileId, producerId: 'p', rtpTimestamp: 1n, mediaTimeMs: 1, receivedAt: app.clock.at, sha256: frame.saltedSha256, width: 10, height: 10 } });
  await services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 0, fileId: segment.fileId, startMs: 0, endMs: 10_000, mimeType: 'video/webm', byteLength: 150_000, saltedSha256: segment.saltedSha256, tracks: [] } });
  await services.db.application.update({ where: { id: applicationId }, data: { submittedAt: app.clock.at } });
  await services.db.witnessSession.update({ where: { id: sessionId }, data: { endedAt: app.clock.at } });
  app.clock.at = new Date(app.clock.at.getTime() + 60_000);
  await recordJob(services, app.evidence, applicationId);
  return one;
}

const master = () => app.master;
const backup = (folder: string, now?: Date) => makeBackup({ ownerUrl: app.database.ownerUrl, store: app.dir, headsFile: app.evidence.headsFile, dir: folder, ...(now === undefined ? {} : { now: () => now }) });
const keysOf = (folder: string, now?: Date) => backUpKeys({ ownerUrl: app.database.ownerUrl, dir: folder, ...(now === undefined ? {} : { now }) });

/** A place with nothing in it, and what a restore into it is told. */
async function place(from: { dir: string; keys: string }): Promise<RestoreOptions> {
  const folder = await mkdtemp(join(dir, 'place-'));
  const name = `restored_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const ownerUrl = new URL(server.url);
  ownerUrl.pathname = `/${name}`;
  const appUrl = new URL(ownerUrl);
  [appUrl.username, appUrl.password] = ['witness_app', 'secret'];
  return {
    ...from, ownerUrl: ownerUrl.href, store: join(folder, 'evidence'), heads: app.evidence.headsFile,
    config: { databaseUrl: appUrl.href, headsFile: join(folder, 'published-heads.jsonl'), keys: { master: master(), blindIndex: [], signing: [app.evidence.signing] } },
  };
}

/** The restored place as a program has it, and what verifier and verify:live say of a case there. */
async function inPlace<T>({ config, store: storeDir }: RestoreOptions, work: (there: { services: typeof services; verify: (applicationId: string) => Promise<{ intact: boolean; complete: boolean; destroyed: string | null }>; live: (applicationId: string) => Promise<unknown[]> }) => Promise<T>): Promise<T> {
  const { prisma: db, close } = openDatabase(config.databaseUrl);
  try {
    const keys = createCaseKeys(db, config.keys.master);
    const store = createFileStore({ dir: storeDir, keys });
    const there = { ...services, db, keys, store, cipher: createFieldCipher(keys) };
    const trust = join(dir, 'trust.json');
    await writeFile(trust, JSON.stringify(publicKeys([app.evidence.signing])));
    const published = async () => (await readPublished(there, config.headsFile, config.keys.signing));
    return await work({
      services: there,
      verify: async (applicationId) => {
        const folder = await mkdtemp(join(dir, 'bundle-'));
        await writeBundle((await openBundle(there, { keys: config.keys.signing, store }, { applicationId, cover: { caseNo: '1', exportedAt: app.clock.at, by: '某人', receiver: '某法院', purpose: '核查' } })).read(), folder);
        const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs'), folder, '--trust', trust, '--heads', config.headsFile, '--json']).catch((error: { stdout: string }) => error);
        return JSON.parse(stdout) as { intact: boolean; complete: boolean; destroyed: string | null };
      },
      live: async (applicationId) => [...(await published()).problems, ...await verifyCase(there, { store, signing: config.keys.signing, published: (await published()).heads.get(applicationId) ?? [] }, applicationId)],
    });
  } finally {
    await close();
  }
}

describe('backup and restore, a drill', () => {
  test('restored into another PostgreSQL and another store, every bundle verifies and verify:live has nothing to tell', async () => {
    const [at, keys] = [join(dir, 'drill'), join(dir, 'drill-keys')];
    await publishLog(services, app.evidence.signing);
    await carryOut(services, app.evidence.headsFile);
    const done = await backup(at);
    expect(done).toMatchObject({ files: 6, fresh: 6, problems: [], growing: [] });
    await keysOf(keys);
    const options = await place({ dir: at, keys });
    const told: string[] = [];
    expect(await restoreBackup({ ...options, onProgress: (what) => told.push(what) })).toMatchObject({ rows: done.rows, files: 6, destroyed: 0, leftOut: [] });
    expect(told.some((what) => /^table \d+ of \d+/.test(what)) && told.some((what) => /^file \d+ of 6/.test(what))).toBe(true);
    await inPlace(options, async ({ services: there, verify, live }) => {
      for (const { applicationId, form } of made) {
        expect(await verify(applicationId)).toMatchObject({ intact: true, complete: true, destroyed: null });
        expect(await live(applicationId)).toEqual([]);
        const { formEnc } = await there.db.application.findUniqueOrThrow({ where: { id: applicationId } });
        expect(await there.cipher.openJson({ subject: applicationId, table: 'application', column: 'form_enc', row: applicationId }, formEnc!)).toEqual(form);
      }
      // The program goes on there: numbers go on, audit rows cannot be changed, it owns nothing.
      const { seq } = await there.db.audit.create({ data: { actorKind: 'system', action: 'drill' } });
      expect(Number(seq)).toBe(Number((await services.db.audit.findFirstOrThrow({ orderBy: { seq: 'desc' } })).seq) + 1);
      await expect(there.db.$executeRaw`UPDATE audit SET action = 'x'`).rejects.toThrow();
    });
    await expect(restoreBackup(options)).rejects.toThrow('is not empty');
  });

  test('a second backup copies only what is new; both are whole', async () => {
    const at = join(dir, 'incremental');
    await backup(at, new Date(Date.now() - 60_000));
    made.push(await witnessed());
    expect(await backup(at)).toMatchObject({ files: 8, fresh: 2 });
    expect((await readdir(at)).filter((name) => name !== 'evidence')).toHaveLength(2);
  });

  test('the ordinary backup holds no case key, and nothing personal in clear', async () => {
    const [at] = [join(dir, 'searched')];
    await backup(at);
    const [first] = made;
    const wrapped = (await services.db.caseKey.findUniqueOrThrow({ where: { subjectId: first!.applicationId } })).wrapped!;
    const { gunzipSync } = await import('node:zlib');
    let searched = 0;
    for (const name of await readdir(at, { recursive: true })) {
      const path = join(at, name);
      if (!(await stat(path)).isFile()) continue;
      const bytes = await readFile(path);
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
      for (const secret of [wrapped, first!.form.idNumber, first!.phone, Buffer.from(first!.form.name).toString('latin1')]) expect(text.includes(secret)).toBe(false);
      searched++;
    }
    expect(searched).toBeGreaterThan(30);
  });

  test('a file that a call is still writing waits for the next backup; one that is gone is named, and the backup is made', async () => {
    const { applicationId } = await witnessed();
    const writer = await app.evidence.store.openWriter({ caseId: applicationId, kind: 'segment', contentType: 'video/webm' });
    await writer.append(randomBytes(100_000));
    await writer.flush();
    const photo = await services.db.photo.findFirstOrThrow({ where: { applicationId } });
    const path = `${applicationId}/${photo.fileId}.vwe`;
    const bytes = await readFile(join(app.dir, path));
    await rm(join(app.dir, path));
    const at = join(dir, 'growing');
    expect(await backup(at)).toMatchObject({ growing: [`${applicationId}/${writer.fileId}.vwe`], problems: [`missing: ${path}`] });
    await writeFile(join(app.dir, path), bytes);
    await writer.close();
    expect(await backup(at)).toMatchObject({ growing: [], problems: [] });
  });
});

describe('a backup that is not as it should be', () => {
  test('broken off, it is taken for none, and the next one removes it', async () => {
    const [at, keys] = [join(dir, 'broken'), join(dir, 'broken-keys')];
    await expect(makeBackup({ ownerUrl: app.database.ownerUrl, store: app.dir, headsFile: app.evidence.headsFile, dir: at, onProgress: (what) => { if (what.includes('audit')) throw new Error('power failure'); } })).rejects.toThrow('power failure');
    const [left] = (await readdir(at)).filter((name) => name !== 'evidence');
    await keysOf(keys);
    const options = await place({ dir: at, keys });
    await expect(restoreBackup(options)).rejects.toThrow('there is no whole backup');
    await expect(restoreBackup({ ...options, name: left })).rejects.toThrow('broken off before its end');
    await backup(at);
    expect((await readdir(at)).includes(left!)).toBe(false);
  });

  test('damaged, it is told by name and nothing is restored; evidence files may be left out by a word of the operator', async () => {
    const [at, keys] = [join(dir, 'damaged'), join(dir, 'damaged-keys')];
    const { name } = await backup(at);
    await keysOf(keys);
    const options = await place({ dir: at, keys });
    const flip = async (path: string): Promise<() => Promise<void>> => {
      const good = await readFile(path);
      const bad = Buffer.from(good);
      bad[Math.floor(bad.length / 2)]! ^= 1;
      await writeFile(path, bad);
      return () => writeFile(path, good);
    };
    for (const file of ['audit.copy.gz', 'evidence.jsonl', 'heads.jsonl']) {
      const mend = await flip(join(at, name, file));
      await expect(restoreBackup(options)).rejects.toThrow(`damaged or missing in the backup: ${file}`);
      await mend();
    }
    const mendList = await flip(join(at, name, 'backup.json'));
    await expect(restoreBackup(options)).rejects.toThrow('backup.json is damaged');
    await mendList();
    const [first] = made;
    const { fileId } = await services.db.photo.findFirstOrThrow({ where: { applicationId: first!.applicationId } });
    const path = `${first!.applicationId}/${fileId}.vwe`;
    await flip(join(at, 'evidence', path));
    await expect(checkBackup(options)).rejects.toThrow(`damaged or missing in the backup: ${path}`);
    expect(existsSync(options.store)).toBe(false);
    expect(await restoreBackup({ ...options, exceptDamaged: true })).toMatchObject({ leftOut: [path] });
    await inPlace(options, async ({ live }) => {
      expect(await live(first!.applicationId)).toEqual([expect.objectContaining({ what: 'file' })]);
      expect(await live(made[1]!.applicationId)).toEqual([]);
    });
  });

  test('a wrong or missing master key is said before anything is written', async () => {
    const [at, keys] = [join(dir, 'foreign'), join(dir, 'foreign-keys')];
    await backup(at);
    await keysOf(keys);
    const options = await place({ dir: at, keys });
    const having = (other: { id: string; key: Buffer }[]): RestoreOptions => ({ ...options, config: { ...options.config, keys: { ...options.config.keys, master: other } } });
    await expect(restoreBackup(having([{ id: 'm1', key: randomBytes(32) }]))).rejects.toThrow('the master key m1 in MASTER_KEYS is not the one');
    await expect(restoreBackup(having([{ id: 'm9', key: randomBytes(32) }]))).rejects.toThrow('the master key m1 is missing');
    expect(await restoreBackup(options)).toMatchObject({ leftOut: [] });
  });
});

describe('backups of the case keys (R43, R44)', () => {
  test('live at most 30 days: older ones are removed, and one that was put aside is not taken', async () => {
    const keys = join(dir, 'expiry');
    const now = new Date();
    await keysOf(keys, new Date(now.getTime() - 31 * DAY));
    const [old] = await readdir(keys);
    const kept = await readFile(join(keys, old!));
    expect(await keysOf(keys, new Date(now.getTime() - 29 * DAY))).toMatchObject({ removed: [] });
    expect(await keysOf(keys, now)).toMatchObject({ removed: [old] });
    expect(await readdir(keys)).toHaveLength(2);
    await writeFile(join(dir, 'aside.jsonl'), kept);
    await expect(readKeysBackup(join(dir, 'aside.jsonl'))).rejects.toThrow('good for 30 days');
    await expect(backUpKeys({ ownerUrl: app.database.ownerUrl, dir: keys, days: 31 })).rejects.toThrow('1 to 30 days');
  });

  test('with another date written into it, it is damaged', async () => {
    const keys = join(dir, 'redated');
    const at = new Date(Date.now() - 40 * DAY);
    await keysOf(keys, at);
    const path = join(keys, (await readdir(keys))[0]!);
    await writeFile(path, (await readFile(path, 'utf8')).replace(at.toISOString(), new Date().toISOString()));
    await expect(readKeysBackup(path)).rejects.toThrow('is damaged');
  });

  test('never lie with what they open, nor are they older than the rows', async () => {
    const [at, keys] = [join(dir, 'apart'), join(dir, 'apart-keys')];
    await keysOf(keys);
    await backup(at);
    await expect(keysOf(at)).rejects.toThrow('keys never lie with it');
    await expect(backup(keys)).rejects.toThrow('never lie with what they open');
    const options = await place({ dir: at, keys });
    await expect(restoreBackup(options)).rejects.toThrow('it lacks keys');
  });
});

test('a backup from before a destruction brings the case back neither with its key nor with its indexes; the others are whole (R44)', async () => {
  const [at, keys] = [join(dir, 'tombstone'), join(dir, 'tombstone-keys')];
  const [gone, stays] = [await witnessed(), made[1]!];
  await backup(at);
  await keysOf(keys);
  const heads = join(dir, 'older-heads.jsonl');
  await writeFile(heads, (await readFile(app.evidence.headsFile, 'utf8')).split('\n').slice(0, 2).join('\n') + '\n');
  await destroyCase(services, { keys: services.keys, evidence: app.evidence }, { applicationId: gone.applicationId, actor: { kind: 'system' } });
  await carryOut(services, app.evidence.headsFile);

  const options = await place({ dir: at, keys });
  await expect(restoreBackup({ ...options, heads })).rejects.toThrow('older than the backup');
  await expect(restoreBackup({ ...options, heads: join(dir, 'nowhere') })).rejects.toThrow('destroyed cases would come back');
  const forged = join(dir, 'forged-heads.jsonl');
  await writeFile(forged, (await readFile(app.evidence.headsFile, 'utf8')).replaceAll(`kind destroyed\\ncase ${gone.applicationId}`, `kind destroyed\\ncase ${stays.applicationId}`));
  await expect(restoreBackup({ ...options, heads: forged })).rejects.toThrow('is not signed by a key of SIGNING_KEYS');

  expect(await restoreBackup(options)).toMatchObject({ destroyed: 1, leftOut: [] });
  expect(existsSync(join(options.store, gone.applicationId))).toBe(false);
  await inPlace(options, async ({ services: there, verify, live }) => {
    expect(await there.db.caseKey.findUnique({ where: { subjectId: gone.applicationId } })).toMatchObject({ wrapped: null, destroyedAt: expect.any(Date) });
    expect(await there.db.caseKey.findUnique({ where: { subjectId: gone.clientId } })).toMatchObject({ wrapped: null });
    expect(await there.db.application.findUnique({ where: { id: gone.applicationId } })).toMatchObject({ idNumberIndex: null, formEnc: null });
    expect(await there.db.client.count({ where: { phoneIndex: { in: services.blindIndex.candidates('phone', gone.phone) } } })).toBe(0);
    expect(await live(gone.applicationId)).toEqual([]);
    expect(await verify(gone.applicationId)).toMatchObject({ intact: true, destroyed: expect.any(String) });
    expect(await live(stays.applicationId)).toEqual([]);
    expect(await verify(stays.applicationId)).toMatchObject({ intact: true, complete: true, destroyed: null });
  });
  // The next backup keeps no copy of its files; the older one is still good for all others.
  expect(await backup(at)).toMatchObject({ destroyedRemoved: 1 });
  expect(existsSync(join(at, 'evidence', gone.applicationId))).toBe(false);
  const again = await place({ dir: at, keys });
  const [older] = (await readdir(at)).filter((name) => name !== 'evidence').sort();
  expect(await restoreBackup({ ...again, name: older })).toMatchObject({ destroyed: 1, leftOut: [] });
});
