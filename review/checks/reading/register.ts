/**
 * Lays the known design of a card over the lines of print that were found: which side it is, which way up, and where
 * exactly. Works without any visible edge of the card. Pure.
 */
import { leanDeg } from '../quality/lean.ts';
import { apply, compose, fitMap, invert, isConvex, similarity } from './homography.ts';
import type { Pair, PlaneMap } from './homography.ts';
import { CARD_UNITS, EMBLEM_ROWS, ROWS, TITLES } from './layout.ts';
import type { Side } from './layout.ts';
import type { Point } from './lines.ts';
import { cardPose, worthOf } from './perspective.ts';
import type { TextBox } from './textBoxes.ts';

/** A line of print in card units, left to right. */
export interface CardLine {
  readonly left: Point;
  readonly right: Point;
  readonly y: number;
  readonly height: number;
  readonly score: number;
}

export interface Registration {
  readonly side: Side;
  /** Card units to pixels of the picture in which the print was found. */
  readonly map: PlaneMap;
  /** How much print stands where the design has it; {@link ENOUGH} is beyond chance. */
  readonly score: number;
}

export const ENOUGH = 3.2;

/** Something of the design that print can be matched with. */
interface Anchor {
  readonly y: number;
  readonly em: number;
  readonly from: number;
  /** Where the line ends, when that does not depend on what it says. */
  readonly to?: number;
  /** The end is roughly there (digits stand wider or closer): good to find the card, not to measure it. */
  readonly loose?: true;
  readonly weight: number;
}

const SAME_FOR_BOTH = (rows: readonly number[], label: number, weight: number): Anchor[] =>
  rows.flatMap((y) => [{ y, em: ROWS.em, from: label, weight }, { y, em: ROWS.em, from: ROWS.value, weight }]);

const ANCHORS: Record<Side, readonly Anchor[]> = {
  portrait: [
    ...ROWS.number.to.flatMap((to) => [ROWS.number.from, ROWS.number.label].map((from) => ({ y: ROWS.number.y, em: ROWS.numberEm, from, to, loose: true as const, weight: 2 }))),
    { y: ROWS.number.y, em: ROWS.em, from: ROWS.number.label, to: ROWS.number.labelEnd, weight: 1 },
    ...SAME_FOR_BOTH([ROWS.name, ROWS.sex, ROWS.birth, ROWS.address], ROWS.label, 0.6),
    { y: ROWS.sex, em: ROWS.em, from: 248, weight: 0.5 }, { y: ROWS.sex, em: ROWS.em, from: 338, weight: 0.5 },
    ...[1, 2, 3].map((n) => ({ y: ROWS.address + n * ROWS.addressStep, em: ROWS.em, from: ROWS.value, weight: 0.6 })),
  ],
  emblem: [
    { ...TITLES.nation, weight: 1.5 }, { ...TITLES.card, weight: 1.5 },
    // A permit's name is longer and smaller, and a little lower.
    { y: 210, em: 60, from: 292, to: 786, weight: 1.5 },
    ...[...EMBLEM_ROWS.residentId, ...EMBLEM_ROWS.residencePermit].flatMap((y) => [EMBLEM_ROWS.label, EMBLEM_ROWS.value].map((from) => ({ y, em: ROWS.em, from, weight: 0.7 }))),
    { y: 467, em: ROWS.em, from: EMBLEM_ROWS.passLabel, weight: 0.5 },
  ],
};

/** The lines as they stand on the card, by a map from the picture to card units; what stands upright on it is no line. */
export const linesOnCard = (boxes: readonly TextBox[], toCard: PlaneMap): CardLine[] => placed(boxes, toCard).map(({ line }) => line);

/** Card units: further from the card than this nothing is matched, however roughly it was placed. */
const AROUND = 130;

interface Placed { readonly line: CardLine; readonly box: TextBox }

