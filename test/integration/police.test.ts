import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { POLICE_ANSWERS } from '../../contracts/police.ts';
import type { PoliceAnswer } from '../../contracts/police.ts';
import type { MediaHost } from '../../media/ports.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { missingOf } from '../../server/usecases/call/decide.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { policeCheckJob } from '../../server/usecases/police/check.ts';
import { askPoliceAgain, decidePolice } from '../../server/usecases/police/decide.ts';
import { createPolice } from '../../server/usecases/police/port.ts';
import { identityIndex, policeReasonPlace } from '../../server/usecases/police/standing.ts';
import type { Services } from '../../server/usecases/services.ts';
import { jobsOf } from '../../server/wiring/jobs.ts';
import { call, startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let sim: TestSimulators;
let witnessId: string;
let png: Buffer;

/** The finding of an answer: nameMismatch → POLICE_NAME_MISMATCH. */
const findingOf = (answer: PoliceAnswer): string => `POLICE_${answer.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
const hash = (number: string): string => createHash('sha256').update(number).digest('hex');
const quick = { timeoutMs: 1_500, pausesMs: [20, 40] };
const code = (value: string) => expect.objectContaining({ code: value });

/** A call under way whose recorder holds everything: here only the police check stands in the way. */
const MEDIA = { recorderRunning: () => true, recordingStartedAt: () => undefined, coverage: async () => ({ status: 'covered' }) } as unknown as MediaHost;

beforeAll(async () => {
  [app, sim] = await Promise.all([startCaseServices(), startTestSimulators()]);
  services = { ...app.services, media: MEDIA };
  witnessId = await makeStaff(services, ['witness'], '张敏');
  png = await sharp({ create: { width: 320, height: 240, channels: 3, background: '#a98' } }).png().toBuffer();
});
afterEach(async () => { await sim.clear(); app.jobs.length = 0; });
afterAll(async () => { await app?.close(); await sim?.close(); });

const inCall = (): Promise<MadeCase> => makeCase(services, { until: 'accept', witnessId });
const consent = (applicationId: string, granted: boolean) => services.db.applicationConsent.create({ data: { id: newId(), applicationId, kind: 'face', version: '1', language: 'zh', sha256: '0'.repeat(64), granted, at: new Date() } });
async function photograph({ applicationId, sessionId }: MadeCase, kind = 'face'): Promise<string> {
  const id = newId();
  const { fileId } = await services.store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: png });
  await services.db.photo.updateMany({ where: { sessionId, kind, supersededAt: null }, data: { supersededAt: new Date() } });
  await services.db.photo.create({ data: { id, sessionId, applicationId, kind, fileId, producerId: 'p', rtpTimestamp: 1n, mediaTimeMs: 1, receivedAt: new Date(), sha256: 'x', width: 320, height: 240 } });
  return id;
}
const check = (applicationId: string, more: { photoId?: string; round?: number } = {}, url: string | undefined = sim.urls.police) => policeCheckJob(services, createPolice(url, services.log, quick), { applicationId, ...more });
const view = async ({ applicationId }: MadeCase) => openCase(services, { applicationId, reader: { staffId: witnessId, roles: ['witness'] } });
const missing = async ({ sessionId }: MadeCase) => (await missingOf(services, await services.db.witnessSession.findUniqueOrThrow({ where: { id: sessionId } }))).map((m) => m.code).filter((c) => c.includes('POLICE'));
const requests = async (applicationId: string) => (await sim.log(applicationId)).filter(({ system }) => system === 'police');

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
