/**
 * R23: whether two photos of cards were taken in one place. What lies around the two cards is compared by colour and by
 * texture. The cards themselves tell the light: everything is measured against their paper, so that neither exposure nor
 * the lamp's colour counts, and at one size, so that distance does not either.
 */
import { makeFinding } from '../../../contracts/reading.ts';
import type { Finding } from '../../../contracts/reading.ts';
import type { PpOcr } from '../reading/engines/ppocr.ts';
import type { Point } from '../reading/lines.ts';
import { locateDocument } from '../reading/locateDocument.ts';
import type { RgbImage } from '../reading/locateCard.ts';
import { openPicture, shrink } from '../reading/picture.ts';
import type { Quad } from './sheet.ts';

export interface BackgroundPair { readonly one: Uint8Array; readonly other: Uint8Array }

export interface BackgroundComparison {
  /** 0 (alike) to 1 (nothing in common); null when one photo shows no card or too little around it. */
  readonly colour: number | null;
  readonly texture: number | null;
  readonly findings: readonly Finding[];
}

/** Measured on generated pairs: docs/decisions/0015-photo-quality-on-the-card.md. */
export const BACKGROUND_LIMITS = {
  colour: 0.76,
  texture: 0.5,
  /** Share of the picture that has to be background. */
  leastShare: 0.06,
} as const;

/** @throws AppError UPLOAD_* when a picture cannot be read. */
export async function compareBackgrounds(models: { ppocr(): Promise<PpOcr> }, { one, other }: BackgroundPair): Promise<BackgroundComparison> {
  const ppocr = await models.ppocr();
  const [a, b] = [await backgroundOf(ppocr, one), await backgroundOf(ppocr, other)];
  if (a === null || b === null) return { colour: null, texture: null, findings: [] };
  const colour = apart(a.colour, b.colour);
  const texture = apart(a.texture, b.texture);
  const differs = colour > BACKGROUND_LIMITS.colour || texture > BACKGROUND_LIMITS.texture;
  return { colour, texture, findings: differs ? [makeFinding('BACKGROUND_DIFFERS', { source: 'upload.portrait', against: 'upload.emblem' })] : [] };
}

interface Background { readonly colour: Float64Array; readonly texture: Float64Array }

/** Pixels across the card when its surroundings are measured. */
const CARD_WIDTH = 240;
/** Room around the card that may show its shadow or the hand that holds it. */
const MARGIN = 1.08;

async function backgroundOf(ppocr: PpOcr, image: Uint8Array): Promise<Background | null> {
  const { pixels } = await openPicture(image);
  const { document } = await locateDocument(ppocr, pixels);
  if (document === null) return null;
  const [a, b] = document.corners;
  const across = Math.hypot((b.x - a.x) * pixels.width, (b.y - a.y) * pixels.height);
  const small = await shrink(pixels, Math.max(64, Math.round((pixels.width * CARD_WIDTH) / across)));
  return describeBackground(small, document.corners);
}

/** Pure. `corners` in shares of the picture. */
export function describeBackground(image: RgbImage, corners: Quad): Background | null {
  const { width, height } = image;
  const on = (scale: number): Uint8Array => inside(corners, scale, width, height);
  const [card, near] = [on(0.94), on(MARGIN)];
  const paper = paperColour(image, card);
  const light = logLight(image);
  const colour = new Float64Array(LIGHTS * CHROMAS * CHROMAS);
  const texture = new Float64Array(TEXTURES);
  let count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      if (near[at] === 1) continue;
      count += 1;
      const [r, g, b] = [0, 1, 2].map((k) => Math.log(((image.data[3 * at + k] as number) + 4) / (paper[k] as number + 4))) as [number, number, number];
      addColour(colour, g, r - g, b - g);
      const slope = Math.hypot((light[at + 1] as number) - (light[at - 1] as number), (light[at + width] as number) - (light[at - width] as number));
      const bin = Math.min(TEXTURES - 1, Math.max(0, Math.floor(Math.log2(Math.max(slope, 0.004) / 0.004))));
      texture[bin] = (texture[bin] as number) + 1;
    }
  }
  if (count < BACKGROUND_LIMITS.leastShare * width * height) return null;
  return { colour: normalised(smoothed(colour)), texture: normalised(texture) };
}

/** Steps of the histograms: light coarsely, because shadows change it; colour finely, because they do not. */
const [LIGHTS, LIGHT_STEP] = [10, 0.4];
const [CHROMAS, CHROMA_STEP] = [16, 0.09];
const TEXTURES = 8;

function addColour(histogram: Float64Array, light: number, red: number, blue: number): void {
  const l = Math.min(LIGHTS - 1, Math.max(0, Math.floor(LIGHTS - 2 + light / LIGHT_STEP)));
  const chroma = (value: number): number => Math.min(CHROMAS - 1, Math.max(0, Math.floor(CHROMAS / 2 + value / CHROMA_STEP)));
  const at = (l * CHROMAS + chroma(red)) * CHROMAS + chroma(blue);
  histogram[at] = (histogram[at] as number) + 1;
}

/** A value near a step's border belongs to both steps. */
function smoothed(histogram: Float64Array): Float64Array {
  const along = (from: Float64Array, step: number, size: number): Float64Array => from.map((value, i) => {
    const place = Math.floor(i / step) % size;
    const before = place > 0 ? (from[i - step] as number) : value;
    const after = place < size - 1 ? (from[i + step] as number) : value;
    return 0.25 * before + 0.5 * value + 0.25 * after;
  });
  return along(along(along(along(histogram, 1, CHROMAS), CHROMAS, CHROMAS), CHROMAS * CHROMAS, LIGHTS), CHROMAS * CHROMAS, LIGHTS);
}

function normalised(histogram: Float64Array): Float64Array {
  const total = histogram.reduce((sum, value) => sum + value, 0);
  return histogram.map((value) => value / total);
}

/** Hellinger distance of two distributions, 0…1. */
const apart = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(Math.max(0, 1 - a.reduce((sum, value, i) => sum + Math.sqrt(value * (b[i] as number)), 0)));

/** The bright third of the card is its paper. */
function paperColour({ data }: RgbImage, card: Uint8Array): [number, number, number] {
  const channels: number[][] = [[], [], []];
  for (let i = 0; i < card.length; i += 3) if (card[i] === 1) for (let k = 0; k < 3; k += 1) (channels[k] as number[]).push(data[3 * i + k] as number);
  return channels.map((values) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.7)] ?? 255) as [number, number, number];
}

function logLight({ data, width, height }: RgbImage): Float32Array {
  const out = new Float32Array(width * height);
  for (let i = 0; i < out.length; i += 1) out[i] = Math.log(8 + 0.3 * (data[3 * i] as number) + 0.59 * (data[3 * i + 1] as number) + 0.11 * (data[3 * i + 2] as number));
  return out;
}

/** 1 inside the quadrilateral grown around its middle. */
function inside(corners: Quad, scale: number, width: number, height: number): Uint8Array {
  const middle: Point = { x: corners.reduce((sum, p) => sum + p.x, 0) / 4, y: corners.reduce((sum, p) => sum + p.y, 0) / 4 };
  const quad = corners.map((p) => ({ x: (middle.x + (p.x - middle.x) * scale) * width, y: (middle.y + (p.y - middle.y) * scale) * height }));
  const mask = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const within = quad.every((p, i) => {
        const q = quad[(i + 1) % 4] as Point;
        return (q.x - p.x) * (y - p.y) - (q.y - p.y) * (x - p.x) >= 0;
      });
      if (within) mask[y * width + x] = 1;
    }
  }
  return mask;
}
