/** R21 for a document: measured on the card itself, straightened to one size, wherever it lies in the picture. */
import type { FindingCode } from '../../../contracts/findings.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { FieldBox, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { PpOcr } from '../reading/engines/ppocr.ts';
import { apply, compose, scaling } from '../reading/homography.ts';
import type { PlaneMap } from '../reading/homography.ts';
import { CARD_UNITS } from '../reading/layout.ts';
import type { Point } from '../reading/lines.ts';
import { CARD_ASPECT } from '../reading/locateCard.ts';
import type { RgbImage } from '../reading/locateCard.ts';
import { cutOut } from '../reading/locateDocument.ts';
import type { Located } from '../reading/locateDocument.ts';
import { worthOf } from '../reading/perspective.ts';
import { ENOUGH } from '../reading/register.ts';
import type { TextBox } from '../reading/textBoxes.ts';
import { shrink } from '../reading/picture.ts';
import type { OpenedPicture } from '../reading/picture.ts';
import { quadMap } from '../reading/warp.ts';
import { lookCloser } from './closerLook.ts';
import { measureFigures } from './figures.ts';
import type { GreyImage } from './figures.ts';
import { judgeFigures } from './judgeFigures.ts';
import { leanDeg } from './lean.ts';
import { QUALITY_LIMITS } from './limits.ts';
import { findBearingSheet, findSmallCard } from './sheet.ts';
import type { Quad } from './sheet.ts';
import { slantedCard } from './slant.ts';
import type { SlantedCard } from './slant.ts';
import { lookFacing } from './slantedLook.ts';

export interface JudgedDocument {
  /** Absent when nothing like a card was found. */
  readonly figures?: PhotoFigures;
  readonly side: 'portrait' | 'emblem' | 'unknown';
  readonly findings: readonly Finding[];
}

/** Pixels across the straightened card when it is measured. */
export const MEASURE_WIDTH = 400;
const MEASURE_HEIGHT = Math.round(MEASURE_WIDTH / CARD_ASPECT);
/** Longer sides of the pictures in which edges are looked for when the print told too little; small cards need more. */
const EDGE_SEARCH = 480;
const SMALL_SEARCH = 900;

/**
 * @param located what `locateDocument` found on `picture.pixels`.
 * @param expect the side that should be there: another one is SIDE_WRONG.
 */
export async function judgeDocument(ppocr: PpOcr, picture: OpenedPicture, located: Located, expect?: 'portrait' | 'emblem'): Promise<JudgedDocument> {
  const { document } = located;
  if (document !== null) {
    const slanted = await bySlant(ppocr, picture, located);
    const place = slanted === null ? await leaningPlace(picture, located, truePlace(document, picture.pixels)) : printedCorners(slanted.map, picture.pixels);
    const { side } = slanted ?? document;
    const leanUnsure = slanted === null && document.by === 'print' && document.score < ENOUGH;
    const { figures, findings } = await judgeSheet(picture, slanted === null ? document.corners : place, place, { byPrint: document.by === 'print', leanUnsure });
    const wrong = expect !== undefined && expect !== side ? [makeFinding('SIDE_WRONG')] : [];
    const said = [...wrong, ...findings];
    // So little print may be a page's: what is refused anyway is not said to be a card for certain.
    return { figures, side, findings: leanUnsure && said.length > 0 ? [...said, makeFinding('CARD_NOT_FOUND')] : said };
  }
  // Print that no one can read may be the photo's fault: then the sheet itself is judged.
  const { pixels } = picture;
  const near = await lookCloser(ppocr, pixels, located.print);
  if (near !== null) {
    const place = printedCorners(near.map, pixels);
    const { figures, findings } = await judgeSheet(picture, place, place, { byPrint: true });
    if (findings.length > 0) return { figures, side: near.side, findings };
  }
  const sheet = (await bearingSheet(picture, located)) ?? findSmallCard(await shrink(pixels, SMALL_SEARCH, SMALL_SEARCH));
  if (sheet !== null) {
    const { figures, findings } = await judgeSheet(picture, sheet, sheet);
    if (findings.length > 0) return { figures, side: 'unknown', findings: [...findings, makeFinding('CARD_NOT_FOUND')] };
  }
  const slanted = await bySlant(ppocr, picture, located);
  if (slanted !== null && slanted.leanDeg > QUALITY_LIMITS.document.tiltDeg) {
    const place = printedCorners(slanted.map, pixels);
    return { ...(await judgeSheet(picture, place, place, { byPrint: true })), side: slanted.side };
  }
  return { side: 'unknown', findings: await judgeWhole(pixels) };
}

