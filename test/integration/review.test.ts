import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StaffRole } from '../../contracts/http/common.ts';
import { newId } from '../../server/database/crypto.ts';
import { auditPlace, changeApplication, changeSession, inTransaction } from '../../server/database/transact.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { uncover } from '../../server/usecases/cases/uncover.ts';
import { identityIndex } from '../../server/usecases/police/standing.ts';
import { searchLooks } from '../../server/usecases/looks/search.ts';
import { openReplay, readSegment } from '../../server/usecases/replay/open.ts';
import { searchSessions } from '../../server/usecases/replay/search.ts';
import { decideReview } from '../../server/usecases/review/decide.ts';
import { decideHold, holds } from '../../server/usecases/review/holds.ts';
import { reviewList } from '../../server/usecases/review/list.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseOptions, CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let witness: Reader, reviewer: Reader, second: Reader, lead: Reader, auditor: Reader;

const person = async (...roles: StaffRole[]): Promise<Reader> => ({ staffId: await makeStaff(services, roles), roles });
const made = (until: CaseOptions['until'], more: Partial<CaseOptions> = {}): Promise<MadeCase> => makeCase(services, { until, witnessId: witness.staffId, ...more });
const stateOf = async (applicationId: string) => (await services.db.application.findUniqueOrThrow({ where: { id: applicationId } })).state;
const code = (value: string) => expect.objectContaining({ code: value });

beforeAll(async () => {
  app = await startCaseServices();
  services = app.services;
  [witness, reviewer, second, lead, auditor] = [await person('witness', 'reviewer'), await person('reviewer'), await person('reviewer'), await person('lead'), await person('auditor')];
});
beforeEach(() => { app.clock.at = new Date('2026-03-10T10:00:00+08:00'); });
afterAll(async () => { await app?.close(); });

describe('who may review', () => {
  test('the case’s witness cannot open its second review, also with a reviewer’s role, and the list says so (R5)', async () => {
    const { applicationId } = await made('pass');
    await expect(openReview(services, { applicationId, reader: witness })).rejects.toEqual(code('SAME_PERSON'));
    await expect(decideReview(services, { applicationId, reader: witness, decision: { decision: 'approve' } })).rejects.toEqual(code('SAME_PERSON'));
    expect(await stateOf(applicationId)).toBe('witnessed');
    expect((await reviewList(services, { reader: witness })).find((row) => row.applicationId === applicationId)).toMatchObject({ blockedForMe: true });
    expect((await reviewList(services, { reader: reviewer })).find((row) => row.applicationId === applicationId)).toMatchObject({ blockedForMe: false, mine: false });
  });

  test('the witness of an earlier, dropped call of the case cannot review it either (R5)', async () => {
    const { applicationId } = await made('pass');
    const earlier = await person('witness', 'reviewer');
    const sessionId = newId();
    await services.db.witnessSession.create({ data: { id: sessionId, applicationId, witnessId: earlier.staffId, cue: 'turnLeft', scriptVersion: '1', acceptedAt: services.now() } });
    for (const event of ['accept', 'both_joined', 'drop'] as const) await changeSession(services.db, { sessionId, event, actor: { kind: 'system' } });
    await expect(openReview(services, { applicationId, reader: earlier })).rejects.toEqual(code('SAME_PERSON'));
    expect((await reviewList(services, { reader: earlier })).find((row) => row.applicationId === applicationId)).toMatchObject({ blockedForMe: true });
  });

  test.each([1, 2, 3, 4, 5])('of reviewers who open a case at the same moment one gets it and the others are told whose it is not (R50), round %#', async () => {
    const { applicationId } = await made('pass');
    const readers = [reviewer, second, await person('reviewer')];
    const outcomes = await Promise.allSettled(readers.map((reader) => openReview(services, { applicationId, reader })));
    const winners = outcomes.flatMap((o, i) => (o.status === 'fulfilled' ? [readers[i]!.staffId] : []));
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toEqual(code('CASE_NOT_YOURS'));
    expect(await services.db.application.findUnique({ where: { id: applicationId } })).toMatchObject({ state: 'in_review', reviewerId: winners[0] });
    expect(await services.db.audit.count({ where: { applicationId, action: 'application.open_review' } })).toBe(1);
    const loser = readers.find((r) => r.staffId !== winners[0])!;
    await expect(decideReview(services, { applicationId, reader: loser, decision: { decision: 'approve' } })).rejects.toEqual(code('CASE_NOT_YOURS'));
  });

  test('a reviewer who presses “open” twice simply has the case (R50)', async () => {
    const { applicationId } = await made('pass');
    const both = await Promise.all([1, 2].map(() => openReview(services, { applicationId, reader: reviewer })));
    expect(both.map((view) => view.state)).toEqual(['in_review', 'in_review']);
  });
});

