import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { consoleAt } from '../../review/replay/console.ts';
import { newId } from '../../server/database/crypto.ts';
import { note } from '../../server/usecases/call/note.ts';
import { createMediaFacts } from '../../server/usecases/call/mediafacts.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { applicationPlace } from '../../server/usecases/client/case.ts';
import { recordJob } from '../../server/usecases/evidence/jobs.ts';
import { openReplay, uncoverName } from '../../server/usecases/replay/open.ts';
import { makeCase, makeStaff } from './case.support.ts';
import type { MadeCase } from './case.support.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
let auditor: Reader;
beforeAll(async () => {
  kit = await startEvidence();
  auditor = { staffId: await makeStaff(kit.services, ['auditor'], '稽核甲'), roles: ['auditor'] };
});
afterAll(async () => { await kit?.close(); });

const replay = ({ sessionId }: MadeCase) => openReplay(kit.services, { sessionId, reader: auditor, purpose: '例行稽核' });
/** The first instant that is recorded: the witness’s picture, 700 ms before the client’s; the recorder reports two seconds later. */
async function recorded(): Promise<MadeCase & { zero: number }> {
  const { services, app } = kit;
  const made = await makeCase(services, { until: 'accept', witnessId: kit.staffId });
  const { sessionId, applicationId } = made;
  await services.db.application.update({ where: { id: applicationId }, data: { submittedAt: app.clock.at } });
  const zero = app.clock.at.getTime() + 1_000;
  const facts = createMediaFacts({ db: services.db, hub: services.hub, log: services.log, now: services.now });
  facts.recording(sessionId, true, new Date(zero + 2_000));
  for (const [side, startMs] of [['client', zero + 700.25], ['witness', zero + 0.5]] as const) {
    const file = await app.evidence.store.put({ caseId: applicationId, kind: 'segment', contentType: 'video/webm', bytes: randomBytes(5_000) });
    void facts.segment(sessionId, { segmentId: newId(), side, index: 0, fileId: file.fileId, startMs, endMs: zero + 194_000, mimeType: 'video/webm; codecs="vp8,opus"', byteLength: 5_000, saltedSha256: file.saltedSha256, tracks: [], held: [] });
  }
  await facts.idle();
  return { ...made, zero };
}
/** Approved 193.4 s into the recording. */
async function decided(made: MadeCase & { zero: number }): Promise<void> {
  const { app, services } = kit;
  app.clock.at = new Date(made.zero + 193_400);
  await note(services.db, { sessionId: made.sessionId, at: app.clock.at, type: 'decision', side: 'witness', codes: { decision: 'approve' } });
  await kit.decided(made);
}

describe('one zero for every media time (R46)', () => {
  test('the second of the decision is the same in the time line, on the agent’s console, in the manifest and in the readable report', async () => {
    const made = await recorded();
    await decided(made);
    const view = await replay(made);
    expect(Date.parse(view.zeroAt!)).toBe(made.zero);
    expect(view.events.find(({ type }) => type === 'decision')).toMatchObject({ atMs: 193_400, at: new Date(made.zero + 193_400).toISOString() });
    expect(consoleAt(view.console, Infinity).decision).toMatchObject({ atMs: 193_400 });
    expect(view.segments.map(({ side, startMs }) => [side, Math.round(startMs)])).toEqual([['witness', 1], ['client', 700]]);
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, made.applicationId);
    const lines = (await kit.linesOf(made.applicationId)).map(({ line }) => JSON.parse(line) as { type: string; at: string; facts?: { startMs?: number } });
    const first = Math.floor(Math.min(...lines.flatMap(({ type, facts }) => (type === 'segment' ? [facts!.startMs!] : []))));
    expect(Date.parse(lines.find(({ type }) => type === 'decision')!.at) - first).toBe(193_400);
    const report = await readFile(join(await kit.exported(made.applicationId), 'report.html'), 'utf8');
    expect(report.slice(report.indexOf('视频见证结论'), report.indexOf('复核结论'))).toContain('录像 3:13.4');
  });

  test('the session’s row tells the same zero, whatever second the recorder reported in and whichever side’s segment came first', async () => {
    const made = await recorded();
    const { recordingStartedAt } = await kit.services.db.witnessSession.findUniqueOrThrow({ where: { id: made.sessionId } });
    expect(recordingStartedAt?.getTime()).toBe(made.zero);
  });
});

describe('the form on the agent’s console is the one of that second (R46)', () => {
  /** Handed in before the call, kept in the manifest, and anew an hour after it. */
  async function corrected({ kept }: { kept: boolean }): Promise<MadeCase & { zero: number; newName: string }> {
    const made = await recorded();
    const { applicationId, form } = made;
    const { services, app } = kit;
    if (kept) await recordJob(services, app.evidence, applicationId);
    await decided(made);
    kit.wait(3_600);
    const newName = '欧阳改名';
    const formEnc = await services.cipher.sealJson(applicationPlace(applicationId, 'form_enc'), { ...form, name: newName, address: '改后的地址一号' });
    await services.db.application.update({ where: { id: applicationId }, data: { formEnc, formSavedAt: app.clock.at } });
    await services.db.audit.create({ data: { actorKind: 'client', action: 'application.repaired_review', applicationId, at: app.clock.at } });
    await recordJob(services, app.evidence, applicationId);
    return { ...made, newName };
  }

  test('corrected after the call, it is shown and judged as it was then, from the manifest; the name is uncovered as it was then', async () => {
    const made = await corrected({ kept: true });
    const { console: seen } = await replay(made);
    expect(seen.formFrom).toBe('kept');
    const text = new Map(seen.form.map((one) => [one.field, one.text]));
    expect(text.get('address')).toBe(made.form.address);
    expect(text.get('name')).toMatch(new RegExp(`^${made.form.name[0]!}\\*+$`));
    expect(seen.changes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['findings', 'missing']));
    expect(await uncoverName(kit.services, { sessionId: made.sessionId, reader: auditor })).toMatchObject({ name: made.form.name });
    expect(JSON.stringify(seen)).not.toContain(made.newName);
  });

  test('where the manifest does not hold it, or what stands there was edited, the page is told that it cannot be known', async () => {
    const lost = await corrected({ kept: false });
    expect((await replay(lost)).console).toMatchObject({ formFrom: 'unknown', findings: [] });
    const edited = await corrected({ kept: true });
    const ref = `application:${edited.applicationId}:form`;
    const [old, newer] = await kit.services.db.manifestLine.findMany({ where: { applicationId: edited.applicationId, ref }, orderBy: { seq: 'asc' } });
    await kit.asSuperuser(() => kit.owner.query('UPDATE manifest_line SET content_enc = $1 WHERE application_id = $2 AND seq = $3', [newer!.contentEnc, edited.applicationId, old!.seq]));
    expect((await replay(edited)).console).toMatchObject({ formFrom: 'unknown' });
  });
});
