import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { alignStill } from '../../review/capture/index.ts';
import { cardScene, faceScene, renderFrame, throughVp8 } from '../support/camera/index.ts';
import type { Scene } from '../support/camera/index.ts';
import { fixturePortrait, inventPerson, renderCard } from '../support/cards/index.ts';

const scenes: Record<string, Scene> = {};
const frames: Record<string, Buffer> = {};
const still = async (scene: string, seconds: number) => await renderFrame(scenes[scene] as Scene, seconds, 500);

beforeAll(async () => {
  const portrait = await fixturePortrait();
  const side = async (seed: number, name: 'portrait' | 'emblem') => await cardScene(await renderCard({ ...inventPerson(seed), side: name, portrait, heightPx: 800 }), portrait);
  Object.assign(scenes, { face: await faceScene(portrait), portrait: await side(1, 'portrait'), emblem: await side(1, 'emblem'), otherPortrait: await side(2, 'portrait'), otherEmblem: await side(2, 'emblem') });
  // What the server keeps: the frame at one second, after half a second of VP8.
  for (const name of ['face', 'portrait', 'emblem']) {
    const shots = await Promise.all(Array.from({ length: 12 }, async (_, i) => await renderFrame(scenes[name] as Scene, 1 - (11 - i) / 30, i)));
    frames[name] = await throughVp8(shots, 1200);
  }
}, 120_000);

const SLOW = 60_000;

describe('the phone’s still stands beside the photo of record only when it shows the same scene (R20)', () => {
  test.each([['face', -0.3], ['face', 0.3], ['portrait', -0.3], ['portrait', 0.3], ['emblem', -0.3], ['emblem', 0.3]])('%s, taken %d s apart, fits', async (name, apart) => {
    expect(await alignStill(frames[name] as Buffer, await still(name, 1 + apart))).toMatchObject({ fits: true });
  }, SLOW);
  test('a sharper still and one of 4:3 fit', async () => {
    const shot = await still('portrait', 1.1);
    expect((await alignStill(frames['portrait'] as Buffer, await sharp(shot).resize(1920).jpeg({ quality: 70 }).toBuffer())).fits).toBe(true);
    expect((await alignStill(frames['portrait'] as Buffer, await sharp(shot).extract({ left: 160, top: 0, width: 960, height: 720 }).jpeg().toBuffer())).fits).toBe(true);
  }, SLOW);
  test.each([['portrait', 'emblem'], ['portrait', 'otherPortrait'], ['emblem', 'otherEmblem'], ['face', 'portrait'], ['portrait', 'face']])('a frame of %s and a still of %s do not fit', async (frame, other) => {
    expect((await alignStill(frames[frame] as Buffer, await still(other, 1))).fits).toBe(false);
  }, SLOW);
  test.each(['portrait', 'face'])('a mirrored still of %s does not fit', async (name) => {
    expect((await alignStill(frames[name] as Buffer, await sharp(await still(name, 1)).flop().jpeg().toBuffer())).fits).toBe(false);
  }, SLOW);
});
