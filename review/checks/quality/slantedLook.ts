/** A second look at a card that may lean far: the picture is turned to face it, and the design laid over the print once more. */
import type { PpOcr } from '../reading/engines/ppocr.ts';
import { compose } from '../reading/homography.ts';
import type { PlaneMap } from '../reading/homography.ts';
import { CARD_UNITS } from '../reading/layout.ts';
import type { RgbImage } from '../reading/locateCard.ts';
import { cutOut } from '../reading/locateDocument.ts';
import { ENOUGH, registerByText } from '../reading/register.ts';
import { textBoxes } from '../reading/textBoxes.ts';
import { leanOfCard } from './slant.ts';
import type { SlantedCard } from './slant.ts';

/** Pixels of the turned picture for a hundred card units, and how much of the card's size is seen on each side of it: a first guess is rough. */
const SCALE = 0.56;
const ROOM = 0.2;

/** @returns null when the print, seen from the front, is not the card's after all. */
export async function lookFacing(ppocr: PpOcr, picture: RgbImage, { map }: SlantedCard): Promise<SlantedCard | null> {
  const [width, height] = [CARD_UNITS.width, CARD_UNITS.height].map((units) => Math.round(units * (1 + 2 * ROOM) * SCALE)) as [number, number];
  const toCard: PlaneMap = [1 / SCALE, 0, -ROOM * CARD_UNITS.width, 0, 1 / SCALE, -ROOM * CARD_UNITS.height, 0, 0, 1];
  const toPicture = compose(map, toCard);
  if (!isAhead(toPicture, width, height)) return null;
  const facing = await cutOut(picture, toPicture, width, height);
  const found = registerByText(textBoxes(await ppocr.findPrint(facing), 1), width);
  if (found === null || found.score < ENOUGH) return null;
  const seen = compose(toPicture, found.map);
  return { side: found.side, map: seen, score: found.score, leanDeg: leanOfCard(seen) };
}

/** A guess may lean so far that its horizon crosses the part that would be looked at. */
const isAhead = (map: PlaneMap, width: number, height: number): boolean =>
  [[0, 0], [width, 0], [width, height], [0, height]].every(([x = 0, y = 0]) => (map[6] * x + map[7] * y + map[8]) / map[8] > 0.2);
