/**
 * Whether the phone's sharper still shows the same scene as the server's frame (R20). Both become small grey pictures
 * without slow brightness changes; they are laid over each other (scale, shift), then compared block by block, each
 * block free to move a little with the hand. The same scene agrees nearly everywhere; another person's card of the
 * same print agrees only where the print is the same, so the share of blocks that contradict decides.
 */
import sharp from 'sharp';

export interface Alignment {
  readonly fits: boolean;
  /** Mean agreement of the textured blocks, −1…1. */
  readonly score: number;
  /** Share of textured blocks that contradict, 0…1. */
  readonly contradicting: number;
  /** Where the still's origin lies in the frame, as shares of the frame's width and height. */
  readonly shift: { readonly x: number; readonly y: number };
  /** Size of the still's contents relative to the frame's. */
  readonly scale: number;
}

export const ALIGN_LIMITS = { score: 0.6, contradicting: 0.14, contradicts: 0.3, blocks: 10 } as const;

interface Plane { readonly data: Float32Array; readonly width: number; readonly height: number }
interface Shift { readonly x: number; readonly y: number }

/** Widths of the three steps: whole picture, blocks roughly, blocks exactly. */
const COARSE = 64;
const HALF = 320;
const FINE = 640;
/** Side of a block at the fine step. */
const BLOCK = 40;

/** @throws when one of the two does not decode. */
export async function alignStill(photoOfRecord: Uint8Array, still: Uint8Array): Promise<Alignment> {
  const [frameCoarse, frameHalf, frameFine] = await Promise.all([plane(photoOfRecord, COARSE, 5), plane(photoOfRecord, HALF, 4), plane(photoOfRecord, FINE, 8)]);
  let best: { scale: number; shift: Shift; score: number } | null = null;
  for (const scale of [1, 0.94, 1.06, 0.88, 1.13, 0.75, 1.33]) {
    const stillCoarse = await plane(still, Math.round(COARSE * scale), 5);
    const found = bestShift(frameCoarse, stillCoarse);
    if (best === null || found.score > best.score + 0.02) best = { scale, ...found };
    if (best.score > 0.9) break;
  }
  const { scale, shift, score: coarseScore } = best as { scale: number; shift: Shift; score: number };
  const [stillHalf, stillFine] = await Promise.all([plane(still, Math.round(HALF * scale), 4), plane(still, Math.round(FINE * scale), 8)]);
  const factor = HALF / COARSE;
  const agreements = compareBlocks({ frame: frameHalf, still: stillHalf }, { frame: frameFine, still: stillFine }, { x: Math.round(shift.x * factor), y: Math.round(shift.y * factor) });
  const score = agreements.length === 0 ? 0 : agreements.reduce((a, b) => a + b, 0) / agreements.length;
  const contradicting = agreements.length === 0 ? 1 : agreements.filter((value) => value < ALIGN_LIMITS.contradicts).length / agreements.length;
  const fits = coarseScore > 0.4 && agreements.length >= ALIGN_LIMITS.blocks && score >= ALIGN_LIMITS.score && contradicting <= ALIGN_LIMITS.contradicting;
  return { fits, score, contradicting, shift: { x: shift.x / frameCoarse.width, y: shift.y / frameCoarse.height }, scale };
}

/** Grey at a width, softened like a video frame, less its own strong blur: edges and texture, no light. */
async function plane(image: Uint8Array, width: number, sigma: number): Promise<Plane> {
  const base = sharp(image, { limitInputPixels: 50_000_000 }).autoOrient().flatten({ background: '#808080' }).greyscale().resize({ width });
  const grey = await base.blur(0.8).raw().toBuffer({ resolveWithObject: true });
  const raw = { width: grey.info.width, height: grey.info.height, channels: 1 } as const;
  const light = await sharp(grey.data, { raw }).blur(sigma).greyscale().raw().toBuffer();
  const data = Float32Array.from(light, (value, i) => (grey.data[i] as number) - value);
  return { data, width: raw.width, height: raw.height };
}

