/**
 * How two pictures of one moment differ, in the whole and in the worst place. Pure. Before they are compared, the light of one
 * is fitted to the other's, and the sharper one is softened until both are equally sharp: a network that let less through is
 * no difference. What is left is looked at block by block, each beside its own print and edges.
 */
import type { FieldBox } from '../../../contracts/reading.ts';

/** Brightness, row by row. */
export interface Plane { readonly data: Float32Array; readonly width: number; readonly height: number }

export interface Difference {
  /** 1: the same; 0: as different as two pictures that have nothing to do with each other. */
  readonly similarity: number;
  /** Of the worst place and of the rest (its 90th percentile): 0 the same, about 1 another picture. */
  readonly worst: number;
  readonly usual: number;
  /** The worst place, in shares of the picture. */
  readonly box: FieldBox;
}

/** Side of a block as a share of the width, and at least so many pixels: about the size of a digit of a card's number. */
const BLOCK_SHARE = 1 / 80;
const BLOCK_MIN = 8;
/** Noise of a camera and a coder, in grey levels: less is no structure. */
const NOISE = 5;
/** Blocks of the same moment lie where they lay; only rounding to pixels moves them. */
const REACH = 1;

/** @param photo and `recorded` of one size */
export function differenceOf(photo: Plane, recorded: Plane, reach = REACH): Difference {
  const copied = copyOf(photo, recorded);
  if (copied !== null) return copied;
  const [a, b] = evenly(photo, recorded);
  const { gain, offset } = lightOf(a, b);
  for (let i = 0; i < a.data.length; i += 1) a.data[i] = gain * (a.data[i] as number) + offset;
  return compare(a, b, reach);
}

/** Rounding between two ways to decode the same bytes; no coder leaves a whole picture so alike. */
const ROUNDING = 3;
const COPY_SHARE = 0.998;
/** In a copy a place that is this much off was put there. */
const PUT_THERE = 20;

/** Two decodings of the same bits: nothing of one may be off, however little it is. null: they are not, and have to be compared. */
function copyOf(photo: Plane, recorded: Plane): Difference | null {
  const { data, width, height } = photo;
  let [off, most, at] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 1) {
    const d = Math.abs((data[i] as number) - (recorded.data[i] as number));
    if (d > ROUNDING) off += 1;
    if (d > most) [most, at] = [d, i];
  }
  if (off > (1 - COPY_SHARE) * data.length) return null;
  if (off === 0) return { similarity: 1, worst: 0, usual: 0, box: { x: 0, y: 0, width: 1, height: 1 } };
  if (most < PUT_THERE) return null;
  const size = Math.max(BLOCK_MIN, Math.round(width * BLOCK_SHARE));
  return {
    similarity: 1 - off / data.length, worst: 1, usual: 0,
    box: { x: Math.max(0, (at % width) - size / 2) / width, y: Math.max(0, Math.floor(at / width) - size / 2) / height, width: size / width, height: size / height },
  };
}

/** Energy of what a light blur takes away: how sharp a picture is. */
function sharpness({ data, width, height }: Plane): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const i = y * width + x;
      const v = 4 * (data[i] as number) - (data[i - 1] as number) - (data[i + 1] as number) - (data[i - width] as number) - (data[i + width] as number);
      sum += v * v;
    }
  }
  return sum / (width * height);
}

const SOFTER = [0.5, 0.7, 0.9, 1.1, 1.4, 1.8, 2.3, 3] as const;
/** Takes the pixel noise that two coders write differently. */
const BASE = 0.8;

/** Both as sharp as the less sharp one. */
function evenly(photo: Plane, recorded: Plane): [Plane, Plane] {
  const base = [blur(photo, BASE), blur(recorded, BASE)] as const;
  const sharp = base.map(sharpness) as [number, number];
  const first = sharp[0] >= sharp[1];
  const aim = Math.min(...sharp) * 1.1;
  let softer: Plane = first ? base[0] : base[1];
  if (Math.max(...sharp) > aim) {
    for (const sigma of SOFTER) {
      softer = blur(first ? base[0] : base[1], sigma);
      if (sharpness(softer) <= aim) break;
    }
  }
  return first ? [softer, base[1]] : [base[0], softer];
}

function blur({ data, width, height }: Plane, sigma: number): Plane {
  const radius = Math.max(1, Math.ceil(2.5 * sigma));
  const weights = Float32Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  for (let i = 0; i < weights.length; i += 1) weights[i] = (weights[i] as number) / total;
  const across = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      for (let k = -radius; k <= radius; k += 1) sum += (weights[k + radius] as number) * (data[row + Math.min(width - 1, Math.max(0, x + k))] as number);
      across[row + x] = sum;
    }
  }
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    for (let k = -radius; k <= radius; k += 1) {
      const weight = weights[k + radius] as number;
      const from = Math.min(height - 1, Math.max(0, y + k)) * width;
      for (let x = 0, to = y * width; x < width; x += 1, to += 1) out[to] = (out[to] as number) + weight * (across[from + x] as number);
    }
  }
  return { data: out, width, height };
}

