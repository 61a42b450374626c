import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { frameBand } from '../../support/camera/frameBand.ts';
import { dominantTone, readFrameNumber, toneWav } from '../../support/camera/index.ts';

const frame = async (number: number, width = 1280) => {
  const picture = sharp({ create: { width: 1280, height: 720, channels: 3, background: '#777' } }).composite([frameBand(number, 1280)]);
  const { data, info } = await sharp(await picture.jpeg({ quality: 40 }).toBuffer()).resize({ width }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
};

const pcm = (hz: number): Float32Array => {
  const wav = toneWav(hz, 2).subarray(44);
  return Float32Array.from({ length: wav.length / 2 }, (_, i) => wav.readInt16LE(i * 2) / 32768);
};

describe('the rendered cameras can be read back', () => {
  test.each([0, 1, 359, 43_690, 65_535])('frame number %i survives JPEG and 320 pixels', async (number) => {
    expect(readFrameNumber(await frame(number))).toBe(number);
    expect(readFrameNumber(await frame(number, 320))).toBe(number);
  });
  test('a picture without a band has no number', async () => {
    const { data, info } = await sharp({ create: { width: 640, height: 360, channels: 3, background: '#888' } }).raw().toBuffer({ resolveWithObject: true });
    expect(readFrameNumber({ data, width: info.width, height: info.height, channels: 3 })).toBeNull();
  });
  test('each side’s tone is told apart, silence is no tone', () => {
    expect([dominantTone(pcm(440), 48_000), dominantTone(pcm(880), 48_000), dominantTone(new Float32Array(48_000), 48_000)]).toEqual([440, 880, 0]);
  });
});
