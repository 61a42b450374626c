import { describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { decide } from '../../server/usecases/call/decide.ts';
import { comparePhotoJob } from '../../server/usecases/call/comparePhoto.ts';
import { keepStill, readPhotoJob } from '../../server/usecases/call/photo.ts';
import { seatOf } from '../../server/usecases/call/seat.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { tick } from '../../server/usecases/call/tick.ts';
import { addNegative } from '../../server/usecases/person/negative.ts';
import { policeCheckJob } from '../../server/usecases/police/check.ts';
import { identityIndex } from '../../server/usecases/police/standing.ts';
import { openCall, still } from './call.support.ts';
import { makeCase, makeStaff } from './case.support.ts';
import type { MadeCase } from './case.support.ts';

const call = await openCall();
const { app, services, staffId, stage } = call;

/** A live call in which everything for approve was done. */
const complete = async (): Promise<MadeCase> => {
  const one = await call.live();
  await services.db.policeCheck.create({ data: { id: newId(), applicationId: one.applicationId, answer: 'match', askedIndex: identityIndex(services, one.form), at: new Date(app.clock.at.getTime() - 60_000) } });
  for (const { id } of SCRIPT) await tick(services, { sessionId: one.sessionId, staffId, item: id, answer: 'clear_yes' });
  for (const kind of PHOTO_KINDS) {
    const { photoId } = await call.photograph(one, kind);
    if (kind !== 'face') await readPhotoJob(services, { photoId });
    await comparePhotoJob(services, { ...one, photoId });
  }
  return one;
};
const approve = (one: MadeCase) => decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'approve' } });
const sessionOf = (one: MadeCase) => services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } });

