/** R21: one photo judged, whatever it shows. Runs inside a process of the pool; the models are handed in. */
import type { FindingCode } from '../../../contracts/findings.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import type { FaceModels } from '../face/models.ts';
import type { PpOcr } from '../reading/engines/ppocr.ts';
import { locateDocument } from '../reading/locateDocument.ts';
import { openPicture, shrink } from '../reading/picture.ts';
import { showsSecondCard } from '../reading/secondCard.ts';
import { isOtherDocument } from '../reading/whatElse.ts';
import { isFaceOnCard } from './faceOnCard.ts';
import { judgeDocument } from './judgeDocument.ts';
import { judgeFace } from './judgeFace.ts';

export interface JudgedImage {
  /** Of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly figures?: PhotoFigures;
  readonly findings: readonly Finding[];
}

/** Loaded when first asked for. */
export interface JudgingModels {
  ppocr(): Promise<PpOcr>;
  /** Counts faces only: keeps no template and needs no consent (R17). */
  faces(): Promise<FaceModels>;
}

export interface JudgeOptions {
  readonly kind: PhotoKind | 'document';
  /** The side that should be there; for photos of the call it follows from the kind. */
  readonly expect?: 'portrait' | 'emblem' | undefined;
  /** Asked between two steps; throws to stop. */
  readonly checkpoint?: (() => void) | undefined;
}

/** Less print than this, found by its print alone, may be another document's that happens to lie as a card's does. */
const SURE = 4.2;
/** What another document looks like when it is taken for an ID card. */
const MISPLACED: ReadonlySet<FindingCode> = new Set(['SIDE_WRONG', 'PHOTO_TILTED', 'PHOTO_CUT_OFF', 'CARD_NOT_FOUND']);
/** Longer side of the picture in which faces are looked for. */
export const FACE_SEARCH = 800;

/** @throws AppError UPLOAD_* when the bytes are no picture that can be read. */
export async function judgeImage(models: JudgingModels, image: Uint8Array, { kind, expect, checkpoint = () => undefined }: JudgeOptions): Promise<JudgedImage> {
  const picture = await openPicture(image);
  checkpoint();
  const size = { width: Math.round(picture.pixels.width * picture.shrunk), height: Math.round(picture.pixels.height * picture.shrunk) };
  if (kind === 'face') {
    const small = await shrink(picture.pixels, FACE_SEARCH, FACE_SEARCH);
    const found = await (await models.faces()).find(small);
    const { box, figures, findings } = await judgeFace(small, (picture.shrunk * picture.pixels.width) / small.width, found);
    checkpoint();
    const printed = box !== undefined && await isFaceOnCard(models.ppocr, picture.pixels, box, checkpoint) ? [makeFinding('PHOTO_FACE_ON_CARD', { evidence: { box } })] : [];
    return { ...size, figures, findings: [...printed, ...findings] };
  }
  const ppocr = await models.ppocr();
  const located = await locateDocument(ppocr, picture.pixels, checkpoint);
  checkpoint();
  const { figures, findings } = await judgeDocument(ppocr, picture, located, expect ?? SIDE_OF[kind]);
  // Told before the photo is read, and instead of “the other side”: which of the two is meant nobody knows.
  if (await showsSecondCard(ppocr, picture, located, checkpoint)) return { ...size, figures, findings: [makeFinding('SEVERAL_CARDS'), ...findings.filter(({ code }) => code !== 'SIDE_WRONG')] };
  const doubtful = located.document === null || (located.document.by === 'print' && located.document.score < SURE);
  // Whoever holds up another document would try again and again for nothing. What cannot be read anyway need not be read for it.
  if (doubtful && findings.every(({ code }) => MISPLACED.has(code)) && await isOtherDocument(ppocr, picture.pixels, located)) return { ...size, findings: [makeFinding('OTHER_DOCUMENT')] };
  return { ...size, figures, findings };
}

const SIDE_OF = { portraitSide: 'portrait', emblemSide: 'emblem', document: undefined } as const;
