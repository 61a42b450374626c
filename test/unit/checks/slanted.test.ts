import { describe, expect, test } from '@jest/globals';

import { printedPart } from '../../../review/checks/quality/closerLook.ts';
import { slantedCard } from '../../../review/checks/quality/slant.ts';
import { fourSides } from '../../../review/checks/reading/fourSides.ts';
import { apply, compose, scaling } from '../../../review/checks/reading/homography.ts';
import type { PlaneMap } from '../../../review/checks/reading/homography.ts';
import type { Point } from '../../../review/checks/reading/lines.ts';
import { cardPose, worthOf } from '../../../review/checks/reading/perspective.ts';
import { CORNERS } from '../../../review/checks/reading/register.ts';
import { slantedSheet } from '../../../review/checks/reading/slantedSheet.ts';
import type { TextBox } from '../../../review/checks/reading/textBoxes.ts';
import { quadMap } from '../../../review/checks/reading/warp.ts';

const PICTURE = { width: 1280, height: 960 };
const FOCAL = 0.8 * PICTURE.width;

/** Card units to pixels, as a pinhole camera sees a card that leans by `lean` towards `way`, `distance` away. */
function seenBy(lean: number, way: number, distance: number, turn = 0): PlaneMap {
  const rad = Math.PI / 180;
  const [cos, sin, c, s] = [Math.cos(lean * rad), Math.sin(lean * rad), Math.cos(way * rad), Math.sin(way * rad)];
  const [ct, st] = [Math.cos(turn * rad), Math.sin(turn * rad)];
  const columns = ([[ct, st], [-st, ct], [-428 * ct + 270 * st, -428 * st - 270 * ct]] as const).map(([x, y]) => {
    const along = x * c + y * s;
    return [x + along * (cos - 1) * c, y + along * (cos - 1) * s, along * sin] as const;
  }) as [readonly [number, number, number], readonly [number, number, number], readonly [number, number, number]];
  const row = (i: 0 | 1, middle: number): number[] => columns.map((column, k) => FOCAL * column[i] + middle * (column[2] + (k === 2 ? distance : 0)));
  const [xs, ys, ws] = [row(0, PICTURE.width / 2), row(1, PICTURE.height / 2), columns.map((column, k) => column[2] + (k === 2 ? distance : 0))];
  return [...xs, ...ys, ...ws].map((value) => value / (ws[2] as number)) as unknown as PlaneMap;
}

const cornersOf = (map: PlaneMap): Point[] => CORNERS.map((corner) => apply(map, corner));

/** Outermost pixels of each row and column of a convex patch, as the search for bright regions gives them. */
function patchOf(shape: readonly Point[]): { border: Point[]; size: number } {
  const inside = (x: number, y: number): boolean => shape.every((p, i) => {
    const q = shape[(i + 1) % shape.length] as Point;
    return (q.x - p.x) * (y - p.y) - (q.y - p.y) * (x - p.x) >= 0;
  });
  const border: Point[] = [];
  let size = 0;
  for (let y = 0; y < PICTURE.height; y += 1) {
    const xs = Array.from({ length: PICTURE.width }, (_, x) => x).filter((x) => inside(x + 0.5, y + 0.5));
    size += xs.length;
    if (xs.length > 0) border.push({ x: xs[0] as number, y: y + 0.5 }, { x: (xs.at(-1) as number) + 1, y: y + 0.5 });
  }
  return { border, size };
}