describe('who was only offered a case', () => {
  /** Offered to this person; declined and run out end alike. */
  const offeredTo = async (applicationId: string, staffId: string): Promise<void> => {
    const sessionId = newId();
    await services.db.witnessSession.create({ data: { id: sessionId, applicationId, witnessId: staffId, cue: 'turnLeft', scriptVersion: '1' } });
    await changeSession(services.db, { sessionId, event: 'decline', actor: { kind: 'system' } });
  };

  test('an agent who declined it, or let the offer run out, can neither read it nor uncover its numbers (R43)', async () => {
    const { applicationId } = await made('pass');
    const declined = await person('witness');
    await offeredTo(applicationId, declined.staffId);
    await expect(openCase(services, { applicationId, reader: declined })).rejects.toEqual(code('CASE_NOT_YOURS'));
    for (const field of ['idNumber', 'phone', 'card'] as const) await expect(uncover(services, { applicationId, reader: declined, field })).rejects.toEqual(code('CASE_NOT_YOURS'));
    expect(await services.db.lookLog.count({ where: { applicationId, staffId: declined.staffId } })).toBe(0);
  });

  test('that person may review it as the list says, or audit it: nothing of it was seen (R5)', async () => {
    const { applicationId, sessionId } = await made('pass');
    const [reviews, audits] = [await person('witness', 'reviewer'), await person('witness', 'auditor')];
    for (const { staffId } of [reviews, audits]) await offeredTo(applicationId, staffId);
    expect((await reviewList(services, { reader: reviews })).find((row) => row.applicationId === applicationId)).toMatchObject({ blockedForMe: false });
    expect(await openReview(services, { applicationId, reader: reviews })).toMatchObject({ state: 'in_review', session: { sessionId } });
    expect(await openReplay(services, { sessionId, reader: audits, purpose: '例行稽核' })).toMatchObject({ sessionId });
  });
});

