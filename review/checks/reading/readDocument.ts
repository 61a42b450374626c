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
import { decode, findCard, straightCard } from './findCard.ts';
import { CARD_UNITS, likelyPostures, ZONES } from './layout.ts';
import type { Posture, Zone } from './layout.ts';
import type { CardOutline, RgbImage } from './locateCard.ts';
import type { Ocr } from './ocr.ts';
import { squareToQuad, upsideDown } from './warp.ts';

export interface ReadOptions {
  readonly expect?: 'portrait' | 'emblem' | undefined;
  /** Asked between two zones; throws to stop. */
  readonly checkpoint?: () => void;
}

export async function readDocument(ocr: Ocr, image: Uint8Array, options: ReadOptions = {}): Promise<DocumentReading> {
  const picture = await decode(image);
  const outline = await findCard(picture);
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
