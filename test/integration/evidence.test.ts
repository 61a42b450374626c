import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import AdmZip from 'adm-zip';
import pg from 'pg';
import { newId } from '../../server/database/crypto.ts';
import { audit, changeApplication, changeSession } from '../../server/database/transact.ts';
import { openBundle, publicKeys, writeBundle } from '../../server/usecases/evidence/bundle.ts';
import { askExport, sendExport } from '../../server/usecases/evidence/export.ts';
import { publishJob, recordJob, recordTick } from '../../server/usecases/evidence/jobs.ts';
import { carryOut, publishLog, readPublished } from '../../server/usecases/evidence/published.ts';
import { recordCase } from '../../server/usecases/evidence/record.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let owner: pg.Client;
let staffId: string;
let dir: string;

beforeAll(async () => {
  app = await startCaseServices();
  services = { ...app.services, now: () => app.clock.at };
  owner = new pg.Client({ connectionString: app.database.ownerUrl });
  await owner.connect();
  staffId = await makeStaff(services, ['witness'], '见证人');
  dir = await mkdtemp(join(tmpdir(), 'evidence-'));
  app.clock.at = new Date();
  signers.push(app.evidence.signing);
});
afterAll(async () => {
  await owner?.end();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

const program = join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs');
type Verdict = { intact: boolean; complete: boolean; entries: number; problems: { what: string; where: string; why: string }[] };
/** The bundle as an auditor checks it, with keys and published heads from outside. */
async function verified(applicationId: string, { heads = true }: { heads?: boolean } = {}): Promise<Verdict> {
  const folder = await mkdtemp(join(dir, 'bundle-'));
  const cover = { caseNo: '1', exportedAt: app.clock.at, by: '某人', receiver: '某法院', purpose: '核查' };
  await writeBundle((await openBundle(services, { keys: signers, store: app.evidence.store }, { applicationId, cover })).read(), folder);
  return await check(folder, heads);
}
async function check(folder: string, heads = true): Promise<Verdict> {
  const trust = join(dir, 'trust.json');
  await writeFile(trust, JSON.stringify(publicKeys(signers)));
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder, '--trust', trust, '--json', ...(heads ? ['--heads', app.evidence.headsFile] : [])]).catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Verdict;
}
/** All that ever signed. */
const signers: { id: string; key: KeyObject }[] = [];
const publishedFile = (file = app.evidence.headsFile) => readPublished(services, file, signers);
const live = async (applicationId: string) => verifyCase(services, { store: app.evidence.store, signing: signers, published: (await publishedFile()).heads.get(applicationId) ?? [] }, applicationId);
const linesOf = (applicationId: string) => services.db.manifestLine.findMany({ where: { applicationId }, orderBy: { seq: 'asc' } });
const wait = (seconds: number): void => { app.clock.at = new Date(app.clock.at.getTime() + seconds * 1000); };

/** A case with a call in which something was asked, photographed and recorded. */
async function witnessed(until: 'accept' | 'pass' = 'pass'): Promise<MadeCase> {
  const made = await makeCase(services, { until: 'accept', witnessId: staffId });
  const { applicationId, sessionId } = made;
  await services.db.application.update({ where: { id: applicationId }, data: { submittedAt: app.clock.at } });
  const [frame, segment] = await Promise.all([
    app.evidence.store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: randomBytes(40_000) }),
    app.evidence.store.put({ caseId: applicationId, kind: 'segment', contentType: 'video/webm', bytes: randomBytes(200_000) }),
  ]);
  const photoId = newId();
  await services.db.photo.create({ data: { id: photoId, sessionId, applicationId, kind: 'portraitSide', fileId: frame.fileId, producerId: 'p', rtpTimestamp: 90_000n, mediaTimeMs: 1000, receivedAt: app.clock.at, sha256: frame.saltedSha256, width: 1280, height: 720 } });
  await services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 0, fileId: segment.fileId, startMs: 0, endMs: 10_000, mimeType: 'video/webm', byteLength: 200_000, saltedSha256: segment.saltedSha256, tracks: [{ kind: 'video', rtpTimestamp: 1 }] } });
  await services.db.recorderFact.create({ data: { id: newId(), sessionId, running: true, at: new Date(app.clock.at.getTime() - 5000) } });
  await services.db.scriptTick.create({ data: { id: newId(), sessionId, item: 'ownWill', answer: 'clear_yes', mediaTimeMs: 2000, at: app.clock.at } });
  await services.db.qualitySample.create({ data: { id: newId(), sessionId, role: 'client', figures: { lossShare: 0.01, roundTripMs: 40 }, at: app.clock.at } });
  if (until === 'pass') {
    const commentEnc = await services.cipher.seal({ subject: applicationId, table: 'witness_session', column: 'comment_enc', row: sessionId }, '本人意愿清楚');
    await changeSession(services.db, { sessionId, event: 'pass', actor: { kind: 'staff', id: staffId } }, { decision: 'approve', decidedAt: app.clock.at, endedAt: app.clock.at, commentEnc });
    await changeApplication(services.db, { applicationId, event: 'pass', actor: { kind: 'staff', id: staffId } }, { witnessedAt: app.clock.at });
  }
  return made;
}

