import { describe, expect, test } from '@jest/globals';
import { brightParts } from '../../../review/checks/reading/brightParts.ts';

/** '#' is bright. */
const seen = (rows: readonly string[], least = 0): { size: number; border: string[] }[] => {
  const width = rows[0]!.length;
  const paper = Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 200 : 50));
  return brightParts(paper, width, rows.length, 128, least).map(({ size, border }) => ({ size, border: border.map(({ x, y }) => `${x} ${y}`) }));
};

/** Pixel by pixel, as one would write it without a thought of time. */
function flooded(paper: Uint8Array, width: number, height: number): { size: number; border: string[] }[] {
  const seen = new Set<number>();
  const found: { size: number; border: string[] }[] = [];
  for (let start = 0; start < paper.length; start += 1) {
    if (seen.has(start) || paper[start]! < 128) continue;
    const pixels = [start];
    seen.add(start);
    for (const at of pixels) {
      const x = at % width;
      for (const [next, inside] of [[at - 1, x > 0], [at + 1, x < width - 1], [at - width, at >= width], [at + width, at < width * (height - 1)]] as const) {
        if (inside && !seen.has(next) && paper[next]! >= 128) { seen.add(next); pixels.push(next); }
      }
    }
    const ends = (of: (at: number) => number, across: (at: number) => number): [number, number, number][] =>
      [...Map.groupBy(pixels, of)].sort(([a], [b]) => a - b).map(([line, on]) => [line, Math.min(...on.map(across)), Math.max(...on.map(across)) + 1]);
    const [row, column] = [(at: number) => Math.floor(at / width), (at: number) => at % width];
    found.push({ size: pixels.length, border: [...ends(row, column).flatMap(([y, from, to]) => [`${from} ${y + 0.5}`, `${to} ${y + 0.5}`]), ...ends(column, row).flatMap(([x, from, to]) => [`${x + 0.5} ${from}`, `${x + 0.5} ${to}`])] });
  }
  return found.sort((a, b) => b.size - a.size);
}

describe('Bright regions of a picture', () => {
  test('what hangs together by a winding way is one region, what touches at a corner only is another', () => {
    expect(seen([
      '#.#####.',
      '#.....#.',
      '#######.',
      '.......#',
    ]).map(({ size }) => size)).toEqual([15, 1]);
  });

  test('a region that opens downwards and one that opens upwards are each one', () => {
    expect(seen(['#####', '#...#', '#.#.#', '#.#.#']).map(({ size }) => size)).toEqual([11, 2]);
    expect(seen(['#.#.#', '#.#.#', '#...#', '#####']).map(({ size }) => size)).toEqual([11, 2]);
  });

  test("its border is the outermost pixels' outer sides, by rows and by columns", () => {
    expect(seen(['....', '.##.', '.#..'])).toEqual([{ size: 3, border: ['1 1.5', '3 1.5', '1 2.5', '2 2.5', '1.5 1', '1.5 3', '2.5 1', '2.5 2'] }]);
  });

  test('in three hundred random pictures the regions and their borders are those that a plain flood fill finds', () => {
    let state = 7;
    const random = (): number => { state = (state * 1103515245 + 12345) % 2 ** 31; return state / 2 ** 31; };
    for (let picture = 0; picture < 300; picture += 1) {
      const [width, height] = [1 + Math.floor(random() * 23), 1 + Math.floor(random() * 17)];
      const density = 0.4 + 0.3 * random();
      const paper = Uint8Array.from({ length: width * height }, () => (random() < density ? 200 : 50));
      const told = brightParts(paper, width, height, 128, 0).map(({ size, border }) => ({ size, border: border.map(({ x, y }) => `${x} ${y}`) }));
      expect(told).toEqual(flooded(paper, width, height).slice(0, 3));
    }
  });

  test('small regions are left out, and no more than three are told, the largest first', () => {
    expect(seen(['#.##.###.####'], 0).map(({ size }) => size)).toEqual([4, 3, 2]);
    expect(seen(['#.##.###.####'], 0.2).map(({ size }) => size)).toEqual([4, 3]);
    expect(seen(['....'])).toEqual([]);
  });
});
