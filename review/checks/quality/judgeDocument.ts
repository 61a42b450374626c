/** R21 for a document: measured on the card itself, straightened to one size, wherever it lies in the picture. */
import { makeFinding } from '../../../contracts/reading.ts';
import type { FieldBox, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import { apply, compose, scaling } from '../reading/homography.ts';
import { CARD_UNITS } from '../reading/layout.ts';
import type { Point } from '../reading/lines.ts';
import { CARD_ASPECT, locateCards } from '../reading/locateCard.ts';
import type { RgbImage } from '../reading/locateCard.ts';
import { cutOut } from '../reading/locateDocument.ts';
import type { Located } from '../reading/locateDocument.ts';
import { shrink } from '../reading/picture.ts';
import type { OpenedPicture } from '../reading/picture.ts';
import { quadMap } from '../reading/warp.ts';
import { measureFigures } from './figures.ts';
import type { GreyImage } from './figures.ts';
import { judgeFigures } from './judgeFigures.ts';
import { leanDeg } from './lean.ts';
import { QUALITY_LIMITS } from './limits.ts';

export interface JudgedDocument {
  /** Absent when nothing like a card was found. */
  readonly figures?: PhotoFigures;
  readonly side: 'portrait' | 'emblem' | 'unknown';
  readonly findings: readonly Finding[];
}

/** Pixels across the straightened card when it is measured. */
export const MEASURE_WIDTH = 400;
const MEASURE_HEIGHT = Math.round(MEASURE_WIDTH / CARD_ASPECT);
/** Where the card's edges are looked for when its print told nothing. */
const EDGE_SEARCH = 900;
/** Share of the picture: a card whose print is too small to be found. */
const SMALLEST_SHEET = 0.002;

/**
 * @param located what `locateDocument` found on `picture.pixels`.
 * @param expect the side that should be there: another one is SIDE_WRONG.
 */
export async function judgeDocument(picture: OpenedPicture, located: Located, expect?: 'portrait' | 'emblem'): Promise<JudgedDocument> {
  const { document } = located;
  if (document !== null) {
    const { figures, findings } = await judgeSheet(picture, document.corners, truePlace(document, picture.pixels));
    const wrong = expect !== undefined && expect !== document.side ? [makeFinding('SIDE_WRONG')] : [];
    return { figures, side: document.side, findings: [...wrong, ...findings] };
  }
  // Print that no one can read may be the photo's fault: then the sheet itself is judged.
  const [outline] = locateCards(await shrink(picture.pixels, EDGE_SEARCH, EDGE_SEARCH), SMALLEST_SHEET);
  if (outline !== undefined) {
    const { figures, findings } = await judgeSheet(picture, outline.corners, outline.corners);
    if (findings.length > 0) return { figures, side: 'unknown', findings };
  }
  return { side: 'unknown', findings: await judgeWhole(picture.pixels) };
}

type Quad = readonly [Point, Point, Point, Point];

/** Corners as the print has them: the edges of a card that is cut off end at the picture's edge. */
function truePlace({ map, corners }: NonNullable<Located['document']>, { width, height }: RgbImage): Quad {
  const { width: w, height: h } = CARD_UNITS;
  const printed = [{ x: 0, y: 0 }, { x: w, y: 0 }, { x: w, y: h }, { x: 0, y: h }].map((corner) => apply(map, corner)).map((p) => ({ x: p.x / width, y: p.y / height }));
  return printed.every((p) => Number.isFinite(p.x) && Number.isFinite(p.y)) ? printed as unknown as Quad : corners;
}

async function judgeSheet({ pixels, shrunk }: OpenedPicture, seen: Quad, place: Quad): Promise<{ figures: PhotoFigures; findings: Finding[] }> {
  const { width, height } = pixels;
  const quad = place.map((p) => ({ x: p.x * width, y: p.y * height })) as unknown as [Point, Point, Point, Point];
  const across = (p: Point, q: Point): number => Math.hypot(p.x - q.x, p.y - q.y);
  const [a, b, c, d] = quad;
  const map = compose(quadMap(quad), scaling(1 / MEASURE_WIDTH, 1 / MEASURE_HEIGHT));
  const card = await cutOut(pixels, map, MEASURE_WIDTH, MEASURE_HEIGHT);
  const figures: PhotoFigures = {
    ...measureFigures(greyOf(card)),
    tiltDeg: leanDeg(map, { x: MEASURE_WIDTH / 2, y: MEASURE_HEIGHT / 2 }, 1),
    widthPx: Math.round((shrunk * (across(a, b) + across(d, c))) / 2),
  };
  return { figures, findings: judgeFigures(figures, { kind: 'document', cutOff: isCutOff(seen) || isCutOff(place), box: boxOf(place) }) };
}

/** A scan that was cut to the card has every corner in a corner of the picture, and is whole. */
function isCutOff(quad: Quad): boolean {
  const limit = QUALITY_LIMITS.corner;
  const touches = (share: number): boolean => share < limit || share > 1 - limit;
  const scan = quad.every((p) => touches(p.x) && touches(p.y) && p.x > -limit && p.y > -limit && p.x < 1 + limit && p.y < 1 + limit);
  return !scan && quad.some((p) => touches(p.x) || touches(p.y));
}

/** No card: either it cannot be seen, and why, or there is none. */
async function judgeWhole(pixels: RgbImage): Promise<Finding[]> {
  const grey = greyOf(await shrink(pixels, MEASURE_WIDTH, MEASURE_WIDTH));
  const bright = Uint8Array.from(grey.data).sort()[Math.floor(grey.data.length * 0.95)] as number;
  const { blown, sharpness, motion } = measureFigures(grey);
  if (bright < QUALITY_LIMITS.whole.tooDark) return [makeFinding('PHOTO_TOO_DARK')];
  if (blown > QUALITY_LIMITS.whole.overExposed) return [makeFinding('PHOTO_OVER_EXPOSED')];
  const limits = QUALITY_LIMITS.whole;
  if (sharpness > 0 && sharpness < limits.sharpness) return [makeFinding(motion > QUALITY_LIMITS.document.motion ? 'PHOTO_MOTION_BLURRED' : 'PHOTO_BLURRED')];
  return [makeFinding('CARD_NOT_FOUND')];
}

function boxOf(quad: Quad): FieldBox {
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const [xs, ys] = [quad.map((p) => clamp(p.x)), quad.map((p) => clamp(p.y))];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Rec. 601 luma. */
export function greyOf({ data, width, height }: RgbImage): GreyImage {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i += 1) grey[i] = (77 * (data[3 * i] as number) + 151 * (data[3 * i + 1] as number) + 28 * (data[3 * i + 2] as number)) >> 8;
  return { data: grey, width, height };
}
