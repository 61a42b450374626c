/** Whether a phone's camera can have seen a flat, right-angled sheet just so. Pure. */
import { apply } from './homography.ts';
import type { PlaneMap } from './homography.ts';
import { CARD_UNITS } from './layout.ts';
import type { Point } from './lines.ts';

/** Focal lengths of phones' cameras, and of pictures cut out of theirs, in longer sides of the picture. */
const FOCALS = [0.6, 0.7, 0.8, 0.95, 1.15, 1.4, 2];

export interface SheetPose {
  /** 0 when some camera sees a sheet of these proportions exactly so; 0.1 when a side is longer by a tenth, or an angle off by 6°. */
  readonly misfit: number;
  /** Between the sheet and the picture's plane, for that camera. */
  readonly tiltDeg: number;
}

/**
 * @param map the sheet's units, equal in both directions, to pixels of the picture
 * @param middle of the sheet, in its units
 */
function poseOf(map: PlaneMap, middle: Point, { width, height }: { readonly width: number; readonly height: number }): SheetPose {
  // A camera looks at the middle of its picture; what was cut out of one was cut out around the sheet.
  const lookedAt = [{ x: width / 2, y: height / 2 }, apply(map, middle)];
  const poses = lookedAt.flatMap((at) => FOCALS.map((focal) => poseFor(map, at, focal * Math.max(width, height))));
  return poses.reduce((one, other) => (other.misfit < one.misfit ? other : one));
}

/** Worth of a place on the card: print that lies as the design has it, less what no camera could have seen so. */
export const worthOf = ({ score, map }: { readonly score: number; readonly map: PlaneMap }, picture: { readonly width: number; readonly height: number }): number =>
  score - COST * Math.max(0, cardPose(map, picture).misfit - USUAL);

/** Misfit of true places, found a little off; and what more of it costs, in units of score. */
const USUAL = 0.05;
const COST = 9;

export const cardPose = (map: PlaneMap, picture: { readonly width: number; readonly height: number }): SheetPose => poseOf(map, { x: CARD_UNITS.width / 2, y: CARD_UNITS.height / 2 }, picture);

function poseFor([a, b, , d, e, , g, h]: PlaneMap, at: Point, focal: number): SheetPose {
  // The sheet's two directions in space: right-angled and equally long when this camera saw it.
  const across = [(a - at.x * g) / focal, (d - at.y * g) / focal, g] as const;
  const down = [(b - at.x * h) / focal, (e - at.y * h) / focal, h] as const;
  const [wide, high] = [Math.hypot(...across), Math.hypot(...down)];
  const angle = (across[0] * down[0] + across[1] * down[1] + across[2] * down[2]) / (wide * high);
  const facing = (across[0] * down[1] - across[1] * down[0]) / (wide * high);
  return { misfit: Math.hypot(Math.log(wide / high), angle), tiltDeg: (Math.acos(Math.min(1, Math.abs(facing))) * 180) / Math.PI };
}