function placed(boxes: readonly TextBox[], toCard: PlaneMap): Placed[] {
  const at = (box: TextBox, line: CardLine): Placed[] => [{ line, box }];
  return boxes.flatMap((box) => {
    // What lies off the card is neither a line of it nor strange on it; of a page full of print that is nearly all.
    const middle = { x: (box.from.x + box.to.x) / 2, y: (box.from.y + box.to.y) / 2 };
    const middleOnCard = apply(toCard, middle);
    if (!(middleOnCard.x > -AROUND && middleOnCard.y > -AROUND && middleOnCard.x < CARD_UNITS.width + AROUND && middleOnCard.y < CARD_UNITS.height + AROUND)) return [];
    const [p, q] = [apply(toCard, box.from), apply(toCard, box.to)];
    const [left, right] = p.x <= q.x ? [p, q] : [q, p];
    const angle = Math.atan2(box.to.y - box.from.y, box.to.x - box.from.x) + Math.PI / 2;
    const side = (sign: number): Point => apply(toCard, { x: middle.x + sign * Math.cos(angle) * box.height * 0.5, y: middle.y + sign * Math.sin(angle) * box.height * 0.5 });
    const [above, below] = [side(-1), side(1)];
    const height = Math.hypot(below.x - above.x, below.y - above.y);
    if (Math.abs(right.y - left.y) <= right.x - left.x) return at(box, { left, right, y: (left.y + right.y) / 2, height, score: box.score });
    // A single character's box may be higher than wide; anything longer that stands upright on the card is no line of it.
    const length = Math.hypot(right.x - left.x, right.y - left.y);
    if (length > 1.7 * height) return [];
    const [x, y] = [(left.x + right.x) / 2, (left.y + right.y) / 2];
    return at(box, { left: { x: x - height / 2, y }, right: { x: x + height / 2, y }, y, height: length, score: box.score });
  });
}

interface Match extends Placed { readonly anchor: Anchor; readonly closeness: number }

/** Rows of the portrait side end before the photo; nothing runs over the card's edge. */
const MOST_RIGHT: Record<Side, number> = { portrait: 552, emblem: 856 };

/** Distance, squared, at which nothing is matched. */
const FAR = 4;

/** Each line's closest anchor; each anchor's closest line. `slack` 1 is what print and detector differ by on a straight card. */
function matches(lines: readonly Placed[], side: Side, slack: number): Match[] {
  const best = new Map<Anchor, Match>();
  lines.forEach(({ line, box }) => {
    let own: Match | null = null;
    for (const anchor of ANCHORS[side]) {
      if (anchor.to === undefined && line.right.x > MOST_RIGHT[side] + 20 * slack) continue;
      // Nearly every pair is too far apart by its row alone.
      const dy = (line.y - anchor.y) / (13 * slack);
      if (dy * dy >= FAR) continue;
      const dx = (line.left.x - anchor.from) / (22 * slack);
      const end = anchor.to === undefined ? 0 : (line.right.x - anchor.to) / (45 * slack);
      if (dx * dx + dy * dy + end * end >= FAR) continue;
      const size = Math.log(line.height / (anchor.em * 1.15)) / (0.45 * slack);
      const distance = dx * dx + dy * dy + end * end + size * size;
      if (distance < FAR && (own === null || Math.exp(-distance / 2) * anchor.weight > own.closeness * own.anchor.weight)) own = { line, box, anchor, closeness: Math.exp(-distance / 2) };
    }
    if (own === null) return;
    const other = best.get(own.anchor);
    if (other === undefined || own.closeness > other.closeness) best.set(own.anchor, own);
  });
  return [...best.values()];
}

/** How much of the print stands where this side of a card has it, less what stands elsewhere on it, and rows that are missing. */
export const scoreSide = (boxes: readonly TextBox[], toCard: PlaneMap, side: Side): number => scoreAt(boxes, toCard, side, 1);

function scoreAt(boxes: readonly TextBox[], toCard: PlaneMap, side: Side, slack: number): number {
  const lines = placed(boxes, toCard);
  return total(matches(lines, side, slack), lines.map(({ line }) => line), side);
}

