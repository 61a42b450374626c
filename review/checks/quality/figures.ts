/**
 * R21: what can be measured of a subject at a normalised size (a straightened card, a face). Pure, on grey pixels.
 *
 * Blur is measured as the width of edges, not as contrast: each strong edge is smoothed a little more and a lot more, and
 * how much its slope falls tells how soft it was before. Light, ink and amount of print drop out. Edges are taken by
 * direction: a movement softens those across its way and spares those along it.
 */

/** One byte a pixel, row by row. */
export interface GreyImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface SubjectFigures {
  /** Of the softest direction: 1 as sharp as can be, 0 no edge at all. */
  readonly sharpness: number;
  /** 0…1: how much sharper the sharpest direction is than the softest. */
  readonly motion: number;
  /** Mean, 0…255. */
  readonly brightness: number;
  /** Share of blown-out pixels. */
  readonly blown: number;
  /** Share of the largest reflection: a blown-out spot without print in it that stands out from what surrounds it. */
  readonly glare: number;
}

export const BLOWN = 250;

export function measureFigures(image: GreyImage): SubjectFigures {
  const { data } = image;
  const histogram = new Uint32Array(256);
  let sum = 0;
  for (const value of data) {
    histogram[value] = (histogram[value] as number) + 1;
    sum += value;
  }
  let blown = 0;
  for (let value = BLOWN; value < 256; value += 1) blown += histogram[value] as number;
  return { ...edgeFigures(image), brightness: sum / data.length, blown: blown / data.length, glare: blown === 0 ? 0 : largestReflection(image) };
}

/** The two smoothings between which slopes are compared, in pixels. */
const LIGHT = 0.8;
const STRONG = 2;
const DIRECTIONS = 6;
/** Share of a direction's pixels that count as its edges, and the slope (levels a pixel) below which it is noise. */
const EDGE_SHARE = 0.04;
const LEAST_SLOPE = 3;
/** Width of an edge (standard deviation, pixels) at which sharpness is a half. */
const HALF_SHARP = 1.5;
/** Below this width a difference between directions is the print's own. */
const PRINT_WIDTH = 0.6;

function edgeFigures(image: GreyImage): { sharpness: number; motion: number } {
  const widths = edgeWidths(image);
  if (widths.length < 2) return { sharpness: 0, motion: 0 };
  const [least, most] = [Math.min(...widths), Math.max(...widths)];
  return { sharpness: 1 / (1 + (most / HALF_SHARP) ** 2), motion: 1 - Math.max(PRINT_WIDTH, least) / Math.max(PRINT_WIDTH, most) };
}

/** Width of the edges of each direction that has any: 0 for a perfect step. */
export function edgeWidths({ data, width, height }: GreyImage): number[] {
  const light = smooth(data, width, height, LIGHT);
  const strong = smooth(light, width, height, Math.sqrt(STRONG ** 2 - LIGHT ** 2));
  const ratios: { slope: number; ratio: number }[][] = Array.from({ length: DIRECTIONS }, () => []);
  for (let y = 2; y < height - 2; y += 1) {
    for (let x = 2; x < width - 2; x += 1) {
      const at = y * width + x;
      const dx = (light[at + 1] as number) - (light[at - 1] as number);
      const dy = (light[at + width] as number) - (light[at - width] as number);
      const squared = dx * dx + dy * dy;
      if (squared < 4 * LEAST_SLOPE * LEAST_SLOPE) continue;
      const slope = Math.sqrt(squared) / 2;
      const softer = Math.hypot((strong[at + 1] as number) - (strong[at - 1] as number), (strong[at + width] as number) - (strong[at - width] as number)) / 2;
      const turn = (Math.atan2(dy, dx) / Math.PI + 1) % 1;
      (ratios[Math.round(turn * DIRECTIONS) % DIRECTIONS] as { slope: number; ratio: number }[]).push({ slope, ratio: slope / Math.max(0.01, softer) });
    }
  }
  const enough = (EDGE_SHARE * width * height) / DIRECTIONS / 8;
  return ratios.flatMap((direction) => {
    if (direction.length < enough) return [];
    const strongest = direction.sort((a, b) => b.slope - a.slope).slice(0, Math.ceil((EDGE_SHARE * width * height) / DIRECTIONS));
    const ratio = median(strongest.map((edge) => edge.ratio));
    return [widthOfRatio(ratio)];
  });
}

/** A step of width s keeps 1 / √(s² + σ²) of its slope under a smoothing of σ. */
function widthOfRatio(ratio: number): number {
  const squared = Math.max(1.0001, ratio * ratio);
  return Math.min(20, Math.sqrt(Math.max(0, (STRONG ** 2 - squared * LIGHT ** 2) / (squared - 1))));
}

