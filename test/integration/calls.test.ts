import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { ReadyCheck } from '../../contracts/http/client.ts';
import { AppError } from '../../contracts/errors.ts';
import type { MediaHost } from '../../media/ports.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import { sessionFacts } from '../../server/usecases/cases/facts.ts';
import { clientTicket, joinLine } from '../../server/usecases/call/joinline.ts';
import { createMediaFacts } from '../../server/usecases/call/mediafacts.ts';
import { acceptOffer, makeOffer } from '../../server/usecases/call/offers.ts';
import { interruptRunning } from '../../server/usecases/call/restart.ts';
import { roomTicket } from '../../server/usecases/call/room.ts';
import { WATCH_SETTINGS, sweepSessions } from '../../server/usecases/call/watch.ts';
import { openReplay } from '../../server/usecases/replay/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import { openLine } from '../../server/wiring/line.ts';
import type { Line } from '../../workflows/waiting/line.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseOptions, CaseServices, MadeCase } from './case.support.ts';

const READY: ReadyCheck = { camera: 'ok', microphone: 'ok', network: 'ok', light: 'ok' };
let app: CaseServices;
let services: Services;
let redis: Redis;
let line: Line;
/** Rooms that are open, and what opening one does first. */
const rooms = new Map<string, string>();
let opening: ((sessionId: string) => Promise<void>) | undefined;

beforeAll(async () => {
  app = await startCaseServices();
  redis = new Redis(app.redisUrl);
  const media = {
    openSession: async ({ sessionId, caseId }) => { await opening?.(sessionId); rooms.set(sessionId, caseId); },
    closeSession: async (sessionId) => void rooms.delete(sessionId),
    recorderRunning: () => true,
  } as Partial<MediaHost> as MediaHost;
  const tie: { services?: Services; placesChanged: () => void } = { placesChanged: () => undefined };
  line = await openLine(redis, app.services.log, tie);
  services = tie.services = { ...app.openServices({ now: () => new Date() }), media, line };
});
afterEach(async () => {
  opening = undefined;
  const { waiting, seats } = await line.snapshot();
  for (const { staffId } of seats) await line.exit(staffId);
  for (const { applicationId } of waiting) await line.leave(applicationId);
});
afterAll(async () => {
  await line?.close();
  redis?.disconnect();
  await app?.close();
});

const code = (value: string) => expect.objectContaining({ code: value });
const made = async (until: CaseOptions['until'], witnessId?: string): Promise<MadeCase> => makeCase(services, { until, witnessId: witnessId ?? await makeStaff(services, ['witness']) });
const stateOf = async (applicationId: string) => (await services.db.application.findUniqueOrThrow({ where: { id: applicationId } })).state;
const sessionOf = (id: string) => services.db.witnessSession.findUniqueOrThrow({ where: { id } });
const seatOf = async (staffId: string) => (await line.snapshot()).seats.find((seat) => seat.staffId === staffId);
/** The offer that this agent has, as soon as it is stored; waits out the rest after a failure. */
const offerOf = async (staffId: string): Promise<{ sessionId: string; applicationId: string }> => {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(50)) {
    await line.heartbeat(staffId);
    const seat = await seatOf(staffId);
    if (seat?.state === 'offered' && (await services.db.witnessSession.count({ where: { id: seat.sessionId! } })) === 1) return { sessionId: seat.sessionId!, applicationId: seat.applicationId! };
  }
  throw new Error('no offer');
};
const online = async (): Promise<string> => {
  const staffId = await makeStaff(services, ['witness']);
  await line.online(staffId);
  return staffId;
};

