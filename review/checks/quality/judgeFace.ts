/** R21 for the photo of a face: counted, then measured around the largest face. */
import type { FieldBox, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { FacePixels, FoundFace } from '../face/models.ts';
import { cutOut } from '../reading/locateDocument.ts';
import { measureFigures } from './figures.ts';
import { judgeFigures } from './judgeFigures.ts';
import { greyOf } from './judgeDocument.ts';
import { QUALITY_LIMITS } from './limits.ts';

export interface JudgedFace {
  readonly faces: number;
  /** The largest, brows to chin, in shares of the picture. */
  readonly box?: FieldBox;
  readonly figures?: PhotoFigures;
  readonly findings: readonly Finding[];
}

/** Pixels across the square around the face when it is measured. */
const MEASURE_SIDE = 256;
/** The head around the box of brows to chin, in shares of it: hair above, ears beside. */
const HEAD = { side: 0.05, above: 0.2, below: 0.02 };
/** A smaller face than this share of the largest is a picture on the wall, not a second person. */
const SECOND_FACE = 0.3;

/** @param shrunk pixels of the original for one of `pixels` */
export async function judgeFace(pixels: FacePixels, shrunk: number, faces: readonly FoundFace[]): Promise<JudgedFace> {
  const apart = withoutDoubles(faces);
  const [largest] = apart;
  if (largest === undefined) return { faces: 0, findings: noFace(pixels) };
  const { x, y, width, height } = largest.box;
  const persons = apart.filter((face) => face.box.width >= SECOND_FACE * width).length;
  const step = Math.max(width, height) / MEASURE_SIDE;
  const around = await cutOut(pixels, [step, 0, x, 0, step, y, 0, 0, 1], MEASURE_SIDE, MEASURE_SIDE);
  const figures: PhotoFigures = { ...measureFigures(greyOf(around)), widthPx: Math.round(width * shrunk) };
  const cutOff = x - HEAD.side * width < 0 || y - HEAD.above * height < 0 || x + (1 + HEAD.side) * width > pixels.width || y + (1 + HEAD.below) * height > pixels.height;
  const box = boxIn(largest, pixels);
  const second = persons > 1 ? [makeFinding('PHOTO_TWO_FACES')] : [];
  return { faces: persons, box, figures, findings: [...second, ...judgeFigures(figures, { kind: 'face', cutOff, box })] };
}

/** Largest first. Half a face is sometimes found twice: a box whose middle lies in a larger one is the same face. */
function withoutDoubles(faces: readonly FoundFace[]): FoundFace[] {
  const kept: FoundFace[] = [];
  for (const face of [...faces].sort((a, b) => b.box.width - a.box.width)) {
    const [x, y] = [face.box.x + face.box.width / 2, face.box.y + face.box.height / 2];
    if (!kept.some(({ box }) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height)) kept.push(face);
  }
  return kept;
}

function boxIn({ box }: FoundFace, { width, height }: FacePixels): FieldBox {
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const [x, y] = [clamp(box.x / width), clamp(box.y / height)];
  return { x, y, width: clamp((box.x + box.width) / width) - x, height: clamp((box.y + box.height) / height) - y };
}

/** Nobody there, and before that what may have hidden the face. */
function noFace(pixels: FacePixels): Finding[] {
  const figures = measureFigures(greyOf(pixels));
  const hidden = figures.brightness < QUALITY_LIMITS.face.tooDark ? [makeFinding('PHOTO_TOO_DARK')]
    : figures.blown > QUALITY_LIMITS.whole.overExposed ? [makeFinding('PHOTO_OVER_EXPOSED')] : [];
  return [...hidden, makeFinding('PHOTO_NO_FACE')];
}
