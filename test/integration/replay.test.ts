import { beforeAll, describe, expect, test } from '@jest/globals';
import type { StaffRole } from '../../contracts/http/common.ts';
import type { SessionSearch } from '../../contracts/http/replay.ts';
import { makeFinding } from '../../contracts/reading.ts';
import { replayView } from '../../contracts/http/staff.ts';
import { consoleAt } from '../../review/replay/console.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { note } from '../../server/usecases/call/note.ts';
import { readPhotoJob } from '../../server/usecases/call/photo.ts';
import { tick } from '../../server/usecases/call/tick.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { findingReasonPlace } from '../../server/usecases/findings/decisions.ts';
import { askExport } from '../../server/usecases/evidence/export.ts';
import { openReplay, readSegment, replayNews, uncoverName } from '../../server/usecases/replay/open.ts';
import { SESSIONS_A_PAGE, searchSessions } from '../../server/usecases/replay/search.ts';
import { openCall } from './call.support.ts';
import { makeCase, makeStaff } from './case.support.ts';
import type { MadeCase } from './case.support.ts';

const { app, services, staffId, stage, live, photograph } = await openCall();
const code = (value: string) => expect.objectContaining({ code: value });
const person = async (name: string, ...roles: StaffRole[]): Promise<Reader> => ({ staffId: await makeStaff(services, roles, name), roles });
let auditor: Reader;
beforeAll(async () => { auditor = await person('稽核甲', 'auditor'); });

/** Moves the clock on. */
const after = (ms: number): Date => (app.clock.at = new Date(app.clock.at.getTime() + ms));
const replay = (sessionId: string, reader = auditor) => openReplay(services, { sessionId, reader, purpose: '例行稽核' });
const close = (one: MadeCase, more: object = {}) => changeSession(services.db, { sessionId: one.sessionId, event: 'reject', actor: { kind: 'staff', id: staffId } }, { decision: 'reject', decisionCode: 'N02', decidedAt: app.clock.at, endedAt: app.clock.at, ...more });

