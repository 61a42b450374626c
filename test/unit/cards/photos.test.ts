import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import { cardOfSeed, photograph, photographFace, seededRandom, shotOfSeed } from '../../support/cards/index.ts';
import type { DocumentDefect, PhotoTruth, Point, Quad, Shot, TextBand } from '../../support/cards/index.ts';
import { clearance } from '../../support/cards/pose.ts';
import { planShot } from '../../support/cards/shot.ts';

const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const shots = (count: number, band: 'large' | 'small', defect: DocumentDefect | null) =>
  Array.from({ length: count }, (_, i) => planShot({ random: seededRandom(9000 + i), band, defect, side: i % 2 === 0 ? 'portrait' : 'emblem' }));

/** The first seeds from `from` on whose photo is planned so. */
function seedsWhere(count: number, from: number, fits: (shot: Shot) => boolean, band: TextBand = 'large'): number[] {
  const seeds: number[] = [];
  for (let seed = from; seeds.length < count; seed += 1) if (fits(shotOfSeed(cardOfSeed(seed), { seed, band }))) seeds.push(seed);
  return seeds;
}

type Grey = { data: Buffer; width: number; height: number };
const upright = async (jpeg: Buffer): Promise<Grey> => {
  const { data, info } = await sharp(jpeg).autoOrient().greyscale().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};

/** Where the brightness steps most along the normal of an edge near `at`, averaged along the edge. */
function edgeNear(grey: Grey, at: Point, along: Point): Point {
  const normal = { x: -along.y, y: along.x };
  const profile = Array.from({ length: 81 }, (_, i) => {
    const out = (i - 40) / 4;
    let sum = 0;
    for (let t = -12; t <= 12; t += 1) sum += bilinear(grey, at.x + along.x * t + normal.x * out, at.y + along.y * t + normal.y * out);
    return sum / 25;
  });
  let best = 8;
  for (let i = 8; i < 73; i += 1) if (Math.abs((profile[i + 6] as number) - (profile[i - 6] as number)) > Math.abs((profile[best + 6] as number) - (profile[best - 6] as number))) best = i;
  const out = (best - 40) / 4;
  return { x: at.x + normal.x * out, y: at.y + normal.y * out };
}

/** Pixel centres lie at half coordinates, as in the truth. */
function bilinear({ data, width, height }: Grey, x: number, y: number): number {
  const [u, v] = [Math.min(width - 1.001, Math.max(0, x - 0.5)), Math.min(height - 1.001, Math.max(0, y - 0.5))];
  const [u0, v0] = [Math.floor(u), Math.floor(v)];
  const [fu, fv] = [u - u0, v - v0];
  const value = (dx: number, dy: number): number => data[(v0 + dy) * width + u0 + dx] as number;
  return value(0, 0) * (1 - fu) * (1 - fv) + value(1, 0) * fu * (1 - fv) + value(0, 1) * (1 - fu) * fv + value(1, 1) * fu * fv;
}

/** The corners that the picture itself shows: lines through two places of each edge, crossed. */
function seenCorners(grey: Grey, quad: Quad): Point[] {
  const lines = quad.map((from, i) => {
    const to = quad[(i + 1) % 4] as Point;
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
    const place = (share: number): Point => ({ x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share });
    return [edgeNear(grey, place(0.2), along), edgeNear(grey, place(0.8), along)] as const;
  });
  return lines.map((line, i) => crossing(lines[(i + 3) % 4] as (typeof lines)[number], line));
}

function crossing([a, b]: readonly [Point, Point], [c, d]: readonly [Point, Point]): Point {
  const [rx, ry, sx, sy] = [b.x - a.x, b.y - a.y, d.x - c.x, d.y - c.y];
  const t = ((c.x - a.x) * sy - (c.y - a.y) * sx) / (rx * sy - ry * sx);
  return { x: a.x + t * rx, y: a.y + t * ry };
}

