/** Photographs an invented card as a client's phone would, and knows what it photographed. */
import sharp from 'sharp';

import type { FindingCode } from '../../../contracts/findings.ts';
import type { FieldName } from '../../../contracts/reading.ts';
import { CARD_UNITS, fixturePortrait, renderCardPixels } from './card.ts';
import { DOCUMENT_DEFECTS } from './conditions.ts';
import type { DocumentDefect, TextBand } from './conditions.ts';
import { inventHolder } from './holder.ts';
import type { DocumentKind, InventedHolder } from './holder.ts';
import { drawProjected, homography, mapPoint, rectangle } from './homography.ts';
import type { Point, Quad } from './homography.ts';
import { blurAround, blurred, expose } from './optics.ts';
import type { Picture } from './optics.ts';
import { seededRandom } from './person.ts';
import { drawScene, fingertip, stripAt } from './scenery.ts';
import type { SceneName } from './scenery.ts';
import { planShot } from './shot.ts';
import type { Shot } from './shot.ts';
import { cardStyle } from './style.ts';

export type CardToPhotograph = { readonly holder: InventedHolder; readonly side: 'portrait' | 'emblem' };

export type PhotographSettings = {
  /** Everything that chance decides; the same seed takes the same photo. */
  readonly seed: number;
  /** Default `large`. */
  readonly band?: TextBand;
  /** Default none: a good photo. */
  readonly defect?: DocumentDefect | null;
  /** A table of one's choice: two photos with the same one were taken in the same place (default: by the seed). */
  readonly place?: { readonly scene: SceneName; readonly seed: number };
};

export type PhotoTruth = {
  readonly seed: number;
  readonly kind: DocumentKind;
  readonly side: 'portrait' | 'emblem';
  /** What a perfect reading of this side says, in the form of contracts/reading. */
  readonly fields: Partial<Record<FieldName, string>>;
  /** Of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** In the card's own reading order; null without a document. */
  readonly corners: Quad | null;
  /** Height of the address's characters in pixels of the picture. */
  readonly textPx: number;
  /** A rare character (生僻字) stands on this side. */
  readonly rare: boolean;
  readonly defect: DocumentDefect | null;
  /** The finding that names the defect. */
  readonly finding: FindingCode | null;
  readonly shot: Shot;
};

export type Photo = { readonly jpeg: Buffer; readonly truth: PhotoTruth };

/** The card of a seed: its holder and the side that is photographed (three in five the portrait side). */
export function cardOfSeed(seed: number): CardToPhotograph {
  return { holder: inventHolder(seed), side: seededRandom(seed ^ 0x51de)() < 0.6 ? 'portrait' : 'emblem' };
}

export function expectedFields({ holder, side }: CardToPhotograph): Partial<Record<FieldName, string>> {
  if (side === 'emblem') return { authority: holder.authority, validFrom: holder.validFrom, validTo: holder.validTo === '长期' ? 'long-term' : holder.validTo };
  return {
    name: holder.name, sex: holder.sex, ...(holder.kind === 'residentId' ? { ethnicity: holder.ethnicity } : {}),
    birthDate: holder.birth, address: holder.address, idNumber: holder.number,
  };
}

/** What chance decides for a photo, without taking it. */
export const shotOfSeed = ({ side }: CardToPhotograph, { seed, band = 'large', defect = null }: PhotographSettings): Shot =>
  planShot({ random: seededRandom(Math.imul(seed, 7_919) ^ 0xca3e7a), band, defect, side });

