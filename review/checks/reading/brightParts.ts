/** Connected bright regions of a picture with their outermost pixels. Pure; runs several times over each photo, so it goes by runs of a row, not by pixels. */
import type { Point } from './lines.ts';

export interface Part {
  readonly size: number;
  /** Outermost pixels of each row and column. */
  readonly border: readonly Point[];
}

/** Stretches of bright pixels in one row, in reading order, each with the region that it belongs to. */
interface Runs {
  readonly y: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly region: Int32Array;
  readonly count: number;
}

/** The three largest regions of at least `leastShare` of the picture whose pixels (touching by their sides) are `threshold` and brighter. */
export function brightParts(paper: Uint8Array, width: number, height: number, threshold: number, leastShare: number): Part[] {
  const runs = runsOf(paper, width, height, threshold);
  connect(runs);
  const sizes = new Int32Array(runs.count);
  for (let i = 0; i < runs.count; i += 1) sizes[runs.region[i] as number] = (sizes[runs.region[i] as number] as number) + (runs.to[i] as number) - (runs.from[i] as number);
  const large: { region: number; size: number }[] = [];
  sizes.forEach((size, region) => { if (size > 0 && size >= leastShare * paper.length) large.push({ region, size }); });
  return large.sort((a, b) => b.size - a.size).slice(0, 3).map(({ region, size }) => ({ size, border: borderOf(runs, region, width, height) }));
}

/** `to` is one beyond the last. */
function runsOf(paper: Uint8Array, width: number, height: number, threshold: number): Runs {
  const most = height * Math.ceil(width / 2);
  const [y, from, to] = [new Int32Array(most), new Int32Array(most), new Int32Array(most)];
  let count = 0;
  for (let row = 0; row < height; row += 1) {
    const end = (row + 1) * width;
    for (let at = row * width; at < end;) {
      while (at < end && (paper[at] as number) < threshold) at += 1;
      if (at === end) break;
      const start = at;
      while (at < end && (paper[at] as number) >= threshold) at += 1;
      y[count] = row;
      from[count] = start - row * width;
      to[count] = at - row * width;
      count += 1;
    }
  }
  return { y, from, to, region: Int32Array.from({ length: count }, (_, i) => i), count };
}

/** Writes the number of its region's first run into every run's `region`. */
function connect(runs: Runs): void {
  const { y, from, to, region, count } = runs;
  const first = (run: number): number => {
    let at = run;
    while (region[at] !== at) { region[at] = region[region[at] as number] as number; at = region[at] as number; }
    return at;
  };
  let above = 0;
  for (let run = 0; run < count; run += 1) {
    while (above < run && ((y[above] as number) < (y[run] as number) - 1 || (y[above] === (y[run] as number) - 1 && (to[above] as number) <= (from[run] as number)))) above += 1;
    for (let other = above; other < run && y[other] === (y[run] as number) - 1 && (from[other] as number) < (to[run] as number); other += 1) {
      const [one, two] = [first(other), first(run)];
      if (one < two) region[two] = one;
      else region[one] = two;
    }
  }
  for (let run = 0; run < count; run += 1) region[run] = first(run);
}

function borderOf(runs: Runs, region: number, width: number, height: number): Point[] {
  const ends = (length: number): { from: Int32Array; to: Int32Array } => ({ from: new Int32Array(length).fill(-1), to: new Int32Array(length).fill(-1) });
  const [rows, columns] = [ends(height), ends(width)];
  for (let run = 0; run < runs.count; run += 1) {
    if (runs.region[run] !== region) continue;
    const [y, from, to] = [runs.y[run] as number, runs.from[run] as number, runs.to[run] as number];
    if (rows.from[y] === -1) rows.from[y] = from;
    rows.to[y] = to;
    for (let x = from; x < to; x += 1) {
      if (columns.from[x] === -1) columns.from[x] = y;
      columns.to[x] = y + 1;
    }
  }
  const border: Point[] = [];
  // Pixel borders, not centres: half a pixel matters on a small picture.
  rows.to.forEach((to, y) => { if (to >= 0) border.push({ x: rows.from[y] as number, y: y + 0.5 }, { x: to, y: y + 0.5 }); });
  columns.to.forEach((to, x) => { if (to >= 0) border.push({ x: x + 0.5, y: columns.from[x] as number }, { x: x + 0.5, y: to }); });
  return border;
}