function total(found: readonly Match[], lines: readonly CardLine[], side: Side): number {
  const agreeing = found.reduce((sum, { anchor, closeness }) => sum + anchor.weight * (0.4 + 0.6 * closeness), 0);
  const explained = new Set(found.map(({ line }) => line));
  const strange = lines.filter((line) => !explained.has(line) && isStrange(line, side)).length;
  const missing = REQUIRED[side].filter((y) => !found.some(({ anchor }) => anchor.y === y)).length;
  return agreeing - Math.min(5, 0.35 * strange) - 0.5 * missing;
}

const REQUIRED: Record<Side, readonly number[]> = { portrait: [ROWS.name, ROWS.sex, ROWS.birth, ROWS.address, ROWS.number.y], emblem: [TITLES.nation.y] };

/** Print on the card that its design does not have; photo and emblem may hold anything, and samples carry words below them. */
function isStrange({ left, right, y, height }: CardLine, side: Side): boolean {
  const x = (left.x + right.x) / 2;
  if (x < 0 || y < 0 || x > CARD_UNITS.width || y > CARD_UNITS.height || height < 18) return false;
  return side === 'portrait' ? x < 540 && !(y > 250 && y < 440 && left.x > 140) : x > 260 && y < 440;
}

/** Rough places that are worth fitting. */
const TRIED = 14;
const bestFirst = <T extends { readonly score: number }>(guesses: readonly T[]): T[] => [...guesses].sort((a, b) => b.score - a.score);

/** How much further apart the rows of a leaning card stand on it than they look. */
const FORESHORTENED = [1.15, 1.35] as const;

/** Between two places that the print fits alike, the one that is seen straighter: what 40° of lean cost is about 0.4. */
const UNLIKELY_LEAN = 1.5;
const MIDDLE = { x: CARD_UNITS.width / 2, y: CARD_UNITS.height / 2 };

/** A card is at least this share of the picture's longer side wide, and at most a little more than it. */
const SHARES = [0.15, 1.5] as const;

/** Finds the card by its print alone. Boxes in pixels of the picture, whose longer side is `side`. */
export function registerByText(boxes: readonly TextBox[], side = Infinity): Registration | null {
  if (boxes.length > MOST_LINES) return registerByText(longest(boxes, MOST_LINES), side);
  const rough = roughPlaces(boxes, side).slice(0, TRIED);
  let best: { readonly likely: number; readonly registration: Registration } | null = null;
  for (const guess of bestFirst([...rough, ...rough.flatMap((place) => leaning(boxes, place))]).slice(0, TRIED)) {
    const registration = refine(boxes, guess.side, guess.toCard);
    if (registration === null) continue;
    const likely = registration.score - UNLIKELY_LEAN * -Math.log(Math.cos((leanDeg(registration.map, MIDDLE, 40) * Math.PI) / 180));
    if (best === null || likely > best.likely) best = { likely, registration };
  }
  return best === null || side === Infinity ? best?.registration ?? null : asSeen(boxes, best.registration, side);
}

/** A card that leans is lower than it is wide: the rows of a rough place are spread as the design has them. */
const leaning = (boxes: readonly TextBox[], place: RoughPlace): RoughPlace[] => FORESHORTENED.map((stretch) => {
  const toCard = compose([1, 0, 0, 0, stretch, place.y * (1 - stretch), 0, 0, 1], place.toCard);
  return { ...place, toCard, score: scoreAt(boxes, toCard, place.side, 2.2) };
});

/** `y` is the row whose two ends the place was made from. */
export interface RoughPlace { readonly side: Side; readonly y: number; readonly toCard: PlaneMap; readonly score: number }

/** Where the card may lie if nothing leans, likeliest first. */
export function roughPlaces(boxes: readonly TextBox[], side: number): RoughPlace[] {
  const plausible = [...guesses(boxes)].filter(({ toCard }) => {
    const wide = CARD_UNITS.width / Math.hypot(toCard[0], toCard[3]) / side;
    return side === Infinity || (wide > SHARES[0] && wide < SHARES[1]);
  });
  return bestFirst(plausible.map((guess) => ({ ...guess, score: scoreAt(boxes, guess.toCard, guess.side, 2.2) })));
}

