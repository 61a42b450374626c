import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { SegmentInfo } from '../../media/ports.ts';
import { newId } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import { changeSession } from '../../server/database/transact.ts';
import { createMediaFacts } from '../../server/usecases/call/mediafacts.ts';
import type { Services } from '../../server/usecases/services.ts';
import { openCutLine } from '../support/services/cutLine.ts';
import type { CutLine } from '../support/services/cutLine.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices } from './case.support.ts';

let app: CaseServices;
let services: Services;
let line: CutLine;
let through: ReturnType<typeof openDatabase>;
let sessionId: string;
beforeAll(async () => {
  app = await startCaseServices();
  services = app.services;
  line = await openCutLine(app.database.url);
  through = openDatabase(line.url);
});
afterAll(async () => {
  await through?.close();
  await line?.close();
  await app?.close();
});
beforeEach(async () => { ({ sessionId } = await makeCase(services, { until: 'accept', witnessId: await makeStaff(services, ['witness']) })); });

/** The facts of a program whose database is reached over the line. */
const factsOf = (patienceMs?: number) => createMediaFacts({ ...services, db: through.prisma, now: () => new Date() }, patienceMs === undefined ? {} : { patienceMs });
const segment = (index: number): SegmentInfo => ({
  segmentId: newId(), side: 'client', index, fileId: newId(), startMs: Date.now(), endMs: Date.now() + 10_000, mimeType: 'video/webm', byteLength: 1, saltedSha256: '0'.repeat(64), tracks: [], held: [],
});
const segments = async (): Promise<number[]> => (await services.db.recordingSegment.findMany({ where: { sessionId }, orderBy: { index: 'asc' } })).map(({ index }) => index);
/** Named once each, in the order of their rows. */
const events = async (): Promise<string[]> => {
  const rows = await services.db.$queryRaw<{ type: string }[]>`SELECT "type" FROM "session_event" WHERE "session_id" = ${sessionId}::uuid AND "type" IN ('live', 'interrupted', 'muted', 'unmuted', 'recorder_on', 'recorder_off', 'not_recorded') ORDER BY ctid`;
  return rows.map(({ type }) => type);
};

describe('what media reported while the database was away is written when it is back (R28, R40)', () => {
  test('connections refused for some seconds: every segment, the recorder’s reports and the session’s state, in their order', async () => {
    const facts = factsOf();
    facts.recording(sessionId, true, new Date());
    await facts.idle();
    await line.cut();
    facts.interrupted(sessionId, 'peer_lost');
    facts.live(sessionId);
    const kept = [facts.segment(sessionId, segment(0)), facts.segment(sessionId, segment(1))];
    facts.recording(sessionId, false, new Date(), 'recorder_down');
    void facts.missed(sessionId, { side: 'client', kind: 'video', fromMs: 1_000, toMs: 2_000, cause: 'loss' });
    await sleep(4_000);
    expect(await segments()).toEqual([]);
    await line.mend();
    expect(await Promise.all(kept)).toEqual([true, true]);
    await facts.idle();
    expect(await segments()).toEqual([0, 1]);
    expect(await events()).toEqual(['recorder_on', 'interrupted', 'live', 'recorder_off', 'not_recorded']);
    expect(await services.db.witnessSession.findUniqueOrThrow({ where: { id: sessionId } })).toMatchObject({ state: 'live' });
    expect(await services.db.recorderFact.findMany({ where: { sessionId }, orderBy: { at: 'asc' }, select: { running: true, cause: true } })).toEqual([{ running: true, cause: null }, { running: false, cause: 'recorder_down' }]);
  });

  test('a database that ends its connections in the middle of writing gets each fact once', async () => {
    const facts = factsOf();
    const admin = new pg.Client({ connectionString: app.database.ownerUrl });
    await admin.connect();
    const kept: Promise<boolean>[] = [];
    try {
      for (let i = 0; i < 40; i += 1) {
        kept.push(facts.segment(sessionId, segment(i)));
        facts.muted(sessionId, 'client', 'audio', i % 2 === 0);
        if (i % 8 !== 4) continue;
        await sleep(30);
        await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
      }
    } finally {
      await admin.end();
    }
    await facts.idle();
    expect((await Promise.all(kept)).every(Boolean)).toBe(true);
    expect(await segments()).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(await events()).toEqual(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 'muted' : 'unmuted')));
  });

  test('a database that stays away longer than it is waited for: it is said which facts are not rows, and reported again they become rows', async () => {
    const facts = factsOf(1_500);
    const one = segment(0);
    await line.cut();
    expect(await facts.segment(sessionId, one)).toBe(false);
    await line.mend();
    expect(app.lines.some((text) => text.includes('media fact not written') && text.includes(sessionId))).toBe(true);
    // A busy machine may need longer for its first connection than these facts are patient.
    for (let tries = 0; tries < 5 && !await facts.segment(sessionId, one); tries += 1) await sleep(200);
    expect(await facts.segment(sessionId, one)).toBe(true);
    expect(await segments()).toEqual([0]);
  });

  test('a fact that can never be a row is named in the log at once, and holds up none that follow', async () => {
    const facts = factsOf();
    const began = Date.now();
    expect(await facts.segment(newId(), segment(0))).toBe(false);
    facts.muted(sessionId, 'client', 'video', true);
    await facts.idle();
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(await events()).toEqual(['muted']);
  });
});

test('what a recorder could not keep is told twice after a crash and counts once (R28)', async () => {
  const facts = factsOf();
  const missed = { side: 'client', kind: 'audio', fromMs: 5_000, toMs: 9_000, cause: 'store_unavailable' } as const;
  expect(await facts.missed(sessionId, missed)).toBe(true);
  expect(await facts.missed(sessionId, missed)).toBe(true);
  await facts.missed(sessionId, { ...missed, kind: 'video' });
  await facts.idle();
  expect(await events()).toEqual(['not_recorded', 'not_recorded']);
  await changeSession(services.db, { sessionId, event: 'drop', actor: { kind: 'system' } }, { endedAt: new Date() });
});
