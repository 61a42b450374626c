/**
 * A sheet that bears print but could not be read as a card: too small, leaning too far, or partly outside the picture.
 * Only its place is told, so that the photo's fault can be named. Pure.
 */
import type { Point } from '../reading/lines.ts';
import { locateCards } from '../reading/locateCard.ts';
import type { CardOutline, RgbImage } from '../reading/locateCard.ts';
import type { TextBox } from '../reading/textBoxes.ts';

export type Quad = readonly [Point, Point, Point, Point];

/** Share of the picture: a card whose print is too small to be found. */
const SMALLEST = 0.002;
/** Lines of print that make a bright patch of any shape a sheet. */
const LEAST_LINES = 3;

/**
 * A bright patch of any shape that bears lines of print: corners in shares of the picture, clockwise, the first side
 * along the print; null when there is none.
 * @param small the picture, shrunk
 * @param print lines of print, ends in shares of the picture
 */
export function findBearingSheet(small: RgbImage, print: readonly TextBox[]): Quad | null {
  if (print.length < LEAST_LINES) return null;
  const sheet = locateCards(small, { anyShape: true }).find((one) => print.filter((line) => isInside(one, middleOf(line))).length >= LEAST_LINES);
  return sheet === undefined ? null : alongPrint(sheet, print, small.width / small.height);
}

/** A whole card by its shape alone, however small. */
export function findSmallCard(small: RgbImage): Quad | null {
  const card = locateCards(small, { leastArea: SMALLEST })[0];
  return card === undefined || card.cutOff ? null : card.corners;
}

const middleOf = ({ from, to }: TextBox): Point => ({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 });

function isInside({ corners }: CardOutline, { x, y }: Point): boolean {
  return corners.every((p, i) => {
    const q = corners[(i + 1) % 4] as Point;
    return (q.x - p.x) * (y - p.y) - (q.y - p.y) * (x - p.x) >= 0;
  });
}

/** A card that leans far may look higher than wide; its lines of print still tell which side is the long one. */
function alongPrint(sheet: CardOutline, print: readonly TextBox[], aspect: number): Quad {
  const [a, b, c, d] = sheet.corners;
  const direction = (p: Point, q: Point): number => Math.atan2(q.y - p.y, (q.x - p.x) * aspect);
  const lines = print.filter((line) => isInside(sheet, middleOf(line)));
  const agreement = (side: number): number => lines.reduce((sum, { from, to }) => {
    const length = Math.hypot((to.x - from.x) * aspect, to.y - from.y);
    return sum + length * Math.abs(Math.cos(direction(from, to) - side));
  }, 0);
  return agreement(direction(a, b)) >= agreement(direction(b, c)) ? [a, b, c, d] : [b, c, d, a];
}
