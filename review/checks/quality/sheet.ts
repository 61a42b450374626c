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
 * Corners in shares of the picture, clockwise, the first side along the print; null when there is no such sheet.
 * @param small the picture, shrunk
 * @param print lines of print, ends in shares of the picture
 */
export function findSheet(small: RgbImage, print: readonly TextBox[]): Quad | null {
  const shaped = locateCards(small, { leastArea: SMALLEST })[0];
  if (shaped !== undefined && !shaped.cutOff) return shaped.corners;
  const bearing = locateCards(small, { anyShape: true }).find((sheet) => print.filter((line) => isInside(sheet, middleOf(line))).length >= LEAST_LINES);
  return bearing === undefined ? null : alongPrint(bearing, print, small.width / small.height);
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