/** Print of which more cannot be explained by another lean. */
const SURE = 5;
/** So much more that it is no chance. */
const CLEARLY = 0.3;

/** A card that was found by little of its print, or not at all, may lie at a slant that explains more of it, or be its other side. */
async function bySlant(ppocr: PpOcr, { pixels }: OpenedPicture, { document, print }: Located): Promise<SlantedCard | null> {
  if (document !== null && (document.by !== 'print' || worthOf(document, pixels) >= SURE)) return null;
  const near = document === null ? print : print.filter((line) => isNear(document.corners, shareOf(middleOfLine(line), pixels)));
  const guess = slantedCard(near, Math.max(pixels.width, pixels.height));
  // The same print must be explained better, and what is seen from the front must be what a camera can have seen.
  if (guess === null || guess.score < (document?.score ?? 0)) return null;
  const seen = await lookFacing(ppocr, pixels, guess);
  if (seen === null || seen.leanDeg < QUALITY_LIMITS.document.unsureTiltDeg) return null;
  return document === null || worthOf(seen, pixels) > worthOf(document, pixels) + CLEARLY ? seen : null;
}

const middleOfLine = ({ from, to }: TextBox): Point => ({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 });

/** Within the box around a place, and half as much on each side of it: other print of the table says nothing about the card. */
function isNear(place: Quad, { x, y }: Point): boolean {
  const within = (value: number, values: readonly number[]): boolean => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return value > low - (high - low) / 2 && value < high + (high - low) / 2;
  };
  return within(x, place.map((p) => p.x)) && within(y, place.map((p) => p.y));
}

async function bearingSheet({ pixels }: OpenedPicture, { print }: Located): Promise<Quad | null> {
  const lines = print.map((line) => ({ ...line, from: shareOf(line.from, pixels), to: shareOf(line.to, pixels) }));
  return findBearingSheet(await shrink(pixels, EDGE_SEARCH, EDGE_SEARCH), lines);
}

/** Few lines of print place a card well but say little about its lean: where its edges can be seen, they say it. */
async function leaningPlace(picture: OpenedPicture, located: Located, place: Quad): Promise<Quad> {
  if (located.document?.by !== 'print') return place;
  const sheet = await bearingSheet(picture, located);
  const overlaps = sheet !== null && Math.hypot(middleOf(sheet).x - middleOf(place).x, middleOf(sheet).y - middleOf(place).y) < 0.1;
  return overlaps && !isCutOff(sheet) && leanOf(sheet, picture.pixels) > QUALITY_LIMITS.document.tiltDeg ? sheet : place;
}

const middleOf = (quad: Quad): Point => ({ x: quad.reduce((sum, p) => sum + p.x, 0) / 4, y: quad.reduce((sum, p) => sum + p.y, 0) / 4 });
const pixelsOf = (quad: Quad, { width, height }: RgbImage): [Point, Point, Point, Point] => quad.map((p) => ({ x: p.x * width, y: p.y * height })) as [Point, Point, Point, Point];
const measureMap = (quad: Quad, pixels: RgbImage): PlaneMap => compose(quadMap(pixelsOf(quad, pixels)), scaling(1 / MEASURE_WIDTH, 1 / MEASURE_HEIGHT));
const leanOf = (quad: Quad, pixels: RgbImage): number => leanDeg(measureMap(quad, pixels), { x: MEASURE_WIDTH / 2, y: MEASURE_HEIGHT / 2 }, 1);