describe('an acceptance that fails locks nobody', () => {
  test('the agent is free again, the next client is served, and the first keeps the place without coming back (R30)', async () => {
    const [first, next] = [await made('join_line'), await made('join_line')];
    for (const { applicationId } of [first, next]) await line.join(applicationId);
    const staffId = await online();
    const { sessionId, applicationId } = await offerOf(staffId);
    expect(applicationId).toBe(first.applicationId);
    opening = async () => { throw new AppError('MEDIA_UNAVAILABLE'); };
    await expect(acceptOffer(services, { sessionId, staffId })).rejects.toEqual(code('MEDIA_UNAVAILABLE'));
    opening = undefined;
    expect(await sessionOf(sessionId)).toMatchObject({ state: 'closed', outcome: 'no_show', acceptedAt: null });
    expect((await line.snapshot()).waiting[0]).toMatchObject({ applicationId: first.applicationId, state: 'waiting' });

    const offer = await offerOf(staffId);
    expect(offer.applicationId).toBe(next.applicationId);
    expect(await acceptOffer(services, { sessionId: offer.sessionId, staffId })).toMatchObject({ applicationId: next.applicationId });
    const again = await offerOf(await online());
    expect(again.applicationId).toBe(first.applicationId);
  });

  test('a client who withdrew in the moment of the acceptance is out of the line, and the agent is free (R2)', async () => {
    const { applicationId } = await made('join_line');
    await line.join(applicationId);
    const staffId = await online();
    const { sessionId } = await offerOf(staffId);
    opening = async () => { await changeApplication(services.db, { applicationId, event: 'withdraw', actor: { kind: 'client' } }); };
    await expect(acceptOffer(services, { sessionId, staffId })).rejects.toEqual(code('STATE_NOT_ALLOWED'));
    expect(await sessionOf(sessionId)).toMatchObject({ state: 'closed' });
    expect(rooms.has(sessionId)).toBe(false);
    expect(await line.snapshot()).toMatchObject({ waiting: [], seats: [{ staffId, state: 'free' }] });
  });

  test('what a crash left between the line and the database is swept up: offer, seat and the client’s place (R30)', async () => {
    const { applicationId } = await made('join_line');
    await line.join(applicationId);
    const staffId = await online();
    const { sessionId } = await offerOf(staffId);
    // The process dies here: the line says busy, the row says offered.
    await line.accept({ sessionId, staffId });
    expect(await sweepSessions(services)).toBe(0);
    await sweepSessions(services, { ...WATCH_SETTINGS, offerMs: 0 });
    expect(await sessionOf(sessionId)).toMatchObject({ state: 'closed', outcome: 'no_show' });
    expect((await line.snapshot()).waiting).toMatchObject([{ applicationId, state: 'waiting' }]);
    const offer = await offerOf(staffId);
    expect(await acceptOffer(services, { sessionId: offer.sessionId, staffId })).toMatchObject({ applicationId });
  });

  test('a seat that stayed busy after its call had ended is free again; one in a call is left alone', async () => {
    const [ended, running] = [await made('join_line'), await made('join_line')];
    const staff = [await online(), await online()];
    for (const { applicationId } of [ended, running]) await line.join(applicationId);
    const sessions = await Promise.all(staff.map(async (staffId) => ({ staffId, ...(await offerOf(staffId)) })));
    for (const { sessionId, staffId } of sessions) await acceptOffer(services, { sessionId, staffId });
    const over = sessions.find(({ applicationId }) => applicationId === ended.applicationId)!;
    for (const event of ['both_joined', 'pass'] as const) await changeSession(services.db, { sessionId: over.sessionId, event, actor: { kind: 'system' } });
    await changeApplication(services.db, { applicationId: ended.applicationId, event: 'pass', actor: { kind: 'system' } });
    await sweepSessions(services, { ...WATCH_SETTINGS, offerMs: 0 });
    expect(await seatOf(over.staffId)).toMatchObject({ state: 'free' });
    expect(await seatOf(sessions.find((one) => one !== over)!.staffId)).toMatchObject({ state: 'busy' });
    expect((await line.snapshot()).waiting).toEqual([]);
  });

  test('an offer left over from earlier does not keep the client from being offered again', async () => {
    const { applicationId } = await made('join_line');
    const [left, sessionId, staffId] = [newId(), newId(), await makeStaff(services, ['witness'])];
    await services.db.witnessSession.create({ data: { id: left, applicationId, witnessId: staffId, cue: 'turnLeft', scriptVersion: '1' } });
    await makeOffer(services, { sessionId, applicationId, staffId, waitedSeconds: 1, expiresInSeconds: 20, draw: { eligible: [staffId], random: 0 } });
    expect(await sessionOf(left)).toMatchObject({ state: 'closed' });
    expect(await sessionOf(sessionId)).toMatchObject({ state: 'offered' });
  });

  test('a client who is no longer waiting is offered to nobody and leaves the line', async () => {
    const { applicationId } = await made('join_line');
    await line.join(applicationId);
    await changeApplication(services.db, { applicationId, event: 'leave_line', actor: { kind: 'system' } });
    const staffId = await online();
    expect(await line.snapshot()).toMatchObject({ waiting: [], seats: [{ staffId, state: 'free' }] });
    expect(await services.db.witnessSession.count({ where: { applicationId } })).toBe(0);
  });

  test('who withdraws gives the place in the line up at once', async () => {
    const { applicationId } = await made('join_line');
    await (await app.asClient(applicationId)).withdraw();
    expect(app.left).toContain(applicationId);
  });
});

