import { describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PoliceAnswer } from '../../contracts/police.ts';
import { newId } from '../../server/database/crypto.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { policeCheckJob } from '../../server/usecases/police/check.ts';
import { decidePolice } from '../../server/usecases/police/decide.ts';
import { createPolice } from '../../server/usecases/police/port.ts';
import { identityIndex, policeReasonPlace } from '../../server/usecases/police/standing.ts';
import { jobsOf } from '../../server/wiring/jobs.ts';
import { makeCase, makeStaff } from './case.support.ts';
import { app, check, consent, hash, inCall, photograph, policeScene, quick, requests, services, sim, view, witnessId } from './police.support.ts';

policeScene();

describe('name and number are asked before the call (R22)', () => {
  test('the submission leads to the question, and so does a repair that changed the form', () => {
    const event = { type: 'application.changed', applicationId: newId(), from: 'draft' } as const;
    for (const [name, from] of [['submit', 'draft'], ['repaired_call', 'repair']] as const) {
      expect(jobsOf({ ...event, event: name, from, to: 'submitted' }).map((job) => job.name)).toContain('police.check');
    }
  });
  test.each(['match', 'nameMismatch', 'noRecord', 'unavailable'] as const)('%s is kept under its own name, with its audit row and its event', async (answer) => {
    const made = await makeCase(services, { until: 'submit', witnessId });
    await sim.put('police', { match: hash(made.form.idNumber), errorCode: answer });
    await check(made.applicationId);
    const { applicationId } = made;
    expect(await services.db.policeCheck.findMany({ where: { applicationId } })).toEqual([expect.objectContaining({ kind: 'identity', answer, photoId: null })]);
    expect(await services.db.audit.findMany({ where: { applicationId, action: 'police.checked' } })).toEqual([expect.objectContaining({ codes: expect.objectContaining({ kind: 'identity', answer }) })]);
    expect(await services.db.outbox.count({ where: { type: 'police.answered', payload: { path: ['applicationId'], equals: applicationId } } })).toBe(1);
  });
  test('no face goes out before the call, whatever the client consented to (R17)', async () => {
    const made = await makeCase(services, { until: 'submit', witnessId });
    await consent(made.applicationId, true);
    await sim.put('police', { match: hash(made.form.idNumber), errorCode: 'photoMismatch' });
    // The simulator answers about a picture only when one was sent.
    await check(made.applicationId);
    expect(await services.db.policeCheck.findFirst({ where: { applicationId: made.applicationId } })).toMatchObject({ answer: 'match' });
  });
});

describe('whoever looks at a case sees every answer there was (R22)', () => {
  test('a mismatch that was asked away, and a decision on an answer that no longer counts, stay to be seen with reason and name', async () => {
    const made = await inCall();
    await sim.put('police', { match: hash(made.form.idNumber), errorCode: 'noRecord' });
    await check(made.applicationId);
    const { identity } = (await view(made)).police;
    await decidePolice(services, { sessionId: made.sessionId, staffId: witnessId, checkId: identity!.checkId, reason: '已向派出所核实' });
    for (const answer of ['nameMismatch', 'match'] as const) {
      await sim.put('police', { match: hash(made.form.idNumber), errorCode: answer });
      await check(made.applicationId);
    }
    const { police } = await view(made);
    expect(police.identity).toMatchObject({ answer: 'match', decision: null });
    expect(police.earlier).toMatchObject([
      { question: 'identity', answer: 'nameMismatch', decision: null },
      { question: 'identity', answer: 'noRecord', decision: { by: '张敏', reason: '已向派出所核实' } },
    ]);
  });

  test('but a witness whose call is over is told nothing that was answered or decided after it; reviewer and lead are (R22, R43)', async () => {
    const made = await inCall();
    const { applicationId, sessionId } = made;
    const later = await makeStaff(services, ['witness']);
    const minutes = (n: number): Date => new Date(app.clock.at.getTime() + n * 60_000);
    const answered = (answer: PoliceAnswer, at: Date, more: { kind?: string; photoId?: string } = {}) =>
      services.db.policeCheck.create({ data: { id: newId(), applicationId, answer, askedIndex: identityIndex(services, made.form), at, ...more } });
    await consent(applicationId, true);
    const photoId = await photograph(made);
    const silent = await answered('noRecord', minutes(1));
    await services.db.witnessSession.update({ where: { id: sessionId }, data: { endedAt: minutes(2), state: 'closed', outcome: 'rejected' } });
    // The next call, with another witness, who decides on what was answered before, asks again, and takes a face of their own.
    const secondId = newId();
    await services.db.witnessSession.create({ data: { id: secondId, applicationId, witnessId: later, cue: 'turnLeft', scriptVersion: '1', acceptedAt: minutes(3), liveAt: minutes(3), endedAt: minutes(6), state: 'closed', outcome: 'rejected' } });
    const reason = (decisionId: string) => services.cipher.seal(policeReasonPlace(applicationId, decisionId), '已电话核实');
    const decisionId = newId();
    await services.db.policeDecision.create({ data: { id: decisionId, applicationId, sessionId: secondId, checkId: silent.id, staffId: later, reasonEnc: await reason(decisionId), at: minutes(4) } });
    await answered('photoMismatch', minutes(4), { kind: 'face', photoId: await photograph({ ...made, sessionId: secondId }) });
    await answered('nameMismatch', minutes(5));
    await answered('badImage', minutes(5), { kind: 'face', photoId });

    const first = await view(made);
    expect(first.police).toMatchObject({ identity: { answer: 'noRecord', decision: null }, face: null, earlier: [] });
    expect(first.warnings.map((w) => w.code).filter((c) => c.startsWith('POLICE'))).toEqual(['POLICE_NO_RECORD']);
    const all = await openCase(services, { applicationId, reader: { staffId: await makeStaff(services, ['lead']), roles: ['lead'] } });
    expect(all.police).toMatchObject({ identity: { answer: 'nameMismatch' }, face: { answer: 'photoMismatch' } });
    expect(all.police.earlier).toMatchObject([{ answer: 'noRecord', decision: { reason: '已电话核实' } }]);
  });
});

