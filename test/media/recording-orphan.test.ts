import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileStore } from '../../media/evidence/index.ts';
import type { SegmentInfo } from '../../media/ports.ts';
import { webmHeader } from '../../media/recording/webm.ts';
import { openPeers } from '../bench/recording/peers.ts';
import type { Peers } from '../bench/recording/peers.ts';
import { play } from '../bench/recording/playable.ts';
import { delay, openLink, openRig, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';

let dir: string;
const key = randomBytes(32);
let rig: Rig | undefined;
let host: ChildProcess | undefined;
// Encodes what the peers send, where this machine has not done so before.
beforeAll(async () => { (await openPeers()).close(); }, 180_000);
beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'vw-orphan-')); });
afterEach(async () => {
  host?.kill('SIGKILL');
  await rig?.close();
  rig = undefined;
  await rm(dir, { recursive: true, force: true });
});

/** A host that records so many calls and is killed without a warning after `ms`; answers what it had told by then. */
async function killedHost({ calls, ms, recorderToo }: { calls: number; ms: number; recorderToo: boolean }): Promise<{ told: string[]; atMs: number }> {
  const told: string[] = [];
  host = fork(fileURLToPath(new URL('./orphanHost.ts', import.meta.url)), [dir, key.toString('hex'), String(calls)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const recording = Promise.withResolvers<number>();
  host.on('message', (message: { told?: string; recording?: number }) => {
    if (message.told !== undefined) told.push(message.told);
    if (message.recording !== undefined) recording.resolve(message.recording);
  });
  host.once('exit', () => recording.reject(new Error('the host ended by itself')));
  const recorderPid = await recording.promise;
  await delay(ms);
  // Its segments last ten seconds: on a slow machine they are told later.
  for (let tries = 0; !recorderToo && told.length < 2 && tries < 20; tries += 1) await delay(500);
  const gone = once(host, 'exit') as Promise<unknown>;
  host.kill('SIGKILL');
  if (recorderToo) process.kill(recorderPid, 'SIGKILL');
  const atMs = Date.now();
  await gone;
  return { told, atMs };
}
/** When the notes say that a session's first segment of the client began. */
const openedAt = async (sessionId: string): Promise<number> => {
  const lines = (await readFile(join(dir, '.journal', `${sessionId}.jsonl`), 'utf8')).split('\n').filter((text) => text.endsWith('}')).map((text) => JSON.parse(text) as { type: string; side?: string; startMs?: number });
  return lines.find(({ type, side }) => type === 'open' && side === 'client')!.startMs!;
};
const byFile = (segments: readonly SegmentInfo[]): Map<string, SegmentInfo[]> => Map.groupBy(new Map(segments.map((one) => [one.segmentId, one])).values(), ({ fileId }) => fileId);

describe('after the whole host died, its next start takes up what it left (R40, R41)', () => {
  test('many calls at once: each cut segment is closed, told and plays up to 2 s before, and none waits for another', async () => {
    const calls = 6;
    const { atMs } = await killedHost({ calls, ms: 3_000, recorderToo: true });
    // Their processes' numbers are those of others by now: each has to be watched for 4 s before it counts as dead.
    for (let i = 0; i < calls; i += 1) await writeFile(join(dir, '.journal', `session-${i}.owner`), JSON.stringify({ id: `old-${i}`, host: hostname(), pid: process.pid }));
    // What came too damaged to count is a gap for the next host as well (R28); a stray copy of somebody's stops no start.
    const startMs = await openedAt('session-0');
    const loss = { side: 'client', kind: 'video', fromMs: startMs + 200, toMs: startMs + 2_700, cause: 'loss' };
    await appendFile(join(dir, '.journal', 'session-0.jsonl'), `\n${JSON.stringify({ type: 'missed', missed: loss })}\n`);
    await writeFile(join(dir, '.journal', 'session-0 (copy).jsonl'), '');
    const began = performance.now();
    rig = await openRig({ dir, key });
    expect(performance.now() - began).toBeLessThan(18_000);
    const lost: number[] = [];
    for (let i = 0; i < calls; i += 1) {
      const caseId = `case-${i}`;
      const files = await rig.store.list(caseId);
      const segments = byFile(rig.recovered.filter(({ fileId }) => files.includes(fileId)));
      expect(segments.size).toBeGreaterThanOrEqual(1);
      for (const [fileId, [segment]] of segments) {
        expect((await play((await rig.store.read({ caseId, fileId })).bytes)).why).toBeUndefined();
        expect(await rig.store.verify({ caseId, fileId })).toMatchObject({ complete: true, saltedSha256: segment!.saltedSha256 });
      }
      lost.push(atMs - Math.max(...[...segments.values()].flat().map(({ endMs }) => endMs)));
    }
    // Where the disk was slow at just that moment one of them may lose more.
    expect(lost.sort((a, b) => a - b).at(-2)).toBeLessThan(2_000);
    expect(lost.at(-1)).toBeLessThan(4_000);
    // Its two may come back: the recording goes on behind the gap, which has the host's name.
    const peers = await openPeers();
    const router = await rig.openRouter();
    const again = openLink({ sessionId: 'session-0', caseId: 'case-0', recorder: rig.recorder });
    await again.link.start();
    const client = await peers.open(router, 'client');
    for (const kind of ['video', 'audio'] as const) again.link.add('client', client[kind], router);
    await until('the recorder to record', () => rig!.recorder.running('session-0'));
    await delay(2_000);
    const { gaps } = await rig.recorder.coverage('session-0', 'client', 'video', startMs + 100, rig.recorder.now());
    expect(gaps.map(({ cause }) => cause)).toEqual(['loss', 'host_lost']);
    await again.link.close();
    peers.close();
    const before = await rig.store.list('case-0');
    const numbers = rig.recovered.filter(({ fileId }) => before.includes(fileId)).map(({ index }) => index);
    for (const { index } of again.segments) expect(index).toBeGreaterThan(Math.max(...numbers));
  }, 90_000);

  test('a recorder that outlived its host and sealed alone: what it told, what was no row, and its last segments are told by the next one', async () => {
    const { told } = await killedHost({ calls: 2, ms: 12_000, recorderToo: false });
    expect(told.length).toBeGreaterThanOrEqual(2);
    rig = await openRig({ dir, key });
    const files = async (): Promise<string[]> => (await Promise.all([0, 1].map((i) => rig!.store.list(`case-${i}`)))).flat().sort();
    await until('everything to be told', () => byFile(rig!.recovered).size >= 4, 30_000);
    await delay(1_000);
    expect(rig.recovered.map(({ segmentId }) => segmentId)).toEqual(expect.arrayContaining(told));
    expect(await files()).toEqual(expect.arrayContaining([...byFile(rig.recovered).keys()]));
  }, 90_000);
});

describe('a recorder that died between opening a segment and its first bytes (R41)', () => {
  test('its number is given again, so that a crash leaves no hole in them; a file that is gone leaves one, and is named', async () => {
    const [sessionId, caseId] = ['session-empty', 'case-empty'];
    const [segmentId, startMs] = [randomUUID(), Date.now() - 60_000];
    await mkdir(join(dir, '.journal'));
    // The client's lies there with its head and no block; the witness's was there before the notes spoke of it, and is gone.
    const store = createFileStore({ dir, keys: { keyFor: async () => ({ keyId: 'k1', key }) } });
    const head = await store.openWriter({ caseId, kind: 'segment', contentType: 'video/webm' });
    await head.append(webmHeader({ video: { width: 320, height: 180 } }, startMs));
    await head.flush();
    await head.abort();
    const opened = [{ side: 'client', segmentId, fileId: head.fileId }, { side: 'witness', segmentId: randomUUID(), fileId: randomUUID() }].map((one) => ({ type: 'open', ...one, index: 0, startMs, mimeType: 'video/webm' }));
    await writeFile(join(dir, '.journal', `${sessionId}.jsonl`), [{ type: 'session', sessionId, caseId }, ...opened].map((line) => `\n${JSON.stringify(line)}\n`).join(''));
    rig = await openRig({ dir, key });
    const peers = await openPeers();
    const router = await rig.openRouter();
    const call = openLink({ sessionId, caseId, recorder: rig.recorder });
    await call.link.start();
    for (const side of ['client', 'witness'] as const) {
      const sender = await peers.open(router, side);
      for (const kind of ['video', 'audio'] as const) call.link.add(side, sender[kind], router);
    }
    await until('the recorder to record', () => rig!.recorder.running(sessionId));
    await delay(2_000);
    const zero = rig.recorder.startedAt(sessionId);
    await call.link.close();
    peers.close();
    expect(zero).toBe(Math.min(...call.segments.map((one) => one.startMs)));
    expect(call.segments.map(({ side, index }) => `${side} ${index}`).sort()).toEqual(['client 0', 'witness 1']);
    expect(rig.log).toContain(`recorder: session ${sessionId}: NOT_FOUND`);
    expect(call.segments.map((one) => one.segmentId)).not.toContain(segmentId);
    expect(rig.recovered).toEqual([]);
  }, 60_000);

  test('media times of the call count from the same zero while it lasts and after it: what was never recorded does not begin it (R46)', async () => {
    rig = await openRig({ dir, key });
    const peers = await openPeers();
    const router = await rig.openRouter();
    const call = openLink({ sessionId: 'session-zero', caseId: 'case-zero', recorder: rig.recorder });
    const zero = (): number | undefined => rig!.recorder.startedAt('session-zero');
    await call.link.start();
    for (const side of ['client', 'witness'] as const) {
      const sender = await peers.open(router, side);
      for (const kind of ['video', 'audio'] as const) call.link.add(side, sender[kind], router);
    }
    while (zero() === undefined) await delay(5);
    const opened = zero()!;
    process.kill(rig.recorder.pid!, 'SIGKILL');
    await until('the recorder to record', () => rig!.recorder.running('session-zero'), 20_000);
    await delay(2_000);
    const live = zero()!;
    await call.link.close();
    peers.close();
    expect(live).toBeGreaterThan(opened + 200);
    expect(live).toBe(Math.min(...call.segments.map((one) => one.startMs)));
  }, 60_000);
});

describe('the recorder’s notes go when what they say is written down, and not before', () => {
  let peers: Peers;
  beforeAll(async () => { peers = await openPeers(); });
  afterAll(() => peers.close());

  test('a call that ended while nothing could be written down: all of it is told again, until it is', async () => {
    const state = { kept: false };
    rig = await openRig({ dir, key, kept: () => state.kept });
    const [sessionId, caseId] = ['session-rows', 'case-rows'];
    const router = await rig.openRouter();
    const call = openLink({ sessionId, caseId, recorder: rig.recorder, kept: async () => false });
    await call.link.start();
    const client = await peers.open(router, 'client');
    for (const kind of ['video', 'audio'] as const) call.link.add('client', client[kind], router);
    await until('the recorder to record', () => rig!.recorder.running(sessionId));
    await delay(3_000);
    await call.link.close();
    const all = call.segments.map(({ segmentId }) => segmentId).sort();
    expect(all.length).toBeGreaterThanOrEqual(1);
    await delay(500);
    expect(await rig.notes()).toEqual([sessionId]);
    expect(await readFile(join(dir, '.journal', `${sessionId}.jsonl`), 'utf8')).toContain('"over"');
    // The next host has its database still away.
    await rig.restartHost();
    const told = () => new Set(rig!.recovered.map(({ segmentId }) => segmentId));
    expect([...told()].sort()).toEqual(all);
    const before = rig.recovered.length;
    await delay(500);
    expect(await rig.notes()).toEqual([sessionId]);
    // It comes back, and without a restart it is told once more.
    state.kept = true;
    for (const end = Date.now() + 30_000; (await rig.notes()).length > 0; await delay(200)) if (Date.now() > end) throw new Error('the notes stayed');
    expect([...told()].sort()).toEqual(all);
    expect(rig.recovered.length).toBeGreaterThanOrEqual(before + all.length);
    expect((await rig.store.list(caseId)).length).toBe(all.length);
  }, 90_000);
});
