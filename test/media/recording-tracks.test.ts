import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Coverage, SegmentInfo } from '../../media/ports.ts';
import type { Recorder } from '../../media/recording/index.ts';
import { openPeers } from '../bench/recording/peers.ts';
import type { Peers, Sender } from '../bench/recording/peers.ts';
import { play } from '../bench/recording/playable.ts';
import { coverageUpToNow, delay, lossyRecorder, openLink, openRig, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';

let peers: Peers;
let rig: Rig;
beforeAll(async () => { [peers, rig] = [await openPeers(), await openRig()]; });
afterAll(async () => {
  peers.close();
  await rig.close();
});

const startCall = async (name: string, { recorder = rig.recorder, tracks = ['video', 'audio'] }: { recorder?: Recorder; tracks?: readonly ('video' | 'audio')[] } = {}) => {
  const [sessionId, caseId] = [`session-${name}`, `case-${name}`];
  const router = await rig.openRouter();
  const call = openLink({ sessionId, caseId, recorder });
  await call.link.start();
  const client = await peers.open(router, 'client');
  for (const kind of tracks) call.link.add('client', client[kind], router);
  await until('the recorder to record', () => rig.recorder.running(sessionId));
  await delay(2_000);
  return {
    ...call, sessionId, caseId, router, client,
    add(sender: Sender, on = router): void { for (const kind of ['video', 'audio'] as const) call.link.add('client', sender[kind], on); },
    coverage: (kind: 'video' | 'audio', fromMs: number): Promise<Coverage> => coverageUpToNow(rig.recorder, sessionId, 'client', kind, fromMs),
    /** Closes the call; every file plays and the numbers have no hole. */
    async files(): Promise<SegmentInfo[]> {
      await call.link.close();
      const files = [...call.segments].sort((a, b) => a.index - b.index);
      expect(files.map(({ index }) => index)).toEqual(files.map((_, i) => i));
      for (const { index, fileId } of files) expect([index, (await play((await rig.store.read({ caseId, fileId })).bytes)).why]).toEqual([index, undefined]);
      return files;
    },
  };
};
const causes = ({ gaps }: Coverage): string[] => gaps.map(({ cause }) => cause);

describe('a call is recorded whatever its tracks do, and what is missing has its name (R28, R40)', () => {
  test('a picture that comes later than the sound: sound alone, then both; before it there was no track', async () => {
    const call = await startCall('late', { tracks: ['audio'] });
    const fromMs = rig.recorder.startedAt(call.sessionId)!;
    await delay(2_000);
    call.link.add('client', call.client.video, call.router);
    const addedMs = rig.recorder.now();
    await delay(4_000);
    const video = await call.coverage('video', fromMs);
    expect(video).toMatchObject({ status: 'partly', gaps: [{ side: 'client', kind: 'video', cause: 'no_track' }] });
    expect(Math.abs(video.gaps[0]!.toMs - addedMs)).toBeLessThan(1_500);
    expect(await call.coverage('audio', fromMs + 500)).toEqual({ status: 'covered', gaps: [] });
    const files = await call.files();
    expect([files[0]!.mimeType, files.at(-1)!.mimeType]).toEqual(['audio/webm; codecs="opus"', 'video/webm; codecs="vp8,opus"']);
  });

  test('sound that is switched off and on again: the gap is the sender’s own, the picture has none', async () => {
    const call = await startCall('muted');
    const fromMs = rig.recorder.now() - 500;
    await call.client.audio.pause();
    const mutedMs = rig.recorder.now();
    await delay(4_000);
    await call.client.audio.resume();
    const lastedMs = rig.recorder.now() - mutedMs;
    await delay(3_000);
    const audio = await call.coverage('audio', fromMs);
    expect([audio.status, causes(audio)]).toEqual(['partly', ['muted']]);
    const [gap] = audio.gaps;
    // Hardly longer than the sender's own silence: what came behind it is there.
    expect(gap!.toMs - gap!.fromMs - lastedMs).toBeGreaterThan(-500);
    expect(gap!.toMs - gap!.fromMs - lastedMs).toBeLessThan(600);
    expect(await call.coverage('video', fromMs)).toEqual({ status: 'covered', gaps: [] });
    await call.files();
  });

  test('another camera: the new producer follows the old one, and the files name both', async () => {
    const call = await startCall('camera');
    const fromMs = rig.recorder.now() - 500;
    const second = await peers.open(call.router, 'witness');
    call.link.add('client', second.video, call.router);
    call.client.video.close();
    await delay(4_000);
    expect(await call.coverage('video', fromMs)).toEqual({ status: 'covered', gaps: [] });
    expect(await call.coverage('audio', fromMs)).toEqual({ status: 'covered', gaps: [] });
    const files = await call.files();
    expect(new Set(files.flatMap(({ tracks }) => tracks.filter(({ kind }) => kind === 'video').map(({ producerId }) => producerId)))).toEqual(new Set([call.client.video.id, second.video.id]));
  });

  test('a picture that changes its size inside its track begins a new file and loses nothing', async () => {
    const call = await startCall('size');
    const fromMs = rig.recorder.now() - 500;
    await peers.switchTo(call.client, 'witness');
    await delay(3_000);
    await peers.switchTo(call.client, 'client');
    await delay(3_000);
    expect(await call.coverage('video', fromMs)).toEqual({ status: 'covered', gaps: [] });
    const files = await call.files();
    expect(files.length).toBeGreaterThanOrEqual(3);
    files.slice(1).forEach((file, i) => expect(Math.abs(file.startMs - files[i]!.endMs)).toBeLessThan(100));
  });

  test('a client who loses the connection and comes back: the gap says so, and the numbers go on', async () => {
    const call = await startCall('rejoin');
    const fromMs = rig.recorder.now() - 500;
    call.link.away('client', 'peer_lost');
    await peers.leave(call.client);
    await delay(5_000);
    call.add(await peers.open(call.router, 'client'));
    await delay(4_000);
    for (const kind of ['video', 'audio'] as const) {
      const covered = await call.coverage(kind, fromMs);
      expect([kind, covered.status, causes(covered)]).toEqual([kind, 'partly', ['peer_lost']]);
      expect(covered.gaps[0]!.toMs - covered.gaps[0]!.fromMs).toBeGreaterThan(4_500);
    }
    expect((await call.files()).length).toBeGreaterThanOrEqual(2);
  });

  test('a media worker that dies: the recording goes on in the new one, and the gap names it', async () => {
    const call = await startCall('worker');
    const fromMs = rig.recorder.now() - 500;
    process.kill(call.router.workerPid, 'SIGKILL');
    call.link.away('client', 'worker_died');
    await until('the router to be gone', () => call.router.closed);
    await delay(2_500);
    const router = await rig.openRouter();
    call.add(await peers.open(router, 'client'), router);
    await delay(4_000);
    const covered = await call.coverage('video', fromMs);
    expect([covered.status, causes(covered)]).toEqual(['partly', ['worker_died']]);
    await call.files();
  });

  test('more loss than a recording may lack is a gap, and nothing damaged is kept', async () => {
    let share = 0;
    const lossy = lossyRecorder(rig.recorder, () => share);
    const call = await startCall('loss', { recorder: lossy.recorder });
    const fromMs = rig.recorder.now() - 500;
    share = 0.85;
    await delay(13_000);
    share = 0;
    await delay(7_000);
    const covered = await call.coverage('video', fromMs);
    expect(covered.status).toBe('partly');
    expect(new Set(causes(covered))).toEqual(new Set(['loss']));
    expect(call.missed.some(({ kind, cause }) => kind === 'video' && cause === 'loss')).toBe(true);
    await call.files();
    lossy.close();
  });

  test('a host that was stopped and started again under a call: the numbers go on, the gap is the host’s', async () => {
    const call = await startCall('host');
    const fromMs = rig.recorder.now() - 500;
    await call.link.close({ goesOn: true });
    await rig.restartHost();
    const again = openLink({ sessionId: call.sessionId, caseId: call.caseId, recorder: rig.recorder });
    await again.link.start();
    for (const kind of ['video', 'audio'] as const) again.link.add('client', call.client[kind], call.router);
    await until('the recorder to record', () => rig.recorder.running(call.sessionId));
    await delay(3_000);
    const covered = await call.coverage('video', fromMs);
    expect([covered.status, causes(covered)]).toEqual(['partly', ['host_lost']]);
    await again.link.close();
    const segments = [...new Map([...call.segments, ...again.segments].map((one) => [one.segmentId, one])).values()].sort((a, b) => a.index - b.index);
    expect(segments.map(({ index }) => index)).toEqual(segments.map((_, i) => i));
    expect(segments.every(({ held }) => held !== undefined && held.length > 0)).toBe(true);
  });
});
