import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import { audit, changeApplication, changeSession } from '../../server/database/transact.ts';
import { recordJob, recordTick } from '../../server/usecases/evidence/jobs.ts';
import { carryOut, publishLog } from '../../server/usecases/evidence/published.ts';
import { recordCase, signDestroyed } from '../../server/usecases/evidence/record.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
beforeAll(async () => { kit = await startEvidence(); });
afterAll(() => kit?.close());

describe('The manifest of a case (R42)', () => {
  test('what was given, asked, photographed, recorded and decided is in it, and nothing twice', async () => {
    const { applicationId, form } = await kit.witnessed();
    kit.wait(20);
    const first = await recordCase(kit.services, kit.app.evidence, applicationId);
    expect(first.head).toBe('seal');
    const lines = await kit.linesOf(applicationId);
    const types = new Set(lines.map(({ line }) => (JSON.parse(line) as { type: string }).type));
    for (const type of ['given', 'call', 'answer', 'photo', 'photo.taken', 'segment', 'segment.tracks', 'recorder', 'network', 'decision', 'event']) expect(types).toContain(type);
    expect(await recordCase(kit.services, kit.app.evidence, applicationId)).toEqual({ added: 0, size: first.size, head: null });
    // Ids, codes and figures only: names and numbers are under the case's key.
    const readable = JSON.stringify([lines.map(({ line }) => line), await kit.services.db.manifestHead.findMany({ where: { applicationId } })]);
    for (const personal of [form.name, form.idNumber, form.address, '6222021234567890128', '本人意愿清楚']) expect(readable).not.toContain(personal);
  });

  test('two writers at once write each thing once', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    const runs = await Promise.all([1, 2, 3].map(() => recordCase(kit.services, kit.app.evidence, applicationId)));
    expect(runs.filter(({ added }) => added > 0)).toHaveLength(1);
    const refs = (await kit.linesOf(applicationId)).map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
    expect(await kit.live(applicationId)).toEqual([]);
  });

  test('a live call is signed every 10 s, its chapter once it is over, and what comes later again', async () => {
    const made = await kit.witnessed('accept');
    const { applicationId, sessionId } = made;
    const tick = async (): Promise<void> => { expect(await recordTick(kit.services, kit.app.evidence)).toBe(0); };
    const kinds = async (): Promise<string[]> => (await kit.services.db.manifestHead.findMany({ where: { applicationId }, orderBy: [{ size: 'asc' }, { at: 'asc' }] })).map(({ kind }) => kind);
    await tick();
    await kit.services.db.scriptTick.create({ data: { id: newId(), sessionId, item: 'riskKnown', answer: 'clear_yes', mediaTimeMs: 3000, at: kit.app.clock.at } });
    kit.wait(4);
    await tick();
    expect(await kinds()).toEqual(['checkpoint']);
    kit.wait(7);
    await tick();
    expect(await kinds()).toEqual(['checkpoint', 'checkpoint']);
    await changeSession(kit.services.db, { sessionId, event: 'pass', actor: { kind: 'staff', id: kit.staffId } }, { decision: 'approve', decidedAt: kit.app.clock.at, endedAt: kit.app.clock.at });
    await changeApplication(kit.services.db, { applicationId, event: 'pass', actor: { kind: 'staff', id: kit.staffId } });
    kit.wait(16);
    await tick();
    expect((await kinds()).at(-1)).toBe('seal');
    await changeApplication(kit.services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: kit.staffId } });
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect((await kinds()).at(-1)).toBe('later');
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });

  test('a reading that was corrected is a line of its own; both wordings stay', async () => {
    const { applicationId, sessionId } = await kit.witnessed();
    const photo = await kit.services.db.photo.findFirstOrThrow({ where: { sessionId } });
    const read = async (text: string): Promise<void> => {
      const readingEnc = await kit.services.cipher.sealJson({ subject: applicationId, table: 'photo', column: 'reading_enc', row: photo.id }, { reading: { fields: { name: { text } } }, findings: [] });
      await kit.services.db.photo.update({ where: { id: photo.id }, data: { readingEnc, readAt: kit.app.clock.at } });
      kit.wait(20);
      await recordCase(kit.services, kit.app.evidence, applicationId);
    };
    await read('张三');
    await read('张二');
    expect((await kit.linesOf(applicationId)).filter(({ ref }) => ref === `photo:${photo.id}:reading`)).toHaveLength(2);
    expect(await kit.live(applicationId)).toEqual([]);
  });

  test('an upload whose file is damaged is not signed as evidence, and everything else still is', async () => {
    const { applicationId } = await kit.witnessed();
    const { fileId } = await kit.app.evidence.store.put({ caseId: applicationId, kind: 'upload', contentType: 'image/jpeg', bytes: randomBytes(5000) });
    await kit.services.db.document.create({ data: { id: newId(), applicationId, side: 'portrait', fileId, width: 100, height: 60, uploadedAt: kit.app.clock.at } });
    await rm(join(kit.app.dir, applicationId, `${fileId}.vwe`));
    kit.wait(600);
    expect(await recordCase(kit.services, kit.app.evidence, applicationId)).toMatchObject({ head: 'seal' });
    expect(await kit.live(applicationId)).toEqual([expect.objectContaining({ what: 'unrecorded', where: expect.stringContaining('document:') })]);
  });

  test('when the case’s key is destroyed its lines stay and say nothing more; it is not written on (R44)', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    await audit(kit.services.db, { actor: { kind: 'system' }, action: 'case.destroyed', applicationId });
    const { size } = await recordCase(kit.services, kit.app.evidence, applicationId);
    await kit.services.db.caseKey.update({ where: { subjectId: applicationId }, data: { wrapped: null, destroyedAt: new Date() } });
    // A key that is gone and an audit row that anybody may have put there are not enough: the signed head tells it apart.
    expect(await kit.live(applicationId)).toEqual([{ what: 'destroyed', where: `case_key:${applicationId}` }]);
    await kit.services.db.$transaction(async (tx) => { await signDestroyed(tx, { signing: kit.app.evidence.signing, applicationId, now: kit.services.now() }); });
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect(await kit.linesOf(applicationId)).toHaveLength(size);
    // Chain, heads and states still hold together; another process, which never held the key, opens nothing.
    expect(await kit.live(applicationId)).toEqual([]);
    const other = kit.app.openServices();
    const [line] = await kit.linesOf(applicationId);
    await expect(other.cipher.open({ subject: applicationId, table: 'manifest_line', column: 'content_enc', row: String(line!.seq) }, line!.contentEnc!)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
});

