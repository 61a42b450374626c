/** How the phone sees a flat card: a pinhole camera above a plane. Pure. */
import { ADDRESS_EM, CARD_UNITS } from './card.ts';
import { homography, mapPoint, rectangle } from './homography.ts';
import type { Point, Quad } from './homography.ts';

export type Pose = {
  /** Degrees clockwise in which the card's reading direction is turned: a quarter turn plus the hand's unrest. */
  readonly turnDeg: number;
  /** Degrees by which the card's plane leans away from the camera's, and the direction of the lean (any angle). */
  readonly tiltDeg: number;
  readonly tiltTowardsDeg: number;
  /** Height in pixels of the address's characters where the address stands. */
  readonly textPx: number;
  /** Where the card's middle falls, as shares of the picture. */
  readonly centre: Point;
};

/** Focal length of a phone's main camera (26 mm equivalent), in widths of the picture's longer side. */
const FOCAL = 0.72;
/** Middle of the address on the portrait side, in card units. */
const ADDRESS_AT: Point = { x: 320, y: 320 };

/** The card's corners in pixels of a picture. */
export function project(pose: Pose, width: number, height: number): Quad {
  const focal = FOCAL * Math.max(width, height);
  // Text height is nearly proportional to 1 / distance: a few corrections bring it to a thousandth.
  let distance = (focal * ADDRESS_EM) / pose.textPx;
  for (let i = 0; i < 4; i += 1) {
    const see = camera(pose, focal, distance, width, height);
    const [top, bottom] = [see(ADDRESS_AT.x, ADDRESS_AT.y - ADDRESS_EM / 2), see(ADDRESS_AT.x, ADDRESS_AT.y + ADDRESS_EM / 2)];
    distance *= Math.hypot(bottom.x - top.x, bottom.y - top.y) / pose.textPx;
  }
  const see = camera(pose, focal, distance, width, height);
  return rectangle(CARD_UNITS.width, CARD_UNITS.height).map(({ x, y }) => see(x, y)) as unknown as Quad;
}

/** Where a place of the card, in card units, falls in the picture. */
function camera(pose: Pose, focal: number, distance: number, width: number, height: number): (x: number, y: number) => Point {
  const rad = Math.PI / 180;
  const [cosTurn, sinTurn] = [Math.cos(pose.turnDeg * rad), Math.sin(pose.turnDeg * rad)];
  const [cosTilt, sinTilt] = [Math.cos(pose.tiltDeg * rad), Math.sin(pose.tiltDeg * rad)];
  const [axisX, axisY] = [Math.cos(pose.tiltTowardsDeg * rad), Math.sin(pose.tiltTowardsDeg * rad)];
  const [left, top] = [pose.centre.x * width, pose.centre.y * height];
  return (x, y) => {
    const [cx, cy] = [x - CARD_UNITS.width / 2, y - CARD_UNITS.height / 2];
    const [rx, ry] = [cx * cosTurn - cy * sinTurn, cx * sinTurn + cy * cosTurn];
    // Leaning shortens the direction of the lean and moves its far end away.
    const along = rx * axisX + ry * axisY;
    const shortened = along * (cosTilt - 1);
    const scale = focal / (distance + along * sinTilt);
    return { x: left + scale * (rx + shortened * axisX), y: top + scale * (ry + shortened * axisY) };
  };
}

/** Height in pixels of an address character at the address's middle: the em along the card's vertical. */
export function textHeight(quad: Quad): number {
  const h = homography(rectangle(CARD_UNITS.width, CARD_UNITS.height), quad);
  const top = mapPoint(h, { x: ADDRESS_AT.x, y: ADDRESS_AT.y - ADDRESS_EM / 2 });
  const bottom = mapPoint(h, { x: ADDRESS_AT.x, y: ADDRESS_AT.y + ADDRESS_EM / 2 });
  return Math.hypot(bottom.x - top.x, bottom.y - top.y);
}

/** Smallest distance of a corner from the picture's edge, as a share of its shorter side; negative when outside. */
export function clearance(quad: Quad, width: number, height: number): number {
  return Math.min(...quad.flatMap((p) => [p.x, p.y, width - p.x, height - p.y])) / Math.min(width, height);
}
