/** From bytes to a straightened card: decoding, finding, cutting out. */
import sharp from 'sharp';

import type { Point } from './lines.ts';
import { CARD_UNITS } from './layout.ts';
import { locateCard } from './locateCard.ts';
import type { CardOutline, RgbImage } from './locateCard.ts';
import { straighten } from './warp.ts';

/** Pixels a picture may have before it is decoded. */
export const MAX_PIXELS = 50_000_000;
const SEARCH_WIDTH = 640;
const LARGEST_SIDE = 2600;
/** Measured on names: 30 of 30 right at 760 and 860 pixels, 29 at 960 and 1284, where 伟 became 传. */
const CARD_PIXELS = { least: 760, most: 860 };

/** Upright RGB, at most 2600 pixels a side; throws what sharp throws when it does not decode. */
export async function decode(image: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(image, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .autoOrient().flatten({ background: '#808080' }).toColourspace('srgb')
    .resize({ width: LARGEST_SIDE, height: LARGEST_SIDE, fit: 'inside', withoutEnlargement: true })
    .raw().toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { data, width: info.width, height: info.height };
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let i = 0; i < info.width * info.height; i += 1) rgb.fill(data[i * info.channels] as number, 3 * i, 3 * i + 3);
  return { data: rgb, width: info.width, height: info.height };
}

/** Where the card lies, looked for on a small copy. */
export const findCard = async (picture: RgbImage): Promise<CardOutline | null> => locateCard(await shrink(picture, SEARCH_WIDTH));

async function shrink(picture: RgbImage, width: number): Promise<RgbImage> {
  if (picture.width <= width) return picture;
  const { data, info } = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .resize({ width: Math.round(width) }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** The card cut out upright, and how wide it was in the picture. */
export async function straightCard(picture: RgbImage, outline: CardOutline): Promise<{ card: RgbImage; sourceWidth: number }> {
  const [a, b, c, d] = outline.corners.map((p) => ({ x: p.x * picture.width, y: p.y * picture.height })) as [Point, Point, Point, Point];
  const sourceWidth = (Math.hypot(b.x - a.x, b.y - a.y) + Math.hypot(c.x - d.x, c.y - d.y)) / 2;
  const width = Math.round(Math.min(CARD_PIXELS.most, Math.max(CARD_PIXELS.least, sourceWidth)));
  // Shrinking is sharp's; the map itself only turns, so that no pixel is skipped.
  const source = await shrink(picture, picture.width * Math.min(1, width / sourceWidth));
  const corners = outline.corners.map((p) => ({ x: p.x * source.width, y: p.y * source.height })) as [Point, Point, Point, Point];
  const card = straighten(source, corners, width, Math.round((width * CARD_UNITS.height) / CARD_UNITS.width));
  return { card, sourceWidth };
}
