import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { differenceOf } from '../../review/checks/recorded/difference.ts';
import type { Plane } from '../../review/checks/recorded/difference.ts';
import { SAME_LIMITS, sameFrame, verdictOf } from '../../review/checks/recorded/sameFrame.ts';
import { seededRandom } from '../support/cards/index.ts';

const [WIDTH, HEIGHT] = [320, 180];
/** Something like print on a page: dark strokes, a soft shade, no two places alike. */
function page(seed: number, width = WIDTH, height = HEIGHT): Plane {
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: width * height }, (_, i) => 150 + 60 * Math.sin((i % width) / 90) + 20 * Math.cos(i / width / 60));
  for (let k = 0; k < 160; k += 1) {
    const [x0, y0, w, h] = [random() * (width - 14), random() * (height - 14), 2 + random() * 10, 2 + random() * 10].map(Math.floor) as [number, number, number, number];
    for (let y = y0; y < y0 + h; y += 1) for (let x = x0; x < x0 + w; x += 1) data[y * width + x] = 30;
  }
  return { data, width, height };
}
const changed = (plane: Plane, change: (value: number, x: number, y: number) => number): Plane => ({ ...plane, data: plane.data.map((value, i) => Math.min(255, Math.max(0, change(value, i % plane.width, Math.floor(i / plane.width))))) });
const noisy = (plane: Plane, by: number): Plane => { const random = seededRandom(7); return changed(plane, (value) => value + by * (random() - 0.5)); };
const pngOf = ({ data, width, height }: Plane): Promise<Buffer> => sharp(Buffer.from(data), { raw: { width, height, channels: 1 } }).png().toBuffer();
const verdict = async (photo: Plane, recorded: Plane, more: { offsetMs?: number; around?: { offsetMs: number; jpeg: Buffer }[] } = {}) => sameFrame(await pngOf(photo), { png: await pngOf(recorded), offsetMs: 0, around: [], ...more });

describe('whether a photo is the recorded frame (R20)', () => {
  test('the same picture is the same, also with other light, noise or half the resolution', async () => {
    const recorded = page(1, 640, 360);
    expect(await verdict(recorded, recorded)).toMatchObject({ verdict: 'same', similarity: 1, worst: 0 });
    expect((await verdict(changed(recorded, (v) => 0.92 * v + 8), recorded)).verdict).toBe('same');
    expect((await verdict(noisy(recorded, 14), recorded)).verdict).toBe('same');
    const small = await sharp(await pngOf(recorded)).resize({ width: 320 }).jpeg({ quality: 60 }).toBuffer();
    expect((await sameFrame(await pngOf(recorded), { png: small, offsetMs: 0, around: [] })).verdict).toBe('same');
  });

  test('one place that is another, no larger than a digit, is found and shown, in the same bits and in noise', async () => {
    const recorded = page(2);
    const put = changed(recorded, (v, x, y) => (x >= 200 && x < 206 && y >= 90 && y < 98 ? 255 - v : v));
    for (const photo of [put, noisy(put, 10)]) {
      const found = await verdict(photo, recorded);
      expect(found.verdict).toBe('retouched');
      expect(Math.abs(found.box!.x * WIDTH + 4 - 203)).toBeLessThan(10);
      expect(Math.abs(found.box!.y * HEIGHT + 4 - 94)).toBeLessThan(10);
    }
  });

  test('another picture is another, a mirrored one is told as mirrored, one cut to another shape is not it', async () => {
    const recorded = page(3);
    expect((await verdict(page(4), recorded)).verdict).not.toBe('same');
    expect((await verdict(changed(recorded, (_, x, y) => recorded.data[y * WIDTH + WIDTH - 1 - x]!), recorded)).verdict).toBe('mirrored');
    expect((await verdict(page(3, 180, 320), recorded)).verdict).toBe('other');
  });

  test('a picture of another moment is told with how far away it was', async () => {
    const [now, before] = [page(5), page(6)];
    const jpeg = await sharp(await pngOf(before)).jpeg({ quality: 95 }).toBuffer();
    expect(await verdict(before, now, { around: [{ offsetMs: -1500, jpeg }] })).toMatchObject({ verdict: 'elsewhen', offsetMs: -1500 });
    // One who sits still looks the same then and now: the photo's own moment counts.
    expect((await verdict(now, now, { around: [{ offsetMs: -1500, jpeg: await sharp(await pngOf(now)).jpeg({ quality: 95 }).toBuffer() }] })).verdict).toBe('same');
  });

  test('where the very frame is missing, what the hand’s movement explains accuses nobody; another picture still does', () => {
    const here = (similarity: number, worst: number) => ({ similarity, worst, usual: 0.05, box: { x: 0, y: 0, width: 0.1, height: 0.1 } });
    const other = { near: true, elsewhen: undefined, mirrored: () => here(0, 3) };
    expect(verdictOf(here(SAME_LIMITS.moved + 0.01, 1.2), other).verdict).toBe('undecidable');
    expect(verdictOf(here(0.2, 4), other).verdict).toBe('other');
    expect(verdictOf(here(0.99, 0.2), other).verdict).toBe('same');
    // One who sits still looks more like two seconds ago than like the frame beside the missing one.
    const still = { ...other, elsewhen: { offsetMs: -2000, difference: here(0.99, 0.2) } };
    expect(verdictOf(here(SAME_LIMITS.moved + 0.07, 1.2), still).verdict).toBe('undecidable');
    expect(verdictOf(here(0.5, 1.2), still).verdict).toBe('elsewhen');
  });

  test('a flat picture beside itself is the same, beside a printed one it is not', () => {
    const flat = changed(page(1), () => 128);
    expect(differenceOf(flat, noisy(flat, 4))).toMatchObject({ similarity: expect.any(Number) });
    expect(differenceOf(flat, noisy(flat, 4)).worst).toBeLessThan(SAME_LIMITS.worst.least);
    expect(differenceOf(flat, page(1)).worst).toBeGreaterThan(SAME_LIMITS.worst.most);
  });
});
