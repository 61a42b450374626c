import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SegmentInfo, Side } from '../../media/ports.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { createMediaFacts } from '../../server/usecases/call/mediafacts.ts';
import { sessionGaps } from '../../server/usecases/call/gaps.ts';
import { breaksOf } from '../../server/usecases/cases/breaks.ts';
import { recordCase } from '../../server/usecases/evidence/record.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import { causeWords } from '../../contracts/causes.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices } from './case.support.ts';

let app: CaseServices;
let services: Services;
let facts: ReturnType<typeof createMediaFacts>;
beforeAll(async () => {
  app = await startCaseServices();
  services = app.services;
  facts = createMediaFacts(services);
});
afterAll(() => app.close());

const SECOND = 1_000;

/** A minute's call, told by the media host as it happens; the clock stands where the test puts it. */
async function callOfAMinute() {
  const made = await makeCase(services, { until: 'accept', witnessId: await makeStaff(services, ['witness']) });
  const { sessionId } = made;
  const { liveAt, acceptedAt, offeredAt } = await services.db.witnessSession.findUniqueOrThrow({ where: { id: sessionId } });
  const from = (liveAt ?? acceptedAt ?? offeredAt).getTime();
  const at = (seconds: number): Date => new Date(from + seconds * SECOND);
  const when = (seconds: number): void => { app.clock.at = at(seconds); };
  const segment = (side: Side, index: number, held: readonly (readonly ['video' | 'audio', number, number])[]): SegmentInfo => ({
    segmentId: newId(), side, index, fileId: newId(), startMs: from, endMs: from + 60 * SECOND, mimeType: 'video/webm', byteLength: 1, saltedSha256: '0'.repeat(64), tracks: [],
    held: held.map(([kind, fromS, toS]) => ({ kind, fromMs: from + fromS * SECOND, toMs: from + toS * SECOND })),
  });
  return {
    ...made, at, when, segment,
    async end(): Promise<void> {
      await facts.idle();
      when(60);
      await changeSession(services.db, { sessionId, event: 'reject', actor: { kind: 'system' } }, { endedAt: at(60) });
      when(90);
    },
    async gaps(): Promise<string[]> {
      const session = await services.db.witnessSession.findUniqueOrThrow({ where: { id: sessionId } });
      return (await sessionGaps(services, session)).map(({ side, kind, fromMs, toMs, cause }) => `${side} ${kind} ${(fromMs - from) / SECOND}–${(toMs - from) / SECOND} ${cause}`);
    },
  };
}