describe('what was checked for approve is what is approved (R28)', () => {
  test('everything done is approved', async () => {
    const one = await complete();
    await approve(one);
    expect(await sessionOf(one)).toMatchObject({ state: 'closed', outcome: 'passed' });
  });

  test('a card photo in which no card was found is not approved: the server refuses and names it (R21, R28)', async () => {
    const one = await complete();
    const { photoId } = await call.photograph(one);
    stage.found = [makeFinding('CARD_NOT_FOUND')];
    await readPhotoJob(services, { photoId });
    await expect(approve(one)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['photo.portraitSide'] } });
    expect(await sessionOf(one)).toMatchObject({ state: 'live', decision: null });
  });

  test('nobody approves on a card that was not read, however long the reading takes (R14, R28)', async () => {
    const one = await complete();
    await call.photograph(one);
    app.clock.at = new Date(app.clock.at.getTime() + 600_000);
    await expect(approve(one)).rejects.toMatchObject({ code: 'PHOTOS_INCOMPLETE', detail: { items: ['reading.portraitSide'] } });
  });

  test('while the client is away approve is refused, and the case says what it waits for (R28, R30)', async () => {
    const one = await complete();
    await changeSession(services.db, { sessionId: one.sessionId, event: 'interrupt', actor: { kind: 'system' } }, { interruptedAt: services.now() });
    await expect(approve(one)).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
    const view = await openCase(services, { applicationId: one.applicationId, reader: { staffId, roles: ['witness'] } });
    expect(view.session?.missing.map((m) => m.code)).toEqual(['client']);
  });

  test('the reviewer is told every answer in its order and each interruption (R24, R30)', async () => {
    const one = await call.live();
    const { sessionId, applicationId } = one;
    const at = (seconds: number): Date => new Date(services.now().getTime() + seconds * 1000);
    for (const [i, answer] of (['no', 'unclear', 'clear_yes'] as const).entries()) await services.db.scriptTick.create({ data: { sessionId, item: 'ownWill', answer, at: at(i), mediaTimeMs: i * 1000 } });
    await services.db.sessionEvent.createMany({ data: [
      { sessionId, type: 'live', at: at(0) }, { sessionId, type: 'lost', at: at(1), codes: { role: 'client' } }, { sessionId, type: 'interrupted', at: at(1), codes: { cause: 'peer_lost' } }, { sessionId, type: 'live', at: at(4) },
    ] });
    const { session } = await openCase(services, { applicationId, reader: { staffId, roles: ['witness'] } });
    expect(session?.answers.filter((a) => a.item === 'ownWill').map((a) => a.answer)).toEqual(['no', 'unclear', 'clear_yes']);
    expect(session?.breaks).toEqual([{ what: 'call', cause: 'client_lost', from: at(1).toISOString(), to: at(4).toISOString() }]);
    expect(session?.recordedOnce).toBe(false);
  });

  test('how many calls were accepted since going online does not start anew when the page is reloaded (R2)', async () => {
    const witnessId = await makeStaff(services, ['witness']);
    await services.db.seatCheck.create({ data: { staffId: witnessId, result: {}, passed: true, at: new Date(services.now().getTime() - 60_000) } });
    const one = await makeCase(services, { until: 'accept', witnessId });
    expect(await seatOf(services, witnessId)).toEqual({ state: 'busy', sessionId: one.sessionId, applicationId: one.applicationId, onlineSince: new Date(services.now().getTime() - 60_000).toISOString(), accepted: 1 });
  });

  test('who was rejected before is shown as such, with day, code and case: of this case, of another one, by a witness or in second review (R16)', async () => {
    const [one, other] = [await call.live(), await call.live()];
    const reject = (id: string) => decide(services, { sessionId: id, staffId, decision: { decision: 'reject', code: 'P01' } });
    await reject(one.sessionId);
    await services.db.application.update({ where: { id: one.applicationId }, data: { idNumberIndex: (await services.db.application.findUniqueOrThrow({ where: { id: other.applicationId } })).idNumberIndex } });
    await services.db.review.create({ data: { applicationId: one.applicationId, reviewerId: staffId, decision: 'reject', code: 'D01', at: services.now() } });
    for (const { applicationId } of [one, other]) {
      const { warnings } = await openCase(services, { applicationId, reader: { staffId, roles: ['witness'] } });
      const said = warnings.filter((w) => w.code === 'EARLIER_REJECTION').map((w) => w.said);
      expect(said.sort()).toEqual([expect.stringMatching(/^2026-03-10 D01 /), expect.stringMatching(/^2026-03-10 P01 /)]);
    }
  });

  test('a “no” that is ticked between the check and the decision is not approved (R24, R28)', async () => {
    const one = await complete();
    stage.meanwhile.coverage = async () => { await tick(services, { sessionId: one.sessionId, staffId, item: 'ownWill', answer: 'no' }); };
    await expect(approve(one)).rejects.toMatchObject({ code: 'SCRIPT_INCOMPLETE', detail: { items: ['script.ownWill'] } });
    expect(await sessionOf(one)).toMatchObject({ state: 'live' });
  });

  test('a number put on the negative list, or a police check that answers otherwise, between the check and the decision is not approved (R16, R22, R28)', async () => {
    const [listed, answered] = [await complete(), await complete()];
    stage.meanwhile.coverage = async () => { await addNegative(services, { staffId, idNumber: listed.form.idNumber, reason: 'forged papers' }); };
    await expect(approve(listed)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['finding.NEGATIVE_LIST'] } });
    const police = { ask: async () => ({ answer: 'nameMismatch' as const, attempts: 1 }) };
    stage.meanwhile.coverage = () => policeCheckJob(services, police, { applicationId: answered.applicationId });
    await expect(approve(answered)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['finding.POLICE_NAME_MISMATCH'] } });
  });

  test('a client over the firm’s upper age is not approved, whenever the limit came (R10)', async () => {
    const one = await complete();
    await expect(decide({ ...services, upperAge: 30 }, { sessionId: one.sessionId, staffId, decision: { decision: 'approve' } })).rejects.toMatchObject({ detail: { items: ['finding.AGE_OVER_LIMIT'] } });
    await approve(one);
  });

  test('a harmless tick in between does not refuse the agent: it is checked again and approved', async () => {
    const one = await complete();
    stage.meanwhile.coverage = async () => { await tick(services, { sessionId: one.sessionId, staffId, item: 'ownWill', answer: 'clear_yes' }); };
    await approve(one);
    expect(await sessionOf(one)).toMatchObject({ outcome: 'passed' });
  });

  test('a reading that ends in the background costs the agent nothing', async () => {
    const one = await complete();
    const { version } = await sessionOf(one);
    const face = await services.db.photo.findFirstOrThrow({ where: { sessionId: one.sessionId, kind: 'face' } });
    await keepStill(services, { applicationId: one.applicationId, photoId: face.id, image: still });
    expect((await sessionOf(one)).version).toBe(version);
  });

  test('a photo begun before approve does not take the place of the approved one, and leaves no file (R20)', async () => {
    const one = await complete();
    const before = await services.db.photo.findFirstOrThrow({ where: { sessionId: one.sessionId, kind: 'face', supersededAt: null } });
    const count = stage.files.size;
    stage.meanwhile.frame = async () => { await approve(one); };
    await expect(call.photograph(one, 'face')).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
    expect(await services.db.photo.findMany({ where: { sessionId: one.sessionId, kind: 'face' } })).toMatchObject([{ id: before.id, supersededAt: null }]);
    expect(stage.files.size).toBe(count);
  });

  test('a tick and the end of the call at the same moment: neither is lost', async () => {
    for (let i = 0; i < 10; i++) {
      const one = await call.live();
      const [, rejected] = await Promise.allSettled([
        tick(services, { sessionId: one.sessionId, staffId, item: 'ownWill', answer: 'clear_yes' }),
        decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'reject', code: 'N01' } }),
      ]);
      expect(rejected.status).toBe('fulfilled');
    }
  });

});
