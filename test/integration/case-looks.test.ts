import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { uncover } from '../../server/usecases/cases/uncover.ts';
import { openReplay } from '../../server/usecases/replay/open.ts';
import { searchSessions } from '../../server/usecases/replay/search.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import { startReviewServices } from './review.support.ts';
import type { ReviewServices } from './review.support.ts';

let review: ReviewServices;
let app: ReviewServices['app'], services: Services;
let witness: Reader, reviewer: Reader, second: Reader, lead: Reader, auditor: Reader;
let made: ReviewServices['made'];

const code = (value: string) => expect.objectContaining({ code: value });

beforeAll(async () => {
  review = await startReviewServices();
  ({ app, services, witness, reviewer, second, lead, auditor, made } = review);
});
beforeEach(() => { review.morning(); });
afterAll(async () => { await review?.app.close(); });

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