describe('who reviews a case is not its witness (R5)', () => {
  /** A reviewer sent the client back to the call. */
  const sentBack = async (reviewerId: string): Promise<MadeCase> => {
    const one = await makeCase(services, { until: 'open_review', witnessId: await makeStaff(services, ['witness']), reviewerId });
    await services.db.review.create({ data: { id: newId(), applicationId: one.applicationId, reviewerId, decision: 'reject', code: 'D02' } });
    for (const event of ['review_reject_repairable', 'repaired_call'] as const) await changeApplication(services.db, { applicationId: one.applicationId, event, actor: { kind: 'system' } });
    return one;
  };

  test('the reviewer who sent the client back to a call is not drawn for it, a colleague is (R5)', async () => {
    const reviewerId = await makeStaff(services, ['witness', 'reviewer']);
    const { applicationId, clientId } = await sentBack(reviewerId);
    await line.online(reviewerId);
    await joinLine(services, { clientId, ready: READY });
    expect(await seatOf(reviewerId)).toMatchObject({ state: 'free' });
    const colleague = await online();
    expect(await offerOf(colleague)).toMatchObject({ applicationId });
    expect((await services.db.draw.findFirstOrThrow({ where: { applicationId } })).eligible).toEqual([colleague]);
  });

  const audit = (staffId: string, sessionId: string) => openReplay(services, { sessionId, reader: { staffId, roles: ['witness', 'auditor'] }, purpose: '例行稽核' });
  test('who audited an earlier call of the case is not drawn for it, a colleague is (R5)', async () => {
    const auditorId = await makeStaff(services, ['witness', 'auditor']);
    const { applicationId, clientId, sessionId } = await sentBack(await makeStaff(services, ['reviewer']));
    await audit(auditorId, sessionId);
    await line.online(auditorId);
    await joinLine(services, { clientId, ready: READY });
    expect(await seatOf(auditorId)).toMatchObject({ state: 'free' });
    expect(await offerOf(await online())).toMatchObject({ applicationId });
  });

  test('who audits an earlier call of a case that is being offered to that person cannot accept it any more (R5)', async () => {
    const auditorId = await makeStaff(services, ['witness', 'auditor']);
    const { applicationId, clientId, sessionId: earlier } = await sentBack(await makeStaff(services, ['reviewer']));
    await line.online(auditorId);
    await joinLine(services, { clientId, ready: READY });
    const { sessionId } = await offerOf(auditorId);
    await audit(auditorId, earlier);
    await expect(acceptOffer(services, { sessionId, staffId: auditorId })).rejects.toEqual(code('SAME_PERSON'));
    expect(await offerOf(await online())).toMatchObject({ applicationId });
  });

  test('an offer that a reviewer got nevertheless cannot be accepted, and goes to a colleague (R5)', async () => {
    const reviewerId = await makeStaff(services, ['witness', 'reviewer']);
    const { applicationId } = await sentBack(reviewerId);
    await changeApplication(services.db, { applicationId, event: 'join_line', actor: { kind: 'system' } });
    await line.join(applicationId);
    await line.online(reviewerId);
    const { sessionId } = await offerOf(reviewerId);
    await expect(acceptOffer(services, { sessionId, staffId: reviewerId })).rejects.toEqual(code('SAME_PERSON'));
    expect(await seatOf(reviewerId)).toMatchObject({ state: 'free' });
    expect(await offerOf(await online())).toMatchObject({ applicationId });
    expect(await stateOf(applicationId)).toBe('waiting');
  });
});

