/**
 * Reads one picture of a resident ID card: finds and straightens the card, tells the side, reads it zone by zone, and
 * judges the picture. What cannot be read is absent and named by a finding, never guessed.
 */
import sharp from 'sharp';

import { makeFinding } from '../../../contracts/reading.ts';
import type { DocumentReading, FieldName, FieldReading, Finding } from '../../../contracts/reading.ts';
import { checkIdNumber } from '../idNumber.ts';
import { judgeQuality, measureQuality, QUALITY_WIDTH } from '../photoQuality.ts';
import { readEmblemSide, readPortraitSide } from './readSides.ts';
import type { CardReader, SideReading } from './readSides.ts';
import type { Point } from './lines.ts';
import { CARD_UNITS, likelyPostures, ZONES } from './layout.ts';
import type { Posture, Zone } from './layout.ts';
import { locateCard } from './locateCard.ts';
import type { CardOutline, RgbImage } from './locateCard.ts';
import type { Ocr } from './ocr.ts';
import { squareToQuad, straighten, upsideDown } from './warp.ts';

export interface ReadOptions {
  readonly expect?: 'portrait' | 'emblem' | undefined;
  /** Asked between two zones; throws to stop. */
  readonly checkpoint?: () => void;
}

/** Pixels a picture may have before it is decoded. */
export const MAX_PIXELS = 50_000_000;
const SEARCH_WIDTH = 640;
const LARGEST_SIDE = 2600;
/** Glyphs of about 45 pixels are what the engine likes; small cards are not scaled up by much. */
const CARD_PIXELS = { least: 800, most: 1284 };

export async function readDocument(ocr: Ocr, image: Uint8Array, options: ReadOptions = {}): Promise<DocumentReading> {
  const picture = await decode(image);
  const outline = locateCard(await shrink(picture, SEARCH_WIDTH));
  options.checkpoint?.();
  if (outline === null) return { side: 'unknown', fields: {}, findings: [makeFinding('CARD_NOT_FOUND'), ...(await judgeWhole(picture))] };

  const { card, sourceWidth } = await straightCard(picture, outline);
  const quality = await judgeCard(card, outline, sourceWidth);
  const attempt = await readBestPosture(ocr, card, options);
  if (attempt === null) return { side: 'unknown', fields: {}, findings: [makeFinding('SIDE_UNKNOWN'), ...quality] };

  const { posture, reading } = attempt;
  const place = boxPlacer(outline, posture);
  const fields: Partial<Record<FieldName, FieldReading>> = {};
  const findings: Finding[] = [];
  if (options.expect !== undefined && options.expect !== posture.side) findings.push(makeFinding('SIDE_WRONG'));
  for (const field of SIDE_FIELDS[posture.side]) {
    const parsed = reading.fields[field];
    if (parsed === undefined) {
      findings.push(makeFinding('FIELD_UNREADABLE', { field }));
      continue;
    }
    fields[field] = { text: parsed.text, confidence: Math.min(1, Math.max(0, parsed.confidence)), box: place(ZONES[ZONE_OF[field]]) };
    if (parsed.confidence < 0.75) findings.push(makeFinding('FIELD_UNSURE', { field }));
  }
  if (fields.idNumber !== undefined) {
    findings.push(...checkIdNumber(fields.idNumber.text, { birthDate: fields.birthDate?.text, sex: fields.sex?.text }));
  }
  return { side: posture.side, fields, findings: [...findings, ...quality] };
}

const SIDE_FIELDS = {
  portrait: ['name', 'sex', 'ethnicity', 'birthDate', 'address', 'idNumber'],
  emblem: ['authority', 'validFrom', 'validTo'],
} as const satisfies Record<string, readonly FieldName[]>;

const ZONE_OF = {
  name: 'name', sex: 'sex', ethnicity: 'ethnicity', birthDate: 'birth', address: 'address', idNumber: 'idNumber',
  authority: 'authority', validFrom: 'validity', validTo: 'validity',
} as const satisfies Record<FieldName, keyof typeof ZONES>;

