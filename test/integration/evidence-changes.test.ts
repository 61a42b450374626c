import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import { publishJob, recordJob, recordTick } from '../../server/usecases/evidence/jobs.ts';
import { recordCase } from '../../server/usecases/evidence/record.ts';
import type { MadeCase } from './case.support.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
beforeAll(async () => { kit = await startEvidence(); });
afterAll(() => kit?.close());

const recorded = async (): Promise<MadeCase> => {
  const made = await kit.witnessed();
  kit.wait(20);
  await recordJob(kit.services, kit.app.evidence, made.applicationId);
  return made;
};
const told = async (applicationId: string): Promise<string[]> => (await kit.live(applicationId)).map(({ what, where }) => `${what}: ${where}`);
const readingOf = async ({ applicationId, sessionId }: MadeCase, text: string): Promise<{ id: string; readingEnc: string }> => {
  const { id } = await kit.services.db.photo.findFirstOrThrow({ where: { sessionId } });
  return { id, readingEnc: await kit.services.cipher.sealJson({ subject: applicationId, table: 'photo', column: 'reading_enc', row: id }, { reading: { fields: { name: { text } } }, findings: [] }) };
};

describe('What the program writes more than once (R42)', () => {
  test.each<[string, (made: MadeCase) => [string, unknown[]], string]>([
    ['when the call went live', ({ sessionId }) => [`UPDATE witness_session SET live_at = live_at - interval '1 hour' WHERE id = $1`, [sessionId]], 'session:'],
    ['when the call ended', ({ sessionId }) => [`UPDATE witness_session SET ended_at = ended_at + interval '1 second' WHERE id = $1`, [sessionId]], 'session:'],
    ['when the case was witnessed', ({ applicationId }) => [`UPDATE application SET witnessed_at = witnessed_at - interval '1 day' WHERE id = $1`, [applicationId]], 'application:'],
    ['when it was handed in', ({ applicationId }) => [`UPDATE application SET submitted_at = now() WHERE id = $1`, [applicationId]], 'application:'],
    ['the ready check', ({ applicationId }) => [`UPDATE application SET ready_check = '{"ok":true}' WHERE id = $1`, [applicationId]], 'application:'],
    ['a blind index', ({ applicationId }) => [`UPDATE application SET id_number_index = 'b1:0000' WHERE id = $1`, [applicationId]], 'application:'],
    ['who took the photo’s reading', ({ sessionId }) => [`UPDATE photo SET reading_started_at = now() WHERE session_id = $1`, [sessionId]], 'photo:'],
  ])('%s is in its line: an edit by a superuser is found, with the triggers on or off, and stays found after the manifest was written on', async (_what, edit, where) => {
    for (const off of [false, true]) {
      const made = await recorded();
      const [statement, values] = edit(made);
      if (off) await kit.owner.query('SET session_replication_role = replica');
      await kit.owner.query(statement, values);
      await kit.owner.query('SET session_replication_role = DEFAULT');
      const found = await told(made.applicationId);
      expect(found).toContainEqual(expect.stringContaining(`edited: ${where}`));
      const before = (await kit.linesOf(made.applicationId)).length;
      await recordJob(kit.services, kit.app.evidence, made.applicationId);
      await recordTick(kit.services, kit.app.evidence);
      expect((await kit.linesOf(made.applicationId)).length).toBe(before);
      expect(await told(made.applicationId)).toEqual(found);
    }
  });

  test('a reading that somebody edited is no second wording, and one that the program corrected is', async () => {
    const made = await recorded();
    const first = await readingOf(made, '张三');
    await kit.services.db.photo.update({ where: { id: first.id }, data: { readingEnc: first.readingEnc, readAt: kit.app.clock.at } });
    await recordJob(kit.services, kit.app.evidence, made.applicationId);
    const readings = async (): Promise<number> => (await kit.linesOf(made.applicationId)).filter(({ ref }) => ref === `photo:${first.id}:reading`).length;
    expect(await readings()).toBe(1);
    // As one who has the case's key too.
    const forged = await readingOf(made, '张二');
    await kit.owner.query('UPDATE photo SET reading_enc = $1 WHERE id = $2', [forged.readingEnc, first.id]);
    kit.wait(600);
    await publishJob(kit.services, kit.app.evidence);
    expect(await readings()).toBe(1);
    expect(await told(made.applicationId)).toEqual(expect.arrayContaining([`edited: photo:${first.id}:reading`]));
  });

  test('a form that was exchanged for an older one of the same case is found', async () => {
    const { applicationId } = await recorded();
    const { formEnc } = await kit.services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
    const later = await kit.services.cipher.sealJson({ subject: applicationId, table: 'application', column: 'form_enc', row: applicationId }, { name: '李四' });
    await kit.services.db.application.update({ where: { id: applicationId }, data: { formEnc: later } });
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect(await told(applicationId)).toEqual([]);
    await kit.owner.query('SET session_replication_role = replica');
    await kit.owner.query('UPDATE application SET form_enc = $1 WHERE id = $2', [formEnc, applicationId]);
    await kit.owner.query('SET session_replication_role = DEFAULT');
    kit.wait(600);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect(await told(applicationId)).toEqual(expect.arrayContaining([`edited: application:${applicationId}:row`, `edited: application:${applicationId}:form`]));
  });

  test.each([false, true])('an answer put in this minute by somebody else is never signed (triggers off: %s)', async (off) => {
    const { applicationId, sessionId } = await recorded();
    if (off) await kit.owner.query('SET session_replication_role = replica');
    await kit.owner.query(`INSERT INTO script_tick (id, session_id, item, answer, at, media_time_ms) VALUES (gen_random_uuid(), $1, 'riskKnown', 'clear_yes', $2, 0)`, [sessionId, kit.app.clock.at]);
    await kit.owner.query('SET session_replication_role = DEFAULT');
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect(await told(applicationId)).toEqual([expect.stringMatching(/^unrecorded: tick:/)]);
  });

  test('a row that was written and taken away before it was recorded is missed', async () => {
    const { applicationId, sessionId } = await recorded();
    const id = newId();
    await kit.services.db.scriptTick.create({ data: { id, sessionId, item: 'riskKnown', answer: 'no', mediaTimeMs: 1, at: kit.app.clock.at } });
    await kit.owner.query('SET session_replication_role = replica');
    await kit.owner.query('DELETE FROM script_tick WHERE id = $1', [id]);
    await kit.owner.query('SET session_replication_role = DEFAULT');
    kit.wait(600);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect(await told(applicationId)).toEqual([`gone: tick:${id}`]);
  });

  test('only triggers write who wrote: the program itself cannot', async () => {
    const { applicationId } = await recorded();
    await expect(kit.services.db.$executeRaw`INSERT INTO row_change (application_id, ref, role) VALUES (${applicationId}::uuid, 'x', 'witness_app')`).rejects.toThrow();
    await expect(kit.services.db.$executeRaw`UPDATE row_change SET role = 'witness_app'`).rejects.toThrow();
    await expect(kit.services.db.$executeRaw`DELETE FROM row_change`).rejects.toThrow();
    await expect(kit.services.db.$executeRaw`INSERT INTO manifest_due (change_id, application_id, ref) VALUES (0, ${applicationId}::uuid, 'x')`).rejects.toThrow();
  });
});