describe('what a reviewer decides (R50)', () => {
  const opened = async (): Promise<MadeCase> => {
    const one = await made('pass');
    await openReview(services, { applicationId: one.applicationId, reader: reviewer });
    return one;
  };
  const decide = (applicationId: string, decision: Parameters<typeof decideReview>[1]['decision']) => decideReview(services, { applicationId, reader: reviewer, decision });

  test('approve is one transaction of state, review, audit row and outbox row', async () => {
    const { applicationId } = await opened();
    expect(await decide(applicationId, { decision: 'approve', comment: '证据齐全' })).toMatchObject({ state: 'approved', reviews: [{ decision: 'approve', comment: '证据齐全', code: null }] });
    const review = await services.db.review.findFirstOrThrow({ where: { applicationId } });
    expect(review).toMatchObject({ reviewerId: reviewer.staffId, commentEnc: expect.not.stringContaining('证据') });
    expect(await services.db.audit.findFirst({ where: { applicationId, action: 'application.review_approve' } })).toMatchObject({ actorId: reviewer.staffId, codes: { decision: 'approve' } });
    const events = await services.db.outbox.findMany({ where: { payload: { path: ['applicationId'], equals: applicationId } } });
    expect(events.map((e) => (e.payload as { to: string }).to)).toContain('approved');
    await expect(decide(applicationId, { decision: 'approve' })).rejects.toEqual(code('STATE_NOT_ALLOWED'));
    expect(await services.db.review.count({ where: { applicationId } })).toBe(1);
  });

  test('approve and reject pressed at once: one is stored, the other is refused', async () => {
    const { applicationId } = await opened();
    const outcomes = await Promise.allSettled([decide(applicationId, { decision: 'approve' }), decide(applicationId, { decision: 'reject', code: 'A02' })]);
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    expect(await services.db.review.count({ where: { applicationId } })).toBe(1);
    const { decision } = await services.db.review.findFirstOrThrow({ where: { applicationId } });
    expect(await stateOf(applicationId)).toBe(decision === 'approve' ? 'approved' : 'rejected');
  });

  test('a card that expired after the call, an age that was passed, or a police check that answered otherwise is not approved: the reviewer is told which (R10, R11, R22)', async () => {
    const approve = (one: MadeCase, more: Partial<Services> = {}) => decideReview({ ...services, ...more }, { applicationId: one.applicationId, reader: reviewer, decision: { decision: 'approve' } });
    const [expired, answered, old] = [await opened(), await opened(), await opened()];
    const place = { subject: expired.applicationId, table: 'application', column: 'form_enc', row: expired.applicationId };
    await services.db.application.update({ where: { id: expired.applicationId }, data: { formEnc: await services.cipher.sealJson(place, { ...expired.form, validTo: '2026-03-09' }) } });
    await services.db.policeCheck.create({ data: { id: newId(), applicationId: expired.applicationId, answer: 'match', askedIndex: identityIndex(services, expired.form), at: services.now() } });
    await services.db.policeCheck.create({ data: { id: newId(), applicationId: answered.applicationId, answer: 'nameMismatch', askedIndex: identityIndex(services, answered.form), at: new Date(services.now().getTime() + 1) } });
    await expect(approve(expired)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: expect.arrayContaining(['ID_EXPIRED']) } });
    await expect(approve(answered)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['POLICE_NAME_MISMATCH'] } });
    await expect(approve(old, { upperAge: 30 })).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['AGE_OVER_LIMIT'] } });
    for (const { applicationId } of [expired, answered, old]) {
      expect(await stateOf(applicationId)).toBe('in_review');
      expect(await services.db.review.count({ where: { applicationId } })).toBe(0);
    }
  });

  test.each(['2026-03-09', '2026-03-10'])('postponing to %s, which is not in the future, is refused', async (until) => {
    const { applicationId } = await opened();
    await expect(decide(applicationId, { decision: 'postpone', until })).rejects.toEqual(code('POSTPONE_DATE_REQUIRED'));
    expect(await stateOf(applicationId)).toBe('in_review');
    expect(await services.db.review.count({ where: { applicationId } })).toBe(0);
  });

  test('a postponed case keeps its date, comes back to a reviewer, and can be decided then', async () => {
    const { applicationId } = await opened();
    expect(await decide(applicationId, { decision: 'postpone', until: '2026-03-12', comment: '等待客户补充' })).toMatchObject({ state: 'postponed', reviews: [{ decision: 'postpone', until: '2026-03-12' }] });
    expect((await reviewList(services, { reader: second })).find((row) => row.applicationId === applicationId)).toMatchObject({ state: 'postponed', until: '2026-03-12' });
    await expect(decide(applicationId, { decision: 'approve' })).rejects.toEqual(code('STATE_NOT_ALLOWED'));
    // The last minute before, in China, when it is still the 11th in UTC on both sides of midnight.
    app.clock.at = new Date('2026-03-11T23:59:00+08:00');
    await expect(openReview(services, { applicationId, reader: second })).rejects.toEqual(code('POSTPONED'));
    expect((await reviewList(services, { reader: second })).find((row) => row.applicationId === applicationId)).toMatchObject({ early: true });
    app.clock.at = new Date('2026-03-12T00:01:00+08:00');
    expect((await reviewList(services, { reader: second })).find((row) => row.applicationId === applicationId)).toMatchObject({ early: false });
    expect(await openReview(services, { applicationId, reader: second })).toMatchObject({ state: 'in_review' });
    expect(await decideReview(services, { applicationId, reader: second, decision: { decision: 'approve' } })).toMatchObject({ state: 'approved' });
  });

  test('“tomorrow” is tomorrow in China, also in its early morning (R50)', async () => {
    const { applicationId } = await opened();
    app.clock.at = new Date('2026-03-12T07:00:00+08:00');
    await expect(decide(applicationId, { decision: 'postpone', until: '2026-03-12' })).rejects.toEqual(code('POSTPONE_DATE_REQUIRED'));
    expect(await decide(applicationId, { decision: 'postpone', until: '2026-03-13' })).toMatchObject({ state: 'postponed' });
  });

  test('the passwords of a case that is rejected for good are gone with it (R19)', async () => {
    const one = await made('pass', { passwords: { keyId: 'k', trading: 't', fund: 'f' } });
    await openReview(services, { applicationId: one.applicationId, reader: reviewer });
    await decide(one.applicationId, { decision: 'reject', code: 'A02' });
    expect(await services.db.application.findUnique({ where: { id: one.applicationId } })).toMatchObject({ state: 'rejected', passwordsEnc: null });
  });

  test('a repairable reject sends the client back to just its items, in plain words (R29)', async () => {
    const { applicationId } = await opened();
    await expect(decide(applicationId, { decision: 'reject', code: 'X99' })).rejects.toEqual(code('REASON_UNKNOWN'));
    await expect(decide(applicationId, { decision: 'reject', code: 'D02' })).rejects.toEqual(code('COMMENT_REQUIRED'));
    expect(await stateOf(applicationId)).toBe('in_review');
    await decide(applicationId, { decision: 'reject', code: 'D02', comment: '单位名称缺失' });
    const view = await (await app.asClient(applicationId)).view();
    expect(view).toMatchObject({ state: 'repair', repair: { items: ['declarations'], text: { zh: expect.stringContaining('补充'), en: expect.any(String) } } });
    expect(JSON.stringify(view)).not.toContain('单位名称缺失');
    // Put right without a call, it goes back to the same reviewer's list.
    await changeApplication(services.db, { applicationId, event: 'repaired_review', actor: { kind: 'client' } });
    await expect(openReview(services, { applicationId, reader: second })).rejects.toEqual(code('CASE_NOT_YOURS'));
    expect(await openReview(services, { applicationId, reader: reviewer })).toMatchObject({ state: 'in_review' });
  });

  test('a final reject ends the case and tells the client why (R29)', async () => {
    const { applicationId } = await opened();
    await decide(applicationId, { decision: 'reject', code: 'A02' });
    expect(await stateOf(applicationId)).toBe('rejected');
    expect(await (await app.asClient(applicationId)).view()).toMatchObject({ state: 'rejected', repair: null, message: { zh: expect.stringContaining('失效') } });
    await expect(openReview(services, { applicationId, reader: reviewer })).rejects.toEqual(code('STATE_NOT_ALLOWED'));
  });

  test('a reject for fraud does not tell the client so (R27)', async () => {
    const { applicationId } = await opened();
    await decide(applicationId, { decision: 'reject', code: 'F01', comment: '冒名' });
    const view = await (await app.asClient(applicationId)).view();
    expect(view.state).toBe('in_review');
    expect(JSON.stringify(view)).not.toMatch(/F01|欺诈|冒|fraud/i);
  });
});