describe('the console at a second, worked out again from the rows (R46)', () => {
  /** Joined at 0 s; a doubtful number at 10 s; a tick at 20 s; a good card at 30 s, read at 40 s; rejected at 50 s. */
  async function call() {
    const one = await live();
    const start = app.clock.at.getTime();
    const { db } = services;
    await db.recorderFact.create({ data: { sessionId: one.sessionId, running: true, at: app.clock.at } });
    await note(db, { sessionId: one.sessionId, at: app.clock.at, type: 'live', side: 'server' });
    const segment = (side: string, from: number, to: number, index = 0) => db.recordingSegment.create({ data: { id: newId(), sessionId: one.sessionId, side, index, fileId: newId(), startMs: start + from, endMs: start + to, mimeType: 'video/webm; codecs="vp8,opus"', byteLength: 1, saltedSha256: 'x', tracks: [] } });
    await segment('client', 0, 50_000);
    await segment('witness', 0, 50_000);
    after(10_000);
    stage.found = [makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber' })];
    const { photoId: bad } = await photograph(one);
    await readPhotoJob(services, { photoId: bad });
    after(10_000);
    await tick(services, { sessionId: one.sessionId, staffId, item: 'agentShown', answer: 'clear_yes' });
    after(10_000);
    stage.found = [];
    const { photoId: good } = await photograph(one);
    after(10_000);
    await readPhotoJob(services, { photoId: good });
    await db.qualitySample.create({ data: { sessionId: one.sessionId, role: 'client', figures: { lossUp: 0.07, rttMs: 88, bitrateUp: 640_000 }, at: app.clock.at } });
    after(10_000);
    await close(one);
    return { ...one, bad, good };
  }

  test('script, photos, values, findings and what closed approve are those of the second; the answer fits the contract', async () => {
    const { sessionId, bad, good, form } = await call();
    const view = replayView.parse(await replay(sessionId));
    const seen = (seconds: number) => consoleAt(view.console, seconds * 1000);
    expect(seen(5)).toMatchObject({ connected: true, recorderRunning: true, step: 'agentShown', photos: [] });
    expect(seen(5).missing.map(({ code: c }) => c)).toEqual(expect.arrayContaining(['script.agentShown', 'photo.face', 'photo.portraitSide']));
    expect(seen(15).photos).toEqual([expect.objectContaining({ photoId: bad, current: true })]);
    expect(seen(15).findings).toContainEqual({ of: 'portraitSide', finding: expect.objectContaining({ code: 'ID_READ_DIFFERENTLY', closesApprove: true }) });
    expect(seen(15).step).toBe('agentShown');
    expect(seen(21)).toMatchObject({ step: 'nameConfirmed', script: expect.arrayContaining([expect.objectContaining({ item: 'agentShown', done: true })]) });
    // Taken again: its reading is waited for, nothing of the bad one stands any more.
    expect(seen(31).photos.find((p) => p.current)).toMatchObject({ photoId: good, values: null });
    expect(seen(31).missing.map(({ code: c }) => c)).toContain('reading.portraitSide');
    expect(seen(31).findings.map(({ finding: f }) => f.code)).not.toContain('ID_READ_DIFFERENTLY');
    expect(seen(41).photos.find((p) => p.current)?.values).toEqual(expect.arrayContaining([{ field: 'sex', text: expect.any(String) }]));
    expect(seen(41).missing.map(({ code: c }) => c)).not.toContain('reading.portraitSide');
    expect(seen(49).decision).toBeUndefined();
    expect(seen(50).decision).toMatchObject({ decision: 'reject', code: 'N02' });
    expect(view.network.client).toEqual([{ atMs: 40_000, lossUp: 0.07, lossDown: null, rttMs: 88, bitrateUp: 640_000 }]);
    expect(view.live).toBe(false);
    // Names and numbers are masked wherever they stand (R43).
    const text = JSON.stringify(view);
    for (const value of [form.name, form.idNumber]) expect(text).not.toContain(value);
  });

  test('what the witness wrote is shown without numbers and name, and the birth date as its year: no two things on the screen make up the number (R43)', async () => {
    const { sessionId, applicationId, form, good } = await call();
    const decisionId = newId();
    const reason = `证件上为${form.name}，号码${form.idNumber}，已核对`;
    const reasonEnc = await services.cipher.seal(findingReasonPlace(applicationId, decisionId), reason);
    await services.db.findingDecision.create({ data: { id: decisionId, applicationId, sessionId, photoId: good, code: 'ID_READ_DIFFERENTLY', field: 'idNumber', staffId, reasonEnc, at: app.clock.at } });
    await note(services.db, { sessionId, at: app.clock.at, type: 'finding_decision', side: 'witness', refId: decisionId, codes: { code: 'ID_READ_DIFFERENTLY', field: 'idNumber' } });
    const text = JSON.stringify(replayView.parse(await replay(sessionId)));
    for (const value of [form.name, form.idNumber, form.idNumber.slice(6, 14), form.birthDate]) expect(text).not.toContain(value);
    expect(text).toContain(`${form.birthDate.slice(0, 4)}-**-**`);
    expect(text).toContain('已核对');
  });

  test('a form that was handed in anew and whose old one is nowhere judges nothing: findings and what closed approve are withheld, and the view says so (R46)', async () => {
    const { sessionId, applicationId } = await call();
    expect((await replay(sessionId)).console).toMatchObject({ formFrom: 'now' });
    await services.db.application.update({ where: { id: applicationId }, data: { formSavedAt: after(60_000) } });
    const { console: seen } = await replay(sessionId);
    expect(seen).toMatchObject({ formFrom: 'unknown', findings: [] });
    expect(seen.changes.filter(({ kind }) => kind === 'findings' || kind === 'missing')).toEqual([]);
    expect(seen.changes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['tick', 'photo', 'read', 'decision']));
  });

  test('the name is uncovered by a logged click, for who has opened the replay only (R43, R45)', async () => {
    const { sessionId, applicationId, form } = await call();
    await expect(uncoverName(services, { sessionId, reader: auditor })).rejects.toEqual(code('PURPOSE_REQUIRED'));
    await replay(sessionId);
    expect(await uncoverName(services, { sessionId, reader: auditor })).toEqual({ masked: expect.stringMatching(/^.\*+$/), name: form.name });
    expect(await services.db.lookLog.findFirst({ where: { applicationId, what: 'uncover.name' } })).toMatchObject({ staffId: auditor.staffId, why: 'auditor', sessionId });
    await expect(uncoverName(services, { sessionId, reader: { staffId, roles: ['witness', 'auditor'] } })).rejects.toEqual(code('SAME_PERSON'));
  });
});

