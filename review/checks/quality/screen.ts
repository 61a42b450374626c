/**
 * Whether a card is shown on a display: the display's grid of pixels, or the moiré that a sensor makes of it, is one wave
 * that runs through the whole card. In the spectrum of a small piece it is a narrow peak, and pieces far apart have it at
 * nearly the same place; print, guilloche and noise have none, or each piece another. Pure.
 */
import { apply } from '../reading/homography.ts';
import type { RgbImage } from '../reading/locateCard.ts';
import { quadMap } from '../reading/warp.ts';
import type { Quad } from './sheet.ts';
import { TILE, transform } from './spectrum.ts';

export interface DisplayGrid {
  /** Natural logarithm of how far the peak stands out of its surroundings, mean of the pieces that show it best. */
  readonly strength: number;
  /** Pixels of the picture from one line of the wave to the next. */
  readonly periodPx: number;
}

/** Most pieces that are looked at: each costs a transform. */
const PIECES = 10;
/** Pieces that have to agree; a card that offers fewer is too small to tell. */
const AGREE = 4;
/** Cycles a pixel: slower waves are what guilloche and lines of print make. */
const SLOWEST = 0.22;
/** Half the width of the box whose mean is taken off: the spectrum of what is left is nearly flat. */
const LOCAL = 8;
/** Frequencies (in steps of the transform) that differ no more than twice this count as one: distance and lean change them. */
const DRIFT = 2;
const HALF = TILE / 2;
const HANN = Float64Array.from({ length: TILE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / TILE));

/**
 * @param corners of the card, in shares of the picture.
 * @returns null where too little of the card lies in the picture, or it is too small there.
 */
export function findDisplayGrid(image: RgbImage, corners: Quad): DisplayGrid | null {
  const places = flattestPlaces(image, corners);
  if (places.length < AGREE) return null;
  const best = new Float64Array(AGREE * TILE * HALF);
  for (let i = 0; i < places.length; i += 2) {
    const one = places[i] as Place;
    const other = places[i + 1];
    const [re, im] = [residual(image, one), other === undefined ? new Float64Array(TILE * TILE) : residual(image, other)];
    transform(re, im);
    // Two real pictures share one complex transform.
    collect(best, widened(standingOut(power(re, im, 1))));
    if (other !== undefined) collect(best, widened(standingOut(power(re, im, -1))));
  }
  return strongest(best);
}

interface Place { readonly x: number; readonly y: number }

/** Upper left corners of the pieces, spread over the card, those with the least print first. */
function flattestPlaces(image: RgbImage, corners: Quad): Place[] {
  const quad = corners.map((p) => ({ x: p.x * image.width, y: p.y * image.height })) as unknown as Quad;
  const side = (i: number, j: number): number => Math.hypot((quad[i] as Place).x - (quad[j] as Place).x, (quad[i] as Place).y - (quad[j] as Place).y);
  const [wide, high] = [Math.min(side(0, 1), side(3, 2)), Math.min(side(0, 3), side(1, 2))];
  const [columns, rows] = [Math.max(2, Math.min(5, Math.round(wide / TILE))), Math.max(2, Math.min(4, Math.round(high / TILE)))];
  const [edgeX, edgeY] = [Math.min(0.45, (0.6 * TILE) / wide), Math.min(0.45, (0.6 * TILE) / high)];
  const map = quadMap(quad as [Place, Place, Place, Place]);
  const places: (Place & { print: number })[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const middle = apply(map, { x: edgeX + (column / (columns - 1)) * (1 - 2 * edgeX), y: edgeY + (row / (rows - 1)) * (1 - 2 * edgeY) });
      const [x, y] = [Math.round(middle.x) - HALF, Math.round(middle.y) - HALF];
      if (x >= 0 && y >= 0 && x + TILE <= image.width && y + TILE <= image.height) places.push({ x, y, print: printIn(image, x, y) });
    }
  }
  return places.sort((a, b) => a.print - b.print).slice(0, PIECES);
}

/** Sum of steps in green over four pixels; a stroke's edge counts no more than a faint line. */
function printIn({ data, width }: RgbImage, left: number, top: number): number {
  let sum = 0;
  for (let y = top; y < top + TILE; y += 4) {
    for (let x = left; x < left + TILE - 4; x += 4) {
      const at = (y * width + x) * 3 + 1;
      sum += Math.min(40, Math.abs((data[at] as number) - (data[at + 12] as number)));
    }
  }
  return sum;
}

/** Brightness less its local mean, strokes cut down to the strength of the rest, faded out towards the piece's edge. */
function residual({ data, width, height }: RgbImage, { x: left, y: top }: Place): Float64Array {
  const size = TILE + 2 * LOCAL;
  const stride = size + 1;
  const light = new Float64Array(size * size);
  const sums = new Float64Array(stride * stride);
  for (let y = 0; y < size; y += 1) {
    const line = Math.min(height - 1, Math.max(0, top + y - LOCAL)) * width;
    let row = 0;
    for (let x = 0; x < size; x += 1) {
      const at = (line + Math.min(width - 1, Math.max(0, left + x - LOCAL))) * 3;
      const value = 0.3 * (data[at] as number) + 0.59 * (data[at + 1] as number) + 0.11 * (data[at + 2] as number);
      light[y * size + x] = value;
      row += value;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] as number) + row;
    }
  }
  const out = new Float64Array(TILE * TILE);
  const box = 2 * LOCAL + 1;
  let swing = 0;
  for (let y = 0; y < TILE; y += 1) {
    for (let x = 0; x < TILE; x += 1) {
      const around = (sums[(y + box) * stride + x + box] as number) - (sums[y * stride + x + box] as number) - (sums[(y + box) * stride + x] as number) + (sums[y * stride + x] as number);
      const value = (light[(y + LOCAL) * size + x + LOCAL] as number) - around / (box * box);
      out[y * TILE + x] = value;
      swing += value < 0 ? -value : value;
    }
  }
  const most = (4 * swing) / out.length;
  for (let y = 0, i = 0; y < TILE; y += 1) {
    for (let x = 0; x < TILE; x += 1, i += 1) {
      const value = out[i] as number;
      out[i] = (value > most ? most : value < -most ? -most : value) * (HANN[x] as number) * (HANN[y] as number);
    }
  }
  return out;
}

