/** Plans one photo: draws every condition out of the ranges. Pure; the same stream plans the same shot. */
import { ADDRESS_EM, CARD_UNITS } from './card.ts';
import { DEFECT, GOOD, LARGE_TEXT_PX, PICTURE_SIZES, SCENE_SHARES, SMALL_TEXT_PX } from './conditions.ts';
import type { DocumentDefect, Range, TextBand } from './conditions.ts';
import { homography, mapPoint, rectangle } from './homography.ts';
import type { Point, Quad } from './homography.ts';
import type { Light } from './optics.ts';
import { clearance, project, textHeight } from './pose.ts';
import type { Pose } from './pose.ts';
import { SCENES } from './scenery.ts';
import type { SceneName } from './scenery.ts';

export type Shot = {
  readonly width: number;
  readonly height: number;
  readonly scene: SceneName;
  readonly pose: Pose;
  readonly quad: Quad;
  readonly textPx: number;
  readonly lensRadius: number;
  readonly motionLength: number;
  readonly motionTowardsDeg: number;
  readonly light: Light;
  readonly noise: number;
  readonly jpegQuality: number;
  readonly orientation: 1 | 3 | 6 | 8;
  /** Tip and origin of a finger in card units. */
  readonly finger: { readonly tip: Point; readonly from: Point } | null;
};

type Wish = { readonly random: () => number; readonly band: TextBand; readonly defect: DocumentDefect | null; readonly side: 'portrait' | 'emblem' };
type Dice = { readonly random: () => number; in(range: Range): number; chance(share: number): boolean; angle(): number };

const dice = (random: () => number): Dice => ({
  random, in: ([low, high]) => low + random() * (high - low), chance: (share) => random() < share, angle: () => random() * 360,
});

export function planShot(wish: Wish): Shot {
  const d = dice(wish.random);
  const { width, height, pose, quad } = framed(d, wish);
  const textPx = textHeight(quad);
  const { defect } = wish;
  const cardWidth = Math.max(Math.hypot(quad[1].x - quad[0].x, quad[1].y - quad[0].y), Math.hypot(quad[2].x - quad[3].x, quad[2].y - quad[3].y));
  const low = defect === null && d.chance(GOOD.lowLight.share);
  const lens = d.in(GOOD.lensPx) + d.in(GOOD.lensText) * d.random() * textPx;
  return {
    width, height, pose, quad, textPx,
    scene: sceneOf(d.random()),
    lensRadius: defect === 'defocus' ? d.in(DEFECT.defocusText) * textPx : lens,
    motionLength: (defect === 'motion' ? d.in(DEFECT.motionText) : d.chance(GOOD.motion.share) ? d.in(GOOD.motion.text) : 0) * textPx,
    motionTowardsDeg: d.angle(),
    light: lightOf(d, wish, { quad, width, height, cardWidth, low }),
    noise: d.in(defect === 'dark' ? DEFECT.darkNoise : low ? GOOD.lowLight.noise : GOOD.noise),
    jpegQuality: Math.round(d.in(GOOD.jpeg)),
    orientation: d.chance(GOOD.exifTurned) ? ([3, 6, 8] as const)[Math.floor(d.random() * 3)] ?? 1 : 1,
    finger: d.chance(GOOD.finger) ? fingerOver(d, wish.side) : null,
  };
}

function sceneOf(draw: number): SceneName {
  let rest = draw;
  return SCENES.find((name) => (rest -= SCENE_SHARES[name]) < 0) ?? 'wood';
}

function sizeOf(draw: number, band: TextBand): { width: number; height: number } {
  let rest = draw;
  const sizes = PICTURE_SIZES[band];
  const [, width, height] = sizes.find(([share]) => (rest -= share) < 0) ?? (sizes[0] as (typeof sizes)[number]);
  return { width, height };
}

/** Tries until the card stands in the picture as wished: size of text, whole or cut off. */
function framed(d: Dice, { band, defect }: Wish): { width: number; height: number; pose: Pose; quad: Quad } {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    // A card that is too small stands in an ordinary picture: nobody photographs one from across the room.
    const size = sizeOf(d.random(), defect === 'small' ? 'small' : band);
    const quarter = quarterTurn(d.random());
    const lying = (quarter % 180 === 0) === d.chance(GOOD.along);
    const { width, height } = lying ? size : { width: size.height, height: size.width };
    const roll = Math.max(-GOOD.rollDeg[1], Math.min(GOOD.rollDeg[1], normal(d) * GOOD.rollDeg[0]));
    const tilt = defect === 'tilted' ? d.in(DEFECT.tiltDeg) : GOOD.tiltDeg[0] + (GOOD.tiltDeg[1] - GOOD.tiltDeg[0]) * d.random() * d.random();
    const base = { turnDeg: quarter + roll, tiltDeg: tilt, tiltTowardsDeg: d.angle() };
    const largest = largestText(base, width, height);
    const wanted = wantedText(d, band, defect, largest);
    if (wanted === null) continue;
    const pose = placed(d, { ...base, textPx: wanted }, width, height);
    if (defect === 'cutOff') {
      const moved = pushedOut(d, pose, width, height);
      return { width, height, pose: moved, quad: project(moved, width, height) };
    }
    const quad = project(pose, width, height);
    if (clearance(quad, width, height) >= GOOD.clearance) return { width, height, pose, quad };
  }
  throw new Error('no framing found in 60 attempts: the ranges contradict each other');
}

