/**
 * A card that leans far away from the camera: neither of its proportions nor right-angled in the picture, but four
 * straight sides that some camera sees a card by. Pure.
 */
import { areaOf, fourSides } from './fourSides.ts';
import { compose, scaling } from './homography.ts';
import { CARD_UNITS } from './layout.ts';
import type { Point } from './lines.ts';
import type { CardOutline } from './locateCard.ts';
import { cardPose } from './perspective.ts';
import type { SheetPose } from './perspective.ts';
import { convexHull } from './textBoxes.ts';
import { quadMap } from './warp.ts';

/** Below this a sheet still has nearly a card's proportions. */
const LEAST_TILT = 25;
const MOST_MISFIT = 0.2;
/** Rounded corners and a finger's tip take this much of the four sides' area; print and portrait this much of the hull's. */
const LEAST_FILL = 0.92;
const LEAST_SOLID = 0.5;
const LEAST_AREA = 0.03;

/**
 * @param border outermost pixels of a bright region of `size` pixels in a picture
 * @returns corners clockwise, the first side a long one of the card's; null when no card looks so
 */
export function slantedSheet({ border, size }: { readonly border: readonly Point[]; readonly size: number }, picture: { readonly width: number; readonly height: number }): CardOutline | null {
  const hull = convexHull(border);
  const [sides, within] = [fourSides(hull), areaOf(hull)];
  if (sides === null || within < LEAST_FILL * areaOf(sides) || size < LEAST_SOLID * within || within < LEAST_AREA * picture.width * picture.height) return null;
  // What runs out of the picture ends at its edge and has no card's shape.
  const slack = 0.006 * Math.max(picture.width, picture.height);
  if (sides.some(({ x, y }) => x < slack || y < slack || x > picture.width - slack || y > picture.height - slack)) return null;
  const [a, b, c, d] = sides;
  const [one, other] = [[a, b, c, d], [b, c, d, a]].map((corners) => ({ corners: corners as [Point, Point, Point, Point], pose: poseOfCard(corners as [Point, Point, Point, Point], picture) })) as [Candidate, Candidate];
  const { corners, pose } = one.pose.misfit <= other.pose.misfit ? one : other;
  if (pose.misfit > MOST_MISFIT || pose.tiltDeg < LEAST_TILT) return null;
  const [from, to] = corners;
  const share = ({ x, y }: Point): Point => ({ x: x / picture.width, y: y / picture.height });
  return { corners: corners.map(share) as [Point, Point, Point, Point], tiltDeg: (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI, cutOff: false, likeness: 0.7 - pose.misfit };
}

interface Candidate { readonly corners: [Point, Point, Point, Point]; readonly pose: SheetPose }

const poseOfCard = (corners: [Point, Point, Point, Point], picture: { readonly width: number; readonly height: number }): SheetPose =>
  cardPose(compose(quadMap(corners), scaling(1 / CARD_UNITS.width, 1 / CARD_UNITS.height)), picture);
