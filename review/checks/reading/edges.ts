/** Moves a roughly known outline onto the card's real edges. Pure. */
import type { PrintMap } from './engines/ppocr.ts';
import type { Point } from './lines.ts';
import { fitEdge, intersect } from './lines.ts';
import type { Line } from './lines.ts';
import type { RgbImage } from './locateCard.ts';

export type Quad = readonly [Point, Point, Point, Point];

/** How far off an edge may be, as a share of the card's height, and how many places along it are looked at. */
const REACH = 0.16;
const PLACES = 48;
/** Rounded corners are no part of the straight edge. */
const FROM_CORNER = 0.07;
/** Sum of three channels' steps that is still an edge and no noise. */
const LEAST_STEP = 14;

/** Print has the strongest steps of all and is no edge: it is kept out, with a margin. */
const PRINT = 0.2;
const MARGIN = 3;

/** @param quad corners in pixels of `image`, of which `print` is the map. @returns null when fewer than three edges can be seen. */
export function snapToEdges(image: RgbImage, print: PrintMap, quad: Quad): Quad | null {
  const [a, b, c, d] = quad;
  const high = (Math.hypot(d.x - a.x, d.y - a.y) + Math.hypot(c.x - b.x, c.y - b.y)) / 2;
  const seen = quad.map((corner, i) => edgeNear(image, print, corner, quad[(i + 1) % 4] as Point, REACH * high));
  if (seen.filter((edge) => edge !== null).length < 3) return null;
  const lines = seen.map((edge, i) => edge ?? lineThrough(quad[i] as Point, quad[(i + 1) % 4] as Point));
  const corners = lines.map((line, i) => intersect(lines[(i + 3) % 4] as Line, line));
  return corners.some((corner) => corner === null) ? null : corners as unknown as Quad;
}

function lineThrough(p: Point, q: Point): Line {
  const [a, b] = [q.y - p.y, p.x - q.x];
  return { a, b, c: a * p.x + b * p.y, support: 0 };
}

/** The straight edge that most of the strongest steps across a predicted one agree on. */
function edgeNear(image: RgbImage, print: PrintMap, p: Point, q: Point, reach: number): Line | null {
  const length = Math.hypot(q.x - p.x, q.y - p.y);
  const [ux, uy] = [(q.x - p.x) / length, (q.y - p.y) / length];
  const steps: Point[] = [];
  for (let i = 0; i < PLACES; i += 1) {
    const along = length * (FROM_CORNER + ((1 - 2 * FROM_CORNER) * i) / (PLACES - 1));
    for (const v of strongest(image, print, { x: p.x + ux * along, y: p.y + uy * along }, { x: -uy, y: ux }, reach)) steps.push({ x: along, y: v });
  }
  const fitted = fitEdge(steps, false, 0.2);
  if (fitted === null) return null;
  const [m, k] = [-fitted.a, fitted.c];
  const at = (along: number): Point => ({ x: p.x + ux * along - uy * (m * along + k), y: p.y + uy * along + ux * (m * along + k) });
  return lineThrough(at(0), at(length));
}

/** The two strongest steps of colour across the edge, as distances from it. */
function strongest(image: RgbImage, print: PrintMap, from: Point, normal: Point, reach: number): number[] {
  const count = Math.ceil(reach) * 2 + 1;
  const colours = Array.from({ length: count + 6 }, (_, i) => colourAt(image, from, normal, i - 3 - Math.ceil(reach)));
  const found: { v: number; step: number }[] = [];
  for (let i = 3; i < count + 3; i += 1) {
    const step = [0, 1, 2].reduce((sum, c) => sum + Math.abs(mean3(colours, i + 1, c) - mean3(colours, i - 3, c)), 0);
    found.push({ v: i - 3 - Math.ceil(reach), step: Number.isFinite(step) && !nearPrint(print, from, normal, i - 3 - Math.ceil(reach)) ? step : 0 });
  }
  const peaks = found.filter(({ step }, i) => step >= LEAST_STEP && step >= (found[i - 1]?.step ?? 0) && step > (found[i + 1]?.step ?? 0));
  return peaks.sort((a, b) => b.step - a.step).slice(0, 2).map(({ v }) => v);
}

function nearPrint({ data, width, height }: PrintMap, { x, y }: Point, normal: Point, v: number): boolean {
  const [px, py] = [Math.floor(x + normal.x * v), Math.floor(y + normal.y * v)];
  for (const [dx, dy] of [[0, 0], [MARGIN, 0], [-MARGIN, 0], [0, MARGIN], [0, -MARGIN]] as const) {
    if (px + dx >= 0 && py + dy >= 0 && px + dx < width && py + dy < height && (data[(py + dy) * width + px + dx] as number) > PRINT) return true;
  }
  return false;
}

const mean3 = (colours: readonly (readonly number[] | null)[], from: number, channel: number): number =>
  ((colours[from]?.[channel] ?? NaN) + (colours[from + 1]?.[channel] ?? NaN) + (colours[from + 2]?.[channel] ?? NaN)) / 3;

function colourAt({ data, width, height }: RgbImage, { x, y }: Point, normal: Point, v: number): readonly number[] | null {
  const [px, py] = [Math.floor(x + normal.x * v), Math.floor(y + normal.y * v)];
  if (px < 0 || py < 0 || px >= width || py >= height) return null;
  const at = (py * width + px) * 3;
  return [data[at] as number, data[at + 1] as number, data[at + 2] as number];
}