describe('live audit (R46)', () => {
  test('a call that goes on is replayed while it grows: new segments and events come without a second purpose, for an hour', async () => {
    const one = await live();
    const opened = await replay(one.sessionId);
    expect(opened).toMatchObject({ live: true, state: 'live', segments: [] });
    after(12_000);
    await services.db.recordingSegment.create({ data: { id: newId(), sessionId: one.sessionId, side: 'client', index: 0, fileId: newId(), startMs: app.clock.at.getTime() - 12_000, endMs: app.clock.at.getTime() - 2_000, mimeType: 'video/webm; codecs="vp8,opus"', byteLength: 1, saltedSha256: 'x', tracks: [] } });
    const later = await replayNews(services, { sessionId: one.sessionId, reader: auditor, since: opened.position });
    expect(later).toMatchObject({ live: true, durationMs: 12_000, lists: { segments: { keep: 0, add: [expect.objectContaining({ startMs: 0, endMs: 10_000 })] } } });
    expect(await services.db.lookLog.count({ where: { sessionId: one.sessionId, what: 'replay' } })).toBe(1);
    await close(one);
    expect(await replayNews(services, { sessionId: one.sessionId, reader: auditor, since: later.position })).toMatchObject({ live: false, head: { outcome: 'rejected' } });
    after(3_600_000);
    await expect(replayNews(services, { sessionId: one.sessionId, reader: auditor })).rejects.toEqual(code('PURPOSE_REQUIRED'));
  });

  test('the clock is as long as the session and what is noted as it ends, however early the recorder died (R46)', async () => {
    const one = await live();
    const start = app.clock.at.getTime();
    await services.db.recordingSegment.create({ data: { id: newId(), sessionId: one.sessionId, side: 'client', index: 0, fileId: newId(), startMs: start, endMs: start + 10_000, mimeType: 'video/webm; codecs="vp8,opus"', byteLength: 1, saltedSha256: 'x', tracks: [] } });
    after(120_000);
    await close(one);
    await note(services.db, { sessionId: one.sessionId, at: new Date(start + 121_000), type: 'left', side: 'server', codes: { role: 'client' } });
    expect(await replay(one.sessionId)).toMatchObject({ live: false, durationMs: 121_000 });
    await note(services.db, { sessionId: one.sessionId, at: new Date(start + 3_600_000), type: 'rebuilt', side: 'server' });
    expect(await replay(one.sessionId)).toMatchObject({ durationMs: 121_000 });
  });

  test('the case’s own witness cannot audit the call that goes on, and neither can who reviewed the case (R5)', async () => {
    const one = await live();
    const both = { staffId, roles: ['witness', 'auditor'] as StaffRole[] };
    const reviewer = await person('复核', 'reviewer', 'auditor');
    await services.db.review.create({ data: { id: newId(), applicationId: one.applicationId, reviewerId: reviewer.staffId, decision: 'reject', code: 'D01' } });
    for (const reader of [both, reviewer]) {
      await expect(replay(one.sessionId, reader)).rejects.toEqual(code('SAME_PERSON'));
      await expect(replayNews(services, { sessionId: one.sessionId, reader })).rejects.toEqual(code('SAME_PERSON'));
      await expect(askExport(services, app.evidence as never, { applicationId: one.applicationId, reader, purpose: '自查', receiver: '本人' })).rejects.toEqual(code('SAME_PERSON'));
    }
    await expect(replayNews(services, { sessionId: one.sessionId, reader: auditor })).rejects.toEqual(code('PURPOSE_REQUIRED'));
    await expect(readSegment(services, { sessionId: one.sessionId, segmentId: newId(), reader: auditor })).rejects.toEqual(code('NOT_FOUND'));
  });
});

