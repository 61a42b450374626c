import { describe, expect, test } from '@jest/globals';
import { POLICE_ANSWERS } from '../../contracts/police.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { askPoliceAgain, decidePolice } from '../../server/usecases/police/decide.ts';
import type { Services } from '../../server/usecases/services.ts';
import { jobsOf } from '../../server/wiring/jobs.ts';
import { call } from '../support/simulators/index.ts';
import { makeStaff } from './case.support.ts';
import { app, check, code, consent, findingOf, hash, inCall, missing, photograph, png, policeScene, requests, services, sim, view, witnessId } from './police.support.ts';

policeScene();

describe('the live face is asked in the call, as soon as it is taken, and with consent only (R17, R22)', () => {
  test('taking the face leads to the question', () => {
    const event = { type: 'photo.taken', applicationId: newId(), sessionId: newId(), photoId: newId() } as const;
    expect(jobsOf({ ...event, kind: 'face' })[0]).toEqual({ name: 'police.check', data: { applicationId: event.applicationId, photoId: event.photoId } });
    expect(jobsOf({ ...event, kind: 'portraitSide' }).map((job) => job.name)).not.toContain('police.check');
  });
  test.each(POLICE_ANSWERS)('%s is shown under its own name', async (answer) => {
    const made = await inCall();
    await consent(made.applicationId, true);
    await check(made.applicationId);
    const photoId = await photograph(made);
    expect(await missing(made)).toEqual(['finding.POLICE_FACE_PENDING']);
    await sim.put('police', { match: hash(made.form.idNumber), errorCode: answer });
    await check(made.applicationId, { photoId });
    const { police, warnings } = await view(made);
    expect(police).toMatchObject({ identity: { answer: 'match' }, face: { answer, decision: null }, faceAsked: 'asked' });
    const named = warnings.filter((f) => f.rule === 'R22');
    expect(named.map((f) => f.code)).toEqual(answer === 'match' ? [] : [findingOf(answer)]);
    expect(named.every((f) => f.evidence?.picture === 'call.face')).toBe(true);
    expect(await services.db.sessionEvent.count({ where: { sessionId: made.sessionId, type: 'police' } })).toBe(2);
  }, 20_000);
  test.each([['refused', false], ['never given', null]] as const)('consent %s: no picture leaves the house, and nothing waits for one', async (_, granted) => {
    const made = await inCall();
    if (granted !== null) await consent(made.applicationId, granted);
    await check(made.applicationId);
    const before = (await requests(made.applicationId)).length;
    const photoId = await photograph(made);
    await check(made.applicationId, { photoId });
    expect((await requests(made.applicationId)).length).toBe(before);
    expect((await view(made)).police).toMatchObject({ identity: { answer: 'match' }, face: null, faceAsked: 'noConsent' });
    expect(await missing(made)).toEqual([]);
  });
  test('consent that was taken back counts as refused', async () => {
    const made = await inCall();
    await consent(made.applicationId, true);
    await consent(made.applicationId, false);
    const photoId = await photograph(made);
    await check(made.applicationId, { photoId });
    expect(await requests(made.applicationId)).toEqual([]);
  });
  test('a face taken again is asked again: the answer about the old picture does not count for the new one', async () => {
    const made = await inCall();
    await consent(made.applicationId, true);
    await check(made.applicationId);
    const first = await photograph(made);
    await sim.put('police', { match: hash(made.form.idNumber), errorCode: 'badImage' });
    await check(made.applicationId, { photoId: first });
    expect((await view(made)).police.face).toMatchObject({ answer: 'badImage' });
    const second = await photograph(made);
    expect((await view(made)).police.face).toBeNull();
    await sim.clear();
    await check(made.applicationId, { photoId: first });
    expect((await view(made)).police.face).toBeNull();
    await check(made.applicationId, { photoId: second });
    expect((await view(made)).police.face).toMatchObject({ answer: 'match' });
  });
});