/** The shift of `still` against `frame` with the best correlation over their overlap, of which there must be much. */
function bestShift(frame: Plane, still: Plane): { shift: Shift; score: number } {
  const reachX = Math.round(frame.width * 0.18) + Math.max(0, still.width - frame.width);
  const reachY = Math.round(frame.height * 0.2) + Math.max(0, still.height - frame.height);
  let best = { shift: { x: 0, y: 0 }, score: -1 };
  for (let y = -reachY; y <= reachY; y += 1) {
    for (let x = -reachX; x <= reachX; x += 1) {
      const x0 = Math.max(0, x);
      const y0 = Math.max(0, y);
      const width = Math.min(frame.width, still.width + x) - x0;
      const height = Math.min(frame.height, still.height + y) - y0;
      if (width * height < 0.5 * frame.width * frame.height) continue;
      const score = correlation(frame, x0, y0, still, x0 - x, y0 - y, width, height);
      if (score > best.score) best = { shift: { x, y }, score };
    }
  }
  return best;
}

interface Pair { readonly frame: Plane; readonly still: Plane }

/** Agreement of each textured block of the frame that the still covers, at its own best place nearby. */
function compareBlocks(half: Pair, fine: Pair, shift: Shift): number[] {
  const agreements: number[] = [];
  for (let top = 0; top + BLOCK <= fine.frame.height; top += BLOCK) {
    for (let left = 0; left + BLOCK <= fine.frame.width; left += BLOCK) {
      if (texture(fine.frame, left, top) < 5) continue;
      // Turning a card by a degree moves its far end by several pixels.
      const rough = bestBlock(half, left / 2, top / 2, BLOCK / 2, { x: -shift.x, y: -shift.y }, ROUGH_REACH);
      if (rough === null) continue;
      const exact = bestBlock(fine, left, top, BLOCK, { x: 2 * rough.x, y: 2 * rough.y }, 2);
      if (exact !== null) agreements.push(exact.score);
    }
  }
  return agreements;
}

/** How far a block may have moved against the whole, in pixels of the half step. */
const ROUGH_REACH = 9;

function bestBlock({ frame, still }: Pair, left: number, top: number, size: number, about: Shift, reach: number): (Shift & { score: number }) | null {
  let best: (Shift & { score: number }) | null = null;
  for (let y = about.y - reach; y <= about.y + reach; y += 1) {
    for (let x = about.x - reach; x <= about.x + reach; x += 1) {
      if (left + x < 0 || top + y < 0 || left + x + size > still.width || top + y + size > still.height) continue;
      const score = correlation(frame, left, top, still, left + x, top + y, size, size);
      if (best === null || score > best.score) best = { x, y, score };
    }
  }
  return best;
}

function texture(plane: Plane, left: number, top: number): number {
  let squares = 0;
  for (let y = top; y < top + BLOCK; y += 1) for (let x = left; x < left + BLOCK; x += 1) squares += (plane.data[y * plane.width + x] as number) ** 2;
  return Math.sqrt(squares / (BLOCK * BLOCK));
}

/** Normalised cross-correlation of two rectangles, −1…1. */
function correlation(a: Plane, ax: number, ay: number, b: Plane, bx: number, by: number, width: number, height: number): number {
  let [ab, aa, bb, sa, sb] = [0, 0, 0, 0, 0];
  for (let y = 0; y < height; y += 1) {
    let p = (ay + y) * a.width + ax;
    let q = (by + y) * b.width + bx;
    for (let x = 0; x < width; x += 1, p += 1, q += 1) {
      const u = a.data[p] as number;
      const v = b.data[q] as number;
      ab += u * v;
      aa += u * u;
      bb += v * v;
      sa += u;
      sb += v;
    }
  }
  const n = width * height;
  const covariance = ab - (sa * sb) / n;
  const variance = (aa - (sa * sa) / n) * (bb - (sb * sb) / n);
  return variance <= 1e-6 ? 0 : covariance / Math.sqrt(variance);
}
