import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dominantTone } from '../support/camera/index.ts';
import { FPS, coverageUpToNow, decodePictures, decodeSound, delay, lossyRecorder, openLink, openRig, pngFrameNumber, sendPerson, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';
import type { SegmentInfo } from '../../media/ports.ts';

let rig: Rig;
beforeAll(async () => { rig = await openRig(); });
afterAll(() => rig.close());
const bytesOf = async (caseId: string, segment: SegmentInfo): Promise<Buffer> => (await rig.store.read({ caseId, fileId: segment.fileId })).bytes;

describe('a recorder that is killed (R41)', () => {
  test('what came up to 2 s before plays unrepaired, the next segment follows after the restart, and the gap is named', async () => {
    const [caseId, sessionId] = ['case-crash', 'session-crash'];
    const router = await rig.openRouter();
    const call = openLink({ sessionId, caseId, recorder: rig.recorder });
    await call.link.start();
    const person = await sendPerson({ side: 'client', router, toneHz: 440 });
    call.link.add('client', person.video, router);
    call.link.add('client', person.audio, router);
    await until('the recorder to record', () => rig.recorder.running(sessionId));
    await delay(5_000);
    const killed = rig.recorder.pid!;
    process.kill(killed, 'SIGKILL');
    const killedAt = Date.now();
    const lastSent = person.sent.length - 1;
    await until('the death to be told', () => !rig.recorder.running(sessionId));
    await expect(rig.recorder.frameAt({ sessionId, side: 'client', producerId: person.video.id, rtpTimestamp: person.sent.at(-1)!.rtp })).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE' });
    await until('the recorder to record again', () => rig.recorder.running(sessionId), 30_000);
    const againAt = Date.now();
    expect(rig.recorder.pid).not.toBe(killed);
    expect(call.recording.map(({ running }) => running)).toEqual([true, false, true]);
    // Found again and reported by the new process, before the session is over.
    const before = call.segments.slice();
    expect(before.length).toBeGreaterThanOrEqual(1);
    const cut = before.at(-1)!;
    const bytes = await bytesOf(caseId, cut);
    const numbers = await decodePictures(bytes) as number[];
    numbers.forEach((number, i) => expect(number).toBe(numbers[0]! + i));
    const lostAt = person.sent[numbers.at(-1)! + 1]?.at ?? killedAt;
    expect(killedAt - lostAt).toBeLessThan(2_000);
    expect(lastSent).toBeGreaterThan(numbers.at(-1)!);
    expect(dominantTone(await decodeSound(bytes), 48_000)).toBe(440);
    expect((await rig.store.verify({ caseId, fileId: cut.fileId })).saltedSha256).toBe(cut.saltedSha256);

    const coverage = await coverageUpToNow(rig.recorder, sessionId, 'client', 'video', cut.startMs + 100);
    expect(coverage.status).toBe('partly');
    expect(coverage.gaps).toEqual([expect.objectContaining({ side: 'client', kind: 'video', cause: 'recorder_down' })]);
    const [gap] = coverage.gaps;
    expect(gap!.fromMs).toBeGreaterThan(killedAt - 2_000);
    expect(gap!.fromMs).toBeLessThan(killedAt + 200);
    expect(gap!.toMs).toBeLessThan(againAt + 1_000);
    await delay(2_000);
    await person.stop();
    await call.link.close();
    const after = call.segments.filter((one) => !before.includes(one)).sort((a, b) => a.index - b.index);
    expect(after[0]!.index).toBe(cut.index + 1);
    expect(after[0]!.startMs).toBeGreaterThan(cut.endMs);
    expect((await decodePictures(await bytesOf(caseId, after.at(-1)!))).length).toBeGreaterThan(FPS);
  });

  test('segments cut off by the end of the whole host are found at its next start, once', async () => {
    const [caseId, sessionId] = ['case-host', 'session-host'];
    const router = await rig.openRouter();
    const call = openLink({ sessionId, caseId, recorder: rig.recorder });
    await call.link.start();
    const person = await sendPerson({ side: 'witness', router, toneHz: 880 });
    call.link.add('witness', person.video, router);
    call.link.add('witness', person.audio, router);
    await until('the recorder to record', () => rig.recorder.running(sessionId));
    await delay(3_000);
    // Both are gone at once: nobody is left to start the recorder again.
    const closing = rig.restartHost.bind(rig);
    process.kill(rig.recorder.pid!, 'SIGKILL');
    await closing();
    await person.stop();
    router.close();
    const found = rig.recovered.filter((one) => one.side === 'witness');
    expect(found.length).toBeGreaterThanOrEqual(1);
    expect((await decodePictures(await bytesOf(caseId, found.at(-1)!))).length).toBeGreaterThan(FPS);
  });
});

describe('packets lost on the way to the recorder', () => {
  test('2 % of loss is repaired; where not, the frame is said to be incomplete and never shown damaged (R20)', async () => {
    const [caseId, sessionId] = ['case-loss', 'session-loss'];
    const router = await rig.openRouter();
    const lossy = lossyRecorder(rig.recorder, 0.02);
    const call = openLink({ sessionId, caseId, recorder: lossy.recorder });
    await call.link.start();
    const person = await sendPerson({ side: 'client', router, toneHz: 440 });
    call.link.add('client', person.video, router);
    call.link.add('client', person.audio, router);
    await until('the recorder to record', () => rig.recorder.running(sessionId));
    await delay(2_000);
    let right = 0;
    const refused: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      await delay(400);
      const number = person.sent.length - 2;
      try {
        const frame = await rig.recorder.frameAt({ sessionId, side: 'client', producerId: person.video.id, rtpTimestamp: person.sent[number]!.rtp });
        expect(await pngFrameNumber(frame.png)).toBe(number);
        right += 1;
      } catch (error) {
        expect((error as { code?: string }).code ?? error).toMatch(/^FRAME_(INCOMPLETE|UNKNOWN)$/);
        refused.push((error as { code: string }).code);
      }
    }
    const { tracks } = await rig.recorder.stats();
    const video = tracks.find(({ producerId }) => producerId === person.video.id)!;
    await person.stop();
    await call.link.close();
    lossy.close();
    expect(lossy.lost()).toBeGreaterThan(0);
    expect(right).toBeGreaterThanOrEqual(8);
    expect(video.repaired + video.lost).toBeGreaterThan(0);
    expect(video.lost).toBeLessThan(video.received * 0.02);
    const numbers: number[] = [];
    for (const segment of call.segments.filter(({ mimeType }) => mimeType.startsWith('video/'))) numbers.push(...await decodePictures(await bytesOf(caseId, segment)) as number[]);
    // Whatever is in the file decodes without damage; nothing is out of order.
    expect(numbers).not.toContain(null);
    numbers.slice(1).forEach((number, i) => expect(number).toBeGreaterThan(numbers[i]!));
  });
});