/** Gaussian, separable; the border repeats. */
function smooth(data: ArrayLike<number>, width: number, height: number, sigma: number): Float32Array {
  const r = Math.ceil(2.5 * sigma);
  const taps = 2 * r + 1;
  const kernel = Float64Array.from({ length: taps }, (_, i) => Math.exp(-((i - r) ** 2) / (2 * sigma * sigma)));
  const total = kernel.reduce((a, b) => a + b, 0);
  const pass = (from: ArrayLike<number>, step: number, along: number, lines: number, lineStep: number): Float32Array => {
    const out = new Float32Array(width * height);
    const padded = new Float32Array(along + 2 * r);
    for (let line = 0; line < lines; line += 1) {
      const start = line * lineStep;
      padded.fill(from[start] as number, 0, r);
      for (let i = 0; i < along; i += 1) padded[i + r] = from[start + i * step] as number;
      padded.fill(padded[along + r - 1] as number, along + r);
      for (let i = 0; i < along; i += 1) {
        let sum = 0;
        for (let k = 0; k < taps; k += 1) sum += (kernel[k] as number) * (padded[i + k] as number);
        out[start + i * step] = sum / total;
      }
    }
    return out;
  };
  return pass(pass(data, 1, width, height, width), width, height, width, 1);
}

/** Spots smaller than this share are the sparkle of a hologram, or a letter's gap. */
const LEAST_SPOT = 0.002;
/** A spot that holds more ink than this hides nothing. */
const MOST_INK = 0.04;
/** How far outside, in shares of the width, and by how many levels the surroundings must be darker. */
const OUTSIDE = 0.035;
const STANDS_OUT = 14;

function largestReflection(image: GreyImage): number {
  const { data, width, height } = image;
  const label = new Int32Array(data.length);
  const stack = new Int32Array(data.length);
  let largest = 0;
  let spots = 0;
  for (let start = 0; start < data.length; start += 1) {
    if (label[start] !== 0 || (data[start] as number) < BLOWN) continue;
    spots += 1;
    let [top, size, left, right, upper, lower] = [0, 0, width, 0, height, 0];
    stack[top++] = start;
    label[start] = spots;
    while (top > 0) {
      const at = stack[--top] as number;
      const x = at % width;
      const y = (at - x) / width;
      size += 1;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < upper) upper = y;
      if (y > lower) lower = y;
      for (const next of [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, y > 0 ? at - width : -1, y < height - 1 ? at + width : -1]) {
        if (next >= 0 && label[next] === 0 && (data[next] as number) >= BLOWN) {
          label[next] = spots;
          stack[top++] = next;
        }
      }
    }
    if (size <= largest || size < LEAST_SPOT * data.length) continue;
    if (isReflection(image, label, spots, { left, right, upper, lower })) largest = size;
  }
  return largest / data.length;
}

interface Box { readonly left: number; readonly right: number; readonly upper: number; readonly lower: number }

/** Print shows through haze, and haze fades slowly: a reflection has neither print inside nor its own brightness around. */
function isReflection({ data, width, height }: GreyImage, label: Int32Array, spot: number, box: Box): boolean {
  const reach = Math.round(OUTSIDE * width);
  const outside: number[] = [];
  let [ink, inside] = [0, 0];
  for (let y = box.upper; y <= box.lower; y += 1) {
    let [first, last] = [-1, -1];
    for (let x = box.left; x <= box.right; x += 1) {
      if (label[y * width + x] !== spot) continue;
      if (first < 0) first = x;
      last = x;
    }
    if (first < 0) continue;
    for (let x = first; x <= last; x += 1) {
      inside += 1;
      if ((data[y * width + x] as number) < 200) ink += 1;
    }
    if (first - reach >= 0) outside.push(data[y * width + first - reach] as number);
    if (last + reach < width) outside.push(data[y * width + last + reach] as number);
  }
  for (let x = box.left; x <= box.right; x += 4) {
    if (box.upper - reach >= 0) outside.push(data[(box.upper - reach) * width + x] as number);
    if (box.lower + reach < height) outside.push(data[(box.lower + reach) * width + x] as number);
  }
  if (ink > MOST_INK * inside) return false;
  // The upper quarter is paper, the rest may be ink.
  const paper = outside.length === 0 ? 255 : (outside.sort((a, b) => a - b)[Math.floor(outside.length * 0.75)] as number);
  return 255 - paper >= STANDS_OUT;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