describe('photographs of invented cards', () => {
  test('the same seed takes the same photo, and another seed another', async () => {
    const take = async (seed: number) => hash((await photograph(cardOfSeed(seed), { seed, band: 'small' })).jpeg);
    const first = await take(31);
    expect(await take(31)).toBe(first);
    expect(await take(32)).not.toBe(first);
  });

  test('the card’s corners are where the truth says, within a pixel, however the camera stored the picture', async () => {
    // A dark table without finger or shadow shows the edges clearly enough to be measured without knowing them.
    const clear = seedsWhere(5, 500, (shot) => shot.scene === 'darkDesk' && shot.finger === null && shot.light.shadow === undefined && shot.width * shot.height < 1_500_000 && shot.jpegQuality > 60);
    const stored = seedsWhere(1, 900, (shot) => shot.scene === 'darkDesk' && shot.finger === null && shot.light.shadow === undefined && shot.width * shot.height < 1_500_000 && shot.orientation !== 1);
    for (const seed of [...clear, ...stored]) {
      const { jpeg, truth } = await photograph(cardOfSeed(seed), { seed });
      const grey = await upright(jpeg);
      expect([grey.width, grey.height]).toEqual([truth.width, truth.height]);
      const corners = truth.corners as Quad;
      for (const [i, seen] of seenCorners(grey, corners).entries()) {
        const said = corners[i] as Point;
        expect({ seed, corner: i, off: Math.hypot(seen.x - said.x, seen.y - said.y) < 1 ? 'within a pixel' : Math.hypot(seen.x - said.x, seen.y - said.y) }).toEqual({ seed, corner: i, off: 'within a pixel' });
      }
    }
  });

  test('a picture stored turned says so in EXIF and comes out upright', async () => {
    const [seed = 0] = seedsWhere(1, 1, (shot) => shot.orientation === 6, 'small');
    const { jpeg, truth } = await photograph(cardOfSeed(seed), { seed, band: 'small' });
    const meta = await sharp(jpeg).metadata();
    expect(meta.orientation).toBe(6);
    expect([meta.width, meta.height]).toEqual([truth.height, truth.width]);
    expect(meta.autoOrient).toEqual({ width: truth.width, height: truth.height });
  });

  test('a good photo has the whole card in it, its text in the band that was asked for', () => {
    for (const [band, from, to] of [['large', 24, 200], ['small', 16, 24]] as const) {
      for (const shot of shots(120, band, null)) {
        expect(clearance(shot.quad, shot.width, shot.height)).toBeGreaterThan(0);
        expect(shot.textPx).toBeGreaterThanOrEqual(from);
        expect(shot.textPx).toBeLessThan(to);
        expect(shot.pose.tiltDeg).toBeLessThan(27);
      }
    }
  });

  test('each deliberate defect is one, and is named by its finding', async () => {
    for (const shot of shots(60, 'large', 'cutOff')) expect(clearance(shot.quad, shot.width, shot.height)).toBeLessThan(-0.01);
    for (const shot of shots(60, 'large', 'small')) expect(shot.textPx).toBeLessThan(12);
    for (const shot of shots(60, 'large', 'tilted')) expect(shot.pose.tiltDeg).toBeGreaterThan(45);
    const findings: Record<string, string | null> = {};
    const brightness: Record<string, number> = {};
    for (const defect of ['dark', 'overExposed', 'noDocument', null] as const) {
      const { jpeg, truth }: { jpeg: Buffer; truth: PhotoTruth } = await photograph(cardOfSeed(40), { seed: 40, defect });
      findings[String(defect)] = truth.finding;
      brightness[String(defect)] = (await sharp(jpeg).greyscale().stats()).channels[0]?.mean ?? 0;
      expect(truth.corners === null).toBe(defect === 'noDocument');
    }
    expect(findings).toEqual({ dark: 'PHOTO_TOO_DARK', overExposed: 'PHOTO_OVER_EXPOSED', noDocument: 'CARD_NOT_FOUND', null: null });
    expect(brightness['dark']).toBeLessThan((brightness['null'] as number) * 0.5);
    expect(brightness['overExposed']).toBeGreaterThan((brightness['null'] as number) * 1.3);
  });

  test('a residence permit’s portrait side has no ethnic group to be read, an emblem side only authority and validity', () => {
    const permit = Array.from({ length: 300 }, (_, i) => cardOfSeed(i)).find((card) => card.holder.kind === 'residencePermit') as ReturnType<typeof cardOfSeed>;
    return Promise.all((['portrait', 'emblem'] as const).map(async (side) => {
      const { truth } = await photograph({ ...permit, side }, { seed: 5, band: 'small' });
      expect(Object.keys(truth.fields).sort()).toEqual(side === 'portrait' ? ['address', 'birthDate', 'idNumber', 'name', 'sex'] : ['authority', 'validFrom', 'validTo']);
    }));
  });

  test('a photo of a face with nobody or two in it is called so', async () => {
    expect((await photographFace(3, 'noFace')).truth.finding).toBe('PHOTO_NO_FACE');
    expect((await photographFace(3, 'twoFaces')).truth.finding).toBe('PHOTO_TWO_FACES');
    expect(hash((await photographFace(3)).jpeg)).toBe(hash((await photographFace(3)).jpeg));
  });
});