describe('who may replay (R5, R46)', () => {
  const replay = (reader: Reader, sessionId: string) => openReplay(services, { sessionId, reader, purpose: '例行稽核' });

  test('an auditor who was the case’s witness or reviewer cannot replay it, whatever roles that person has now (R5)', async () => {
    const both = await person('reviewer', 'auditor');
    const { applicationId, sessionId } = await made('pass');
    await openReview(services, { applicationId, reader: both });
    expect(await replay(both, sessionId)).toMatchObject({ sessionId });
    await decideReview(services, { applicationId, reader: both, decision: { decision: 'approve' } });
    await expect(replay(both, sessionId)).rejects.toEqual(code('SAME_PERSON'));
    await expect(replay({ staffId: both.staffId, roles: ['auditor'] }, sessionId)).rejects.toEqual(code('SAME_PERSON'));
    await expect(replay({ staffId: witness.staffId, roles: ['auditor'] }, sessionId)).rejects.toEqual(code('SAME_PERSON'));
    expect(await replay(auditor, sessionId)).toMatchObject({ sessionId, applicationId });
  });

  test('who looked at a case as its auditor — its replay, its pages, its look log — can neither review it nor decide on it, and the list says so (R5)', async () => {
    const roles: StaffRole[] = ['reviewer', 'auditor'];
    const { applicationId, sessionId } = await made('pass');
    const { caseNo } = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
    const audits = [
      (reader: Reader) => replay(reader, sessionId), (reader: Reader) => openCase(services, { applicationId, reader }), (reader: Reader) => searchLooks(services, { reader, search: { caseNo } }),
    ];
    for (const audit of audits) {
      const both = await person(...roles);
      expect((await reviewList(services, { reader: both })).find((row) => row.applicationId === applicationId)).toMatchObject({ blockedForMe: false });
      await audit(both);
      // As a reviewer only, later: what counts is what that person has done.
      for (const reader of [both, { ...both, roles: ['reviewer'] as StaffRole[] }]) {
        await expect(openReview(services, { applicationId, reader })).rejects.toEqual(code('SAME_PERSON'));
        await expect(decideReview(services, { applicationId, reader, decision: { decision: 'approve' } })).rejects.toEqual(code('SAME_PERSON'));
      }
      expect((await reviewList(services, { reader: both })).find((row) => row.applicationId === applicationId)).toMatchObject({ blockedForMe: true });
    }
    expect(await stateOf(applicationId)).toBe('witnessed');
  });

  test('a reviewer who is an auditor elsewhere and replays the case in hand decides on it; so does one who only looked for the client (R5)', async () => {
    const both = await person('reviewer', 'auditor');
    const { applicationId, sessionId, phone } = await made('pass');
    await searchSessions(services, { reader: both, search: { client: phone } });
    await openReview(services, { applicationId, reader: both });
    await replay(both, sessionId);
    expect(await services.db.lookLog.findFirst({ where: { sessionId, what: 'replay', staffId: both.staffId } })).toMatchObject({ capacity: 'reviewer' });
    expect(await decideReview(services, { applicationId, reader: both, decision: { decision: 'approve' } })).toMatchObject({ state: 'approved' });
  });

  test('a reviewer replays only the case in hand, a witness none', async () => {
    const { applicationId, sessionId } = await made('pass');
    await expect(replay(reviewer, sessionId)).rejects.toEqual(code('CASE_NOT_YOURS'));
    await openReview(services, { applicationId, reader: reviewer });
    expect(await replay(reviewer, sessionId)).toMatchObject({ sessionId });
    await expect(replay({ staffId: await makeStaff(services, ['witness']), roles: ['witness'] }, sessionId)).rejects.toEqual(code('CASE_NOT_YOURS'));
  });

  test('segments are given only within an hour of a replay that was opened with its purpose (R45)', async () => {
    const { sessionId } = await made('pass');
    const segmentId = newId();
    await services.db.recordingSegment.create({ data: { id: segmentId, sessionId, side: 'client', index: 0, fileId: 'none', startMs: 0, endMs: 1, mimeType: 'video/webm', byteLength: 1, saltedSha256: 'x', tracks: [] } });
    await expect(readSegment(services, { sessionId, segmentId, reader: auditor })).rejects.toEqual(code('PURPOSE_REQUIRED'));
    await expect(readSegment(services, { sessionId: newId(), segmentId, reader: auditor })).rejects.toEqual(code('NOT_FOUND'));
  });
});

