import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { changeSession } from '../../server/database/transact.ts';
import { createMediaFacts } from '../../server/usecases/call/mediafacts.ts';
import { lineView } from '../../server/usecases/call/lineview.ts';
import { acceptOffer } from '../../server/usecases/call/offers.ts';
import { createSpaceWatch } from '../../server/usecases/call/space.ts';
import type { SpaceWatch } from '../../server/usecases/call/space.ts';
import { recordCase } from '../../server/usecases/evidence/record.ts';
import { openReplay } from '../../server/usecases/replay/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import { openLine } from '../../server/wiring/line.ts';
import type { Line } from '../../workflows/waiting/line.ts';
import { maySmallDisk, smallDisk } from '../support/store/smalldisk.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices } from './case.support.ts';

let app: CaseServices;
let services: Services;
let redis: Redis;
let line: Line;
let space: SpaceWatch;
let dir: string;
/** What the store's volume has; null: it does not answer. */
let free: number | null;
let told = 0;

const rule = { longestSeconds: 3600, bitsPerSecond: 3_000_000 };
const GB = 1e9;

beforeAll(async () => {
  app = await startCaseServices();
  redis = new Redis(app.redisUrl);
  dir = mkdtempSync(join(tmpdir(), 'vw-space-'));
  free = 10 * GB;
  const tie: { services?: Services; placesChanged: () => void } = { placesChanged: () => undefined };
  line = await openLine(redis, app.services.log, tie);
  const own = app.openServices({ now: () => new Date() });
  const media = { openSession: async () => undefined, closeSession: async () => undefined, recorderRunning: () => true } as Partial<Services['media']> as Services['media'];
  space = await createSpaceWatch({ dir, rule, db: own.db, log: own.log, onChange: () => { told++; }, everyMs: 60_000, freeBytes: async () => { if (free === null) throw new Error('away'); return free; } });
  services = tie.services = { ...own, media, line, space };
});
afterAll(async () => {
  space?.close();
  await line?.close();
  redis?.disconnect();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

const has = async (bytes: number | null): Promise<void> => { free = bytes; await space.look(); };
const offered = async (staffId: string): Promise<{ sessionId: string } | undefined> => {
  for (const end = Date.now() + 3_000; Date.now() < end; await sleep(50)) {
    await line.heartbeat(staffId);
    const seat = (await line.snapshot()).seats.find((one) => one.staffId === staffId);
    if (seat?.state === 'offered' && (await services.db.witnessSession.count({ where: { id: seat.sessionId! } })) === 1) return { sessionId: seat.sessionId! };
  }
  return undefined;
};

describe('no call begins without room for its recording (R40)', () => {
  test('nobody is offered, client and staff are told why, the place is kept, and it goes on by itself', async () => {
    const { applicationId } = await makeCase(services, { until: 'join_line', witnessId: await makeStaff(services, ['witness']) });
    await has(0.5 * GB);
    expect(told).toBe(1);
    expect(await line.join(applicationId)).toMatchObject({ place: 1, held: 'store_low' });
    const staffId = await makeStaff(services, ['witness']);
    await line.online(staffId);
    expect(await offered(staffId)).toBeUndefined();
    expect(await lineView(services)).toMatchObject({ held: 'store_low', waiting: [{ place: 1 }] });
    expect(app.lines.some((one) => one.includes('"held":"store_low"') && one.includes('no new calls'))).toBe(true);
    await has(10 * GB);
    expect(told).toBe(2);
    expect(await line.place(applicationId)).toEqual({ place: 1, expectedSeconds: expect.any(Number) });
    expect(await offered(staffId)).toBeDefined();
    await line.exit(staffId);
    await line.leave(applicationId);
  });

  test('what was offered a moment before is not begun either; the running call goes on, and counts', async () => {
    const witnessId = await makeStaff(services, ['witness']);
    const running = await makeCase(services, { until: 'accept', witnessId });
    const { applicationId } = await makeCase(services, { until: 'join_line', witnessId });
    await line.join(applicationId);
    const staffId = await makeStaff(services, ['witness']);
    await line.online(staffId);
    const { sessionId } = (await offered(staffId))!;
    // One running call may take 1.35 GB more, and 1 GB is for all else.
    await has(2.3 * GB);
    await expect(acceptOffer(services, { sessionId, staffId })).rejects.toMatchObject({ code: 'STORE_LOW' });
    expect(await services.db.witnessSession.findUniqueOrThrow({ where: { id: running.sessionId } })).toMatchObject({ state: 'live' });
    await has(2.4 * GB);
    expect(await acceptOffer(services, { sessionId, staffId })).toMatchObject({ applicationId });
    for (const id of [sessionId, running.sessionId]) await changeSession(services.db, { sessionId: id, event: 'drop', actor: { kind: 'system' } }, { endedAt: new Date() }).catch(() => undefined);
  });

  test('a store that does not answer takes no call', async () => {
    await has(null);
    expect(space.held()).toBe('store_unreachable');
    await has(50 * GB);
    expect(space.held()).toBeNull();
  });
});

test('a recording that stops while others have filled the disk leaves a gap with that name, in replay and manifest (R28, R40)', async () => {
  // A disk of its own where the machine allows one; elsewhere its free bytes are counted from the same file.
  const own = maySmallDisk();
  const disk = own ? smallDisk(8 << 20) : { dir: await mkdtemp(join(tmpdir(), 'vw-disk-')), close: () => undefined };
  const left = async (): Promise<number> => (8 << 20) - (await stat(join(disk.dir, 'others')).then(({ size }) => size, () => 0));
  try {
    const watch = await createSpaceWatch({ dir: disk.dir, rule, db: services.db, log: services.log, onChange: () => undefined, ...(own ? {} : { freeBytes: left }) });
    const facts = createMediaFacts({ ...services, storeFull: () => watch.full() });
    const witnessId = await makeStaff(services, ['witness']);
    const { applicationId, sessionId } = await makeCase(services, { until: 'accept', witnessId });
    const at = (seconds: number): Date => new Date(Date.now() - 60_000 + seconds * 1000);
    await services.db.witnessSession.update({ where: { id: sessionId }, data: { liveAt: at(0) } });
    facts.recording(sessionId, true, at(0));
    await facts.idle();
    await writeFile(join(disk.dir, 'others'), Buffer.alloc(7 << 20));
    facts.recording(sessionId, false, at(10));
    await facts.idle();
    await rm(join(disk.dir, 'others'));
    facts.recording(sessionId, true, at(20));
    // This time the recorder itself died: there is room.
    facts.recording(sessionId, false, at(30));
    facts.recording(sessionId, true, at(31));
    await facts.idle();
    await changeSession(services.db, { sessionId, event: 'drop', actor: { kind: 'system' } }, { endedAt: at(40) });
    const auditor = { staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] } as const;
    const { gaps } = await openReplay(services, { sessionId, reader: auditor, purpose: '存储核查' });
    expect(gaps.filter(({ side, kind }) => side === 'client' && kind === 'video').map(({ cause }) => cause)).toEqual(['disk_full', 'recorder_down']);
    await recordCase(services, app.evidence, applicationId);
    const lines = await services.db.manifestLine.findMany({ where: { applicationId } });
    const told = lines.filter(({ line: text }) => text.includes('"type":"gap"')).map(({ line: text }) => (JSON.parse(text) as { facts: { side: string; kind: string; cause: string } }).facts);
    expect(told).toHaveLength(8);
    expect(told.filter(({ side, kind }) => side === 'client' && kind === 'video').map(({ cause }) => cause)).toEqual(['disk_full', 'recorder_down']);
    watch.close();
  } finally {
    disk.close();
  }
});
