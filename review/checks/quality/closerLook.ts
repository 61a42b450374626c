/** A second look at the only part of a picture that bears print: what is too small to be found from afar is found there. */
import type { PpOcr } from '../reading/engines/ppocr.ts';
import { compose } from '../reading/homography.ts';
import type { PlaneMap } from '../reading/homography.ts';
import type { RgbImage } from '../reading/locateCard.ts';
import { cutOut } from '../reading/locateDocument.ts';
import { ENOUGH, registerByText } from '../reading/register.ts';
import { textBoxes } from '../reading/textBoxes.ts';
import type { TextBox } from '../reading/textBoxes.ts';
import { leanOfCard } from './slant.ts';
import type { SlantedCard } from './slant.ts';

/** A card's print stands on its left: so much of the print's own extent may be card on each side of it. */
const ROOM = 0.45;
/** Looking at more than this share of the picture's longer side once more would show nothing new. */
const MOST_SHARE = 0.62;
const LEAST_LINES = 2;
/** Longer side of what the detector looks at. */
const LOOK = 608;

export interface Part { readonly left: number; readonly top: number; readonly width: number; readonly height: number }

/** Around all lines of print, with room for the card; null where they are all over the picture. Pixels. */
export function printedPart(print: readonly TextBox[], picture: { readonly width: number; readonly height: number }): Part | null {
  if (print.length < LEAST_LINES) return null;
  const ends = print.flatMap(({ from, to }) => [from, to]);
  const [xs, ys] = [ends.map((p) => p.x), ends.map((p) => p.y)];
  const [least, most] = [{ x: Math.min(...xs), y: Math.min(...ys) }, { x: Math.max(...xs), y: Math.max(...ys) }];
  const room = ROOM * Math.max(most.x - least.x, most.y - least.y);
  const [left, top] = [Math.max(0, least.x - room), Math.max(0, least.y - room)];
  const [width, height] = [Math.min(picture.width, most.x + room) - left, Math.min(picture.height, most.y + room) - top];
  return Math.max(width, height) > MOST_SHARE * Math.max(picture.width, picture.height) ? null : { left, top, width, height };
}

/** @returns null when the print is spread over the picture, or is not a card's from near either. */
export async function lookCloser(ppocr: PpOcr, picture: RgbImage, print: readonly TextBox[]): Promise<SlantedCard | null> {
  const part = printedPart(print, picture);
  if (part === null) return null;
  const scale = LOOK / Math.max(part.width, part.height);
  const toPicture: PlaneMap = [1 / scale, 0, part.left, 0, 1 / scale, part.top, 0, 0, 1];
  const near = await cutOut(picture, toPicture, Math.round(part.width * scale), Math.round(part.height * scale));
  const found = registerByText(textBoxes(await ppocr.findPrint(near), 1), LOOK);
  if (found === null || found.score < ENOUGH) return null;
  const map = compose(toPicture, found.map);
  return { side: found.side, map, score: found.score, leanDeg: leanOfCard(map) };
}