/** The straight line that brings the first one's light to the second's: the way of the picture may change levels a little, never more. */
function lightOf(a: Plane, b: Plane): { gain: number; offset: number } {
  let [sa, sb, saa, sab] = [0, 0, 0, 0];
  const n = a.data.length;
  for (let i = 0; i < n; i += 1) {
    const [p, q] = [a.data[i] as number, b.data[i] as number];
    sa += p; sb += q; saa += p * p; sab += p * q;
  }
  const variance = saa - (sa * sa) / n;
  const gain = variance < 1 ? 1 : Math.min(1.2, Math.max(0.83, (sab - (sa * sb) / n) / variance));
  const offset = Math.min(25, Math.max(-25, (sb - gain * sa) / n));
  return { gain, offset };
}

/** Sums over squares in four look-ups each. */
function sumsOf(width: number, height: number, valueAt: (x: number, y: number) => number): (left: number, top: number, size: number) => number {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0, i = (y + 1) * stride + 1; x < width; x += 1, i += 1) {
      row += valueAt(x, y);
      sums[i] = (sums[i - stride] as number) + row;
    }
  }
  return (left, top, size) => {
    const [above, below] = [top * stride + left, (top + size) * stride + left];
    return (sums[below + size] as number) - (sums[below] as number) - (sums[above + size] as number) + (sums[above] as number);
  };
}

interface Block { readonly left: number; readonly top: number; differing: number; own: number }

function compare(a: Plane, b: Plane, reach: number): Difference {
  const { width, height } = a;
  const size = Math.max(BLOCK_MIN, Math.round(width * BLOCK_SHARE));
  const floor = size * size * NOISE * NOISE;
  const blocks = blocksOf(width, height, size);
  for (let dy = -reach; dy <= reach; dy += 1) for (let dx = -reach; dx <= reach; dx += 1) tryShift(a, b, { dx, dy }, size, blocks);
  addOwn(a, size, blocks);
  addOwn(b, size, blocks);
  const valueOf = ({ differing, own }: Block): number => differing / (own + 2 * floor);
  const worst = blocks.reduce((most, one) => (valueOf(one) > valueOf(most) ? one : most));
  const printed = blocks.filter(({ own }) => own > 2 * floor).map(valueOf).sort((x, y) => x - y);
  const [differing, own] = blocks.reduce(([d, o], one) => [d + one.differing, o + one.own], [0, 0]);
  return {
    similarity: 1 - Math.min(1, differing / (own + blocks.length * floor)), worst: valueOf(worst), usual: printed[Math.floor(printed.length * 0.9)] ?? 0,
    box: { x: worst.left / width, y: worst.top / height, width: size / width, height: size / height },
  };
}

function blocksOf(width: number, height: number, size: number): Block[] {
  const step = Math.max(4, size >> 1);
  const blocks: Block[] = [];
  for (let top = 0; top + size <= height; top += step) for (let left = 0; left + size <= width; left += step) blocks.push({ left, top, differing: Infinity, own: 0 });
  return blocks;
}

/** What each block differs when the second picture lies so; each keeps its best place. */
function tryShift(a: Plane, b: Plane, { dx, dy }: { dx: number; dy: number }, size: number, blocks: readonly Block[]): void {
  const { width, height } = a;
  const inside = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < width && y < height;
  const sumOver = sumsOf(width, height, (x, y) => {
    if (!inside(x + dx, y + dy)) return 0;
    const d = (a.data[y * width + x] as number) - (b.data[(y + dy) * width + x + dx] as number);
    return d * d;
  });
  for (const block of blocks) {
    if (!inside(block.left + dx, block.top + dy) || !inside(block.left + dx + size - 1, block.top + dy + size - 1)) continue;
    block.differing = Math.min(block.differing, sumOver(block.left, block.top, size));
  }
}

/** How much there is to see in a block: print and edges, not its light. */
function addOwn({ data, width, height }: Plane, size: number, blocks: readonly Block[]): void {
  const sumOver = sumsOf(width, height, (x, y) => data[y * width + x] as number);
  const squaresOver = sumsOf(width, height, (x, y) => (data[y * width + x] as number) ** 2);
  for (const block of blocks) block.own += squaresOver(block.left, block.top, size) - sumOver(block.left, block.top, size) ** 2 / (size * size);
}
