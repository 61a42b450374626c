/**
 * Finds the document in a picture, which side it is and which way up. The card's edges are tried first (exact where
 * the background lets them be seen); print that stands where the design has it must bear them out. Otherwise the
 * design is laid over the print of the whole picture.
 */
import type { PpOcr, PrintMap } from './engines/ppocr.ts';
import { snapToEdges } from './edges.ts';
import type { Quad } from './edges.ts';
import { apply, compose, invert, isConvex, scaling } from './homography.ts';
import type { PlaneMap } from './homography.ts';
import { CARD_UNITS, pictureWeight } from './layout.ts';
import type { Posture, Side } from './layout.ts';
import type { Point } from './lines.ts';
import { locateCards } from './locateCard.ts';
import type { CardOutline, RgbImage } from './locateCard.ts';
import { worthOf } from './perspective.ts';
import { shrink } from './picture.ts';
import { CORNERS, ENOUGH, linesOnCard, refine, registerByText, scoreSide } from './register.ts';
import type { CardLine } from './register.ts';
import { textBoxes } from './textBoxes.ts';
import type { TextBox } from './textBoxes.ts';
import { quadMap, warp } from './warp.ts';

export interface LocatedDocument {
  readonly side: Side;
  /** Card units to pixels of the picture; the card's own upper left is the origin. */
  readonly map: PlaneMap;
  readonly lines: readonly CardLine[];
  /** Corners in shares 0…1 of the picture, clockwise from the card's own upper left; outside 0…1 where it is cut off. */
  readonly corners: readonly [Point, Point, Point, Point];
  readonly cutOff: boolean;
  /** How much print stands where the design has it; see {@link ENOUGH}. */
  readonly score: number;
  /** By its edges, or by its print. */
  readonly by: 'edges' | 'print';
}

export interface Located {
  readonly document: LocatedDocument | null;
  /** What may be a second card, or the other side; what it says decides. */
  readonly second: LocatedDocument | null;
  /** Lines of print in the picture, where no document was found. */
  readonly print: readonly TextBox[];
}

/** Sizes of what the detector looks at; its time grows with the area. */
const CARD_LOOK = { width: 544, height: 343 };
const PICTURE_LOOK = 736;
const EDGE_SEARCH = 640;

/** Edges that the print bears out so well are not doubted: of 92 cards found right by their edges 91 scored more (tuning seeds 1 to 140). */
const BEYOND_DOUBT: Record<Side, number> = { portrait: 4.8, emblem: 4 };
/** Edges are more exact than print: only clearly better print overrules them. */
const CLEARLY = 0.5;

export async function locateDocument(ppocr: PpOcr, picture: RgbImage, checkpoint: () => void = () => undefined): Promise<Located> {
  const small = await shrink(picture, EDGE_SEARCH, EDGE_SEARCH);
  const outlines = locateCards(small, { slanted: true });
  const [first, second] = outlines;
  checkpoint();
  const byEdges = first === undefined ? null : await lookAt(ppocr, picture, first);
  // Edges that no camera sees a card by are a table's, or the picture's own.
  if (byEdges !== null && worthOf(byEdges, picture) >= BEYOND_DOUBT[byEdges.side]) {
    checkpoint();
    const other = second === undefined ? null : await lookAt(ppocr, picture, second);
    return { document: byEdges, second: likely(other), print: [] };
  }
  checkpoint();
  const look = await shrink(picture, PICTURE_LOOK, PICTURE_LOOK);
  const upright = await lookWhole(ppocr, picture, look);
  checkpoint();
  // The detector was taught on lines that lie: standing ones fall apart, so the picture is turned for it.
  const whole = (upright.found?.score ?? 0) >= ENOUGH || (byEdges?.score ?? 0) >= ENOUGH ? upright : better(upright, await lookWhole(ppocr, picture, look, true));
  const { found: byPrint, boxes } = whole;
  const document = byPrint !== null && byPrint.score > ENOUGH * 0.6 && (byEdges === null || worthOf(byPrint, picture) > worthOf(byEdges, picture) + CLEARLY) ? byPrint : byEdges;
  if (document === null || document.score < ENOUGH * 0.6) return { document: null, second: null, print: boxes };
  const rest = boxes.filter((box) => !isOn(document, box));
  return { document, second: likely(byItsPrint(rest, picture)), print: boxes };
}

interface WholeLook { readonly found: LocatedDocument | null; readonly boxes: readonly TextBox[] }

/** The way up that shows the card; where neither does, the one whose print did not fall apart. */
function better(one: WholeLook, other: WholeLook): WholeLook {
  const [first, second] = [one, other].map(({ found }) => found?.score ?? 0) as [number, number];
  if (Math.max(first, second) >= ENOUGH * 0.6) return second > first ? other : one;
  const printed = ({ boxes }: WholeLook): number => boxes.reduce((sum, { from, to }) => sum + Math.hypot(to.x - from.x, to.y - from.y), 0);
  return printed(other) > printed(one) ? other : one;
}

/** The design laid over the print of the whole picture, which may be looked at turned by a quarter. */
async function lookWhole(ppocr: PpOcr, picture: RgbImage, look: RgbImage, turned = false): Promise<WholeLook> {
  const seen = turned ? quarterTurn(look) : look;
  const scale = picture.width / look.width;
  const print = await ppocr.findPrint(seen);
  const back = ({ x, y }: Point): Point => (turned ? { x: y, y: look.height * scale - x } : { x, y });
  const boxes = textBoxes(print, scale).map((box) => ({ ...box, from: back(box.from), to: back(box.to) }));
  const found = byItsPrint(boxes, picture);
  return { found: turned ? found : withEdges(found, boxes, picture, look, print), boxes };
}

