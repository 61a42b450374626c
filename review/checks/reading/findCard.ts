/** The card by its edges alone, as the comparison of a still with its frame needs it. */
import type { Point } from './lines.ts';
import { CARD_UNITS } from './layout.ts';
import { locateCard } from './locateCard.ts';
import type { CardOutline, RgbImage } from './locateCard.ts';
import { openPicture, shrink } from './picture.ts';
import { straighten } from './warp.ts';

export const SEARCH_WIDTH = 640;
const CARD_PIXELS = { least: 760, most: 860 };

/** Upright RGB, at most 2000 pixels a side. @throws AppError UPLOAD_* */
export const decode = async (image: Uint8Array): Promise<RgbImage> => (await openPicture(image)).pixels;

/** Where the card lies, looked for on a small copy. */
export const findCard = async (picture: RgbImage): Promise<CardOutline | null> => locateCard(await shrink(picture, SEARCH_WIDTH));

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
