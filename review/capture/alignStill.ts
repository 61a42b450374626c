/**
 * Whether the phone's sharper still shows the same scene as the server's frame (R20). Both become small grey pictures
 * without slow brightness changes; they are laid over each other (scale, shift), then compared block by block, each
 * block free to move a little with the hand. Where both show a card, the two straightened cards are compared instead:
 * another person's card agrees wherever the print is the same, so there a few contradicting blocks already decide.
 */
import sharp from 'sharp';
import type { Sharp } from 'sharp';

import { decode, findCard, straightCard } from '../checks/reading/findCard.ts';
import type { CardOutline, RgbImage } from '../checks/reading/locateCard.ts';

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

/** Measured: the same card 0.3 s apart, through VP8 at 1 Mbit/s, agrees by 0.85 and more in every block; other text by 0.4–0.75. */
export const ALIGN_LIMITS = {
  scene: { score: 0.6, contradicting: 0.14, contradicts: 0.3, blocks: 10 },
  card: { score: 0.75, contradicting: 0.03, contradicts: 0.78, blocks: 10 },
} as const;

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
  const [frame, shot] = await Promise.all([decode(photoOfRecord), decode(still)]);
  const [frameCard, shotCard] = await Promise.all([surelyCard(frame), surelyCard(shot)]);
  if (frameCard !== null && shotCard !== null) return await compareCards(frame, frameCard, shot, shotCard);
  return await compareScenes(await picture(frame), await picture(shot));
}

/** Whole and beyond doubt: a bright wall behind a face may look a little like a card; one held to the camera reaches 0.95. */
const surelyCard = async (image: RgbImage): Promise<CardOutline | null> => {
  const card = await findCard(image);
  return card !== null && !card.cutOff && card.likeness > 0.85 ? card : null;
};

const picture = async ({ data, width, height }: RgbImage): Promise<Sharp> => sharp(data, { raw: { width, height, channels: 3 } });

async function compareCards(frame: RgbImage, frameOutline: CardOutline, shot: RgbImage, shotOutline: CardOutline): Promise<Alignment> {
  const [a, b] = await Promise.all([straightCard(frame, frameOutline), straightCard(shot, shotOutline)]);
  const [left, right] = await Promise.all([picture(a.card), picture(b.card)]);
  const [frameHalf, stillHalf, frameFine, stillFine] = await Promise.all([plane(left, HALF, 4), plane(right, HALF, 4), plane(left, FINE, 8), plane(right, FINE, 8)]);
  const agreements = compareBlocks({ frame: frameHalf, still: stillHalf }, { frame: frameFine, still: stillFine }, { x: 0, y: 0 }, CARD_STEP);
  const [p, q] = [frameOutline.corners[0], shotOutline.corners[0]];
  return { ...verdict(agreements, ALIGN_LIMITS.card), shift: { x: p.x - q.x, y: p.y - q.y }, scale: 1 };
}

async function compareScenes(frame: Sharp, still: Sharp): Promise<Alignment> {
  const [frameCoarse, frameHalf, frameFine] = await Promise.all([plane(frame, COARSE, 5), plane(frame, HALF, 4), plane(frame, FINE, 8)]);
  let best: { scale: number; shift: Shift; score: number } | null = null;
  for (const scale of [1, 0.94, 1.06, 0.88, 1.13, 0.75, 1.33]) {
    const found = bestShift(frameCoarse, await plane(still, Math.round(COARSE * scale), 5));
    if (best === null || found.score > best.score + 0.02) best = { scale, ...found };
    if (best.score > 0.9) break;
  }
  const { scale, shift, score: coarseScore } = best as { scale: number; shift: Shift; score: number };
  const [stillHalf, stillFine] = await Promise.all([plane(still, Math.round(HALF * scale), 4), plane(still, Math.round(FINE * scale), 8)]);
  const factor = HALF / COARSE;
  const agreements = compareBlocks({ frame: frameHalf, still: stillHalf }, { frame: frameFine, still: stillFine }, { x: Math.round(shift.x * factor), y: Math.round(shift.y * factor) }, SCENE_STEP);
  const judged = verdict(agreements, ALIGN_LIMITS.scene);
  return { ...judged, fits: judged.fits && coarseScore > 0.4, shift: { x: shift.x / frameCoarse.width, y: shift.y / frameCoarse.height }, scale };
}

function verdict(agreements: readonly number[], limits: (typeof ALIGN_LIMITS)['scene' | 'card']): Pick<Alignment, 'fits' | 'score' | 'contradicting'> {
  if (agreements.length < limits.blocks) return { fits: false, score: 0, contradicting: 1 };
  const score = agreements.reduce((a, b) => a + b, 0) / agreements.length;
  const contradicting = agreements.filter((value) => value < limits.contradicts).length / agreements.length;
  return { fits: score >= limits.score && contradicting <= limits.contradicting, score, contradicting };
}

/** Grey at a width, softened like a video frame, less its own strong blur: edges and texture, no light. */
async function plane(source: Sharp, width: number, sigma: number): Promise<Plane> {
  const grey = await source.clone().greyscale().resize({ width }).blur(0.8).raw().toBuffer({ resolveWithObject: true });
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
function compareBlocks(half: Pair, fine: Pair, shift: Shift, { reach, texture: least, rim }: BlockStep): number[] {
  const agreements: number[] = [];
  for (let top = rim; top + BLOCK <= fine.frame.height - rim; top += BLOCK) {
    for (let left = rim; left + BLOCK <= fine.frame.width - rim; left += BLOCK) {
      if (texture(fine.frame, left, top) < least) continue;
      // Turning a card by a degree moves its far end by several pixels.
      const rough = bestBlock(half, left / 2, top / 2, BLOCK / 2, { x: -shift.x, y: -shift.y }, reach);
      if (rough === null) continue;
      const exact = bestBlock(fine, left, top, BLOCK, { x: 2 * rough.x, y: 2 * rough.y }, 2);
      if (exact !== null) agreements.push(exact.score);
    }
  }
  return agreements;
}

interface BlockStep {
  /** How far a block may have moved against the whole, in pixels of the half step. */
  readonly reach: number;
  /** Least contrast of a block that is worth comparing. */
  readonly texture: number;
  /** Left out along the border, in pixels of the fine step. */
  readonly rim: number;
}
const SCENE_STEP: BlockStep = { reach: 9, texture: 5, rim: 0 };
/** Straightened cards lie still; their border shows fingers and background, and faint print drowns in the coder's noise. */
const CARD_STEP: BlockStep = { reach: 2, texture: 9, rim: 32 };

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
