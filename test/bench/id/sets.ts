/** Which photos a run takes. Tuning and final seeds never meet. */
import { cardOfSeed, DOCUMENT_DEFECTS, FACE_DEFECTS, photograph, photographFace } from '../../support/cards/index.ts';
import type { DocumentDefect, FaceDefect, Photo, TextBand } from '../../support/cards/index.ts';
import type { FindingCode } from '../../../contracts/findings.ts';

export const SEED_BASE = { tuning: 1, final: 1_000_001 } as const;
export type SetName = keyof typeof SEED_BASE;

/** Three good photos in ten have small text (16 to 23 pixels). */
const bandOf = (index: number): TextBand => (index % 10 === 2 || index % 10 === 5 || index % 10 === 8 ? 'small' : 'large');

export type Wanted = { readonly seed: number; readonly band: TextBand };

/** The good photos of a set. */
export const goodPhotos = (set: SetName, count: number): Wanted[] => Array.from({ length: count }, (_, i) => ({ seed: SEED_BASE[set] + i, band: bandOf(i) }));

/** As many of either band as there are, evenly. */
export function stratified(photos: readonly Wanted[], count: number): Wanted[] {
  const of = (band: TextBand): Wanted[] => photos.filter((photo) => photo.band === band);
  const small = of('small').slice(0, Math.floor(count / 2));
  return [...of('large').slice(0, count - small.length), ...small];
}

export const take = async ({ seed, band }: Wanted): Promise<Photo> => await photograph(cardOfSeed(seed), { seed, band });

export type Defect = DocumentDefect | FaceDefect;
export const DEFECTS: readonly Defect[] = [...(Object.keys(DOCUMENT_DEFECTS) as DocumentDefect[]), ...(Object.keys(FACE_DEFECTS) as FaceDefect[])];

/** What a photo for the quality figures is, and what it should be called. */
export type QualityPhoto = { readonly jpeg: Buffer; readonly kind: 'portraitSide' | 'emblemSide' | 'face'; readonly finding: FindingCode | null; readonly seed: number };

const isFaceDefect = (defect: Defect): defect is FaceDefect => defect in FACE_DEFECTS;

/** Seeds of their own, a hundred thousand after those of the good photos. */
export async function defectPhoto(set: SetName, defect: Defect, index: number): Promise<QualityPhoto> {
  const seed = SEED_BASE[set] + 100_000 + DEFECTS.indexOf(defect) * 1000 + index;
  if (isFaceDefect(defect)) {
    const { jpeg, truth } = await photographFace(seed, defect);
    return { jpeg, kind: 'face', finding: truth.finding, seed };
  }
  const card = cardOfSeed(seed);
  const { jpeg, truth } = await photograph(card, { seed, defect });
  return { jpeg, kind: card.side === 'portrait' ? 'portraitSide' : 'emblemSide', finding: truth.finding, seed };
}

export async function goodFace(set: SetName, index: number): Promise<QualityPhoto> {
  const seed = SEED_BASE[set] + 200_000 + index;
  const { jpeg } = await photographFace(seed);
  return { jpeg, kind: 'face', finding: null, seed };
}
