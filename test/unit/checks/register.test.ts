import { describe, expect, test } from '@jest/globals';

import { apply, fitMap, invert, similarity } from '../../../review/checks/reading/homography.ts';
import type { PlaneMap } from '../../../review/checks/reading/homography.ts';
import { doubtGaps } from '../../../review/checks/reading/fields.ts';
import { CORNERS, ENOUGH, linesOnCard, registerByText } from '../../../review/checks/reading/register.ts';
import { rowsIn, stripOf } from '../../../review/checks/reading/rows.ts';
import { ZONES } from '../../../review/checks/reading/layout.ts';
import type { TextBox } from '../../../review/checks/reading/textBoxes.ts';

/** Print of a portrait side as the detector draws it: [from, to, middle, height] in card units. */
const PORTRAIT = [[55, 252, 82, 36], [54, 195, 147, 39], [243, 405, 147, 39], [55, 446, 212, 34], [57, 497, 281, 34], [155, 385, 323, 37], [285, 772, 465, 34], [56, 212, 467, 33]] as const;
const EMBLEM = [[289, 745, 122, 62], [288, 760, 211, 88], [202, 665, 399, 40], [204, 620, 467, 40]] as const;

const seen = (lines: readonly (readonly [number, number, number, number])[], map: PlaneMap, scale: number): TextBox[] =>
  lines.map(([from, to, y, height]) => ({ from: apply(map, { x: from, y }), to: apply(map, { x: to, y }), height: height * scale, score: 0.99 }));

describe('a card is found by its print alone (R14)', () => {
  test.each([0, 35, 90, 180, 262])('turned by %i°, either side', (degrees) => {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    // With a little perspective, as a phone that is held at an angle gives.
    const map: PlaneMap = [0.7 * cos, -0.7 * sin, 500, 0.7 * sin, 0.7 * cos, 400, 0.00009, 0.00006, 1];
    for (const [side, lines] of [['portrait', PORTRAIT], ['emblem', EMBLEM]] as const) {
      const found = registerByText(seen(lines, map, 0.7));
      expect(found).toMatchObject({ side });
      expect(found?.score).toBeGreaterThan(ENOUGH);
      // The left edge, where print begins, is exact; the far corner within a twelfth of the card.
      const corner = apply(invert(map), apply(found?.map as PlaneMap, CORNERS[0]));
      expect(Math.hypot(corner.x, corner.y)).toBeLessThan(25);
    }
  });
  test('a page of print is no card', () => {
    const page = Array.from({ length: 24 }, (_, i) => [20, 700 - (i % 3) * 40, 20 + i * 26, 20] as const);
    const found = registerByText(seen(page, [1, 0, 0, 0, 1, 0, 0, 0, 1], 1));
    expect(found?.score ?? 0).toBeLessThan(ENOUGH);
  });
  /** Boxes of two photos in which the rows of a leaning card, or one that only looks so, were laid one row too low, or too wide. */
  const boxes = (list: readonly (readonly [number, number, number, number, number])[]): TextBox[] => list.map(([x, y, toX, toY, height]) => ({ from: { x, y }, to: { x: toX, y: toY }, height, score: 0.9 }));
  const corner = (boxed: TextBox[], which: number) => apply(registerByText(boxed, 1600)!.map, CORNERS[which]!);
  test('rows that stand closer together than the design has them are not taken for the rows below (R14)', () => {
    const found = boxes([[478, 451, 280, 455, 44], [272, 511, 589, 511, 44], [264, 571, 664, 571, 39], [721, 639, 251, 634, 47], [640, 681, 345, 675, 46], [814, 801, 1023, 807, 39], [222, 823, 391, 830, 44], [1059, 854, 463, 830, 50]]);
    const { x, y } = corner(found, 0);
    expect(Math.hypot(x - 254, y - 386)).toBeLessThan(60);
  });
  test('of two places that fit alike the one that is seen straighter is the card (R14)', () => {
    const found = boxes([[899, 1231, 1054, 640, 66], [989, 669, 942, 859, 41], [627, 1433, 760, 910, 64], [705, 1333, 806, 928, 58], [552, 1409, 668, 959, 57], [523, 1218, 570, 1024, 56], [463, 1142, 408, 1373, 58], [481, 1390, 522, 1210, 54], [748, 1330, 766, 1295, 37], [885, 1298, 832, 1484, 55]]);
    const { x, y } = corner(found, 1);
    expect(Math.hypot(x - 540, y - 436)).toBeLessThan(130);
  });
  test('a row is read inside its zone, however slanted', () => {
    const boxes = seen([[150, 500, 281, 34]], similarity({ from: { x: 0, y: 0 }, to: { x: 0, y: 0 } }, { from: { x: 100, y: 0 }, to: { x: 100, y: 4 } }), 1);
    const [row] = rowsIn(linesOnCard(boxes, [1, 0, 0, 0, 1, 0, 0, 0, 1]), ZONES.address);
    const strip = stripOf(row ?? [], ZONES.address, 42);
    expect((strip.right.y - strip.left.y) / (strip.right.x - strip.left.x)).toBeCloseTo(0.04, 2);
  });
});

describe('plane maps', () => {
  test('the map that made the pairs is found again', () => {
    const map: PlaneMap = [1.1, 0.2, 30, -0.1, 0.9, 50, 0.0002, -0.0001, 1];
    const points = [[0, 0], [800, 0], [800, 500], [0, 500], [300, 200]].map(([x = 0, y = 0]) => ({ x, y }));
    const found = fitMap(points.map((from) => ({ from, to: apply(map, from) })), true) as PlaneMap;
    const there = apply(found, { x: 123, y: 321 });
    expect(there.x).toBeCloseTo(apply(map, { x: 123, y: 321 }).x, 6);
    expect(apply(invert(map), apply(map, { x: 7, y: 9 })).y).toBeCloseTo(9, 6);
  });
});

describe('a character that an engine passed over leaves a gap', () => {
  test('and the gap makes its neighbour unsure (R14)', () => {
    const at = (text: string, places: number[]) => Array.from(text, (char, i) => ({ text: char, confidence: 0.99, at: places[i] as number }));
    expect(doubtGaps(at('公安局江分局', [0, 1, 2, 4, 5, 6])).map(({ confidence }) => confidence)).toEqual([0.99, 0.99, 0.99, 0.5, 0.99, 0.99]);
    // Two and more characters under a reflection: what is left is no address.
    expect(doubtGaps(at('上海年街', [0, 1, 7, 8])).map(({ confidence }) => confidence)).toEqual([0.99, 0.99, 0.1, 0.99]);
    expect(doubtGaps(at('公安局117号', [0, 1, 2, 2.8, 3.35, 3.9, 4.7])).every(({ confidence }) => confidence === 0.99)).toBe(true);
  });
});
