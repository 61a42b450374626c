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
  const far = Math.ceil(reach);
  const colours = coloursAlong(image, from, normal, -far - 3, 2 * far + 7);
  const steps = new Float64Array(2 * far + 1);
  for (let i = 0; i < steps.length; i += 1) {
    let step = 0;
    for (let c = 0; c < 3; c += 1) step += Math.abs(mean3(colours, i + 4, c) - mean3(colours, i, c));
    if (step >= LEAST_STEP && !nearPrint(print, from, normal, i - far)) steps[i] = step;
  }
  const peaks: { v: number; step: number }[] = [];
  steps.forEach((step, i) => { if (step >= LEAST_STEP && step >= (steps[i - 1] ?? 0) && step > (steps[i + 1] ?? 0)) peaks.push({ v: i - far, step }); });
  return peaks.sort((a, b) => b.step - a.step).slice(0, 2).map(({ v }) => v);
}

function nearPrint({ data, width, height }: PrintMap, { x, y }: Point, normal: Point, v: number): boolean {
  const [px, py] = [Math.floor(x + normal.x * v), Math.floor(y + normal.y * v)];
  for (const [dx, dy] of [[0, 0], [MARGIN, 0], [-MARGIN, 0], [0, MARGIN], [0, -MARGIN]] as const) {
    if (px + dx >= 0 && py + dy >= 0 && px + dx < width && py + dy < height && (data[(py + dy) * width + px + dx] as number) > PRINT) return true;
  }
  return false;
}

const mean3 = (colours: Float64Array, from: number, channel: number): number =>
  ((colours[3 * from + channel] as number) + (colours[3 * from + 3 + channel] as number) + (colours[3 * from + 6 + channel] as number)) / 3;

/** Three channels of `count` pixels; what lies outside the picture is no number. */
function coloursAlong({ data, width, height }: RgbImage, { x, y }: Point, normal: Point, first: number, count: number): Float64Array {
  const out = new Float64Array(3 * count).fill(NaN);
  for (let i = 0; i < count; i += 1) {
    const [px, py] = [Math.floor(x + normal.x * (first + i)), Math.floor(y + normal.y * (first + i))];
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    for (let c = 0; c < 3; c += 1) out[3 * i + c] = data[(py * width + px) * 3 + c] as number;
  }
  return out;
}