describe('a stop and start of the program in a call', () => {
  let beganMs = 0;
  const at = (seconds: number): Date => new Date(beganMs + seconds * 1000);
  /** Live and recorded for twenty seconds, a minute ago; then the program died without a word. */
  const died = async (): Promise<MadeCase> => {
    beganMs = Date.now() - 60_000;
    const one = await made('accept');
    const { sessionId } = one;
    await services.db.witnessSession.update({ where: { id: sessionId }, data: { acceptedAt: at(0), liveAt: at(1) } });
    await services.db.recorderFact.create({ data: { sessionId, running: true, at: at(2) } });
    await services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 0, fileId: 'none', startMs: at(1).getTime(), endMs: at(20).getTime(), mimeType: 'video/webm', byteLength: 1, saltedSha256: 'x', tracks: [] } });
    return one;
  };

  test('the call is interrupted, not lost: both are given a ticket into the room, opened again, and it goes on (R30)', async () => {
    const { applicationId, sessionId, clientId } = await died();
    expect(await interruptRunning(services)).toBeGreaterThanOrEqual(1);
    expect(await sessionOf(sessionId)).toMatchObject({ state: 'interrupted', interruptedAt: expect.any(Date) });
    expect(await services.db.audit.findFirst({ where: { sessionId, action: 'session.interrupt' } })).toMatchObject({ actorKind: 'system', toState: 'interrupted' });
    expect(await services.db.outbox.count({ where: { payload: { path: ['sessionId'], equals: sessionId }, AND: { payload: { path: ['to'], equals: 'interrupted' } } } })).toBe(1);
    await sweepSessions(services);
    expect(await stateOf(applicationId)).toBe('in_call');

    const ticket = await clientTicket(services, { clientId, sessionId });
    expect(await services.tickets.take(ticket)).toMatchObject({ sessionId, role: 'client', personId: clientId });
    expect(rooms.get(sessionId)).toBe(applicationId);
    await roomTicket(services, { session: await sessionOf(sessionId), role: 'witness', personId: 'w' });
    const facts = createMediaFacts(services);
    facts.live(sessionId);
    await facts.idle();
    expect(await sessionOf(sessionId)).toMatchObject({ state: 'live', interruptedAt: null });
    // Started once more, nothing is left to interrupt twice.
    await interruptRunning(services);
    expect((await sessionOf(sessionId)).state).toBe('interrupted');
    expect(await services.db.recorderFact.count({ where: { sessionId, running: false } })).toBe(1);
  });

  test('what was not recorded from the crash until the recorder ran again is a gap (R28, R40)', async () => {
    const { sessionId } = await died();
    await interruptRunning(services);
    const facts = createMediaFacts(services);
    facts.recording(sessionId, true, at(50));
    facts.live(sessionId);
    await facts.idle();
    await changeSession(services.db, { sessionId, event: 'drop', actor: { kind: 'system' } }, { endedAt: at(55) });
    const auditor = { staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] } as const;
    const view = await openReplay(services, { sessionId, reader: auditor, purpose: '断线核查' });
    const gaps = view.gaps.filter(({ cause }) => cause === 'host_lost');
    const zero = at(1).getTime();
    expect(gaps).toHaveLength(4);
    for (const gap of gaps) {
      expect(Math.abs(gap.fromMs + zero - at(20).getTime())).toBeLessThan(1000);
      expect(Math.abs(gap.toMs + zero - at(50).getTime())).toBeLessThan(1000);
    }
  });

  test('a call that was decided while its ticket was asked for opens no room that nobody closes (R30)', async () => {
    const { sessionId, clientId } = await died();
    opening = async () => { await changeSession(services.db, { sessionId, event: 'drop', actor: { kind: 'system' } }); };
    await expect(clientTicket(services, { clientId, sessionId })).rejects.toEqual(code('SESSION_NOT_FOUND'));
    expect(rooms.has(sessionId)).toBe(false);
  });
});

describe('a recorder that died and never came back', () => {
  test('everything after it counts as not recorded, before and after the call’s end, also after a restart (R28)', async () => {
    const { sessionId } = await made('accept');
    const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
    await services.db.witnessSession.update({ where: { id: sessionId }, data: { liveAt: minutesAgo(10) } });
    const facts = createMediaFacts(services);
    facts.recording(sessionId, true, minutesAgo(10));
    facts.recording(sessionId, false, minutesAgo(5));
    await facts.idle();
    await services.db.scriptTick.createMany({ data: [['name', 8], ['ownWill', 3]].map(([item, minutes]) => ({ sessionId, item: item as string, answer: 'clear_yes', at: minutesAgo(minutes as number), mediaTimeMs: 0 })) });
    await changeSession(services.db, { sessionId, event: 'drop', actor: { kind: 'system' } });
    const { ticks } = await sessionFacts(services, await sessionOf(sessionId));
    expect(ticks.map(({ item, recorded }) => [item, recorded])).toEqual([['name', true], ['ownWill', false]]);
  });
});