describe('What comes late, twice or out of time (R42)', () => {
  test('a segment found and a photo scored an hour after the call, without an event, are recorded by the next minute’s clock', async () => {
    const { applicationId, sessionId } = await recorded();
    kit.wait(3600);
    const { fileId, saltedSha256 } = await kit.app.evidence.store.put({ caseId: applicationId, kind: 'segment', contentType: 'video/webm', bytes: randomBytes(5000) });
    await kit.services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 7, fileId, startMs: 70_000, endMs: 80_000, mimeType: 'video/webm', byteLength: 5000, saltedSha256, tracks: [] } });
    await kit.services.db.photo.updateMany({ where: { sessionId }, data: { findingCodes: ['blurred'] } });
    await publishJob(kit.services, kit.app.evidence);
    const lines = (await kit.linesOf(applicationId)).map(({ line }) => line);
    expect(lines.some((line) => line.includes('"index":7'))).toBe(true);
    expect((await kit.services.db.manifestHead.findFirstOrThrow({ where: { applicationId }, orderBy: { size: 'desc' } })).size).toBe(lines.length);
    expect(await told(applicationId)).toEqual([]);
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });

  test('a case from before there were manifests gets its lines by the clock, and is intact', async () => {
    const { applicationId } = await kit.witnessed();
    // As the migration leaves rows that were there.
    await kit.asSuperuser(() => kit.owner.query(`UPDATE row_change SET role = '' WHERE application_id = $1`, [applicationId]));
    kit.wait(90 * 24 * 3600);
    expect(await kit.linesOf(applicationId)).toEqual([]);
    await publishJob(kit.services, kit.app.evidence);
    expect((await kit.linesOf(applicationId)).length).toBeGreaterThan(20);
    expect(await told(applicationId)).toEqual([]);
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });

  test('with the clock set back an hour a live call goes on being signed, and no head’s time goes behind the one before it', async () => {
    const { applicationId, sessionId } = await kit.witnessed('accept');
    await recordTick(kit.services, kit.app.evidence);
    kit.wait(-3600);
    await kit.services.db.scriptTick.create({ data: { id: newId(), sessionId, item: 'riskKnown', answer: 'clear_yes', mediaTimeMs: 3000, at: kit.app.clock.at } });
    await recordTick(kit.services, kit.app.evidence);
    const heads = await kit.services.db.manifestHead.findMany({ where: { applicationId }, orderBy: { size: 'asc' } });
    expect(heads).toHaveLength(2);
    expect(heads[1]!.at.getTime()).toBeGreaterThanOrEqual(heads[0]!.at.getTime());
    expect(heads[1]!.text).toContain(`at ${heads[1]!.at.toISOString()}`);
    await changeSession(kit.services.db, { sessionId, event: 'pass', actor: { kind: 'staff', id: kit.staffId } }, { decision: 'approve', decidedAt: kit.app.clock.at, endedAt: kit.app.clock.at });
    await changeApplication(kit.services.db, { applicationId, event: 'pass', actor: { kind: 'staff', id: kit.staffId } }, { witnessedAt: kit.app.clock.at });
    kit.wait(20);
    await recordTick(kit.services, kit.app.evidence);
    await publishJob(kit.services, kit.app.evidence);
    const times = (await kit.services.db.manifestHead.findMany({ where: { applicationId }, orderBy: { size: 'asc' } })).map(({ at }) => at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(await told(applicationId)).toEqual([]);
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true });
    kit.wait(3600);
  });

  test('a daily head over the published heads is signed although the clock was a year ahead when the last one was', async () => {
    const logs = (): Promise<number> => kit.services.db.publishedHead.count({ where: { kind: 'log' } });
    await recorded();
    kit.wait(400 * 24 * 3600);
    await publishJob(kit.services, kit.app.evidence);
    const before = await logs();
    kit.wait(-400 * 24 * 3600);
    await recorded();
    kit.wait(-400 * 24 * 3600);
    await publishJob(kit.services, kit.app.evidence);
    expect(await logs()).toBe(before + 1);
    expect((await kit.publishedFile()).problems).toEqual([]);
    kit.wait(400 * 24 * 3600);
  });

  test('a job that comes again, and one beside the clock, write nothing twice', async () => {
    const { applicationId } = await recorded();
    const before = (await kit.linesOf(applicationId)).length;
    await Promise.all([recordJob(kit.services, kit.app.evidence, applicationId), recordTick(kit.services, kit.app.evidence), publishJob(kit.services, kit.app.evidence), recordJob(kit.services, kit.app.evidence, applicationId)]);
    expect((await kit.linesOf(applicationId)).length).toBe(before);
  });

  test('behind a line that was broken the manifest is written on, and the broken line is named by both', async () => {
    const { applicationId, sessionId } = await recorded();
    const line = await kit.services.db.manifestLine.findFirstOrThrow({ where: { applicationId, ref: `session:${sessionId}:row` } });
    await kit.asSuperuser(() => kit.owner.query(`UPDATE manifest_line SET line = left(line, 40) WHERE application_id = $1 AND seq = $2`, [applicationId, line.seq]));
    await changeApplication(kit.services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: kit.staffId } });
    expect(await recordCase(kit.services, kit.app.evidence, applicationId)).toMatchObject({ head: 'later' });
    expect(await told(applicationId)).toContain(`chain: line ${line.seq}`);
    const { intact, problems } = await kit.verified(applicationId);
    expect(intact).toBe(false);
    expect(problems).toContainEqual(expect.objectContaining({ what: 'unreadable', where: `line ${line.seq} of the manifest` }));
  });

  test('a store that is away for a while keeps what cannot be looked at for later; nothing is lost', async () => {
    const { applicationId } = await kit.witnessed();
    const { fileId } = await kit.app.evidence.store.put({ caseId: applicationId, kind: 'upload', contentType: 'image/jpeg', bytes: randomBytes(5000) });
    await kit.services.db.document.create({ data: { id: newId(), applicationId, side: 'portrait', fileId, width: 100, height: 60, uploadedAt: kit.app.clock.at } });
    kit.wait(20);
    const gone = new Error('ENOENT');
    await expect(recordCase(kit.services, { ...kit.app.evidence, store: { verify: async () => { throw gone; } } }, applicationId)).rejects.toThrow('ENOENT');
    expect(await recordCase(kit.services, kit.app.evidence, applicationId)).toMatchObject({ head: 'seal' });
    expect(await told(applicationId)).toEqual([]);
  });
});