const shareOf = (p: Point, { width, height }: RgbImage): Point => ({ x: p.x / width, y: p.y / height });

/** Corners as the print has them: the edges of a card that is cut off end at the picture's edge. */
function truePlace({ map, corners }: NonNullable<Located['document']>, pixels: RgbImage): Quad {
  const printed = printedCorners(map, pixels);
  return printed.every((p) => Number.isFinite(p.x) && Number.isFinite(p.y)) ? printed : corners;
}

function printedCorners(map: PlaneMap, pixels: RgbImage): Quad {
  const { width: w, height: h } = CARD_UNITS;
  return [{ x: 0, y: 0 }, { x: w, y: 0 }, { x: w, y: h }, { x: 0, y: h }].map((corner) => shareOf(apply(map, corner), pixels)) as unknown as Quad;
}

async function judgeSheet({ pixels, shrunk }: OpenedPicture, seen: Quad, place: Quad, { byPrint = false, leanUnsure = false } = {}): Promise<{ figures: PhotoFigures; findings: Finding[] }> {
  const across = (p: Point, q: Point): number => Math.hypot(p.x - q.x, p.y - q.y);
  const [a, b, c, d] = pixelsOf(place, pixels);
  const card = await cutOut(pixels, measureMap(place, pixels), MEASURE_WIDTH, MEASURE_HEIGHT);
  const figures: PhotoFigures = {
    ...measureFigures(greyOf(card)),
    tiltDeg: leanOf(place, pixels),
    widthPx: Math.round((shrunk * (across(a, b) + across(d, c))) / 2),
  };
  return { figures, findings: judgeFigures(figures, { kind: 'document', cutOff: isCutOff(seen, byPrint) || isCutOff(place, byPrint), leanUnsure, box: boxOf(place) }) };
}

/** A scan that was cut to the card has every corner in a corner of the picture, and is whole. */
function isCutOff(quad: Quad, byPrint = false): boolean {
  // Print says where the edges are to a few hundredths only: they have to lie clearly outside.
  if (byPrint) return quad.some((p) => [p.x, p.y].some((share) => share < -QUALITY_LIMITS.printedCorner || share > 1 + QUALITY_LIMITS.printedCorner));
  const limit = QUALITY_LIMITS.corner;
  const touches = (share: number): boolean => share < limit || share > 1 - limit;
  const scan = quad.every((p) => touches(p.x) && touches(p.y) && p.x > -limit && p.y > -limit && p.x < 1 + limit && p.y < 1 + limit);
  return !scan && quad.some((p) => touches(p.x) || touches(p.y));
}

/** No card was found: that is said, and before it what may have hidden one. */
async function judgeWhole(pixels: RgbImage): Promise<Finding[]> {
  const limits = QUALITY_LIMITS.whole;
  const grey = greyOf(await shrink(pixels, MEASURE_WIDTH, MEASURE_WIDTH));
  const bright = Uint8Array.from(grey.data).sort()[Math.floor(grey.data.length * 0.99)] as number;
  const { blown, sharpness, motion } = measureFigures(grey);
  const hidden: FindingCode[] = [];
  if (bright < limits.tooDark) hidden.push('PHOTO_TOO_DARK');
  else if (blown > limits.overExposed) hidden.push('PHOTO_OVER_EXPOSED');
  // No edge at all is an empty table, not a blurred one.
  else if (sharpness > 0 && sharpness < limits.sharpness) hidden.push(motion > QUALITY_LIMITS.document.motion ? 'PHOTO_MOTION_BLURRED' : 'PHOTO_BLURRED');
  return [...hidden, 'CARD_NOT_FOUND' as const].map((code) => makeFinding(code));
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
