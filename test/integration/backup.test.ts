import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeBackup } from '../../server/backup/backup.ts';
import { backUpKeys, readKeysBackup } from '../../server/backup/keys.ts';
import { checkBackup, restoreBackup } from '../../server/backup/restore.ts';
import type { RestoreOptions } from '../../server/backup/restore.ts';
import { carryOut, publishLog } from '../../server/usecases/evidence/published.ts';
import { destroyCase } from '../../server/usecases/retention/destroy.ts';
import type { MadeCase } from './case.support.ts';
import { startBackups } from './backup.support.ts';
import type { BackupKit } from './backup.support.ts';

const DAY = 24 * 3600_000;
let kit: BackupKit;
let app: BackupKit['app'];
let services: BackupKit['services'];
let dir: string;
let made: MadeCase[];

beforeAll(async () => {
  kit = await startBackups();
  ({ app, services, dir } = kit);
  made = [await kit.witnessed(), await kit.witnessed(), await kit.witnessed()];
});
afterAll(() => kit?.close());

const witnessed = () => kit.witnessed();
const backup = (folder: string, now?: Date) => kit.backup(folder, now === undefined ? {} : { now });
const keysOf = (folder: string, now?: Date) => kit.keysOf(folder, now);
const place = (from: { dir: string; keys: string }) => kit.place(from);
const inPlace: BackupKit['inPlace'] = (options, work) => kit.inPlace(options, work);

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

/** As if another version, or a fault of the disk, had written it. */
async function rewrite(folder: string, change: (backup: Record<string, unknown>) => void): Promise<void> {
  const path = join(folder, 'backup.json');
  const backup = JSON.parse((JSON.parse(await readFile(path, 'utf8')) as { backup: string }).backup) as Record<string, unknown>;
  change(backup);
  const text = JSON.stringify(backup);
  await writeFile(path, JSON.stringify({ backup: text, sha256: createHash('sha256').update(text).digest('hex') }));
}

describe('backups go on behind an earlier one (R42)', () => {
  test('that does not say yet how far it goes: it is built on, and can be restored', async () => {
    const [at, keys] = [join(dir, 'earlier'), join(dir, 'earlier-keys')];
    const { name, files } = await backup(at, new Date(Date.now() - 60_000));
    await rewrite(join(at, name), (one) => { delete one['coveredBy']; });
    expect(await backup(at)).toMatchObject({ files, fresh: 0, problems: [] });
    await keysOf(keys);
    const restored = await restoreBackup({ ...await place({ dir: at, keys }), name });
    expect(restored).toMatchObject({ name, files });
    expect(restored.coveredBy).toBeUndefined();
  });

  test('that cannot be read: it is named, what the one before it has is not copied again, and with none all is', async () => {
    const at = join(dir, 'unreadable');
    const [first, second] = [await backup(at, new Date(Date.now() - 180_000)), await backup(at, new Date(Date.now() - 120_000))];
    const list = join(at, second.name, 'evidence.jsonl');
    await writeFile(list, (await readFile(list, 'utf8')).slice(0, -40));
    expect(await backup(at, new Date(Date.now() - 60_000))).toMatchObject({ files: first.files, fresh: 0, problems: [`earlier backup: ${list} is damaged or missing`] });
    const names = (await readdir(at)).filter((name) => name !== 'evidence');
    for (const name of names) await rewrite(join(at, name), (one) => { one['version'] = 2; });
    const last = await backup(at);
    expect(last).toMatchObject({ files: first.files, fresh: first.files });
    expect(last.problems).toEqual(names.sort().reverse().map((name) => `earlier backup: ${join(at, name, 'backup.json')} is of another version of this program`));
    expect(await backup(at)).toMatchObject({ fresh: 0, problems: [] });
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
