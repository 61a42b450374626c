/**
 * A card seen at a slant so steep that its print no longer lies as the design has it: the print is turned back as if the
 * camera faced it, leaning that way or another, and the design is laid over it again. Pure.
 */
import { apply, compose, invert } from '../reading/homography.ts';
import type { PlaneMap } from '../reading/homography.ts';
import { CARD_UNITS } from '../reading/layout.ts';
import type { Side } from '../reading/layout.ts';
import type { Point } from '../reading/lines.ts';
import { ENOUGH, longest, refine, roughPlaces } from '../reading/register.ts';
import type { RoughPlace } from '../reading/register.ts';
import type { TextBox } from '../reading/textBoxes.ts';
import { leanDeg } from './lean.ts';

/** Leans tried, in degrees, and the ways they go: steps of 22.5°. */
const LEANS = [50, 60];
const WAYS = 16;
/** A phone's main camera, in longer sides of the picture; how far it is off hardly bends so small a thing as a card. */
const FOCAL = 0.8;
/** A card has a dozen; of a page of print the longest do. */
const MOST_LINES = 30;
/** Rough places that are worth fitting, over all leans. */
const TRIED = 40;
/** Print that agrees this much with the design is worth a second look. */
const WORTH_A_LOOK = 0.7 * ENOUGH;

export interface SlantedCard {
  readonly side: Side;
  /** Card units to pixels. */
  readonly map: PlaneMap;
  readonly leanDeg: number;
  /** See `ENOUGH` of register.ts. */
  readonly score: number;
}

/**
 * A guess, to be borne out by a look from the front; null when the print is no card's at any lean.
 * @param print boxes in pixels of a picture whose longer side is `side`
 */
export function slantedCard(print: readonly TextBox[], side: number): SlantedCard | null {
  const lines = longest(print, MOST_LINES);
  if (lines.length === 0) return null;
  const about = { x: mean(lines.map(({ from, to }) => (from.x + to.x) / 2)), y: mean(lines.map(({ from, to }) => (from.y + to.y) / 2)) };
  const guesses: { rough: RoughPlace; boxes: TextBox[]; facing: PlaneMap }[] = [];
  for (const lean of LEANS) {
    for (let way = 0; way < WAYS; way += 1) {
      const facing = facingMap(about, lean, (way * 2 * Math.PI) / WAYS, FOCAL * side);
      const boxes = lines.flatMap((box) => turned(box, facing));
      for (const rough of roughPlaces(boxes, side * 1.5).slice(0, TRIED / 4)) guesses.push({ rough, boxes, facing });
    }
  }
  let best: Omit<SlantedCard, 'leanDeg'> | null = null;
  for (const { rough, boxes, facing } of guesses.sort((a, b) => b.rough.score - a.rough.score).slice(0, TRIED)) {
    const found = refine(boxes, rough.side, rough.toCard);
    if (found !== null && found.score > (best?.score ?? WORTH_A_LOOK)) best = { side: found.side, map: compose(invert(facing), found.map), score: found.score };
  }
  return best === null ? null : { ...best, leanDeg: leanOfCard(best.map) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export const leanOfCard = (map: PlaneMap): number => leanDeg(map, { x: CARD_UNITS.width / 2, y: CARD_UNITS.height / 2 }, 1);

/** From the picture to what a camera straight above would see of a sheet that leans away from this one. */
function facingMap(about: Point, lean: number, way: number, focal: number): PlaneMap {
  const [cos, sin] = [Math.cos((lean * Math.PI) / 180), Math.sin((lean * Math.PI) / 180)];
  const [c, s] = [Math.cos(way), Math.sin(way)];
  const along = compose([c, s, 0, -s, c, 0, 0, 0, 1], [1, 0, -about.x, 0, 1, -about.y, 0, 0, 1]);
  return compose([c, -s, 0, s, c, 0, 0, 0, 1], compose([1, 0, 0, 0, cos, 0, -sin / focal, 0, cos], along));
}

/** Empty for what would lie beyond the sheet's horizon. */
function turned({ from, to, height, score }: TextBox, map: PlaneMap): TextBox[] {
  const depth = (p: Point): number => map[6] * p.x + map[7] * p.y + map[8];
  if (Math.min(depth(from), depth(to)) < 0.1) return [];
  const [p, q] = [apply(map, from), apply(map, to)];
  const longer = Math.hypot(q.x - p.x, q.y - p.y) / Math.max(1e-6, Math.hypot(to.x - from.x, to.y - from.y));
  // What the area gained and the length did not is the height's.
  const larger = Math.abs(determinant(map)) / depth({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }) ** 3;
  return [{ from: p, to: q, height: (height * larger) / longer, score }];
}

const determinant = ([a, b, c, d, e, f, g, h, i]: PlaneMap): number => a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