/** @returns a JPEG (sometimes stored turned, with EXIF) and what is to be seen on it. */
export async function photograph(card: CardToPhotograph, settings: PhotographSettings): Promise<Photo> {
  const { seed, defect = null } = settings;
  const shot = shotOfSeed(card, settings);
  const random = seededRandom(seed ^ 0xf1a6e2);
  const place = settings.place ?? { scene: shot.scene, seed };
  const { width, height, quad } = shot;
  let picture = await drawScene(place.scene, width, height, place.seed, defect === 'noDocument' ? null : quad);
  if (defect !== 'noDocument') {
    drawProjected(picture, await cardPixels(card, seed, rasterHeight(quad)), quad);
    if (shot.finger !== null) await layFinger(picture, quad, shot.finger, random);
  }
  const blur = { radius: shot.lensRadius, length: shot.motionLength, towardsDeg: shot.motionTowardsDeg };
  if (defect === null) await blurAround(picture, quad, blur);
  else picture = await blurred(picture, blur);
  expose(picture, shot.light, shot.noise, seed);
  return {
    jpeg: await encode(picture, shot),
    truth: {
      seed, kind: card.holder.kind, side: card.side, fields: expectedFields(card), width, height, corners: defect === 'noDocument' ? null : quad,
      textPx: shot.textPx, rare: card.holder.rare && card.side === 'portrait', defect, finding: defect === null ? null : DOCUMENT_DEFECTS[defect], shot,
    },
  };
}

/** The card as it was printed, RGBA. */
export const cardPixels = async ({ holder, side }: CardToPhotograph, seed: number, heightPx: number): Promise<{ data: Buffer; width: number; height: number }> =>
  await renderCardPixels({ ...holder, side, portrait: await holderPortrait(holder), style: cardStyle(seed), heightPx });

/** The card is drawn about as large as it appears, so that nothing aliases and no time is lost. */
function rasterHeight(quad: Quad): number {
  const [a, b, c, d] = quad;
  const width = Math.max(Math.hypot(b.x - a.x, b.y - a.y), Math.hypot(c.x - d.x, c.y - d.y));
  const tall = Math.max(Math.hypot(d.x - a.x, d.y - a.y), Math.hypot(c.x - b.x, c.y - b.y));
  return Math.round(Math.max(120, Math.min(1700, Math.max(tall, (width * CARD_UNITS.height) / CARD_UNITS.width) * 1.1)));
}

const portraits = new Map<number, Promise<Buffer>>();
const PORTRAIT_KINDS = 8;

/** The one free portrait in several crops and tints, mirrored or not, as if several people had been taken. */
async function holderPortrait(holder: InventedHolder): Promise<Buffer> {
  const variant = Number(holder.number.slice(14, 17)) % PORTRAIT_KINDS;
  const known = portraits.get(variant);
  if (known !== undefined) return await known;
  const made = (async () => {
    const original = await fixturePortrait();
    const { width, height } = await sharp(original).metadata();
    const cropped = { width: Math.round(width * (variant % 2 === 0 ? 0.8 : 0.66)), height: Math.round(height * (variant % 2 === 0 ? 0.72 : 0.6)) };
    let image = sharp(original).extract({ left: Math.round((width - cropped.width) * 0.5), top: 0, ...cropped });
    if (variant & 2) image = image.flop();
    if (variant & 4) image = image.modulate({ saturation: 0.45, brightness: 1.1 });
    return await image.jpeg({ quality: 90 }).toBuffer();
  })();
  portraits.set(variant, made);
  return await made;
}

/** A finger over the card's edge, `tip` in card units; it comes from outside. */
async function layFinger(picture: Picture, quad: Quad, finger: NonNullable<Shot['finger']>, random: () => number): Promise<void> {
  const map = homography(rectangle(CARD_UNITS.width, CARD_UNITS.height), quad);
  const [tip, behind] = [mapPoint(map, finger.tip), mapPoint(map, finger.from)];
  const length = Math.hypot(tip.x - behind.x, tip.y - behind.y);
  const towards: Point = { x: (tip.x - behind.x) / length, y: (tip.y - behind.y) / length };
  drawProjected(picture, await fingertip(Math.min(900, length), random), stripAt(tip, towards, length));
}

/** EXIF orientation and the turn that undoes it when storing. */
const STORED_TURNED = { 1: 0, 3: 180, 6: 270, 8: 90 } as const;

export async function encode(picture: Picture, shot: Shot): Promise<Buffer> {
  const image = sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } });
  if (shot.orientation === 1) return await image.jpeg({ quality: shot.jpegQuality }).toBuffer();
  return await image.rotate(STORED_TURNED[shot.orientation]).withMetadata({ orientation: shot.orientation }).jpeg({ quality: shot.jpegQuality }).toBuffer();
}
