/** The portrait printed on a card's portrait side, cut out of the straightened card. */
import type { PpOcr } from '../reading/engines/ppocr.ts';
import { compose, scaling } from '../reading/homography.ts';
import { cutOut, locateDocument } from '../reading/locateDocument.ts';
import type { OpenedPicture } from '../reading/picture.ts';
import type { FacePixels } from './models.ts';

/** Where it is printed, in card units, with room for hair and shoulders. */
const PORTRAIT = { left: 530, top: 40, width: 296, height: 370 };
/** Pixels a card unit: a face of about 200 pixels, which is what the models like. */
const SCALE = 1.5;

/** Null when the picture shows no portrait side. */
export async function portraitOf(ppocr: PpOcr, { pixels }: OpenedPicture): Promise<FacePixels | null> {
  const { document } = await locateDocument(ppocr, pixels);
  if (document === null || document.side !== 'portrait') return null;
  const toCard = compose([1, 0, PORTRAIT.left, 0, 1, PORTRAIT.top, 0, 0, 1], scaling(1 / SCALE, 1 / SCALE));
  return await cutOut(pixels, compose(document.map, toCard), Math.round(PORTRAIT.width * SCALE), Math.round(PORTRAIT.height * SCALE));
}