/** Clockwise. */
function quarterTurn({ data, width, height }: RgbImage): RgbImage {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [(y * width + x) * 3, (x * height + height - 1 - y) * 3];
      out[to] = data[from] as number;
      out[to + 1] = data[from + 1] as number;
      out[to + 2] = data[from + 2] as number;
    }
  }
  return { data: out, width: height, height: width };
}

const likely = (document: LocatedDocument | null): LocatedDocument | null => (document !== null && document.score >= ENOUGH ? document : null);

/** The card between these edges, whichever way up its print makes more sense. */
async function lookAt(ppocr: PpOcr, picture: RgbImage, outline: CardOutline): Promise<LocatedDocument> {
  const quad = outline.corners.map((p) => ({ x: p.x * picture.width, y: p.y * picture.height })) as [Point, Point, Point, Point];
  const toPicture = compose(quadMap(quad), scaling(1 / CARD_UNITS.width, 1 / CARD_UNITS.height));
  const units = CARD_UNITS.width / CARD_LOOK.width;
  const card = await cutOut(picture, compose(toPicture, scaling(units, units)), CARD_LOOK.width, CARD_LOOK.height);
  const boxes = textBoxes(await ppocr.findPrint(card), units);
  const candidates = ([['portrait', false], ['portrait', true], ['emblem', false], ['emblem', true]] as const).map(([side, upsideDown]) => {
    const posture: Posture = { side, upsideDown };
    const turn = upsideDown ? HALF_TURN : NO_TURN;
    return { posture, turn, score: scoreSide(boxes, turn, side), weight: pictureWeight(card, posture) };
  });
  const best = candidates.reduce((a, b) => (b.score + b.weight > a.score + a.weight ? b : a));
  const settled = settle(boxes, best.posture.side, best.turn, best.score);
  const map = compose(toPicture, invert(settled.toCard));
  return { side: best.posture.side, map, lines: linesOnCard(boxes, settled.toCard), corners: cornersOf(compose(toPicture, best.turn), picture), cutOff: outline.cutOff, score: settled.score, by: 'edges' };
}

const NO_TURN: PlaneMap = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const HALF_TURN: PlaneMap = [-1, 0, CARD_UNITS.width, 0, -1, CARD_UNITS.height, 0, 0, 1];

/** Edges may be a little off (a rounded case, a shadow): the print corrects them where it clearly does better. */
function settle(boxes: readonly TextBox[], side: Side, start: PlaneMap, score: number): { toCard: PlaneMap; score: number } {
  const better = refine(boxes, side, start);
  return better !== null && better.score > score + 1 ? { toCard: invert(better.map), score: better.score } : { toCard: start, score };
}

function byItsPrint(boxes: readonly TextBox[], picture: RgbImage): LocatedDocument | null {
  const found = registerByText(boxes, Math.max(picture.width, picture.height));
  if (found === null) return null;
  const corners = cornersOf(found.map, picture);
  const out = (share: number): boolean => share < -0.004 || share > 1.004;
  return { side: found.side, map: found.map, lines: linesOnCard(boxes, invert(found.map)), corners, cutOff: corners.some((p) => out(p.x) || out(p.y)), score: found.score, by: 'print' };
}

/** What print alone leaves open (it stands on the left half of the card) the card's edges settle, if they can be seen. */
function withEdges(found: LocatedDocument | null, boxes: readonly TextBox[], picture: RgbImage, look: RgbImage, print: PrintMap): LocatedDocument | null {
  if (found === null || found.score < ENOUGH * 0.6) return found;
  const quad = snapToEdges(look, print, found.corners.map((p) => ({ x: p.x * look.width, y: p.y * look.height })) as unknown as Quad);
  if (quad === null || !isConvex(quad)) return found;
  const corners = quad.map((p) => ({ x: p.x / look.width, y: p.y / look.height })) as [Point, Point, Point, Point];
  const map = compose(quadMap(corners.map((p) => ({ x: p.x * picture.width, y: p.y * picture.height })) as [Point, Point, Point, Point]), scaling(1 / CARD_UNITS.width, 1 / CARD_UNITS.height));
  const toCard = invert(map);
  const score = scoreSide(boxes, toCard, found.side);
  return worthOf({ score, map }, picture) > worthOf(found, picture) - 0.35 ? { ...found, map, corners, score, lines: linesOnCard(boxes, toCard) } : found;
}

const cornersOf = (map: PlaneMap, picture: RgbImage): [Point, Point, Point, Point] =>
  CORNERS.map((corner) => apply(map, corner)).map((p) => ({ x: p.x / picture.width, y: p.y / picture.height })) as [Point, Point, Point, Point];

function isOn(document: LocatedDocument, box: TextBox): boolean {
  const { x, y } = apply(invert(document.map), { x: (box.from.x + box.to.x) / 2, y: (box.from.y + box.to.y) / 2 });
  return x > -40 && y > -40 && x < CARD_UNITS.width + 40 && y < CARD_UNITS.height + 40;
}

/** A piece of the picture; what is shrunk by more than a little is averaged first, so that no pixel is skipped. */
export async function cutOut(picture: RgbImage, map: PlaneMap, width: number, height: number): Promise<RgbImage> {
  const [a, b] = [apply(map, { x: 0, y: height / 2 }), apply(map, { x: width, y: height / 2 })];
  const shrinks = Math.hypot(b.x - a.x, b.y - a.y) / width;
  if (shrinks < 1.6) return warp(picture, map, width, height);
  const source = await shrink(picture, (picture.width * 1.2) / shrinks);
  return warp(source, compose(scaling(source.width / picture.width, source.height / picture.height), map), width, height);
}