async function decode(image: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(image, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .autoOrient().flatten({ background: '#808080' }).toColourspace('srgb')
    .resize({ width: LARGEST_SIDE, height: LARGEST_SIDE, fit: 'inside', withoutEnlargement: true })
    .raw().toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { data, width: info.width, height: info.height };
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let i = 0; i < info.width * info.height; i += 1) rgb.fill(data[i * info.channels] as number, 3 * i, 3 * i + 3);
  return { data: rgb, width: info.width, height: info.height };
}

async function shrink(picture: RgbImage, width: number): Promise<RgbImage> {
  if (picture.width <= width) return picture;
  const { data, info } = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .resize({ width: Math.round(width) }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function straightCard(picture: RgbImage, outline: CardOutline): Promise<{ card: RgbImage; sourceWidth: number }> {
  const [a, b, c, d] = outline.corners.map((p) => ({ x: p.x * picture.width, y: p.y * picture.height })) as [Point, Point, Point, Point];
  const sourceWidth = (Math.hypot(b.x - a.x, b.y - a.y) + Math.hypot(c.x - d.x, c.y - d.y)) / 2;
  const width = Math.round(Math.min(CARD_PIXELS.most, Math.max(CARD_PIXELS.least, sourceWidth)));
  // Shrinking is sharp's; the map itself only turns, so that no pixel is skipped.
  const source = await shrink(picture, picture.width * Math.min(1, width / sourceWidth));
  const corners = outline.corners.map((p) => ({ x: p.x * source.width, y: p.y * source.height })) as [Point, Point, Point, Point];
  const card = straighten(source, corners, width, Math.round((width * CARD_UNITS.height) / CARD_UNITS.width));
  return { card, sourceWidth };
}

async function greyOf(image: RgbImage, width: number): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, info } = await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .greyscale().resize({ width }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function judgeCard(card: RgbImage, outline: CardOutline, sourceWidth: number): Promise<Finding[]> {
  return judgeQuality(measureQuality(await greyOf(card, QUALITY_WIDTH)), { kind: 'document', sourceWidth, cutOff: outline.cutOff });
}

async function judgeWhole(picture: RgbImage): Promise<Finding[]> {
  return judgeQuality(measureQuality(await greyOf(picture, QUALITY_WIDTH)), { kind: 'document', sourceWidth: picture.width, cutOff: false });
}

async function readBestPosture(ocr: Ocr, card: RgbImage, options: ReadOptions): Promise<{ posture: Posture; reading: SideReading } | null> {
  const turnedCard = upsideDown(card);
  for (const posture of likelyPostures(card).slice(0, 3)) {
    const reader: CardReader = { ocr, card: posture.upsideDown ? turnedCard : card, checkpoint: options.checkpoint ?? (() => undefined) };
    const reading = posture.side === 'portrait' ? await readPortraitSide(reader) : await readEmblemSide(reader);
    if (reading.isThisSide) return { posture, reading };
  }
  return null;
}

/** A zone's box in the upright picture, as shares. */
function boxPlacer(outline: CardOutline, posture: Posture): (zone: Zone) => FieldReading['box'] {
  const map = squareToQuad(outline.corners);
  return (zone) => {
    const corners = [[zone.left, zone.top], [zone.right, zone.top], [zone.right, zone.bottom], [zone.left, zone.bottom]].map(([x = 0, y = 0]) => {
      const [u, v] = [x / CARD_UNITS.width, y / CARD_UNITS.height];
      return posture.upsideDown ? map(1 - u, 1 - v) : map(u, v);
    });
    const [xs, ys] = [corners.map((p) => p.x), corners.map((p) => p.y)];
    const [x, y] = [Math.max(0, Math.min(...xs)), Math.max(0, Math.min(...ys))];
    return { x, y, width: Math.min(1, Math.max(...xs)) - x, height: Math.min(1, Math.max(...ys)) - y };
  };
}