describe('The manifest of a case (R42)', () => {
  test('what was given, asked, photographed, recorded and decided is in it, and nothing twice', async () => {
    const { applicationId, form } = await witnessed();
    wait(20);
    const first = await recordCase(services, app.evidence, applicationId);
    expect(first.head).toBe('seal');
    const lines = await linesOf(applicationId);
    const types = new Set(lines.map(({ line }) => (JSON.parse(line) as { type: string }).type));
    for (const type of ['given', 'call', 'answer', 'photo', 'photo.taken', 'segment', 'segment.tracks', 'recorder', 'network', 'decision', 'event']) expect(types).toContain(type);
    expect(await recordCase(services, app.evidence, applicationId)).toEqual({ added: 0, size: first.size, head: null });
    // Ids, codes and figures only: names and numbers are under the case's key.
    const readable = JSON.stringify([lines.map(({ line }) => line), await services.db.manifestHead.findMany({ where: { applicationId } })]);
    for (const personal of [form.name, form.idNumber, form.address, '6222021234567890128', '本人意愿清楚']) expect(readable).not.toContain(personal);
  });

  test('two writers at once write each thing once', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    const runs = await Promise.all([1, 2, 3].map(() => recordCase(services, app.evidence, applicationId)));
    expect(runs.filter(({ added }) => added > 0)).toHaveLength(1);
    const refs = (await linesOf(applicationId)).map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
    expect(await live(applicationId)).toEqual([]);
  });

  test('a live call is signed every 10 s, its chapter once it is over, and what comes later again', async () => {
    const made = await witnessed('accept');
    const { applicationId, sessionId } = made;
    const tick = async (): Promise<void> => { expect(await recordTick(services, app.evidence)).toBe(0); };
    const kinds = async (): Promise<string[]> => (await services.db.manifestHead.findMany({ where: { applicationId }, orderBy: { at: 'asc' } })).map(({ kind }) => kind);
    await tick();
    await services.db.scriptTick.create({ data: { id: newId(), sessionId, item: 'riskKnown', answer: 'clear_yes', mediaTimeMs: 3000, at: app.clock.at } });
    wait(4);
    await tick();
    expect(await kinds()).toEqual(['checkpoint']);
    wait(7);
    await tick();
    expect(await kinds()).toEqual(['checkpoint', 'checkpoint']);
    await changeSession(services.db, { sessionId, event: 'pass', actor: { kind: 'staff', id: staffId } }, { decision: 'approve', decidedAt: app.clock.at, endedAt: app.clock.at });
    await changeApplication(services.db, { applicationId, event: 'pass', actor: { kind: 'staff', id: staffId } });
    wait(16);
    await tick();
    expect((await kinds()).at(-1)).toBe('seal');
    await changeApplication(services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: staffId } });
    await recordJob(services, app.evidence, applicationId);
    expect((await kinds()).at(-1)).toBe('later');
    expect(await verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });

  test('a reading that was corrected is a line of its own; both wordings stay', async () => {
    const { applicationId, sessionId } = await witnessed();
    const photo = await services.db.photo.findFirstOrThrow({ where: { sessionId } });
    const read = async (text: string): Promise<void> => {
      const readingEnc = await services.cipher.sealJson({ subject: applicationId, table: 'photo', column: 'reading_enc', row: photo.id }, { reading: { fields: { name: { text } } }, findings: [] });
      await services.db.photo.update({ where: { id: photo.id }, data: { readingEnc, readAt: app.clock.at } });
      wait(20);
      await recordCase(services, app.evidence, applicationId);
    };
    await read('张三');
    await read('张二');
    expect((await linesOf(applicationId)).filter(({ ref }) => ref === `photo:${photo.id}:reading`)).toHaveLength(2);
    expect(await live(applicationId)).toEqual([]);
  });

  test('an upload whose file is damaged is not signed as evidence, and everything else still is', async () => {
    const { applicationId } = await witnessed();
    const { fileId } = await app.evidence.store.put({ caseId: applicationId, kind: 'upload', contentType: 'image/jpeg', bytes: randomBytes(5000) });
    await services.db.document.create({ data: { id: newId(), applicationId, side: 'portrait', fileId, width: 100, height: 60, uploadedAt: app.clock.at } });
    await rm(join(app.dir, applicationId, `${fileId}.vwe`));
    wait(600);
    expect(await recordCase(services, app.evidence, applicationId)).toMatchObject({ head: 'seal' });
    expect(await live(applicationId)).toEqual([expect.objectContaining({ what: 'unrecorded', where: expect.stringContaining('document:') })]);
  });

  test('when the case’s key is destroyed its lines stay and say nothing more; it is not written on (R44)', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    const { size } = await recordCase(services, app.evidence, applicationId);
    await audit(services.db, { actor: { kind: 'system' }, action: 'case.destroyed', applicationId });
    await services.db.caseKey.update({ where: { subjectId: applicationId }, data: { wrapped: null, destroyedAt: new Date() } });
    await recordJob(services, app.evidence, applicationId);
    expect(await linesOf(applicationId)).toHaveLength(size);
    // Chain, heads and states still hold together; another process, which never held the key, opens nothing.
    expect(await live(applicationId)).toEqual([]);
    const other = app.openServices();
    const [line] = await linesOf(applicationId);
    await expect(other.cipher.open({ subject: applicationId, table: 'manifest_line', column: 'content_enc', row: String(line!.seq) }, line!.contentEnc!)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
});

