/** Whether a photo of the call was in the recorded picture at its second (R20): photos cannot be swapped. */
import sharp from 'sharp';

import type { FrameComparison } from '../../../contracts/sameFrame.ts';
import { differenceOf } from './difference.ts';
import type { Difference, Plane } from './difference.ts';

/** The recorded frame of the photo's moment and others near it, see RecordedMoment of media. */
export interface Recorded { readonly png: Uint8Array; readonly offsetMs: number; readonly around: readonly { readonly offsetMs: number; readonly jpeg: Uint8Array }[] }

/** Measured on tuning seeds, see docs/evidence.md. */
export const SAME_LIMITS = {
  /** Least similarity of the whole. */
  similarity: 0.95,
  /** The worst place may differ so much more the more the picture differs everywhere: of the same bits next to nothing may, and no network excuses more than `most`. */
  worst: { least: 0.05, perUsual: 35, most: 0.42 },
  /** Where the very frame was not recorded: from here on it may be the hand that moved, and nobody is accused. */
  moved: 0.9,
  /** A moment farther away than this is another one; it is the photo's when it leaves at most so much of the difference. */
  momentMs: 200, left: 0.5, besideMs: 500,
  /** From here on it is the same scene with a change, not another one. */
  scene: 0.7,
} as const;
/** From here on there is nothing to look for: the same bits, decoded twice. */
export const isCertain = ({ similarity, worst }: { readonly similarity: number; readonly worst: number }): boolean => similarity > 0.9995 && worst < SAME_LIMITS.worst.least;

/** No recorded frame is wider in a call. */
const WIDEST = 1280;
/** Where the very frame was not recorded things may have moved: looked at more roughly, and each place a little around. */
const MOVED = { width: 640, reach: 3 };

/** @throws when one of the pictures does not decode */
export async function sameFrame(photo: Uint8Array, recorded: Recorded): Promise<FrameComparison> {
  const [a, b] = await Promise.all([sharp(photo).metadata(), sharp(recorded.png).metadata()]);
  // Turned meanwhile, or cut: not this frame.
  if (Math.abs((a.width * b.height) / (a.height * b.width) - 1) > 0.03) return { verdict: 'other', similarity: 0, worst: 1, usual: 1 };
  const near = recorded.offsetMs !== 0;
  const width = Math.min(a.width, b.width, near ? MOVED.width : WIDEST);
  const size = { width, height: Math.round((width * b.height) / b.width) };
  const [shot, frame] = await Promise.all([planeOf(photo, size), planeOf(recorded.png, size)]);
  const here = differenceOf(shot, frame, near ? MOVED.reach : undefined);
  if (isCertain(here)) {
    const figures = { similarity: here.similarity, worst: here.worst, usual: here.usual };
    // The file's clock may lie a little beside the packet's: the same picture that close is this picture.
    return Math.abs(recorded.offsetMs) < SAME_LIMITS.momentMs ? { verdict: 'same', ...figures } : { verdict: 'elsewhen', ...figures, offsetMs: recorded.offsetMs };
  }
  const elsewhen = await bestElsewhen(photo, shot, recorded);
  return verdictOf(here, { near, elsewhen, mirrored: () => differenceOf(flopped(shot), frame) });
}

interface Elsewhen { readonly offsetMs: number; readonly difference: Difference }

/** Many moments are looked at small first. */
const GLANCE = 320;

/** Of the moments around the one that fits best. */
async function bestElsewhen(photo: Uint8Array, shot: Plane, { around }: Recorded): Promise<Elsewhen | undefined> {
  const small = { width: GLANCE, height: Math.round((GLANCE * shot.height) / shot.width) };
  const glance = await planeOf(photo, small);
  let best: { readonly offsetMs: number; readonly jpeg: Uint8Array; readonly similarity: number } | undefined;
  for (const { offsetMs, jpeg } of around) {
    if (Math.abs(offsetMs) < SAME_LIMITS.momentMs) continue;
    const { similarity } = differenceOf(glance, await planeOf(jpeg, small));
    if (best === undefined || similarity > best.similarity) best = { offsetMs, jpeg, similarity };
  }
  return best && { offsetMs: best.offsetMs, difference: differenceOf(shot, await planeOf(best.jpeg, shot)) };
}

/** Pure. `near`: the very frame was not recorded, this is the one nearest to it. */
export function verdictOf(here: Difference, { near, elsewhen, mirrored }: { near: boolean; elsewhen: Elsewhen | undefined; mirrored: () => Difference }): FrameComparison {
  const { similarity, worst, usual, box } = here;
  const figures = { similarity, worst, usual };
  if (elsewhen !== undefined && isSame(elsewhen.difference) && 1 - elsewhen.difference.similarity < SAME_LIMITS.left * (1 - similarity)) {
    // Where the very frame is missing, a moment just beside it, or any of one who sits still, may be nearer than what is there.
    if (near && (similarity >= SAME_LIMITS.moved || Math.abs(elsewhen.offsetMs) < SAME_LIMITS.besideMs)) return { verdict: 'undecidable', ...figures };
    return { verdict: 'elsewhen', ...figures, offsetMs: elsewhen.offsetMs };
  }
  if (isSame(here)) return { verdict: 'same', ...figures };
  if (isSame(mirrored())) return { verdict: 'mirrored', ...figures };
  if (near && similarity >= SAME_LIMITS.moved) return { verdict: 'undecidable', ...figures };
  return similarity >= SAME_LIMITS.scene ? { verdict: 'retouched', ...figures, box } : { verdict: 'other', ...figures };
}

function isSame({ similarity, worst, usual }: Difference): boolean {
  const { least, perUsual, most } = SAME_LIMITS.worst;
  return similarity >= SAME_LIMITS.similarity && worst <= Math.min(most, least + perUsual * usual);
}

async function planeOf(image: Uint8Array, { width, height }: { width: number; height: number }): Promise<Plane> {
  const { data } = await sharp(image).rotate().removeAlpha().greyscale().resize({ width, height, fit: 'fill' }).raw().toBuffer({ resolveWithObject: true });
  return { data: Float32Array.from(data), width, height };
}

function flopped({ data, width, height }: Plane): Plane {
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) out[y * width + x] = data[y * width + width - 1 - x] as number;
  return { data: out, width, height };
}