/**
 * Power of one of the two pictures in a transform, rows from the most negative frequency down the picture, columns from 0.
 * The axes are filled from beside them: there lie the blocks of a JPEG, also of one that was resized and saved again.
 */
function power(re: Float64Array, im: Float64Array, which: 1 | -1): Float64Array {
  const out = new Float64Array(TILE * HALF);
  for (let row = 0; row < TILE; row += 1) {
    const ky = (row + HALF) % TILE;
    for (let kx = 0; kx < HALF; kx += 1) {
      const p = ky * TILE + kx;
      const q = ((TILE - ky) % TILE) * TILE + ((TILE - kx) % TILE);
      const real = (re[p] as number) + which * (re[q] as number);
      const imaginary = (im[p] as number) - which * (im[q] as number);
      out[row * HALF + kx] = real * real + imaginary * imaginary;
    }
  }
  for (let kx = 0; kx < HALF; kx += 1) {
    const beside = ((out[(HALF - 2) * HALF + kx] as number) + (out[(HALF + 2) * HALF + kx] as number)) / 2;
    for (let row = HALF - 1; row <= HALF + 1; row += 1) out[row * HALF + kx] = beside;
  }
  for (let row = 0; row < TILE; row += 1) out[row * HALF] = out[row * HALF + 1] = out[row * HALF + 2] as number;
  return out;
}

/** Mean over 3 × 3 against the mean of the frame between 7 × 7 and 15 × 15. */
function standingOut(spectrum: Float64Array): Float64Array {
  const stride = HALF + 1;
  const sums = new Float64Array((TILE + 1) * stride);
  for (let y = 0; y < TILE; y += 1) {
    let row = 0;
    for (let x = 0; x < HALF; x += 1) {
      row += spectrum[y * HALF + x] as number;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] as number) + row;
    }
  }
  const out = new Float64Array(TILE * HALF);
  let count = 0;
  const box = (x: number, y: number, reach: number): number => {
    const l = x < reach ? 0 : x - reach;
    const t = y < reach ? 0 : y - reach;
    const r = x + reach >= HALF ? HALF : x + reach + 1;
    const b = y + reach >= TILE ? TILE : y + reach + 1;
    count = (r - l) * (b - t);
    return (sums[b * stride + r] as number) - (sums[t * stride + r] as number) - (sums[b * stride + l] as number) + (sums[t * stride + l] as number);
  };
  for (let y = 0; y < TILE; y += 1) {
    for (let x = 0; x < HALF; x += 1) {
      const peak = box(x, y, 1) / count;
      const inner = box(x, y, 3);
      const innerCount = count;
      const frame = (box(x, y, 7) - inner) / (count - innerCount);
      out[y * HALF + x] = peak / (frame + 1e-9);
    }
  }
  return out;
}

/** The largest value within reach of the drift. */
function widened(values: Float64Array): Float64Array {
  const across = new Float64Array(values.length);
  const out = new Float64Array(values.length);
  for (let y = 0; y < TILE; y += 1) {
    for (let x = 0; x < HALF; x += 1) {
      let most = 0;
      for (let i = x < DRIFT ? 0 : x - DRIFT; i <= x + DRIFT && i < HALF; i += 1) if ((values[y * HALF + i] as number) > most) most = values[y * HALF + i] as number;
      across[y * HALF + x] = most;
    }
  }
  for (let y = 0; y < TILE; y += 1) {
    for (let x = 0; x < HALF; x += 1) {
      let most = 0;
      for (let i = -DRIFT; i <= DRIFT; i += 1) {
        const value = across[((y + i + TILE) % TILE) * HALF + x] as number;
        if (value > most) most = value;
      }
      out[y * HALF + x] = most;
    }
  }
  return out;
}

/** Keeps the largest few values of each frequency, in falling order. */
function collect(best: Float64Array, values: Float64Array): void {
  for (let bin = 0; bin < values.length; bin += 1) {
    let value = values[bin] as number;
    for (let rank = 0; rank < AGREE; rank += 1) {
      const held = best[bin * AGREE + rank] as number;
      if (value <= held) continue;
      best[bin * AGREE + rank] = value;
      value = held;
    }
  }
}

/** A multiple of 1/8 in both directions is a JPEG's own. */
const nearEighth = (frequency: number): boolean => Math.abs(8 * frequency - Math.round(8 * frequency)) < 0.13;

function strongest(best: Float64Array): DisplayGrid {
  let found = { product: 0, frequency: 0.5 };
  for (let row = DRIFT; row < TILE - DRIFT; row += 1) {
    for (let kx = 0; kx < HALF; kx += 1) {
      const [fx, fy] = [kx / TILE, (row - HALF) / TILE];
      if (fx * fx + fy * fy < SLOWEST * SLOWEST || (nearEighth(fx) && nearEighth(fy))) continue;
      let product = 1;
      for (let rank = 0; rank < AGREE; rank += 1) product *= best[(row * HALF + kx) * AGREE + rank] as number;
      if (product > found.product) found = { product, frequency: Math.hypot(fx, fy) };
    }
  }
  return { strength: Math.log(Math.max(found.product, 1e-9)) / AGREE, periodPx: 1 / found.frequency };
}
