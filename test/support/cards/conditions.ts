/**
 * Under which conditions clients take their photos: every range of the generator, as data. They follow what phones give
 * in rooms and offices: hands shake, lamps throw shadows, messengers recompress. A good photo is one that a person reads
 * without effort; a defect is one that a person would name at once. What lies between is generated for neither.
 */
import type { FindingCode } from '../../../contracts/findings.ts';
import type { SceneName } from './scenery.ts';

export type Range = readonly [low: number, high: number];

/** Deliberate defects of a document's photo, and the finding that names each (R21). */
export const DOCUMENT_DEFECTS = {
  defocus: 'PHOTO_BLURRED',
  motion: 'PHOTO_MOTION_BLURRED',
  dark: 'PHOTO_TOO_DARK',
  overExposed: 'PHOTO_OVER_EXPOSED',
  glare: 'PHOTO_GLARE',
  cutOff: 'PHOTO_CUT_OFF',
  small: 'PHOTO_TOO_SMALL',
  tilted: 'PHOTO_TILTED',
  noDocument: 'CARD_NOT_FOUND',
} as const satisfies Record<string, FindingCode>;
export type DocumentDefect = keyof typeof DOCUMENT_DEFECTS;

/** Heights of the address's characters: `large` is 24 pixels or more, `small` 16 to 23. */
export type TextBand = 'large' | 'small';

/** Share, width, height; landscape, turned by chance. */
export const PICTURE_SIZES: Record<TextBand, readonly (readonly [share: number, width: number, height: number])[]> = {
  large: [[0.22, 1280, 720], [0.2, 1280, 960], [0.22, 1600, 1200], [0.2, 1920, 1080], [0.08, 2592, 1944], [0.04, 3264, 2448], [0.04, 4032, 3024]],
  small: [[0.45, 640, 480], [0.15, 800, 600], [0.2, 1280, 720], [0.1, 1280, 960], [0.1, 1600, 1200]],
};
export const SMALL_TEXT_PX: Range = [16.2, 23.6];
export const LARGE_TEXT_PX = 24.3;

export const SCENE_SHARES: Record<SceneName, number> = {
  wood: 0.24, cloth: 0.12, printedPaper: 0.1, hand: 0.12, keyboard: 0.07, whiteTable: 0.12, cardColour: 0.06, darkDesk: 0.09, stone: 0.08,
};

/** What every photo has, whatever else is wrong with it. */
export const GOOD = {
  /** Share of the largest size at which the card still fits. */
  fill: [0.55, 0.97] as Range,
  /** Card along or across the picture's longer side; and quarter turns of the card: 0, 90, 180, 270. */
  along: 0.8,
  quarterTurns: [0.76, 0.08, 0.08, 0.08],
  /** Standard deviation and bound of the few degrees beside. */
  rollDeg: [5, 15] as Range,
  /** Lean of the card's plane; most are small. */
  tiltDeg: [0, 26] as Range,
  /** Corners keep this share of the shorter side to the edge. */
  clearance: 0.012,
  /** Radius of the lens's blur: pixels that every sensor has, and more as a share of the text's height. */
  lensPx: [0.7, 1.1] as Range,
  lensText: [0, 0.075] as Range,
  /** A hand's small movement, in some photos; length as a share of the text's height. */
  motion: { share: 0.35, text: [0.03, 0.085] as Range },
  exposure: [0.68, 1.03] as Range,
  lowLight: { share: 0.12, exposure: [0.42, 0.6] as Range, noise: [4, 8] as Range },
  noise: [0.8, 4.5] as Range,
  warmth: [0.93, 1.07] as Range,
  vignette: [0, 0.25] as Range,
  gradient: [0, 0.35] as Range,
  shadow: { share: 0.3, depth: [0.12, 0.42] as Range, edge: [0.004, 0.08] as Range },
  /** A lamp's faint haze anywhere; text stays clear. */
  haze: { share: 0.25, power: [12, 40] as Range, radius: [0.08, 0.3] as Range },
  /** A hard reflection on the table, beside the card. */
  reflectionBeside: { share: 0.08, radius: [0.02, 0.06] as Range },
  finger: 0.16,
  jpeg: [40, 90] as Range,
  /** The camera stored the picture turned and says so in EXIF. */
  exifTurned: 0.15,
} as const;

export const DEFECT = {
  /** Radius of the disc as a share of the text's height: characters run together. */
  defocusText: [0.3, 0.75] as Range,
  /** Length of the movement as a share of the text's height. */
  motionText: [0.55, 1.2] as Range,
  darkExposure: [0.07, 0.22] as Range,
  darkNoise: [4, 9] as Range,
  overExposure: [1.75, 2.7] as Range,
  overVeil: [25, 75] as Range,
  /** Blown-out spot over a field: half-axes as shares of the card's width. */
  glareRadius: [0.09, 0.2] as Range,
  glarePower: [230, 330] as Range,
  /** Share of the card's length beyond the picture's edge. */
  cutOff: [0.08, 0.35] as Range,
  smallTextPx: [6, 11.5] as Range,
  tiltDeg: [48, 62] as Range,
} as const;
