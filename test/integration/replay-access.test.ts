import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StaffRole } from '../../contracts/http/common.ts';
import { newId } from '../../server/database/crypto.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { searchLooks } from '../../server/usecases/looks/search.ts';
import { openReplay, readSegment } from '../../server/usecases/replay/open.ts';
import { searchSessions } from '../../server/usecases/replay/search.ts';
import { decideReview } from '../../server/usecases/review/decide.ts';
import { reviewList } from '../../server/usecases/review/list.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeStaff } from './case.support.ts';
import { startReviewServices } from './review.support.ts';
import type { ReviewServices } from './review.support.ts';

let review: ReviewServices;
let services: Services;
let witness: Reader, reviewer: Reader, auditor: Reader;
let person: ReviewServices['person'], made: ReviewServices['made'], stateOf: ReviewServices['stateOf'];

const code = (value: string) => expect.objectContaining({ code: value });

beforeAll(async () => {
  review = await startReviewServices();
  ({ services, witness, reviewer, auditor, person, made, stateOf } = review);
});
beforeEach(() => { review.morning(); });
afterAll(async () => { await review?.app.close(); });

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