describe('a case held for suspected fraud (R27)', () => {
  const held = async (): Promise<MadeCase> => {
    const one = await made('accept');
    await inTransaction(services.db, async (tx) => {
      await changeSession(tx, { sessionId: one.sessionId, event: 'flag_fraud', actor: { kind: 'staff', id: witness.staffId } }, { decision: 'fraud', decidedAt: services.now() });
      await changeApplication(tx, { applicationId: one.applicationId, event: 'flag_fraud', actor: { kind: 'staff', id: witness.staffId } });
    });
    return one;
  };
  const concealed = async (applicationId: string): Promise<void> => {
    const view = await (await app.asClient(applicationId)).view();
    expect(view.state).toBe('in_review');
    expect(view.message.zh).toContain('处理');
    expect(JSON.stringify(view)).not.toMatch(/held|fraud|F01|欺诈|冒用/i);
  };

  test('the client sees only that it is being processed, and no reviewer can take it', async () => {
    const { applicationId } = await held();
    await concealed(applicationId);
    expect((await holds(services)).map((row) => row.applicationId)).toContain(applicationId);
    await expect(openReview(services, { applicationId, reader: reviewer })).rejects.toEqual(code('STATE_NOT_ALLOWED'));
    await expect((await app.asClient(applicationId)).withdraw()).rejects.toEqual(code('STATE_NOT_ALLOWED'));
  });

  test('the lead releases it: the client goes on with a new call', async () => {
    const { applicationId } = await held();
    await decideHold(services, { applicationId, staffId: lead.staffId, decision: 'release', comment: '核实为本人' });
    expect(await stateOf(applicationId)).toBe('submitted');
    expect(await (await app.asClient(applicationId)).view()).toMatchObject({ state: 'submitted', step: 'ready' });
    const row = await services.db.audit.findFirstOrThrow({ where: { applicationId, action: 'application.release_hold' } });
    expect(row).toMatchObject({ actorId: lead.staffId, detailEnc: expect.stringMatching(/^v1\./) });
    // Bound to this very row: it opens at no other (R43).
    expect(await services.cipher.open(auditPlace(applicationId, row!.seq), row!.detailEnc!)).not.toBe('');
    await expect(services.cipher.open(auditPlace(applicationId, row!.seq + 1n), row!.detailEnc!)).rejects.toEqual(code('KEY_UNAVAILABLE'));
  });

  test('the lead rejects it: final, and the client still sees only “being processed”', async () => {
    const { applicationId } = await held();
    await decideHold(services, { applicationId, staffId: lead.staffId, decision: 'reject', comment: '冒用他人证件' });
    expect(await stateOf(applicationId)).toBe('rejected');
    await concealed(applicationId);
    await expect(decideHold(services, { applicationId, staffId: lead.staffId, decision: 'release', comment: '改判' })).rejects.toEqual(code('STATE_NOT_ALLOWED'));
  });

  test('a lead decides only on what is held: a case in a call, or released by a colleague meanwhile, stays as it is (R27)', async () => {
    const running = await made('accept');
    await expect(decideHold(services, { applicationId: running.applicationId, staffId: lead.staffId, decision: 'reject', comment: '通话中' })).rejects.toEqual(code('STATE_NOT_ALLOWED'));
    expect(await stateOf(running.applicationId)).toBe('in_call');
    const { applicationId } = await held();
    const outcomes = await Promise.allSettled((['release', 'reject'] as const).map((decision) => decideHold(services, { applicationId, staffId: lead.staffId, decision, comment: '两位组长同时' })));
    expect(outcomes.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
  });

  test('the witness who flagged it does not decide on it, also as a lead (R5, R27)', async () => {
    const { applicationId } = await held();
    await expect(decideHold(services, { applicationId, staffId: witness.staffId, decision: 'release', comment: '自己放行' })).rejects.toEqual(code('SAME_PERSON'));
    expect(await stateOf(applicationId)).toBe('held');
  });
});

describe('every look at a case is logged (R45)', () => {
  test('open, review, uncover and replay leave who, what and why, and the purpose is encrypted', async () => {
    const { applicationId, sessionId, form } = await made('pass');
    await openReview(services, { applicationId, reader: reviewer });
    await openCase(services, { applicationId, reader: reviewer });
    expect(await uncover(services, { applicationId, reader: reviewer, field: 'idNumber' })).toMatchObject({ value: form.idNumber });
    await openCase(services, { applicationId, reader: lead });
    await openReplay(services, { sessionId, reader: auditor, purpose: '客户投诉核查' });
    const looks = await services.db.lookLog.findMany({ where: { applicationId }, orderBy: { at: 'asc' } });
    expect(looks.map((l) => [l.staffId, l.what])).toEqual(expect.arrayContaining([[reviewer.staffId, 'case'], [reviewer.staffId, 'uncover.idNumber'], [lead.staffId, 'case'], [auditor.staffId, 'replay']]));
    expect(looks.filter((l) => l.staffId === reviewer.staffId && l.what === 'case')).toHaveLength(2);
    expect(looks.every((l) => (l.why ?? '') !== '')).toBe(true);
    const replay = looks.find((l) => l.what === 'replay')!;
    expect(await services.cipher.open({ subject: applicationId, table: 'look_log', column: 'why', row: replay.id }, replay.why!)).toBe('客户投诉核查');
  });

  test('a refused look uncovers nothing: another reviewer, a lead, an auditor (R43)', async () => {
    const { applicationId } = await made('pass');
    await openReview(services, { applicationId, reader: reviewer });
    for (const reader of [second, lead, auditor]) await expect(uncover(services, { applicationId, reader, field: 'phone' })).rejects.toEqual(code('CASE_NOT_YOURS'));
    await expect(openCase(services, { applicationId, reader: second })).rejects.toEqual(code('CASE_NOT_YOURS'));
    expect(await services.db.lookLog.count({ where: { applicationId, what: { startsWith: 'uncover' } } })).toBe(0);
  });

  test('what a reviewer sees is masked, and numbers stay out of the log', async () => {
    const { applicationId, form, phone } = await made('pass');
    const view = JSON.stringify(await openReview(services, { applicationId, reader: reviewer }));
    for (const secret of [form.idNumber, phone, '6222021234567890128']) {
      expect(view).not.toContain(secret);
      expect(app.lines.join('\n')).not.toContain(secret);
    }
  });

  test('the program’s role can neither change nor delete a look', async () => {
    const { applicationId } = await made('pass');
    await openReview(services, { applicationId, reader: reviewer });
    const { id } = await services.db.lookLog.findFirstOrThrow({ where: { applicationId } });
    await expect(services.db.lookLog.update({ where: { id }, data: { what: 'nothing' } })).rejects.toThrow();
    await expect(services.db.lookLog.deleteMany({ where: { applicationId } })).rejects.toThrow();
    await expect(services.db.$executeRawUnsafe('TRUNCATE look_log')).rejects.toThrow();
    expect(await services.db.lookLog.findUnique({ where: { id } })).toMatchObject({ what: 'case', staffId: reviewer.staffId });
  });

  test('sessions that were only offered are in nobody’s list', async () => {
    const { applicationId, sessionId } = await made('pass');
    const offered = newId();
    await services.db.witnessSession.create({ data: { id: offered, applicationId, witnessId: witness.staffId, cue: 'turnLeft', scriptVersion: '1' } });
    const ids = (await searchSessions(services, { reader: auditor, search: {} })).rows.map((row) => row.sessionId);
    expect(ids).toContain(sessionId);
    expect(ids).not.toContain(offered);
  });
});