describe('a service that does not answer is unavailable, never a mismatch (R22)', () => {
  const answerOf = async (applicationId: string) => services.db.policeCheck.findFirst({ where: { applicationId }, orderBy: { at: 'desc' } });
  test('one that is silent once and loses an answer once is asked again, and its answer counts', async () => {
    const made = await makeCase(services, { until: 'submit', witnessId });
    await sim.put('police', { match: hash(made.form.idNumber), loseAnswer: true, times: 1 });
    await sim.put('police', { match: made.applicationId, silent: true, times: 1 });
    await check(made.applicationId);
    expect(await answerOf(made.applicationId)).toMatchObject({ answer: 'match', attempts: 3 });
    expect(app.jobs).toEqual([]);
  });
  test.each([['silent', { silent: true }], ['slower than the limit', { delayMs: 4_000 }], ['breaking off', { down: true }], ['saying so itself', { errorCode: 'unavailable' }]] as const)('%s: three tries, "unavailable", and a later round', async (_, fault) => {
    const made = await makeCase(services, { until: 'submit', witnessId });
    await sim.put('police', { match: made.applicationId, ...fault });
    const began = Date.now();
    await check(made.applicationId);
    expect(Date.now() - began).toBeLessThan(8_000);
    expect(await answerOf(made.applicationId)).toMatchObject({ answer: 'unavailable', attempts: 3 });
    expect(app.jobs).toEqual([{ name: 'police.check', data: { applicationId: made.applicationId, round: 1 }, id: expect.stringContaining(made.applicationId) }]);
  }, 20_000);
  test('the rounds end, and nothing is asked once the decision is made', async () => {
    const made = await makeCase(services, { until: 'submit', witnessId });
    await sim.put('police', { match: made.applicationId, errorCode: 'unavailable' });
    await check(made.applicationId, { round: 4 });
    expect(app.jobs).toEqual([]);
    const decided = await makeCase(services, { until: 'pass', witnessId });
    await check(decided.applicationId);
    expect(await requests(decided.applicationId)).toEqual([]);
  });
  test('one that is not connected, or answers nonsense, is unavailable', async () => {
    const made = await makeCase(services, { until: 'submit', witnessId });
    await policeCheckJob(services, createPolice(undefined, services.log, quick), { applicationId: made.applicationId });
    expect(await answerOf(made.applicationId)).toMatchObject({ answer: 'unavailable' });
    // The core banking simulator speaks JSON, but knows no such question.
    await check(made.applicationId, {}, sim.urls.core);
    expect(await answerOf(made.applicationId)).toMatchObject({ answer: 'unavailable', attempts: 1 });
    expect(app.lines.at(-1)).toMatch(/"system":"police".*"status":404/);
  });
  test('an answer that breaks the agreement is unavailable, and the log names system, status and kind of error only', async () => {
    const made = await makeCase(services, { until: 'submit', witnessId });
    const server = createServer((_, response) => { response.setHeader('content-type', 'application/json'); response.end(JSON.stringify({ answer: `maybe ${made.form.idNumber}` })); });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      await check(made.applicationId, {}, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally { await new Promise((done) => server.close(done)); }
    expect(await answerOf(made.applicationId)).toMatchObject({ answer: 'unavailable', attempts: 3 });
    const line = JSON.parse(app.lines.at(-1)!) as object;
    expect(line).toMatchObject({ system: 'police', status: 200, error: 'ZodError' });
    expect(app.lines.join('')).not.toContain(made.form.idNumber);
  });
});
