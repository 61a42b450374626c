import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { auditPlace, changeApplication, changeSession, inTransaction } from '../../server/database/transact.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { decideHold, holds } from '../../server/usecases/review/holds.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import type { MadeCase } from './case.support.ts';
import { startReviewServices } from './review.support.ts';
import type { ReviewServices } from './review.support.ts';

let review: ReviewServices;
let app: ReviewServices['app'], services: Services;
let witness: Reader, reviewer: Reader, lead: Reader;
let made: ReviewServices['made'], stateOf: ReviewServices['stateOf'];

const code = (value: string) => expect.objectContaining({ code: value });

beforeAll(async () => {
  review = await startReviewServices();
  ({ app, services, witness, reviewer, lead, made, stateOf } = review);
});
beforeEach(() => { review.morning(); });
afterAll(async () => { await review?.app.close(); });

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
