import type { FieldBox } from '../../../contracts/reading.ts';
import type { PpOcr } from '../reading/engines/ppocr.ts';
import { apply, invert } from '../reading/homography.ts';
import { PHOTO } from '../reading/layout.ts';
import type { RgbImage } from '../reading/locateCard.ts';
import { locateDocument } from '../reading/locateDocument.ts';
import { ENOUGH } from '../reading/register.ts';

/** Wider than this share of the picture a face is nobody's printed one: a whole card's portrait is smaller. */
const WIDEST = 0.3;

/** True when the face is the one printed on an ID card that is held into the camera (R20): it would be compared with itself. */
export async function isFaceOnCard(ppocr: () => Promise<PpOcr>, picture: RgbImage, face: FieldBox, checkpoint?: () => void): Promise<boolean> {
  if (face.width > WIDEST) return false;
  const { document } = await locateDocument(await ppocr(), picture, checkpoint);
  if (document === null || document.side !== 'portrait' || document.score < ENOUGH) return false;
  const { x, y } = apply(invert(document.map), { x: (face.x + face.width / 2) * picture.width, y: (face.y + face.height / 2) * picture.height });
  return x > PHOTO.left && x < PHOTO.right && y > PHOTO.top && y < PHOTO.bottom;
}
