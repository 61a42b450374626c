import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { uncover } from '../../server/usecases/cases/uncover.ts';
import { identityIndex } from '../../server/usecases/police/standing.ts';
import { openReplay } from '../../server/usecases/replay/open.ts';
import { decideReview } from '../../server/usecases/review/decide.ts';
import { reviewList } from '../../server/usecases/review/list.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import type { MadeCase } from './case.support.ts';
import { startReviewServices } from './review.support.ts';
import type { ReviewServices } from './review.support.ts';

let review: ReviewServices;
let app: ReviewServices['app'], services: Services;
let witness: Reader, reviewer: Reader, second: Reader;
let person: ReviewServices['person'], made: ReviewServices['made'], stateOf: ReviewServices['stateOf'];

const code = (value: string) => expect.objectContaining({ code: value });

beforeAll(async () => {
  review = await startReviewServices();
  ({ app, services, witness, reviewer, second, person, made, stateOf } = review);
});
beforeEach(() => { review.morning(); });
afterAll(async () => { await review?.app.close(); });

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
