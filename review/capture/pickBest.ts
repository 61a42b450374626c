/** The best frame of a short burst (R20, R21). Pure. The photo of record stays the pressed frame; the best one is read. */
import type { PhotoFigures } from '../../contracts/reading.ts';

export interface BurstFrame {
  /** Absent when no card or face was found in it. */
  readonly figures?: PhotoFigures | undefined;
  /** Blocking findings of the frame. */
  readonly blocking: number;
}

/** A frame that would be refused never beats one that would not. */
const REFUSED = 0.1;
/** Brightness at which print stands out best, and how far off it counts nothing. */
const GOOD_LIGHT = { from: 100, to: 225 };
const FULL_WIDTH = 860;

/**
 * Scores 0…1, one a frame, in the order given, and the index of the best: the earliest of equals, so that the pressed
 * frame, given first, is left only for a better one. −1 for no frames.
 */
export function pickBest(frames: readonly BurstFrame[]): { best: number; scores: number[] } {
  const scores = frames.map(scoreOf);
  return { best: scores.reduce((best, score, i) => (best < 0 || score > (scores[best] as number) + 1e-6 ? i : best), -1), scores };
}

function scoreOf({ figures, blocking }: BurstFrame): number {
  if (figures === undefined) return 0;
  const { sharpness, motion, brightness, blown, glare, widthPx, tiltDeg = 0 } = figures;
  const light = brightness < GOOD_LIGHT.from ? brightness / GOOD_LIGHT.from : brightness > GOOD_LIGHT.to ? Math.max(0, 1 - (brightness - GOOD_LIGHT.to) / 60) : 1;
  const size = Math.min(1, widthPx / FULL_WIDTH);
  const lean = Math.cos((Math.min(80, tiltDeg) * Math.PI) / 180);
  const score = sharpness * (1 - 0.5 * motion) * light * (1 - Math.min(1, 5 * glare)) * (1 - 0.5 * blown) * (0.6 + 0.4 * size) * lean;
  return Math.round((blocking > 0 ? REFUSED * score : score) * 1000) / 1000;
}
