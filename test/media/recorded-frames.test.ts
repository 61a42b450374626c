import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { codedFrames } from '../../media/recording/recorded.ts';
import { createRecordedFrames } from '../../media/recording/index.ts';
import { sameFrame } from '../../review/checks/recorded/sameFrame.ts';
import { delay, openLink, openRig, pngFrameNumber, sendPerson, until } from './recordingRig.ts';
import type { Person, Rig } from './recordingRig.ts';

const caseId = 'case-recorded';
const sessionId = 'session-recorded';
let rig: Rig;
let client: Person;
let call: ReturnType<typeof openLink>;
let frames: ReturnType<typeof createRecordedFrames>;
/** Once the call is over the recorder's notes are gone, and the rows have them. */
let ended = false;
const pressed: { png: Buffer; rtpTimestamp: number; wallMs: number }[] = [];
const momentOf = (rtpTimestamp: number, wide = false) => frames.momentAt({ caseId, sessionId, producerId: client.video.id, rtpTimestamp, wide });
const press = async (): Promise<(typeof pressed)[number]> => {
  const { rtp } = client.sent.at(-4)!;
  const { png, receivedAtMs } = await rig.recorder.frameAt({ sessionId, side: 'client', producerId: client.video.id, rtpTimestamp: rtp });
  const one = { png, rtpTimestamp: rtp, wallMs: receivedAtMs };
  pressed.push(one);
  return one;
};

beforeAll(async () => {
  rig = await openRig();
  const router = await rig.openRouter();
  call = openLink({ sessionId, caseId, recorder: rig.recorder });
  frames = createRecordedFrames({ dir: rig.dir, store: rig.store, segmentsOf: async () => (ended ? call.segments : []) });
  await call.link.start();
  client = await sendPerson({ side: 'client', router, toneHz: 440, width: 640, height: 360 });
  call.link.add('client', client.video, router);
  call.link.add('client', client.audio, router);
  await until('the recorder to record', () => rig.recorder.running(sessionId));
});
afterAll(async () => {
  await client?.stop();
  await call?.link.close();
  await rig?.close();
});

describe('a photo taken in a call is found in its recording (R20, R40)', () => {
  test('the recorded frame of the same RTP time is the photo’s own, two seconds after the press, out of the open segment', async () => {
    await delay(2_000);
    const photo = await press();
    await delay(2_000);
    // On the disk by then, on a machine that is not held up.
    await until('the very frame to be on the disk', async () => (await momentOf(photo.rtpTimestamp))?.offsetMs === 0, 10_000);
    const moment = (await momentOf(photo.rtpTimestamp))!;
    expect(await pngFrameNumber(moment.png)).toBe(await pngFrameNumber(photo.png));
    expect(Math.abs(moment.wallMs - photo.wallMs)).toBeLessThan(1_000);
    expect(await sameFrame(photo.png, moment)).toMatchObject({ verdict: 'same', similarity: 1 });
    // The second before, each with its distance: 20 frames a second.
    for (const { offsetMs, jpeg } of moment.around) {
      const behind = Math.round((-offsetMs * 20) / 1000);
      expect(Math.abs((await pngFrameNumber(photo.png))! - (await pngFrameNumber(jpeg))! - behind)).toBeLessThanOrEqual(1);
    }
    expect(moment.around.length).toBeGreaterThan(1);
  });

  test('what the recorder has not written yet is not there yet; another track’s never is', async () => {
    expect(await momentOf((client.sent.at(-1)!.rtp + 90_000 * 5) % 2 ** 32)).toBeUndefined();
    expect(await frames.momentAt({ caseId, sessionId, producerId: 'another', rtpTimestamp: pressed[0]!.rtpTimestamp })).toBeUndefined();
  });

  test('photos pressed at any time, also where one segment ends and the next begins, are found when the call is over', async () => {
    for (let i = 0; i < 12; i += 1) {
      await press();
      await delay(800);
    }
    await call.link.close();
    ended = true;
    expect(call.segments.filter(({ side }) => side === 'client').length).toBeGreaterThan(1);
    for (const { png, rtpTimestamp } of pressed) expect(await sameFrame(png, (await momentOf(rtpTimestamp))!)).toMatchObject({ verdict: 'same', similarity: 1 });
  });

  test('a photo of another second of the same recording is found there when the seconds around are looked through', async () => {
    const [one, other] = [pressed[3]!, pressed[5]!];
    const { verdict, offsetMs } = await sameFrame(one.png, (await momentOf(other.rtpTimestamp, true))!);
    expect(verdict).not.toBe('same');
    // The camera of this test moves all the time: the nearest of the looked-at moments is the frame itself or one beside it.
    if (verdict === 'elsewhen') expect(Math.abs(offsetMs! - (one.wallMs - other.wallMs))).toBeLessThan(600);
    const wide = (await momentOf(other.rtpTimestamp, true))!;
    expect(wide.around.length).toBeGreaterThan(10);
    const exact = await Promise.all(wide.around.map(async ({ offsetMs: at, jpeg }) => [at, await pngFrameNumber(jpeg)] as const));
    const number = (await pngFrameNumber(other.png))!;
    for (const [at, shown] of exact) expect(Math.abs(shown! - number - Math.round((at * 20) / 1000))).toBeLessThanOrEqual(2);
  });

  test('of a segment whose end is torn off anywhere, everything before can be read', async () => {
    const { bytes } = await rig.store.read({ caseId, fileId: call.segments.find(({ side, mimeType }) => side === 'client' && mimeType.startsWith('video/'))!.fileId });
    const all = await codedFrames(bytes);
    expect(all.length).toBeGreaterThan(0);
    for (const share of [0.3, 0.5, 0.77, 0.9]) {
      const part = await codedFrames(bytes.subarray(0, Math.floor(bytes.length * share)));
      expect(part.length).toBeGreaterThan(all.length * share * 0.6);
      expect(part.every((frame, i) => frame.data.equals(all[i]!.data))).toBe(true);
    }
  });

  test('a photo with a digit’s worth of another picture in it is not the recorded frame', async () => {
    const { png, rtpTimestamp } = pressed[2]!;
    const patch = await sharp({ create: { width: 14, height: 18, channels: 3, background: '#202020' } }).png().toBuffer();
    const retouched = await sharp(png).composite([{ input: patch, left: 300, top: 200 }]).png().toBuffer();
    expect(await sameFrame(retouched, (await momentOf(rtpTimestamp))!)).toMatchObject({ verdict: 'retouched', box: { x: expect.closeTo(300 / 640, 1), y: expect.closeTo(200 / 360, 1) } });
  });
});
