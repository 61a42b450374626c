/**
 * A card seen at a slant so steep that its print no longer lies as the design has it: the print is stretched back as if
 * it leaned that way or another, and the design is laid over it again. Only that it leans, and how far, is told. Pure.
 */
import { compose } from '../reading/homography.ts';
import type { PlaneMap } from '../reading/homography.ts';
import { CARD_UNITS } from '../reading/layout.ts';
import type { Side } from '../reading/layout.ts';
import { ENOUGH, longest, registerByText } from '../reading/register.ts';
import type { TextBox } from '../reading/textBoxes.ts';
import { leanDeg } from './lean.ts';

/** Stretches tried: leans of 50° and 60°; and ways, in steps of 22.5°. */
const STRETCHES = [1.55, 2];
const WAYS = 8;
/** A card has a dozen; of a page of print the longest do. */
const MOST_LINES = 50;

export interface SlantedCard {
  readonly side: Side;
  /** Card units to pixels. */
  readonly map: PlaneMap;
  readonly leanDeg: number;
  /** See {@link ENOUGH}. */
  readonly score: number;
}

/** Null when the print is no card's at any lean. Boxes in pixels. */
export function slantedCard(print: readonly TextBox[]): SlantedCard | null {
  const lines = longest(print, MOST_LINES);
  let best: Omit<SlantedCard, 'leanDeg'> | null = null;
  for (const stretch of STRETCHES) {
    for (let way = 0; way < WAYS; way += 1) {
      const angle = (way * Math.PI) / WAYS;
      const found = registerByText(lines.map((box) => stretched(box, angle, stretch)));
      if (found !== null && found.score >= ENOUGH && (best === null || found.score > best.score)) best = { side: found.side, map: compose(stretchMap(angle, 1 / stretch), found.map), score: found.score };
    }
  }
  return best === null ? null : { ...best, leanDeg: leanDeg(best.map, { x: CARD_UNITS.width / 2, y: CARD_UNITS.height / 2 }, 1) };
}

/** Lengthens everything along a direction, around the origin. */
function stretchMap(angle: number, factor: number): PlaneMap {
  const [c, s, more] = [Math.cos(angle), Math.sin(angle), factor - 1];
  return [1 + more * c * c, more * c * s, 0, more * c * s, 1 + more * s * s, 0, 0, 0, 1];
}

function stretched({ from, to, height, score }: TextBox, angle: number, factor: number): TextBox {
  const [a, b, , c, d] = stretchMap(angle, factor);
  const moved = ({ x, y }: TextBox['from']): TextBox['from'] => ({ x: a * x + b * y, y: c * x + d * y });
  const [p, q] = [moved(from), moved(to)];
  const longer = Math.hypot(q.x - p.x, q.y - p.y) / Math.max(1e-6, Math.hypot(to.x - from.x, to.y - from.y));
  // Area grows by the factor; what the line gained in length, its height did not.
  return { from: p, to: q, height: (height * factor) / longer, score };
}