describe('each missing stretch of a recording is an entry of the manifest, with side, kind and cause (R28, R42)', () => {
  test('what media reported of a call becomes its gaps, the manifest’s entries, and words for whoever reads them', async () => {
    const call = await callOfAMinute();
    const { sessionId, applicationId } = call;
    facts.recording(sessionId, true, call.at(0));
    call.when(10);
    facts.muted(sessionId, 'witness', 'audio', true);
    call.when(16);
    facts.muted(sessionId, 'witness', 'audio', false);
    facts.recording(sessionId, false, call.at(22), 'recorder_down');
    facts.recording(sessionId, true, call.at(24));
    void facts.missed(sessionId, { side: 'client', kind: 'video', fromMs: call.at(30).getTime(), toMs: call.at(35).getTime(), cause: 'loss' });
    void facts.missed(sessionId, { side: 'client', kind: 'audio', fromMs: call.at(40).getTime(), toMs: call.at(44).getTime(), cause: 'store_unavailable' });
    void facts.segment(sessionId, call.segment('client', 0, [['video', 0, 22], ['audio', 0, 22]]));
    void facts.segment(sessionId, call.segment('client', 1, [['video', 24, 60], ['audio', 24, 40], ['audio', 44, 60]]));
    void facts.segment(sessionId, call.segment('witness', 0, [['video', 0, 22], ['audio', 0, 10], ['audio', 16, 22]]));
    void facts.segment(sessionId, call.segment('witness', 1, [['video', 24, 60], ['audio', 24, 60]]));
    await call.end();
    const expected = [
      'client video 22–24 recorder_down', 'client video 30–35 loss', 'client audio 22–24 recorder_down', 'client audio 40–44 store_unavailable',
      'witness video 22–24 recorder_down', 'witness audio 10–16 muted', 'witness audio 22–24 recorder_down',
    ];
    expect(await call.gaps()).toEqual(expected);

    await recordCase(services, app.evidence, applicationId);
    const lines = await services.db.manifestLine.findMany({ where: { applicationId }, orderBy: { seq: 'asc' } });
    const told = lines.map(({ line }) => JSON.parse(line) as { type: string; facts: { side: string; kind: string; cause: string } }).filter(({ type }) => type === 'gap').map(({ facts: { side, kind, cause } }) => `${side} ${kind} ${cause}`);
    expect(told.sort()).toEqual(expected.map((one) => one.replace(/ \d+–\d+/, '')).sort());
    // Told once: the next run finds nothing new, and the rows still say the same.
    expect((await recordCase(services, app.evidence, applicationId)).added).toBe(0);
    expect((await verifyCase(services, { store: app.evidence.store, signing: [app.evidence.signing], published: [] }, applicationId)).filter((problem) => JSON.stringify(problem).includes('gap:'))).toEqual([]);
    const session = await services.db.witnessSession.findUniqueOrThrow({ where: { id: sessionId } });
    const breaks = breaksOf([], await sessionGaps(services, session), session.endedAt);
    expect(breaks.map(({ cause }) => cause)).toEqual(['muted', 'recorder_down', 'loss', 'store_unavailable']);
    for (const { cause } of breaks) expect(causeWords(cause).zh).not.toBe('原因不明');
  });

  test('a client who lost the connection, and a store that was away and was caught up with', async () => {
    const call = await callOfAMinute();
    const { sessionId } = call;
    facts.recording(sessionId, true, call.at(0));
    facts.recording(sessionId, false, call.at(5), 'store_unavailable');
    facts.recording(sessionId, true, call.at(9));
    call.when(20);
    facts.left(sessionId, 'client', true);
    call.when(31);
    facts.joined(sessionId, 'client');
    void facts.segment(sessionId, call.segment('client', 0, [['video', 0, 20], ['audio', 0, 20]]));
    void facts.segment(sessionId, call.segment('client', 1, [['video', 32, 60], ['audio', 32, 60]]));
    void facts.segment(sessionId, call.segment('witness', 0, [['video', 0, 60], ['audio', 0, 60]]));
    await call.end();
    expect(await call.gaps()).toEqual(['client video 20–32 peer_lost', 'client audio 20–32 peer_lost']);
  });

  test('a store that is away at the end of a call: the chapter waits for what the recorder still holds, and tells no gap where it came', async () => {
    const call = await callOfAMinute();
    const { applicationId, sessionId } = call;
    const told = async () => (await services.db.manifestLine.findMany({ where: { applicationId } })).filter(({ line }) => (JSON.parse(line) as { type: string }).type === 'gap');
    facts.recording(sessionId, true, call.at(0));
    facts.recording(sessionId, false, call.at(50), 'store_unavailable');
    await call.end();
    expect(await recordCase(services, app.evidence, applicationId)).not.toMatchObject({ head: 'seal' });
    for (const side of ['client', 'witness'] as const) void facts.segment(sessionId, call.segment(side, 0, [['video', 0, 60], ['audio', 0, 60]]));
    await facts.idle();
    call.when(154);
    expect(await recordCase(services, app.evidence, applicationId)).not.toMatchObject({ head: 'seal' });
    expect(await told()).toEqual([]);
    call.when(155);
    expect(await recordCase(services, app.evidence, applicationId)).toMatchObject({ head: 'seal' });
    expect(await told()).toEqual([]);
  });

  test('while the call is open the recorder itself is asked; where it does not know the call, the rows have to do', async () => {
    const call = await callOfAMinute();
    facts.recording(call.sessionId, true, call.at(0));
    facts.recording(call.sessionId, false, call.at(20), 'recorder_down');
    await facts.idle();
    call.when(30);
    expect(await call.gaps()).toEqual(['client video', 'client audio', 'witness video', 'witness audio'].map((track) => `${track} 20–30 recorder_down`));
    const session = await services.db.witnessSession.findUniqueOrThrow({ where: { id: call.sessionId } });
    const asked: unknown[] = [];
    const media = { ...({} as Services['media']), coverage: async (...args: unknown[]) => { asked.push(args); return { status: 'covered' as const, gaps: [] }; } };
    expect(await sessionGaps({ ...services, media }, session)).toEqual([]);
    expect(asked).toHaveLength(4);
  });
});