describe('a decoder that fails on the frames before the pressed one', () => {
  let dir: string;
  let failing: Rig;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vw-decoder-'));
    // The real one, but for a second output: there it ends without a picture, as one that runs out of memory.
    await writeFile(join(dir, 'ffmpeg'), `#!/bin/sh\ncase "$*" in *pipe:3*) echo burst >> ${dir}/failed; exit 1;; esac\nexec ffmpeg "$@"\n`);
    await chmod(join(dir, 'ffmpeg'), 0o755);
    failing = await openRig({ ffmpeg: join(dir, 'ffmpeg') });
  });
  afterAll(async () => {
    await failing.close();
    await rm(dir, { recursive: true, force: true });
  });

  test('never costs the photo of record: it comes alone, exact, wherever between two key frames it lies (R20)', async () => {
    const [caseId, sessionId] = ['case-burst', 'session-burst'];
    const router = await failing.openRouter();
    const call = openLink({ sessionId, caseId, recorder: failing.recorder });
    await call.link.start();
    const person = await sendPerson({ side: 'client', router, toneHz: 440 });
    call.link.add('client', person.video, router);
    call.link.add('client', person.audio, router);
    await until('the recorder to record', () => failing.recorder.running(sessionId));
    await delay(3_500);
    // A key frame a second: some of these lie shortly after one, others far behind it.
    for (const back of [3, 7, 11, 15, 19]) {
      const number = person.sent.length - back;
      const frame = await failing.recorder.frameAt({ sessionId, side: 'client', producerId: person.video.id, rtpTimestamp: person.sent[number]!.rtp, earlier: 3 });
      expect(await pngFrameNumber(frame.png)).toBe(number);
      expect(frame.earlier).toEqual([]);
    }
    expect((await readFile(join(dir, 'failed'), 'utf8')).match(/burst/g)!.length).toBeGreaterThanOrEqual(5);
    await person.stop();
    await call.link.close();
  });
});