function quarterTurn(draw: number): 0 | 90 | 180 | 270 {
  let rest = draw;
  const found = GOOD.quarterTurns.findIndex((share) => (rest -= share) < 0);
  return ([0, 90, 180, 270] as const)[found] ?? 0;
}

const normal = (d: Dice): number => Math.sqrt(-2 * Math.log(1 - d.random())) * Math.cos(2 * Math.PI * d.random());

/** Height of text at which the card, in the middle, just fits. */
function largestText(base: Omit<Pose, 'textPx' | 'centre'>, width: number, height: number): number {
  let [low, high] = [4, 200];
  for (let i = 0; i < 12; i += 1) {
    const middle = (low + high) / 2;
    const fits = clearance(project({ ...base, textPx: middle, centre: { x: 0.5, y: 0.5 } }, width, height), width, height) >= GOOD.clearance;
    if (fits) low = middle;
    else high = middle;
  }
  return low;
}

/** Null when a text of that height does not fit this picture. */
function wantedText(d: Dice, band: TextBand, defect: DocumentDefect | null, largest: number): number | null {
  if (defect === 'small') return Math.min(largest, d.in(DEFECT.smallTextPx));
  if (defect === 'tilted') return largest * d.in(GOOD.fill);
  if (band === 'small') {
    const text = d.in(SMALL_TEXT_PX);
    return text <= largest ? text : largest >= SMALL_TEXT_PX[0] ? d.in([SMALL_TEXT_PX[0], Math.min(largest, SMALL_TEXT_PX[1])]) : null;
  }
  return largest < LARGE_TEXT_PX ? null : Math.max(LARGE_TEXT_PX, largest * d.in(GOOD.fill));
}

/** Somewhere in the picture where the card is still whole: the wished place, or nearer to the middle. */
function placed(d: Dice, pose: Omit<Pose, 'centre'>, width: number, height: number): Pose {
  const wish = { x: d.in([0.25, 0.75]), y: d.in([0.25, 0.75]) };
  for (let pull = 1; pull > 0.01; pull *= 0.75) {
    const centre = { x: 0.5 + (wish.x - 0.5) * pull, y: 0.5 + (wish.y - 0.5) * pull };
    if (clearance(project({ ...pose, centre }, width, height), width, height) >= GOOD.clearance) return { ...pose, centre };
  }
  return { ...pose, centre: { x: 0.5, y: 0.5 } };
}

/** Moves the card over one edge of the picture by the wished share of its own extent. */
function pushedOut(d: Dice, pose: Pose, width: number, height: number): Pose {
  const quad = project(pose, width, height);
  const share = d.in(DEFECT.cutOff);
  const [xs, ys] = [quad.map((p) => p.x), quad.map((p) => p.y)];
  const [spanX, spanY] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  const shift = [
    { x: -Math.min(...xs) - share * spanX, y: 0 }, { x: width - Math.max(...xs) + share * spanX, y: 0 },
    { x: 0, y: -Math.min(...ys) - share * spanY }, { x: 0, y: height - Math.max(...ys) + share * spanY },
  ][Math.floor(d.random() * 4)] as Point;
  return { ...pose, centre: { x: pose.centre.x + shift.x / width, y: pose.centre.y + shift.y / height } };
}

type Seen = { readonly quad: Quad; readonly width: number; readonly height: number; readonly cardWidth: number; readonly low: boolean };

