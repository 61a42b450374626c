import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Sharp } from 'sharp';

import { pickBest } from '../../../review/capture/index.ts';
import { measureFigures } from '../../../review/checks/quality/figures.ts';
import type { SubjectFigures } from '../../../review/checks/quality/figures.ts';
import { judgeFigures } from '../../../review/checks/quality/judgeFigures.ts';
import { leanDeg } from '../../../review/checks/quality/lean.ts';
import { fixturePortrait, inventPerson, renderCard } from '../../support/cards/index.ts';

const SIZE = { width: 400, height: 252 };
let flat: Buffer;
beforeAll(async () => {
  const card = await renderCard({ ...inventPerson(5), side: 'portrait', portrait: await fixturePortrait(), heightPx: 504 });
  flat = await sharp(card).flatten({ background: '#eee' }).linear(0.9, 0).toBuffer();
}, 60_000);

/** The card alone, straightened, after something happened to it. */
async function figuresOf(change: (picture: Sharp) => Sharp = (picture) => picture): Promise<SubjectFigures> {
  const data = await change(sharp(flat)).toBuffer().then(async (changed) => await sharp(changed).greyscale().resize({ ...SIZE, fit: 'fill' }).raw().toBuffer());
  return measureFigures({ data, ...SIZE });
}
const spot = (opacity: number, sharpEdge: number): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="240" height="140"><defs><radialGradient id="g"><stop offset="${sharpEdge}" stop-color="#fff" stop-opacity="${opacity}"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><ellipse cx="120" cy="70" rx="120" ry="70" fill="url(#g)"/></svg>`);
const moved = (length: number, upright: boolean) => (picture: Sharp): Sharp => {
  const kernel = Array.from({ length: length * length }, (_, i) => ((upright ? i % length : Math.floor(i / length)) === (length - 1) / 2 ? 1 : 0));
  return picture.removeAlpha().convolve({ width: length, height: length, kernel, scale: length });
};
const codes = (figures: SubjectFigures, more: { widthPx?: number; tiltDeg?: number; cutOff?: boolean } = {}): string[] =>
  judgeFigures({ ...figures, widthPx: more.widthPx ?? 900, tiltDeg: more.tiltDeg ?? 4 }, { kind: 'document', cutOff: more.cutOff ?? false }).map((finding) => finding.code);

describe('a photo that is not good enough is refused with the reason (R21)', () => {
  test('a sharp, evenly lit card gives no reason', async () => expect(codes(await figuresOf())).toEqual([]));
  test('out of focus', async () => expect(codes(await figuresOf((p) => p.blur(7)))).toEqual(['PHOTO_BLURRED']));
  test.each([['sideways', false], ['up and down', true]])('moved %s is told from out of focus', async (_, upright) => {
    expect(codes(await figuresOf(moved(27, upright)))).toEqual(['PHOTO_MOTION_BLURRED']);
  });
  test('too dark, and then no blur is claimed', async () => expect(codes(await figuresOf((p) => p.blur(7).linear(0.15, 0)))).toEqual(['PHOTO_TOO_DARK']));
  test('over-exposed', async () => expect(codes(await figuresOf((p) => p.linear(2.2, 30)))).toEqual(['PHOTO_OVER_EXPOSED']));
  test('a reflection over a field', async () => {
    expect(codes(await figuresOf((p) => p.composite([{ input: spot(1, 0.6), left: 200, top: 180 }])))).toEqual(['PHOTO_GLARE']);
  });
  test('a lamp’s haze that leaves the print readable is no reflection', async () => {
    expect(codes(await figuresOf((p) => p.composite([{ input: spot(0.35, 0), left: 200, top: 180 }])))).toEqual([]);
  });
  test.each([['too small', { widthPx: 300 }, 'PHOTO_TOO_SMALL'], ['leaning too far', { tiltDeg: 50 }, 'PHOTO_TILTED'], ['cut off', { cutOff: true }, 'PHOTO_CUT_OFF']] as const)('%s', async (_, more, code) => {
    expect(codes(await figuresOf(), more)).toEqual([code]);
  });

  test('the same light on another print gives the same sharpness: contrast does not count', async () => {
    const [full, faint] = [await figuresOf((p) => p.blur(4)), await figuresOf((p) => p.blur(4).linear(0.5, 90))];
    expect(Math.abs(full.sharpness - faint.sharpness)).toBeLessThan(0.1);
  });

  test.each([0, 20, 45, 60])('a sheet that leans by %d° is told so, whichever way it lies', (deg) => {
    const [cos, turn] = [Math.cos((deg * Math.PI) / 180), 0.3];
    const map = [cos * Math.cos(turn), -Math.sin(turn), 5, cos * Math.sin(turn), Math.cos(turn), 9, 0, 0, 1] as const;
    expect(leanDeg(map, { x: 200, y: 126 }, 1)).toBeCloseTo(deg, 1);
  });
});

describe('the best of a burst is read, the pressed frame stays the photo of record (R20)', () => {
  const figures = { sharpness: 0.8, motion: 0, brightness: 170, blown: 0, glare: 0, widthPx: 900, tiltDeg: 5 };
  const frame = (change: Partial<typeof figures> = {}, blocking = 0) => ({ figures: { ...figures, ...change }, blocking });

  test('the sharper neighbour wins, and every frame’s score is kept', () => {
    const { best, scores } = pickBest([frame({ sharpness: 0.5 }), frame({ sharpness: 0.9 }), frame({ sharpness: 0.7 })]);
    expect(best).toBe(1);
    expect(scores).toHaveLength(3);
  });
  test('of equals the pressed frame, given first, is read', () => expect(pickBest([frame(), frame(), frame()]).best).toBe(0));
  test('a frame that would be refused never beats one that would not, however sharp', () => expect(pickBest([frame({ sharpness: 1, cutOff: true } as never, 1), frame({ sharpness: 0.45 })]).best).toBe(1));
  test('glare, movement and darkness each cost', () => {
    const [clean, ...worse] = pickBest([frame(), frame({ glare: 0.05 }), frame({ motion: 0.6 }), frame({ brightness: 60 }), frame({ widthPx: 400 }), frame({ tiltDeg: 35 })]).scores as [number, ...number[]];
    for (const score of worse) expect(score).toBeLessThan(clean);
  });
  test('a frame without a card scores nothing, and no frames have no best', () => {
    expect(pickBest([{ blocking: 1 }])).toEqual({ best: 0, scores: [0] });
    expect(pickBest([])).toEqual({ best: -1, scores: [] });
  });
});
