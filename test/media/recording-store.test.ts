import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Missed, SegmentInfo, Side } from '../../media/ports.ts';
import type { MediaRouter } from '../../media/engine/port.ts';
import { createHostClock } from '../../media/recording/index.ts';
import { openPeers } from '../bench/recording/peers.ts';
import type { Peers, Sender } from '../bench/recording/peers.ts';
import { play } from '../bench/recording/playable.ts';
import { coverageUpToNow, delay, openLink, openRig, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';

let peers: Peers;
let rig: Rig;
beforeAll(async () => { peers = await openPeers(); });
afterAll(() => peers.close());
afterEach(async () => {
  jest.restoreAllMocks();
  await rig.close();
});

interface Call { readonly sessionId: string; readonly caseId: string; readonly router: MediaRouter; readonly client: Sender; readonly link: ReturnType<typeof openLink> }
const startCall = async (name: string, recorder = rig.recorder): Promise<Call> => {
  const [sessionId, caseId] = [`session-${name}`, `case-${name}`];
  const router = await rig.openRouter();
  const link = openLink({ sessionId, caseId, recorder });
  await link.link.start();
  const client = await peers.open(router, 'client');
  link.link.add('client', client.video, router);
  link.link.add('client', client.audio, router);
  await until('the recorder to record', () => recorder.running(sessionId));
  await delay(2_000);
  return { sessionId, caseId, router, client, link };
};
const coverage = async ({ sessionId }: Call, fromMs: number, kind: 'video' | 'audio' = 'video', side: Side = 'client') => coverageUpToNow(rig.recorder, sessionId, side, kind, fromMs);
const inOrder = (call: Call): SegmentInfo[] => [...call.link.segments].sort((a, b) => a.index - b.index);

/** Every file plays; answers the Unix ms of all pictures, in their order. */
const picturesOf = async (call: Call): Promise<number[]> => {
  const times: number[] = [];
  for (const segment of inOrder(call)) {
    const played = await play((await rig.store.read({ caseId: call.caseId, fileId: segment.fileId })).bytes);
    expect([segment.index, played.why]).toEqual([segment.index, undefined]);
    expect((await rig.store.verify({ caseId: call.caseId, fileId: segment.fileId })).saltedSha256).toBe(segment.saltedSha256);
    times.push(...played.times.map((seconds) => segment.startMs + seconds * 1000));
  }
  return times;
};
/** No two pictures that follow each other are further apart than a sender that was held up for a moment makes them. */
const expectWhole = (times: readonly number[]): void => {
  const steps = times.slice(1).map((time, i) => time - times[i]!);
  expect(Math.max(...steps)).toBeLessThan(400);
};

describe('a store that fails for a while loses nothing (R40, R41)', () => {
  test('a store that cannot be reached for 60 s: the call is said not to be recorded meanwhile, then all of it is there', async () => {
    rig = await openRig({ faults: true });
    const call = await startCall('away');
    const fromMs = rig.recorder.now();
    await rig.fault({ store: 'EIO' });
    await until('the failure to be told', () => !rig.recorder.running(call.sessionId), 12_000);
    expect(call.link.recording.at(-1)).toMatchObject({ running: false, cause: 'store_unavailable' });
    await delay(20_000);
    const meanwhile = await coverage(call, fromMs + 1_500);
    expect(meanwhile.gaps.at(-1)).toMatchObject({ cause: 'store_unavailable' });
    const { backlogBytes, rssBytes } = await rig.recorder.stats();
    // What waits is what came, in memory and bounded: about 140 kB a second.
    expect(backlogBytes).toBeGreaterThan(1_000_000);
    expect(rssBytes).toBeLessThan(400 * 2 ** 20);
    await delay(Math.max(0, fromMs + 60_000 - rig.recorder.now()));
    await rig.fault({});
    await until('it to be recorded again', () => rig.recorder.running(call.sessionId), 10_000);
    await delay(3_000);
    expect(await coverage(call, fromMs)).toEqual({ status: 'covered', gaps: [] });
    expect(await coverage(call, fromMs, 'audio')).toEqual({ status: 'covered', gaps: [] });
    expect((await rig.recorder.stats()).backlogBytes).toBeLessThan(500_000);
    await call.link.link.close();
    expectWhole(await picturesOf(call));
    expect(call.link.missed).toEqual([]);
    expect(inOrder(call).map(({ index }) => index)).toEqual(inOrder(call).map((_, i) => i));
  }, 150_000);

  test('a call that ends while the store is away: its closing waits for the store, and the last seconds are there', async () => {
    rig = await openRig({ faults: true });
    const call = await startCall('ends');
    await rig.fault({ store: 'EIO' });
    await delay(5_000);
    const endedAt = rig.recorder.now();
    const closing = call.link.link.close();
    await delay(35_000);
    expect(await rig.notes()).toEqual([call.sessionId]);
    await rig.fault({});
    await closing;
    const times = await picturesOf(call);
    expectWhole(times);
    expect(endedAt - times.at(-1)!).toBeLessThan(400);
    expect(call.link.recording.filter(({ running }) => !running)[0]).toMatchObject({ cause: 'store_unavailable' });
    // Everything is written down: nothing is kept of it any more.
    await until('the notes to be gone', async () => (await rig.notes()).length === 0, 10_000);
  }, 90_000);

  test('a full disk that is made free again', async () => {
    rig = await openRig({ faults: true });
    const call = await startCall('full');
    const fromMs = rig.recorder.now();
    await rig.fault({ store: 'ENOSPC' });
    await until('the failure to be told', () => !rig.recorder.running(call.sessionId), 12_000);
    expect(call.link.recording.at(-1)).toMatchObject({ running: false, cause: 'disk_full' });
    await delay(6_000);
    await rig.fault({});
    await until('it to be recorded again', () => rig.recorder.running(call.sessionId), 10_000);
    await delay(2_000);
    expect(await coverage(call, fromMs)).toEqual({ status: 'covered', gaps: [] });
    await call.link.link.close();
    expectWhole(await picturesOf(call));
  });

  test('a disk that takes 1.5 s for each write falls behind and never breaks off', async () => {
    rig = await openRig({ faults: true });
    const call = await startCall('slow');
    const fromMs = rig.recorder.now();
    await rig.fault({ store: 'slow' });
    await delay(15_000);
    const { backlogBytes } = await rig.recorder.stats();
    // Some seconds of media at most: larger writes make up for slow ones.
    expect(backlogBytes).toBeLessThan(4_000_000);
    await rig.fault({});
    await delay(4_000);
    expect(await coverage(call, fromMs)).toEqual({ status: 'covered', gaps: [] });
    await call.link.link.close();
    expectWhole(await picturesOf(call));
  });

  test('what is more than memory may hold is named as missing, and the recording goes on when the store is back', async () => {
    rig = await openRig({ faults: true, backlogBytes: 600_000 });
    const call = await startCall('overflow');
    const fromMs = rig.recorder.now();
    await rig.fault({ store: 'EIO' });
    await delay(15_000);
    expect((await rig.recorder.stats()).backlogBytes).toBeLessThan(900_000);
    expect(rig.recorder.running(call.sessionId)).toBe(false);
    await rig.fault({});
    await until('it to be recorded again', () => rig.recorder.running(call.sessionId), 10_000);
    await delay(4_000);
    const { status, gaps } = await coverage(call, fromMs);
    expect(status).toBe('partly');
    expect(gaps).toEqual([expect.objectContaining({ side: 'client', kind: 'video', cause: 'store_unavailable' })]);
    expect(call.link.missed.filter((one: Missed) => one.kind === 'video')).toEqual([expect.objectContaining({ side: 'client', cause: 'store_unavailable' })]);
    await call.link.link.close();
    const times = await picturesOf(call);
    // Files hold what they say: no picture lies in the gap, and there are some on both sides of it.
    const [gap] = gaps;
    expect(times.filter((time) => time > gap!.fromMs + 100 && time < gap!.toMs - 100)).toEqual([]);
    expect(times.some((time) => time < gap!.fromMs) && times.some((time) => time > gap!.toMs)).toBe(true);
  });
});

describe('a clock that is set back by an hour', () => {
  test('breaks neither the recording nor what it says of itself: segments go on, nothing counts twice', async () => {
    rig = await openRig({ faults: true, clock: createHostClock() });
    const call = await startCall('clock');
    const fromMs = rig.recorder.now();
    const real = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
    await rig.fault({ clockAheadMs: -3_600_000 });
    await delay(14_000);
    expect(rig.recorder.running(call.sessionId)).toBe(true);
    const untilMs = rig.recorder.now();
    expect(untilMs - fromMs).toBeGreaterThan(13_900);
    expect(untilMs - fromMs).toBeLessThan(20_000);
    expect(await coverage(call, fromMs)).toEqual({ status: 'covered', gaps: [] });
    // What lies an hour back was not recorded.
    expect((await rig.recorder.coverage(call.sessionId, 'client', 'video', fromMs - 3_600_000, untilMs - 3_600_000)).status).toBe('missing');
    await call.link.link.close();
    const segments = inOrder(call);
    expect(segments.length).toBeGreaterThanOrEqual(2);
    segments.slice(1).forEach((segment, i) => expect(Math.abs(segment.startMs - segments[i]!.endMs)).toBeLessThan(100));
    expectWhole(await picturesOf(call));
  });

  test('a recorder that dies and is started again meanwhile stands on the same clock as before', async () => {
    rig = await openRig({ faults: true, clock: createHostClock() });
    const call = await startCall('restart');
    const real = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => real() - 3_600_000);
    await rig.fault({ clockAheadMs: -3_600_000 });
    const killedAt = rig.recorder.now();
    process.kill(rig.recorder.pid!, 'SIGKILL');
    await until('the death to be told', () => !rig.recorder.running(call.sessionId));
    await until('it to record again', () => rig.recorder.running(call.sessionId), 20_000);
    await delay(2_000);
    const untilMs = rig.recorder.now();
    const { gaps } = await coverage(call, killedAt - 1_000);
    expect(gaps).toEqual([expect.objectContaining({ cause: 'recorder_down' })]);
    await call.link.link.close();
    const [cut, ...after] = inOrder(call);
    expect(cut!.endMs).toBeLessThan(killedAt + 200);
    expect(after.length).toBeGreaterThanOrEqual(1);
    expect(after[0]!.startMs).toBeGreaterThan(killedAt);
    expect(after.at(-1)!.endMs).toBeGreaterThan(untilMs - 1_500);
    expect(after.at(-1)!.endMs).toBeLessThan(untilMs + 2_000);
    for (const { tracks } of after) for (const { wallClockMs } of tracks) expect(wallClockMs).toBeGreaterThan(killedAt);
  });
});