describe('A bundle of a case (R42)', () => {
  test('is intact for somebody who has the published keys and heads and nothing else of us', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    await publishLog(kit.services, kit.app.evidence.signing);
    await carryOut(kit.services, kit.app.evidence.headsFile);
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true, problems: [] });
  });

  test('lines that were taken from the end by a superuser, with their heads, show by the published heads', async () => {
    const { applicationId, sessionId } = await kit.witnessed('accept');
    const { size } = await recordCase(kit.services, kit.app.evidence, applicationId);
    await changeSession(kit.services.db, { sessionId, event: 'reject', actor: { kind: 'staff', id: kit.staffId } }, { decision: 'reject', decisionCode: 'A01', decidedAt: kit.app.clock.at, endedAt: kit.app.clock.at });
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    const { length } = await kit.linesOf(applicationId);
    // As if the call had not been rejected: what is left is signed to its end.
    await kit.asSuperuser(async () => {
      await kit.owner.query('DELETE FROM manifest_line WHERE application_id = $1 AND seq > $2', [applicationId, size]);
      await kit.owner.query('DELETE FROM manifest_head WHERE application_id = $1 AND size > $2', [applicationId, size]);
    });
    expect(await kit.verified(applicationId, { heads: false })).toMatchObject({ intact: true, complete: false });
    const { intact, problems } = await kit.verified(applicationId);
    expect(intact).toBe(false);
    expect(problems).toContainEqual(expect.objectContaining({ what: 'missing', where: `entries ${size + 1} to ${length}` }));
  });
});
