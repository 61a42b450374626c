/**
 * Finds the card in a picture: the bright, colourless sheet of the right proportions, as four corners. Pure, on small
 * RGB pixels. Works for any turn in the plane and light perspective, on a background darker or more coloured than the
 * card; a hand that covers some of an edge does not bend it.
 */
import { brightParts } from './brightParts.ts';
import type { Part } from './brightParts.ts';
import { fitEdge, intersect } from './lines.ts';
import type { Line, Point } from './lines.ts';
import { slantedSheet } from './slantedSheet.ts';
import { convexHull } from './textBoxes.ts';

export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Corners in shares 0…1 of the picture, clockwise; the first edge is a long one. Which end is up is not yet known. */
export interface CardOutline {
  readonly corners: readonly [Point, Point, Point, Point];
  /** Tilt of the long edge in degrees, −90…90. */
  readonly tiltDeg: number;
  /** The card runs over the picture's edge. */
  readonly cutOff: boolean;
  /** How much it looks like a card: proportions and straightness of its edges, at most 1. */
  readonly likeness: number;
}

/** 85.6 × 54 mm. */
export const CARD_ASPECT = 85.6 / 54;
const MIN_AREA = 0.06;

/** The likeliest card, or null. */
export const locateCard = (image: RgbImage): CardOutline | null => locateCards(image)[0] ?? null;

export interface SheetSearch {
  /** Share of the picture that a sheet takes at least. */
  readonly leastArea?: number;
  /** Also what has not a card's proportions: leaning far, or mostly outside the picture. */
  readonly anyShape?: boolean;
  /** Also a card that leans so far that only a camera's perspective explains its shape. */
  readonly slanted?: boolean;
}

/** Every sheet that looks like a card, likeliest first; they do not lie over each other. */
export function locateCards(image: RgbImage, { leastArea = MIN_AREA, anyShape = false, slanted = false }: SheetSearch = {}): CardOutline[] {
  const paper = paperLikeness(image);
  const otsu = otsuThreshold(paper);
  const found: { outline: CardOutline; score: number }[] = [];
  for (const threshold of new Set([otsu, otsu * 1.15, otsu * 0.85, 150, 180, 205].map(Math.round))) {
    for (const part of brightParts(paper, image.width, image.height, threshold, leastArea)) {
      const card = outlineOf(part, image.width, image.height, anyShape) ?? (slanted ? leaning(part, image) : null);
      if (card !== null) found.push(card);
    }
    if (found.some(({ score }) => score > 0.93)) break;
  }
  const apart: CardOutline[] = [];
  for (const { outline } of found.sort((a, b) => b.score - a.score)) if (apart.every((other) => !overlap(other, outline))) apart.push(outline);
  if (apart.length > 0) return apart;
  // A scan that was cut to the card has no background at all.
  const aspect = image.width / image.height;
  const whole = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }] as const;
  return Math.abs(aspect / CARD_ASPECT - 1) < 0.04 && mean(paper) > 120 ? [{ corners: whole, tiltDeg: 0, cutOff: false, likeness: 0.8 }] : [];
}

function leaning(part: Part, image: RgbImage): { outline: CardOutline; score: number } | null {
  const outline = slantedSheet(part, image);
  return outline === null ? null : { outline, score: outline.likeness };
}

function overlap(one: CardOutline, other: CardOutline): boolean {
  const middle = ({ corners }: CardOutline): Point => ({ x: corners.reduce((sum, p) => sum + p.x, 0) / 4, y: corners.reduce((sum, p) => sum + p.y, 0) / 4 });
  const size = ({ corners: [a, b, , d] }: CardOutline): number => Math.min(Math.hypot(b.x - a.x, b.y - a.y), Math.hypot(d.x - a.x, d.y - a.y));
  const [p, q] = [middle(one), middle(other)];
  return Math.hypot(p.x - q.x, p.y - q.y) < 0.7 * Math.max(size(one), size(other));
}

/** Paper is bright in every channel; skin, wood and cloth are not. */
function paperLikeness({ data, width, height }: RgbImage): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let i = 0; i < out.length; i += 1) out[i] = Math.min(data[3 * i] as number, data[3 * i + 1] as number, data[3 * i + 2] as number);
  return out;
}

const mean = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function otsuThreshold(values: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (let i = 0; i < values.length; i += 1) histogram[values[i] as number] = (histogram[values[i] as number] as number) + 1;
  let total = 0;
  histogram.forEach((count, value) => { total += count * value; });
  let below = 0;
  let sumBelow = 0;
  let best = { threshold: 128, between: -1 };
  for (let t = 0; t < 255; t += 1) {
    below += histogram[t] as number;
    sumBelow += t * (histogram[t] as number);
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > best.between) best = { threshold: t, between };
  }
  return best.threshold + 1;
}