function lightOf(d: Dice, { defect, side }: Wish, seen: Seen): Light {
  const { shadow, haze, reflectionBeside } = GOOD;
  const exposure = defect === 'dark' ? d.in(DEFECT.darkExposure) : defect === 'overExposed' ? d.in(DEFECT.overExposure) : d.in(seen.low ? GOOD.lowLight.exposure : GOOD.exposure);
  const spots: Light['spots'][number][] = [];
  if (d.chance(haze.share)) {
    const r = d.in(haze.radius);
    spots.push({ at: { x: d.random(), y: d.random() }, rx: r, ry: r * d.in([0.4, 1]), turnDeg: d.angle(), power: d.in(haze.power), edge: 1.6 });
  }
  if (d.chance(reflectionBeside.share)) {
    const at = { x: d.random(), y: d.random() };
    const r = d.in(reflectionBeside.radius);
    if (beside(at, seen, r * Math.max(seen.width, seen.height) * 1.7)) spots.push({ at, rx: r, ry: r, turnDeg: 0, power: 260, edge: 0.7 });
  }
  if (defect === 'glare') spots.push(glareOver(d, side, seen));
  return {
    exposure, spots,
    veil: defect === 'overExposed' ? d.in(DEFECT.overVeil) : 0,
    vignette: d.in(GOOD.vignette), warmth: d.in(GOOD.warmth),
    gradient: { depth: d.in(GOOD.gradient) * (seen.low || defect === 'overExposed' ? 0.4 : 1), towardsDeg: d.angle() },
    ...(d.chance(shadow.share) && !seen.low && defect !== 'overExposed' ? { shadow: { depth: d.in(shadow.depth), at: { x: d.in([0.25, 0.75]), y: d.in([0.25, 0.75]) }, towardsDeg: d.angle(), edge: d.in(shadow.edge) } } : {}),
  };
}

/** Middles of the fields in card units: a reflection there hides something that has to be read. */
const FIELDS_AT: Record<Wish['side'], readonly Point[]> = {
  portrait: [{ x: 220, y: 84 }, { x: 380, y: 149 }, { x: 280, y: 214 }, { x: 300, y: 300 }, { x: 520, y: 466 }, { x: 400, y: 466 }],
  emblem: [{ x: 470, y: 400 }, { x: 450, y: 466 }, { x: 600, y: 466 }],
};

function glareOver(d: Dice, side: Wish['side'], { quad, width, height, cardWidth }: Seen): Light['spots'][number] {
  const fields = FIELDS_AT[side];
  const field = fields[Math.floor(d.random() * fields.length)] as Point;
  const at = mapPoint(homography(rectangle(CARD_UNITS.width, CARD_UNITS.height), quad), field);
  const rx = (d.in(DEFECT.glareRadius) * cardWidth) / Math.max(width, height);
  return { at: { x: at.x / width, y: at.y / height }, rx, ry: rx * d.in([0.55, 1]), turnDeg: d.angle(), power: d.in(DEFECT.glarePower), edge: d.in([0.2, 0.7]) };
}

/** Whether a spot of that radius in pixels stays off the card. */
function beside(at: Point, { quad, width, height }: Seen, radius: number): boolean {
  const [x, y] = [at.x * width, at.y * height];
  const centre = { x: quad.reduce((s, p) => s + p.x, 0) / 4, y: quad.reduce((s, p) => s + p.y, 0) / 4 };
  const reach = Math.max(...quad.map((p) => Math.hypot(p.x - centre.x, p.y - centre.y)));
  return Math.hypot(x - centre.x, y - centre.y) > reach + radius;
}

/** How far a finger may come over each edge without touching print, in card units. */
const FREE_EDGE: Record<Wish['side'], { left: number; right: number; top: number; bottom: number }> = {
  portrait: { left: 42, right: 40, top: 42, bottom: 36 }, emblem: { left: 48, right: 14, top: 44, bottom: 34 },
};
/** Length that is drawn of a finger, in card units: about nine centimetres, a fifth as wide. */
const FINGER = 29 * ADDRESS_EM;

function fingerOver(d: Dice, side: Wish['side']): NonNullable<Shot['finger']> {
  const free = FREE_EDGE[side];
  const { width, height } = CARD_UNITS;
  const lean = d.in([-0.35, 0.35]) * FINGER;
  const depth = d.in([0.4, 0.9]);
  const [along, across] = [d.in([0.15, 0.85]) * width, d.in([0.2, 0.8]) * height];
  switch (Math.floor(d.random() * 4)) {
    case 0: return { tip: { x: free.left * depth, y: across }, from: { x: free.left * depth - FINGER, y: across + lean } };
    case 1: return { tip: { x: width - free.right * depth, y: across }, from: { x: width - free.right * depth + FINGER, y: across + lean } };
    case 2: return { tip: { x: along, y: free.top * depth }, from: { x: along + lean, y: free.top * depth - FINGER } };
    default: return { tip: { x: along, y: height - free.bottom * depth }, from: { x: along + lean, y: height - free.bottom * depth + FINGER } };
  }
}