describe('approve needs an answer, or a person’s decision (R22)', () => {
  test('without an answer approve is closed and says so', async () => {
    const made = await inCall();
    expect(await missing(made)).toEqual(['finding.POLICE_PENDING']);
    await check(made.applicationId);
    expect(await missing(made)).toEqual([]);
  });
  test('an answer about another name or number is no answer: the form was changed since', async () => {
    const made = await inCall();
    await check(made.applicationId);
    const place = { subject: made.applicationId, table: 'application', column: 'form_enc', row: made.applicationId };
    await services.db.application.update({ where: { id: made.applicationId }, data: { formEnc: await services.cipher.sealJson(place, { ...made.form, name: '另一人' }) } });
    expect(await missing(made)).toEqual(['finding.POLICE_PENDING']);
  });
  test.each(['noRecord', 'unavailable'] as const)('on "%s" the witness decides, with a reason, and it is kept with who and when', async (answer) => {
    const made = await inCall();
    await sim.put('police', { match: made.applicationId, errorCode: answer });
    await check(made.applicationId);
    expect(await missing(made)).toEqual([`finding.${findingOf(answer)}`]);
    const { checkId } = (await view(made)).police.identity!;
    const reason = '已电话联系户籍派出所核实，号码属实';
    await decidePolice(services, { sessionId: made.sessionId, staffId: witnessId, checkId, reason });
    expect(await missing(made)).toEqual([]);
    expect((await view(made)).police.identity).toMatchObject({ answer, decision: { by: '张敏', reason, at: expect.any(String) } });
    const { applicationId, sessionId } = made;
    // Row, audit row, event and the replay's entry, all or none.
    expect(await services.db.policeDecision.findMany({ where: { applicationId } })).toEqual([expect.objectContaining({ checkId, staffId: witnessId, sessionId })]);
    expect(await services.db.audit.findMany({ where: { applicationId, action: 'police.decided' } })).toEqual([expect.objectContaining({ actorKind: 'staff', actorId: witnessId, codes: expect.objectContaining({ answer }) })]);
    expect(await services.db.outbox.count({ where: { type: 'police.decided', payload: { path: ['applicationId'], equals: applicationId } } })).toBe(1);
    expect(await services.db.sessionEvent.count({ where: { sessionId, type: 'police_decision' } })).toBe(1);
    // The reason may name people: it stands in the clear nowhere.
    const [row] = await services.db.policeDecision.findMany({ where: { applicationId } });
    expect(row!.reasonEnc).not.toContain('派出所');
    expect(app.lines.join('')).not.toContain('派出所');
    await expect(decidePolice(services, { sessionId, staffId: witnessId, checkId, reason })).rejects.toEqual(code('DECISION_ALREADY_MADE'));
  }, 20_000);
  test.each(['match', 'nameMismatch'] as const)('"%s" is no matter for a decision', async (answer) => {
    const made = await inCall();
    await sim.put('police', { match: made.applicationId, errorCode: answer });
    await check(made.applicationId);
    const { checkId } = (await view(made)).police.identity!;
    await expect(decidePolice(services, { sessionId: made.sessionId, staffId: witnessId, checkId, reason: '我认为没有问题' })).rejects.toEqual(code('POLICE_NOT_DECIDABLE'));
    expect(await services.db.policeDecision.count({ where: { applicationId: made.applicationId } })).toBe(0);
    expect(await missing(made)).toEqual(answer === 'match' ? [] : ['finding.POLICE_NAME_MISMATCH']);
  });
  test('of two presses at once one decision is made', async () => {
    const made = await inCall();
    await sim.put('police', { match: made.applicationId, errorCode: 'noRecord' });
    await check(made.applicationId);
    const { checkId } = (await view(made)).police.identity!;
    const presses = await Promise.allSettled([1, 2, 3].map(() => decidePolice(services, { sessionId: made.sessionId, staffId: witnessId, checkId, reason: '已人工核实' })));
    expect(presses.filter((p) => p.status === 'fulfilled')).toHaveLength(1);
    expect(await services.db.audit.count({ where: { applicationId: made.applicationId, action: 'police.decided' } })).toBe(1);
  });
  test('another witness decides nothing, and a later real answer overrules the decision', async () => {
    const made = await inCall();
    await sim.put('police', { match: made.applicationId, errorCode: 'unavailable' });
    await check(made.applicationId);
    const { checkId } = (await view(made)).police.identity!;
    const other = await makeStaff(services, ['witness']);
    await expect(decidePolice(services, { sessionId: made.sessionId, staffId: other, checkId, reason: '已人工核实' })).rejects.toEqual(code('CASE_NOT_YOURS'));
    await decidePolice(services, { sessionId: made.sessionId, staffId: witnessId, checkId, reason: '已人工核实' });
    expect(await missing(made)).toEqual([]);
    await sim.put('police', { match: made.applicationId, errorCode: 'nameMismatch' });
    await check(made.applicationId, { round: 1 });
    expect(await missing(made)).toEqual(['finding.POLICE_NAME_MISMATCH']);
  }, 20_000);
  test('a silent round after the decision undoes nothing, and no other round follows (R22)', async () => {
    const made = await inCall();
    await sim.put('police', { match: made.applicationId, errorCode: 'unavailable' });
    await check(made.applicationId);
    const { checkId } = (await view(made)).police.identity!;
    await decidePolice(services, { sessionId: made.sessionId, staffId: witnessId, checkId, reason: '已人工核实' });
    app.jobs.length = 0;
    await check(made.applicationId, { round: 1 });
    expect(await services.db.policeCheck.count({ where: { applicationId: made.applicationId, answer: 'unavailable' } })).toBe(2);
    expect(await missing(made)).toEqual([]);
    expect((await view(made)).police.identity).toMatchObject({ checkId, decision: { reason: '已人工核实' } });
    expect(app.jobs).toEqual([]);
  }, 20_000);
  test('a decision that comes after the end of the call is refused: it is looked at again when it is stored (R22)', async () => {
    const made = await inCall();
    await sim.put('police', { match: made.applicationId, errorCode: 'noRecord' });
    await check(made.applicationId);
    const { checkId } = (await view(made)).police.identity!;
    // The call ends while the case is looked at and the reason sealed.
    const cipher: Services['cipher'] = { ...services.cipher, seal: async (place, text) => {
      if (place.table === 'police_decision') await changeSession(services.db, { sessionId: made.sessionId, event: 'reject', actor: { kind: 'system' } }, { decision: 'reject' });
      return services.cipher.seal(place, text);
    } };
    await expect(decidePolice({ ...services, cipher }, { sessionId: made.sessionId, staffId: witnessId, checkId, reason: '已人工核实' })).rejects.toEqual(code('DECISION_ALREADY_MADE'));
    expect(await services.db.policeDecision.count({ where: { applicationId: made.applicationId } })).toBe(0);
  });
  test('the face of a call that is over is not sent out during the next one (R17, R22)', async () => {
    const made = await inCall();
    await consent(made.applicationId, true);
    const photoId = await photograph(made);
    await changeSession(services.db, { sessionId: made.sessionId, event: 'drop', actor: { kind: 'system' } });
    const next = newId();
    await services.db.witnessSession.create({ data: { id: next, applicationId: made.applicationId, witnessId, cue: 'turnLeft', scriptVersion: '1', acceptedAt: new Date(), liveAt: new Date() } });
    for (const event of ['accept', 'both_joined'] as const) await changeSession(services.db, { sessionId: next, event, actor: { kind: 'system' } });
    await check(made.applicationId, { photoId });
    expect(await requests(made.applicationId)).toEqual([]);
  });
  test('a decision cannot be changed or deleted, not even by the program', async () => {
    for (const change of ['UPDATE police_decision SET reason_enc = \'x\'', 'DELETE FROM police_decision', 'DELETE FROM police_check']) {
      await expect(services.db.$executeRawUnsafe(change)).rejects.toThrow(/permission denied|42501/);
    }
  });
  test('the agent can have it asked once more, and that is on record', async () => {
    const made = await inCall();
    const photoId = await photograph(made);
    await askPoliceAgain(services, { sessionId: made.sessionId, staffId: witnessId });
    expect(app.jobs.map(({ name, data }) => [name, (data as { photoId?: string }).photoId])).toEqual([['police.check', undefined], ['police.check', photoId], ['person.lookup', undefined]]);
    expect(await services.db.audit.count({ where: { applicationId: made.applicationId, action: 'police.asked' } })).toBe(1);
  });
});

test('no answer of the simulator is left out: the seven of the contract are the seven of the wire', async () => {
  const body = { name: '测试一', idNumber: '11010519491231002X', face: png.toString('base64') };
  for (const answer of POLICE_ANSWERS) {
    await sim.put('police', { errorCode: answer });
    expect((await call('POST', `${sim.urls.police}/identity-checks`, body)).body).toEqual({ answer });
  }
});