function outlineOf(part: Part, width: number, height: number, anyShape: boolean): { outline: CardOutline; score: number } | null {
  const angle = longSideAngle(convexHull(part.border));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // In the card's own frame: u along the long side, v across it.
  const own = part.border.map(({ x, y }) => ({ x: x * cos + y * sin, y: -x * sin + y * cos }));
  const us = own.map((p) => p.x);
  const vs = own.map((p) => p.y);
  const [u0, u1, v0, v1] = [least(us), most(us), least(vs), most(vs)];
  const within = (value: number, from: number, to: number): boolean => value > from + 0.1 * (to - from) && value < to - 0.1 * (to - from);
  const across = own.filter((p) => within(p.x, u0, u1));
  const along = own.filter((p) => within(p.y, v0, v1));
  const middleV = (v0 + v1) / 2;
  const middleU = (u0 + u1) / 2;
  const swap = (points: readonly Point[]): Point[] => points.map((p) => ({ x: p.y, y: p.x }));
  const edges = [
    fitEdge(outermost(across.filter((p) => p.y < middleV), -1), false),
    fitEdge(outermost(swap(along.filter((p) => p.x > middleU)), 1), true),
    fitEdge(outermost(across.filter((p) => p.y > middleV), 1), false),
    fitEdge(outermost(swap(along.filter((p) => p.x < middleU)), -1), true),
  ];
  if (edges.some((edge) => edge === null)) return null;
  const [top, right, bottom, left] = edges as [Line, Line, Line, Line];
  const corners = [intersect(top, left), intersect(top, right), intersect(bottom, right), intersect(bottom, left)];
  if (corners.some((corner) => corner === null)) return null;
  const quad = (corners as Point[]).map(({ x, y }) => ({ x: x * cos - y * sin, y: x * sin + y * cos }));
  return rate(quad as [Point, Point, Point, Point], part.size, Math.min(...[top, right, bottom, left].map((edge) => edge.support)), { width, height, anyShape });
}

/** For each step along the edge only the outermost point: text and photo inside never count. */
function outermost(points: readonly Point[], sign: 1 | -1): Point[] {
  const best = new Map<number, Point>();
  for (const point of points) {
    const key = Math.round(point.x);
    const other = best.get(key);
    if (other === undefined || sign * point.y > sign * other.y) best.set(key, point);
  }
  return [...best.values()];
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** Direction of the long side of the smallest rectangle around a shape, within ±90°. */
function longSideAngle(points: readonly Point[]): number {
  let best = { area: Infinity, angle: 0 };
  const tryAngle = (angle: number): void => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    let [u0, u1, v0, v1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of points) {
      const u = x * cos + y * sin;
      const v = -x * sin + y * cos;
      u0 = Math.min(u0, u);
      u1 = Math.max(u1, u);
      v0 = Math.min(v0, v);
      v1 = Math.max(v1, v);
    }
    const area = (u1 - u0) * (v1 - v0);
    if (area < best.area) best = { area, angle: u1 - u0 >= v1 - v0 ? angle : angle - Math.PI / 2 };
  };
  for (let degree = 0; degree < 90; degree += 3) tryAngle((degree * Math.PI) / 180);
  const coarse = best.angle;
  for (let step = -10; step <= 10; step += 1) tryAngle(coarse + (step * 0.4 * Math.PI) / 180);
  return best.angle > Math.PI / 2 ? best.angle - Math.PI : best.angle;
}

function rate(corners: [Point, Point, Point, Point], size: number, support: number, { width, height, anyShape }: { width: number; height: number; anyShape: boolean }): { outline: CardOutline; score: number } | null {
  const [a, b, c, d] = corners;
  const length = (p: Point, q: Point): number => Math.hypot(q.x - p.x, q.y - p.y);
  const aspect = (length(a, b) + length(d, c)) / (length(b, c) + length(a, d));
  const area = Math.abs((a.x * b.y - b.x * a.y) + (b.x * c.y - c.x * b.y) + (c.x * d.y - d.x * c.y) + (d.x * a.y - a.x * d.y)) / 2;
  const fill = size / area;
  const off = anyShape ? 0 : Math.abs(Math.log(aspect / CARD_ASPECT));
  const slack = 0.012 * width;
  const near = (p: Point): boolean => p.x < slack || p.y < slack || p.x > width - slack || p.y > height - slack;
  const cutOff = corners.some(near);
  // What runs out of the picture has other proportions, but must still be told from a wall.
  if (off > (cutOff ? 0.5 : 0.16) || fill < (anyShape ? 0.75 : 0.5) || fill > 1.06 || area > 0.97 * width * height) return null;
  const score = 1 - off * 2 - (1 - support) * 0.4 - (cutOff ? 0.3 : 0);
  if (score < (cutOff ? 0.35 : 0.7)) return null;
  const share = (p: Point): Point => ({ x: p.x / width, y: p.y / height });
  return { outline: { corners: [share(a), share(b), share(c), share(d)], tiltDeg: (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI, cutOff, likeness: score }, score };
}