describe('A bundle of a case (R42)', () => {
  test('is intact for somebody who has the published keys and heads and nothing else of us', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    await recordJob(services, app.evidence, applicationId);
    await publishLog(services, app.evidence.signing);
    await carryOut(services, app.evidence.headsFile);
    expect(await verified(applicationId)).toMatchObject({ intact: true, complete: true, problems: [] });
  });

  test('lines that were taken from the end by a superuser, with their heads, show by the published heads', async () => {
    const { applicationId, sessionId } = await witnessed('accept');
    const { size } = await recordCase(services, app.evidence, applicationId);
    await changeSession(services.db, { sessionId, event: 'reject', actor: { kind: 'staff', id: staffId } }, { decision: 'reject', decisionCode: 'A01', decidedAt: app.clock.at, endedAt: app.clock.at });
    wait(20);
    await recordJob(services, app.evidence, applicationId);
    const { length } = await linesOf(applicationId);
    // As if the call had not been rejected: what is left is signed to its end.
    await asSuperuser(async () => {
      await owner.query('DELETE FROM manifest_line WHERE application_id = $1 AND seq > $2', [applicationId, size]);
      await owner.query('DELETE FROM manifest_head WHERE application_id = $1 AND size > $2', [applicationId, size]);
    });
    expect(await verified(applicationId, { heads: false })).toMatchObject({ intact: true, complete: false });
    const { intact, problems } = await verified(applicationId);
    expect(intact).toBe(false);
    expect(problems).toContainEqual(expect.objectContaining({ what: 'missing', where: `entries ${size + 1} to ${length}` }));
  });
});

