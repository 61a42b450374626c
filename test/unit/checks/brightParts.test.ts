import { brightParts } from '../../../review/checks/reading/brightParts.ts';

/** '#' is bright. */
const seen = (rows: readonly string[], least = 0): { size: number; border: string[] }[] => {
  const width = rows[0]!.length;
  const paper = Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 200 : 50));
  return brightParts(paper, width, rows.length, 128, least).map(({ size, border }) => ({ size, border: border.map(({ x, y }) => `${x} ${y}`) }));
};

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

  test('small regions are left out, and no more than three are told, the largest first', () => {
    expect(seen(['#.##.###.####'], 0).map(({ size }) => size)).toEqual([4, 3, 2]);
    expect(seen(['#.##.###.####'], 0.2).map(({ size }) => size)).toEqual([4, 3]);
    expect(seen(['....'])).toEqual([]);
  });
});