describe('a call that begins while the store hangs (R40)', () => {
  const listener = { onNeedKeyFrame: () => undefined, onRecording: () => undefined, onMissed: async () => true, onSegment: async () => true, onExit: () => undefined, onRestart: () => undefined };
  const owners = async (): Promise<string[]> => (await readdir(join(rig.dir, '.journal')).catch(() => [])).filter((name) => name.endsWith('.owner'));

  test('a session that opened after who wanted it had given up is closed again; one that was asked for again goes on', async () => {
    rig = await openRig({ faults: true });
    await rig.fault({ store: 'hangs' });
    const [left, again] = ['left', 'again'].map((name) => ({ sessionId: `session-${name}`, caseId: `case-${name}`, listener }));
    await Promise.all([left!, again!].map((one) => expect(rig.recorder.startSession(one)).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE' })));
    const second = rig.recorder.startSession(again!);
    await rig.fault({});
    await second;
    await until('the one that was left to be closed', async () => { const names = await owners(); return names.includes('session-again.owner') && !names.includes('session-left.owner'); });
    const { link } = await startCall('again');
    await delay(1_500);
    expect(rig.recorder.running('session-again')).toBe(true);
    await link.link.close();
    expect(link.segments.length).toBeGreaterThan(0);
    expect(await owners()).toEqual([]);
  }, 60_000);

  test('a call that ends while its recorder starts anew and the store hangs is closed when the store goes on, and nothing of it is left open', async () => {
    rig = await openRig({ faults: true });
    const { sessionId, link } = await startCall('anew');
    await rig.fault({ store: 'hangs' });
    process.kill(rig.recorder.pid!, 'SIGKILL');
    await until('the death to be seen', () => !rig.recorder.running(sessionId));
    const closed = link.link.close();
    await delay(20_000);
    await rig.fault({});
    await closed;
    await until('it to be closed and told', async () => (await owners()).length === 0 && (await rig.notes()).length === 0, 40_000);
    expect([...link.segments, ...rig.recovered].length).toBeGreaterThan(0);
  }, 120_000);
});

describe('two recorders for one session', () => {
  test('the second is refused while the first lives; it takes over from one that hangs, and that one lets go when it wakes', async () => {
    rig = await openRig();
    const call = await startCall('two');
    const second = await rig.createRecorder();
    const { sessionId, caseId, router, client } = call;
    const other = openLink({ sessionId, caseId, recorder: second });
    const listener = { onNeedKeyFrame: () => undefined, onRecording: () => undefined, onMissed: async () => true, onSegment: async () => true, onExit: () => undefined, onRestart: () => undefined };
    try {
      await expect(second.startSession({ sessionId, caseId, listener })).rejects.toMatchObject({ code: 'RECORDED_ELSEWHERE' });
      expect(rig.recorder.running(sessionId)).toBe(true);
      await delay(1_500);
      const before = rig.recorder.now();
      process.kill(rig.recorder.pid!, 'SIGSTOP');
      await other.link.start();
      other.link.add('client', client.video, router);
      other.link.add('client', client.audio, router);
      await until('the second to record', () => second.running(sessionId), 20_000);
      process.kill(rig.recorder.pid!, 'SIGCONT');
      await until('the first to let go', () => !rig.recorder.running(sessionId) && call.link.recording.at(-1)?.running === false, 10_000);
      await delay(3_000);
      expect(second.running(sessionId)).toBe(true);
      expect(before).toBeLessThan(rig.recorder.now());
    } finally {
      process.kill(rig.recorder.pid!, 'SIGCONT');
      await other.link.close();
      await second.close();
    }
    // One line of segments, each number once, every file as it was reported: nothing of the two lies in one another.
    const segments = [...new Map([...call.link.segments, ...other.segments].map((one) => [one.segmentId, one])).values()].sort((a, b) => a.index - b.index);
    expect(segments.map(({ index }) => index)).toEqual(segments.map((_, i) => i));
    for (const { fileId, saltedSha256, index } of segments) {
      const stored = await rig.store.verify({ caseId, fileId });
      expect([index, stored.complete, stored.saltedSha256]).toEqual([index, true, saltedSha256]);
      expect((await play((await rig.store.read({ caseId, fileId })).bytes)).why).toBeUndefined();
    }
    expect([...await rig.store.list(caseId)].sort()).toEqual(segments.map(({ fileId }) => fileId).sort());
    await call.link.link.close();
  }, 60_000);
});