describe('finding a session (R45, R46)', () => {
  const search = async (by: SessionSearch, reader = auditor) => searchSessions(services, { reader, search: by });
  const ids = async (by: SessionSearch) => (await search(by)).rows.map((row) => row.sessionId);
  /** A closed call of an agent of its own at a time of its own, `seconds` long. */
  async function made(options: { at?: string; seconds?: number; name?: string; decisionCode?: string } = {}): Promise<MadeCase & { agent: string; caseNo: string }> {
    const agent = `${options.name ?? '赵'}${newId().slice(-6)}`;
    const witnessId = await makeStaff(services, ['witness'], agent);
    const one = await makeCase(services, { until: 'pass', witnessId });
    const liveAt = new Date(options.at ?? '2026-02-01T10:00:00+08:00');
    const { application: { caseNo } } = await services.db.witnessSession.update({ where: { id: one.sessionId }, data: { offeredAt: liveAt, liveAt, endedAt: new Date(liveAt.getTime() + (options.seconds ?? 240) * 1000), decisionCode: options.decisionCode ?? null }, include: { application: true } });
    return { ...one, agent, caseNo };
  }

  test('by the case number from its beginning or its last digits, by agent, and by date', async () => {
    const one = await made({ at: '2025-05-05T10:00:00+08:00' });
    expect(await ids({ caseNo: one.caseNo })).toContain(one.sessionId);
    expect(await ids({ caseNo: one.caseNo.slice(-4), agent: one.agent })).toEqual([one.sessionId]);
    expect(await ids({ agent: one.agent.slice(1) })).toEqual([one.sessionId]);
    expect(await ids({ from: '2025-05-05T00:00:00+08:00', to: '2025-05-06T00:00:00+08:00' })).toEqual([one.sessionId]);
    expect(await ids({ from: '2025-05-06T00:00:00+08:00', to: '2025-05-07T00:00:00+08:00' })).toEqual([]);
    expect(await ids({ agent: '没有这个人' })).toEqual([]);
    // What stands for anything in a pattern stands for itself here.
    expect(await ids({ caseNo: '%' })).toEqual([]);
  });

  test('by length', async () => {
    const [short, long] = [await made({ seconds: 11, name: '短' }), await made({ seconds: 3_000, name: '长' })];
    expect(await ids({ maxSeconds: 20, agent: short.agent })).toEqual([short.sessionId]);
    expect(await ids({ minSeconds: 2_000 })).toContain(long.sessionId);
    expect(await ids({ minSeconds: 2_000 })).not.toContain(short.sessionId);
    await expect(search({ minSeconds: 5, maxSeconds: 4 })).rejects.toEqual(code('BAD_REQUEST'));
  });

  test('the length that a row shows is the length by which it is found: no call falls between 0–59 and 60–179 seconds (R46)', async () => {
    for (const [seconds, shown] of [[59.04, 59], [59.6, 59], [60, 60]] as const) {
      const { agent, sessionId } = await made({ seconds });
      expect([seconds, (await search({ agent })).rows.map((row) => row.seconds)]).toEqual([seconds, [shown]]);
      expect([seconds, await ids({ agent, maxSeconds: 59 }), await ids({ agent, minSeconds: 60, maxSeconds: 179 })]).toEqual([seconds, ...(shown < 60 ? [[sessionId], []] : [[], [sessionId]])]);
    }
  });

  test('by reject code, by a finding of a photo that was taken again since, by a decided finding and by what the police answered', async () => {
    const rejected = await made({ decisionCode: 'C02' });
    expect(await ids({ code: 'C02' })).toEqual([rejected.sessionId]);
    const one = await live();
    stage.found = [{ rule: 'R21', code: 'PHOTO_TILTED', severity: 'serious', blocks: true }];
    const { photoId } = await photograph(one);
    await readPhotoJob(services, { photoId });
    expect(await ids({ code: 'PHOTO_TILTED' })).toEqual([one.sessionId]);
    stage.found = [];
    const { photoId: again } = await photograph(one);
    await readPhotoJob(services, { photoId: again });
    expect(await ids({ code: 'PHOTO_TILTED' })).toEqual([one.sessionId]);
    await services.db.findingDecision.create({ data: { id: newId(), applicationId: one.applicationId, sessionId: one.sessionId, photoId: again, code: 'DOCUMENT_KINDS_DIFFER', staffId, reasonEnc: 'x' } });
    await note(services.db, { sessionId: one.sessionId, at: app.clock.at, type: 'police', side: 'server', codes: { kind: 'identity', answer: 'noRecord' } });
    for (const found of ['DOCUMENT_KINDS_DIFFER', 'POLICE_NO_RECORD']) expect(await ids({ code: found })).toEqual([one.sessionId]);
    await note(services.db, { sessionId: one.sessionId, at: app.clock.at, type: 'police', side: 'server', codes: { kind: 'identity', answer: 'match' } });
    expect(await ids({ code: 'POLICE_MATCH' })).toEqual([]);
  });

  test('by a client’s mobile or ID number: every case of it, logged with who and which cases; the number is kept nowhere (R43, R45)', async () => {
    const one = await made();
    app.lines.length = 0;
    const jobs = app.jobs.length;
    expect(await ids({ client: one.phone })).toEqual([one.sessionId]);
    expect(await ids({ client: one.form.idNumber })).toEqual([one.sessionId]);
    expect(await services.db.lookLog.findMany({ where: { applicationId: one.applicationId, what: { startsWith: 'search.' } }, orderBy: { what: 'asc' } })).toEqual([
      expect.objectContaining({ what: 'search.idNumber', staffId: auditor.staffId, why: 'auditor' }), expect.objectContaining({ what: 'search.phone', staffId: auditor.staffId }),
    ]);
    const before = await services.db.lookLog.count({ where: { applicationId: null, what: 'search.phone' } });
    expect(await ids({ client: '13900000001' })).toEqual([]);
    expect(await services.db.lookLog.count({ where: { applicationId: null, what: 'search.phone' } })).toBe(before + 1);
    const kept = JSON.stringify([await services.db.lookLog.findMany(), (await services.db.audit.findMany({ where: { action: 'session.client_searched' } })).map(({ seq: _, ...row }) => row)]);
    for (const number of [one.phone, one.form.idNumber, '13900000001']) for (const where of [kept, app.lines.join('\n'), JSON.stringify(app.jobs.slice(jobs))]) expect(where).not.toContain(number);
  });

  test('a page that somebody says to begin anywhere is logged like the first one: no cursor reads a client’s cases unseen (R45)', async () => {
    const one = await made();
    const cursor = Buffer.from(JSON.stringify(['2099-01-01T00:00:00.000Z', newId()])).toString('base64url');
    expect(await ids({ client: one.phone, cursor })).toEqual([one.sessionId]);
    expect(await services.db.lookLog.count({ where: { applicationId: one.applicationId, staffId: auditor.staffId, what: 'search.phone' } })).toBe(1);
  });

  test('page after page, each session once, newest first; a cursor of somebody else’s making is refused', async () => {
    const witnessId = await makeStaff(services, ['witness'], '翻页人');
    const { applicationId } = await makeCase(services, { until: 'pass', witnessId });
    const count = SESSIONS_A_PAGE * 2 + 10;
    // Many at the same instant: the id decides.
    await services.db.witnessSession.createMany({ data: Array.from({ length: count - 1 }, (_, n) => ({ id: newId(), applicationId, witnessId, cue: 'turnLeft', scriptVersion: '1', state: 'closed', outcome: 'dropped', acceptedAt: new Date(0), offeredAt: new Date(1_700_000_000_000 + Math.floor(n / 40)) })) });
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 4; page++) {
      const { rows, next } = await search({ agent: '翻页人', ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...rows.map((row) => row.sessionId));
      if (next === null) break;
      cursor = next;
    }
    expect(seen).toHaveLength(count);
    expect(new Set(seen).size).toBe(count);
    for (const bad of ['x', Buffer.from('["now","1"]').toString('base64url')]) await expect(search({ cursor: bad })).rejects.toEqual(code('BAD_REQUEST'));
  });

  test('the reader’s own cases are marked: they are not to be audited (R5)', async () => {
    const one = await made();
    const { witnessId } = await services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } });
    const own = async (reader: Reader) => (await search({ agent: one.agent }, reader)).rows.map((row) => row.own);
    expect(await own({ staffId: witnessId, roles: ['witness', 'auditor'] })).toEqual([true]);
    expect(await own(auditor)).toEqual([false]);
  });
});