/** What bends further than any camera sees it is fitted again more stiffly: few lines of print bend a perspective wildly. */
function asSeen(boxes: readonly TextBox[], found: Registration, side: number): Registration {
  const picture = { width: side, height: side };
  if (cardPose(found.map, picture).misfit < BENT) return found;
  const stiffer = STIFFER.map((stiffness) => refine(boxes, found.side, invert(found.map), stiffness)).filter((one) => one !== null);
  return [found, ...stiffer].reduce((one, other) => (worthOf(other, picture) > worthOf(one, picture) ? other : one));
}

const BENT = 0.1;
/** The last leaves no perspective at all. */
const STIFFER = [0.3, 3, Infinity];

/** A page of text has more; its time grows with their square. */
const MOST_LINES = 120;
const lengthOf = ({ from, to }: TextBox): number => Math.hypot(to.x - from.x, to.y - from.y);
export const longest = (boxes: readonly TextBox[], count: number): TextBox[] => [...boxes].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, count);

/** Every long line could be each of the lines whose both ends are known, either way up. */
function* guesses(boxes: readonly TextBox[]): Generator<{ side: Side; y: number; toCard: PlaneMap }> {
  for (const box of boxes) {
    const length = lengthOf(box);
    for (const side of ['portrait', 'emblem'] as const) {
      for (const anchor of ANCHORS[side]) {
        if (anchor.to === undefined) continue;
        const slimness = (anchor.to - anchor.from) / (anchor.em * 1.15);
        if (Math.abs(Math.log(length / box.height / slimness)) > 0.6) continue;
        for (const [p, q] of [[box.from, box.to], [box.to, box.from]] as const) {
          yield { side, y: anchor.y, toCard: similarity({ from: p, to: { x: anchor.from, y: anchor.y } }, { from: q, to: { x: anchor.to, y: anchor.y } }) };
        }
      }
    }
  }
}

/** From a rough map to the exact one: match, fit, match again, more closely each time. */
export function refine(boxes: readonly TextBox[], side: Side, start: PlaneMap, stiffness = 0.02): Registration | null {
  let toCard = start;
  for (const slack of [2.6, 2.2, 1.8, 1.4, 1.2, 1]) {
    const found = matches(placed(boxes, toCard), side, slack);
    const pairs = found.flatMap((match) => pairsOf(match, toCard));
    const rows = new Set(found.map((match) => match.anchor.y)).size;
    const next = fitMap(pairs, rows >= 4 && found.length >= 5 && stiffness < Infinity, stiffness);
    if (next === null) return null;
    toCard = next;
  }
  const map = invert(toCard);
  const corners = CORNERS.map((corner) => apply(map, corner));
  if (!isConvex(corners) || map.some((value) => !Number.isFinite(value))) return null;
  return { side, map, score: scoreAt(boxes, toCard, side, 1) };
}

export const CORNERS: readonly [Point, Point, Point, Point] = [{ x: 0, y: 0 }, { x: CARD_UNITS.width, y: 0 }, { x: CARD_UNITS.width, y: CARD_UNITS.height }, { x: 0, y: CARD_UNITS.height }];

/** Left ends fix place and row; right ends fix the row, and the place too where the design says where the line ends. */
function pairsOf({ line, box, anchor, closeness }: Match, toCard: PlaneMap): Pair[] {
  const [left, right] = apply(toCard, box.from).x <= apply(toCard, box.to).x ? [box.from, box.to] : [box.to, box.from];
  const weight = 0.2 + closeness;
  const end: Pair = anchor.to === undefined || anchor.loose === true
    ? { from: right, to: { x: line.right.x, y: anchor.y }, only: 'y', weight }
    : { from: right, to: { x: anchor.to, y: anchor.y }, weight };
  return [{ from: left, to: { x: anchor.from, y: anchor.y }, weight }, ...(line.right.x - line.left.x > 2 * line.height ? [end] : [])];
}