/** As one who may do everything: triggers are switched off. */
async function asSuperuser(work: () => Promise<unknown>): Promise<void> {
  const tables = ['manifest_line', 'manifest_head', 'published_head', 'audit'];
  for (const table of tables) await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
  try { await work(); } finally { for (const table of tables) await owner.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`); }
}

describe('Database and store compared with the manifests (R42)', () => {
  const recorded = async (): Promise<MadeCase> => {
    const made = await witnessed();
    wait(20);
    await recordJob(services, app.evidence, made.applicationId);
    return made;
  };
  test('an untouched case has nothing to tell', async () => {
    expect(await live((await recorded()).applicationId)).toEqual([]);
  });

  test.each<[string, (made: MadeCase) => Promise<[string, unknown[]]>, string]>([
    ['an answer of the script', async ({ sessionId }) => [`UPDATE script_tick SET answer = 'unclear' WHERE session_id = $1`, [sessionId]], 'edited: tick:'],
    ['the decision', async ({ sessionId }) => [`UPDATE witness_session SET decision_code = 'A01' WHERE id = $1`, [sessionId]], 'edited: session:'],
    ['the state of the case', async ({ applicationId }) => [`UPDATE application SET state = 'approved' WHERE id = $1`, [applicationId]], 'state: application:'],
    ['the outcome of the call', async ({ sessionId }) => [`UPDATE witness_session SET outcome = 'rejected' WHERE id = $1`, [sessionId]], 'state: session:'],
    ['which file a photo is', async ({ sessionId }) => [`UPDATE photo SET file_id = (SELECT file_id FROM recording_segment WHERE session_id = $1) WHERE session_id = $1`, [sessionId]], 'edited: photo:'],
    ['where a segment lies in time', async ({ sessionId }) => [`UPDATE recording_segment SET start_ms = 500 WHERE session_id = $1`, [sessionId]], 'edited: segment:'],
    ['the risk class', async ({ applicationId }) => [`UPDATE application SET risk_class = 'C5' WHERE id = $1`, [applicationId]], 'edited: application:'],
    ['a row of the audit', async ({ applicationId }) => [`UPDATE audit SET actor_id = 'somebody' WHERE application_id = $1 AND action = 'application.pass'`, [applicationId]], 'edited: audit:'],
    ['a row that was removed', async ({ applicationId }) => [`DELETE FROM audit WHERE application_id = $1 AND action = 'application.submit'`, [applicationId]], 'gone: audit:'],
    ['an answer put in long after', async ({ sessionId }) => [`INSERT INTO script_tick (id, session_id, item, answer, at, media_time_ms) VALUES (gen_random_uuid(), $1, 'riskKnown', 'clear_yes', now() - interval '1 day', 0)`, [sessionId]], 'unrecorded: tick:'],
    ['a comment under its key', async ({ sessionId }) => [`UPDATE witness_session SET comment_enc = 'v1.AAAA' WHERE id = $1`, [sessionId]], 'edited: session:'],
    ['the form, exchanged for another case’s', async ({ applicationId }) => [`UPDATE application SET form_enc = (SELECT form_enc FROM application WHERE id <> $1 AND form_enc IS NOT NULL LIMIT 1) WHERE id = $1`, [applicationId]], 'edited: application:'],
    ['which photo counts', async ({ sessionId }) => [`UPDATE photo SET superseded_at = now() - interval '1 day' WHERE session_id = $1`, [sessionId]], 'unrecorded: photo:'],
    ['what a line says', async ({ applicationId }) => [`UPDATE manifest_line SET content_enc = 'x' WHERE application_id = $1 AND content_enc IS NOT NULL`, [applicationId]], 'edited: content of line '],
    ['a line that is no line any more', async ({ applicationId }) => [`UPDATE manifest_line SET line = 'x' WHERE application_id = $1 AND seq = 3`, [applicationId]], 'chain: line 3'],
    ['the key, removed without a record', async ({ applicationId }) => [`UPDATE keys.case_key SET wrapped = NULL WHERE subject_id = $1`, [applicationId]], 'destroyed: case_key:'],
    ['a line of the manifest', async ({ applicationId }) => [`UPDATE manifest_line SET line = replace(line, 'clear_yes', 'no') WHERE application_id = $1`, [applicationId]], 'chain: line '],
    ['a head of the manifest', async ({ applicationId }) => [`UPDATE manifest_head SET text = replace(text, 'size ', 'size 1') WHERE application_id = $1`, [applicationId]], 'head: head over '],
  ])('%s, edited by a superuser, is found and named', async (_what, edit, told) => {
    const made = await recorded();
    const [statement, values] = await edit(made);
    await asSuperuser(() => owner.query(statement, values));
    const found = async (): Promise<string[]> => (await live(made.applicationId)).map(({ what, where }) => `${what}: ${where}`);
    expect(await found()).toContainEqual(expect.stringContaining(told));
  });

  test.each(['police_check', 'script_tick'])('an answer in %s that was edited stays found after the manifest was written on', async (table) => {
    const made = await recorded();
    if (table === 'police_check') {
      await services.db.policeCheck.create({ data: { id: newId(), applicationId: made.applicationId, answer: 'nameMismatch', at: app.clock.at } });
      await recordJob(services, app.evidence, made.applicationId);
    }
    await asSuperuser(() => owner.query(`UPDATE ${table} SET answer = $1 WHERE ${table === 'police_check' ? 'application_id' : 'session_id'} = $2`, table === 'police_check' ? ['match', made.applicationId] : ['unclear', made.sessionId]));
    wait(600);
    await recordJob(services, app.evidence, made.applicationId);
    expect(await live(made.applicationId)).toEqual([expect.objectContaining({ what: 'edited' })]);
  });

  test('a chapter that was taken away whole, rows, lines and heads, is missed by the published heads', async () => {
    const { applicationId } = await recorded();
    await asSuperuser(async () => {
      for (const table of ['manifest_line', 'manifest_head']) await owner.query(`DELETE FROM ${table} WHERE application_id = $1`, [applicationId]);
    });
    expect((await live(applicationId)).filter(({ what }) => what === 'head')).toEqual([expect.objectContaining({ where: expect.stringContaining('is not here') })]);
  });

  test('a file that was changed, removed, or put in another’s place is found', async () => {
    const { applicationId, sessionId } = await recorded();
    const { fileId } = await services.db.photo.findFirstOrThrow({ where: { sessionId } });
    const path = join(app.dir, applicationId, `${fileId}.vwe`);
    const bytes = await readFile(path);
    const spoiled = Buffer.from(bytes);
    spoiled[spoiled.length - 100]! ^= 1;
    await writeFile(path, spoiled);
    expect(await live(applicationId)).toEqual([expect.objectContaining({ what: 'file', where: expect.stringContaining('photo:') })]);
    await writeFile(path, bytes);
    expect(await live(applicationId)).toEqual([]);
    // The part of its head that names the key.
    const otherKey = Buffer.from(bytes);
    otherKey[bytes.indexOf(applicationId.slice(0, 8)) + 1]! ^= 1;
    await writeFile(path, otherKey);
    expect(await live(applicationId)).toEqual([expect.objectContaining({ what: 'file' })]);
    await rm(path);
    expect(await live(applicationId)).toEqual([expect.objectContaining({ what: 'file' })]);
  });
});

describe('The published heads (R42)', () => {
  test('are carried out of the database in order, once each, and go on where the file ends', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    await recordJob(services, app.evidence, applicationId);
    const before = (await readFile(app.evidence.headsFile, 'utf8')).trim().split('\n');
    expect(before.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(before.map((_, i) => i + 1));
    expect(await carryOut(services, app.evidence.headsFile)).toBe(0);
    await publishJob(services, app.evidence);
    wait(25 * 3600);
    await changeApplication(services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: staffId } });
    await recordJob(services, app.evidence, applicationId);
    await publishJob(services, app.evidence);
    const after = (await readFile(app.evidence.headsFile, 'utf8')).trim().split('\n');
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.filter((line) => line.includes('kind log')).length).toBeGreaterThanOrEqual(2);
    expect(await verified(applicationId)).toMatchObject({ intact: true });
  });

  test('a line that was changed, cut off or put in is told, in the file and in the database', async () => {
    const good = await readFile(app.evidence.headsFile, 'utf8');
    expect((await publishedFile()).problems).toEqual([]);
    const copy = join(dir, 'changed.jsonl');
    await writeFile(copy, good.replace('kind seal', 'kind later'));
    expect((await publishedFile(copy)).problems).toContain('line 1 is not what was published');
    await writeFile(copy, good.split('\n').slice(1).join('\n'));
    expect((await publishedFile(copy)).problems).toContain('line 1 is not what was published');
    await asSuperuser(() => owner.query('UPDATE published_head SET line = line || $1 WHERE n = 2', [' ']));
    expect((await publishedFile()).problems).toEqual(['line 2 is not what was published']);
    await asSuperuser(() => owner.query('UPDATE published_head SET line = rtrim(line) WHERE n = 2'));
    wait(3600);
    expect((await publishedFile(join(dir, 'none.jsonl'))).problems).toEqual(['the file ends at line 0, the database goes on']);
  });

  test('of a database that was restored from an older day nothing is published behind what was published since', async () => {
    const file = join(dir, 'ahead.jsonl');
    const last = Number((await services.db.publishedHead.findFirstOrThrow({ orderBy: { n: 'desc' } })).n);
    await writeFile(file, `${await readFile(app.evidence.headsFile, 'utf8')}${JSON.stringify({ n: last + 1, text: 'later', signature: '' })}\n`);
    await expect(carryOut(services, file)).rejects.toThrow("is not the database's");
  });

  test('a file that ends in the middle of a line is left alone for a person to look at', async () => {
    const file = join(dir, 'torn.jsonl');
    await writeFile(file, '{"n":1,"text":"vi');
    await expect(carryOut(services, file)).rejects.toThrow('ends in the middle of a line');
    expect(await readFile(file, 'utf8')).toBe('{"n":1,"text":"vi');
    await appendFile(file, '\n');
    await expect(carryOut(services, file)).rejects.toThrow();
  });

  test('a file that cannot be written keeps no case from being recorded or handed out, and gets what it lacks later', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    await recordJob(services, { ...app.evidence, headsFile: join(dir, 'no such folder', 'heads.jsonl') }, applicationId);
    expect((await services.db.manifestHead.findFirstOrThrow({ where: { applicationId }, orderBy: { size: 'desc' } })).kind).toBe('seal');
    expect(app.lines.some((line) => line.includes('heads not published'))).toBe(true);
    await expect(publishJob(services, { ...app.evidence, headsFile: join(dir, 'no such folder', 'heads.jsonl') })).rejects.toThrow();
    expect(await carryOut(services, app.evidence.headsFile)).toBeGreaterThan(0);
    expect(await verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });

  test('heads signed by a key that was put away are still proven by it', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    await recordJob(services, app.evidence, applicationId);
    // Published once more, by the new key.
    const next = { ...app.evidence, signing: { id: 's2', key: generateKeyPairSync('ed25519').privateKey } };
    await changeApplication(services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: staffId } });
    await recordJob(services, next, applicationId);
    expect(await verifyCase(services, { store: app.evidence.store, signing: [next.signing, app.evidence.signing], published: [] }, applicationId)).toEqual([]);
    expect(await live(applicationId)).toContainEqual(expect.objectContaining({ what: 'head' }));
    signers.push(next.signing);
    expect(await live(applicationId)).toEqual([]);
    expect(await verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });
});

describe('Evidence is handed out (R45)', () => {
  const zipOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
    const folder = await mkdtemp(join(dir, 'zip-'));
    const file = join(folder, 'case.zip');
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    await writeFile(file, Buffer.concat(parts));
    new AdmZip(file).extractAllTo(join(folder, 'out'));
    return join(folder, 'out');
  };
  const ports = () => ({ ...app.evidence, keys: signers });

  test('to an auditor with a purpose and a receiver: the ZIP verifies, its pages name the case and the receiver, and who took it why is logged', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    const auditor = { staffId: await makeStaff(services, ['auditor'], '稽核员'), roles: ['auditor'] as const };
    const asked = await askExport(services, ports(), { applicationId, reader: auditor, purpose: '司法协助', receiver: '某某人民法院 <b>' });
    expect(asked.files).toBe(2);
    const { fileName, stream } = await sendExport(services, ports(), { exportId: asked.exportId, reader: auditor });
    const folder = await zipOf(stream);
    expect(await check(folder)).toMatchObject({ problems: [], intact: true, complete: true });
    const { caseNo } = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
    expect(fileName).toBe(`${caseNo}.zip`);
    const report = await readFile(join(folder, 'report.html'), 'utf8');
    for (const words of [caseNo, '某某人民法院 &#60;b&#62;', '司法协助', '稽核员', '本人意愿清楚']) expect(report).toContain(words);
    expect(report).not.toContain('<b>');
    expect(await services.db.lookLog.findMany({ where: { applicationId, what: 'export' } })).toEqual([expect.objectContaining({ id: asked.exportId, staffId: auditor.staffId })]);
    // Being read does not change a case: what was handed out stays complete.
    await recordJob(services, app.evidence, applicationId);
    expect(await check(folder)).toMatchObject({ intact: true, complete: true });
  });

  test('only to who asked, and for ten minutes', async () => {
    const { applicationId } = await witnessed();
    wait(20);
    const [auditor, other] = [{ staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] as const }, { staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] as const }];
    const { exportId } = await askExport({ ...services, now: () => new Date() }, ports(), { applicationId, reader: auditor, purpose: '定期稽核', receiver: '稽核部' });
    await expect(sendExport({ ...services, now: () => new Date() }, ports(), { exportId, reader: other })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(sendExport({ ...services, now: () => new Date(Date.now() + 11 * 60_000) }, ports(), { exportId, reader: auditor })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('who goes away in the middle of the download stops it: no more is read', async () => {
    const { applicationId, sessionId } = await witnessed();
    const { fileId, saltedSha256 } = await app.evidence.store.put({ caseId: applicationId, kind: 'segment', contentType: 'video/webm', bytes: randomBytes(12_000_000) });
    await services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 1, fileId, startMs: 10_000, endMs: 20_000, mimeType: 'video/webm', byteLength: 12_000_000, saltedSha256, tracks: [] } });
    wait(20);
    const reader = { staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] as const };
    let reads = 0;
    const counting = { ...ports(), store: { ...app.evidence.store, read: (at: Parameters<typeof app.evidence.store.read>[0]) => { reads += 1; return app.evidence.store.read(at); } } };
    const { exportId } = await askExport(services, counting, { applicationId, reader, purpose: '定期稽核', receiver: '稽核部' });
    const { stream } = await sendExport(services, counting, { exportId, reader });
    await new Promise((resolve) => stream.once('data', resolve));
    stream.destroy();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const stopped = reads;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(reads).toBe(stopped);
    expect(reads).toBeLessThan(12);
  });

  test('not to the case’s own witness, whatever other roles there are (R5); nothing is logged as taken', async () => {
    const { applicationId } = await witnessed();
    await expect(askExport(services, ports(), { applicationId, reader: { staffId, roles: ['witness', 'auditor'] }, purpose: '自查', receiver: '本人' })).rejects.toMatchObject({ code: 'SAME_PERSON' });
    expect(await services.db.lookLog.count({ where: { applicationId, what: 'export' } })).toBe(0);
  });

  test('not when a file of it is damaged: that is said before anything is sent', async () => {
    const { applicationId, sessionId } = await witnessed();
    wait(20);
    await recordJob(services, app.evidence, applicationId);
    const { fileId } = await services.db.photo.findFirstOrThrow({ where: { sessionId } });
    const path = join(app.dir, applicationId, `${fileId}.vwe`);
    const bytes = await readFile(path);
    bytes[bytes.length - 50]! ^= 1;
    await writeFile(path, bytes);
    const reader = { staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] as const };
    await expect(askExport(services, ports(), { applicationId, reader, purpose: '定期稽核', receiver: '稽核部' })).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
  });
});
