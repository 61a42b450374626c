/** R21: whether a photo is good enough to approve on, measured on grey pixels. Pure; thresholds measured on real frames. */
import { makeFinding } from '../../contracts/reading.ts';
import type { Finding } from '../../contracts/reading.ts';

/** One byte a pixel, row by row. */
export interface GreyImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface QualityMeasures {
  /** Variance of the Laplacian in the sharpest tenth of blocks, at the normalised size. */
  readonly sharpness: number;
  /** Mean brightness, 0…255. */
  readonly brightness: number;
  /** Share of pixels at the upper end. */
  readonly overExposed: number;
  /** Largest connected blown-out patch, as a share of the picture. */
  readonly glare: number;
}

/** Width to which a subject is scaled before it is measured, so that one threshold serves all cameras. */
export const QUALITY_WIDTH = 800;

export const QUALITY_LIMITS = {
  /** Below this the glyphs of a card run together. */
  documentSharpness: 350,
  /** A face is softer than print. */
  faceSharpness: 60,
  tooDark: 70,
  overExposed: 0.35,
  blownOut: 253,
  glarePatch: 0.012,
  /** Pixels of the source across the card, or across the picture for a face. */
  documentWidth: 640,
  faceWidth: 480,
} as const;

const BLOCK = 32;

/** Measures a subject that was scaled to {@link QUALITY_WIDTH}. */
export function measureQuality(image: GreyImage): QualityMeasures {
  const { data, width, height } = image;
  let sum = 0;
  let blown = 0;
  for (const value of data) {
    sum += value;
    if (value >= QUALITY_LIMITS.blownOut) blown += 1;
  }
  return { sharpness: sharpness(image), brightness: sum / data.length, overExposed: blown / data.length, glare: largestPatch(data, width, height) / data.length };
}

/** Blurred pictures have no sharp place at all; a plain background beside a sharp card does not count against it. */
function sharpness({ data, width, height }: GreyImage): number {
  const variances: number[] = [];
  for (let top = 1; top + BLOCK < height; top += BLOCK) {
    for (let left = 1; left + BLOCK < width; left += BLOCK) {
      let total = 0;
      let squares = 0;
      for (let y = top; y < top + BLOCK; y += 1) {
        for (let x = left; x < left + BLOCK; x += 1) {
          const at = y * width + x;
          const laplacian = 4 * Number(data[at]) - Number(data[at - 1]) - Number(data[at + 1]) - Number(data[at - width]) - Number(data[at + width]);
          total += laplacian;
          squares += laplacian * laplacian;
        }
      }
      const n = BLOCK * BLOCK;
      variances.push(squares / n - (total / n) ** 2);
    }
  }
  variances.sort((a, b) => b - a);
  const best = variances.slice(0, Math.max(1, Math.floor(variances.length / 10)));
  return best.reduce((a, b) => a + b, 0) / best.length || 0;
}

/** Size in pixels of the largest 4-connected blown-out patch. */
function largestPatch(data: Uint8Array, width: number, height: number): number {
  const seen = new Uint8Array(data.length);
  const stack = new Int32Array(data.length);
  let largest = 0;
  for (let start = 0; start < data.length; start += 1) {
    if (seen[start] || Number(data[start]) < QUALITY_LIMITS.blownOut) continue;
    let top = 0;
    let size = 0;
    stack[top++] = start;
    seen[start] = 1;
    while (top > 0) {
      const at = stack[--top] as number;
      size += 1;
      const x = at % width;
      const y = (at - x) / width;
      for (const next of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, y > 0 ? at - width : -1, y < height - 1 ? at + width : -1]) {
        if (next >= 0 && !seen[next] && Number(data[next]) >= QUALITY_LIMITS.blownOut) {
          seen[next] = 1;
          stack[top++] = next;
        }
      }
    }
    if (size > largest) largest = size;
  }
  return largest;
}

export interface Judged {
  readonly kind: 'face' | 'document';
  /** Pixels across the subject in the picture as taken. */
  readonly sourceWidth: number;
  /** The subject touches the picture's edge. */
  readonly cutOff: boolean;
}

/** The findings, in words by their codes; empty when the photo is good (R21). */
export function judgeQuality(measures: QualityMeasures, subject: Judged): Finding[] {
  const limits = QUALITY_LIMITS;
  const document = subject.kind === 'document';
  const findings: Finding[] = [];
  if (subject.cutOff) findings.push(makeFinding('PHOTO_CUT_OFF'));
  if (subject.sourceWidth < (document ? limits.documentWidth : limits.faceWidth)) findings.push(makeFinding('PHOTO_TOO_SMALL'));
  const overExposed = measures.overExposed > limits.overExposed;
  if (measures.brightness < limits.tooDark) findings.push(makeFinding('PHOTO_TOO_DARK'));
  else if (overExposed) findings.push(makeFinding('PHOTO_OVER_EXPOSED'));
  else if (document && measures.glare > limits.glarePatch) findings.push(makeFinding('PHOTO_GLARE'));
  // Darkness and burnt-out light flatten every edge: then blur cannot be told and is not claimed.
  else if (measures.sharpness < (document ? limits.documentSharpness : limits.faceSharpness)) findings.push(makeFinding('PHOTO_BLURRED'));
  return findings;
}