describe('a card that leans far from the camera is found by its four sides (R21)', () => {
  test.each([[50, 0], [58, 130], [55, 250], [61, 310]])('leaning by %d° towards %d°', (lean, way) => {
    const map = seenBy(lean, way, 1500, 7);
    const found = slantedSheet(patchOf(cornersOf(map)), PICTURE);
    expect(found).not.toBeNull();
    const away = cornersOf(map).map((truth) => Math.min(...(found?.corners ?? []).map((p) => Math.hypot(p.x * PICTURE.width - truth.x, p.y * PICTURE.height - truth.y))));
    expect(Math.max(...away)).toBeLessThan(8);
  });
  test('a sheet of another shape is none, however it leans', () => {
    // Three times as long as high.
    const strip = [{ x: 0, y: 180 }, { x: 856, y: 180 }, { x: 856, y: 400 }, { x: 0, y: 400 }].map((p) => apply(seenBy(50, 30, 1400), p));
    expect(slantedSheet(patchOf(strip), PICTURE)).toBeNull();
  });
  test('what runs out of the picture is none: its side is the picture’s', () => {
    expect(slantedSheet(patchOf([{ x: 700, y: 200 }, { x: 1280, y: 300 }, { x: 1280, y: 700 }, { x: 600, y: 800 }]), PICTURE)).toBeNull();
  });
  test('rounded corners make no sides of their own', () => {
    const cut = [[40, 0], [816, 0], [856, 40], [856, 500], [816, 540], [40, 540], [0, 500], [0, 40]].map(([x = 0, y = 0]) => ({ x, y }));
    const sides = fourSides(cut) as Point[];
    for (const corner of CORNERS) expect(Math.min(...sides.map((p) => Math.hypot(p.x - corner.x, p.y - corner.y)))).toBeLessThan(45);
  });
});

describe('a place is weighed by whether a camera can have seen a card there', () => {
  test.each([0, 20, 45, 60])('a card that leans by %d° was', (lean) => {
    const pose = cardPose(seenBy(lean, 40, 1500), PICTURE);
    expect(pose.misfit).toBeLessThan(0.01);
    expect(pose.tiltDeg).toBeCloseTo(lean, 0);
  });
  test('one whose right side alone leans inwards was not, and is worth less than its print says', () => {
    const corners = [{ x: 115, y: 57 }, { x: 1314, y: 50 }, { x: 1080, y: 828 }, { x: 104, y: 809 }] as const;
    const bent = compose(quadMap(corners), scaling(1 / 856, 1 / 540));
    expect(cardPose(bent, PICTURE).misfit).toBeGreaterThan(0.15);
    expect(worthOf({ score: 5, map: bent }, PICTURE)).toBeLessThan(4.2);
    expect(worthOf({ score: 5, map: seenBy(20, 40, 1500) }, PICTURE)).toBeCloseTo(5, 5);
  });
});

/** Print of a portrait side as the detector draws it: [from, to, middle, height] in card units. */
const PORTRAIT = [[55, 252, 82, 36], [54, 195, 147, 39], [243, 405, 147, 39], [55, 446, 212, 34], [57, 497, 281, 34], [155, 385, 323, 37], [285, 772, 465, 34], [56, 212, 467, 33]] as const;

function printSeen(map: PlaneMap): TextBox[] {
  return PORTRAIT.map(([from, to, y, height]) => {
    const [p, q, above, below] = [apply(map, { x: from, y }), apply(map, { x: to, y }), apply(map, { x: (from + to) / 2, y: y - height / 2 }), apply(map, { x: (from + to) / 2, y: y + height / 2 })];
    // A box's height stands square on its length, whichever way the characters lean.
    const [dx, dy, length] = [q.x - p.x, q.y - p.y, Math.hypot(q.x - p.x, q.y - p.y)];
    return { from: p, to: q, height: Math.abs((below.x - above.x) * -dy + (below.y - above.y) * dx) / length, score: 0.99 };
  });
}

describe('the lean of a card without visible edges is told from its print (R21)', () => {
  test.each([[50, 0], [55, 100], [60, 200], [52, 300]])('leaning by %d° towards %d°', (lean, way) => {
    const found = slantedCard(printSeen(seenBy(lean, way, 1500, 4)), PICTURE.width);
    expect(found?.side).toBe('portrait');
    expect(found?.leanDeg).toBeGreaterThan(40);
  });
  test('no print, no card', () => expect(slantedCard([], PICTURE.width)).toBeNull());
});

describe('print that lies close together is looked at from near', () => {
  const line = (x: number, y: number): TextBox => ({ from: { x, y }, to: { x: x + 90, y }, height: 9, score: 0.9 });
  test('with room for the card around it, inside the picture', () => {
    const part = printedPart([line(20, 300), line(20, 330), line(60, 380)], PICTURE);
    expect(part).toMatchObject({ left: 0 });
    expect(part?.width).toBeLessThan(300);
    expect(part?.top).toBeLessThan(280);
  });
  test('print all over the picture, or hardly any, is not', () => {
    expect(printedPart([line(20, 30), line(1100, 900)], PICTURE)).toBeNull();
    expect(printedPart([line(20, 30)], PICTURE)).toBeNull();
  });
});
