/** R20, R21: a frame that was taken out of the call must decode, be whole and be good enough to approve on. */
import sharp from 'sharp';

import { AppError } from '../../contracts/errors.ts';
import type { Finding } from '../../contracts/reading.ts';
import type { PhotoKind } from '../../contracts/script.ts';
import { judgePicture } from '../checks/judgePicture.ts';

export interface JudgedPhoto {
  readonly width: number;
  readonly height: number;
  /** EXIF orientation; a frame out of the video has none and counts as 1. */
  readonly orientation: number;
  readonly findings: readonly Finding[];
}

/** @throws AppError PHOTO_UNDECODABLE */
export async function judgePhoto({ kind, image }: { kind: PhotoKind; image: Uint8Array }): Promise<JudgedPhoto> {
  try {
    const { width, height, orientation = 1 } = await sharp(image, { limitInputPixels: 50_000_000 }).metadata();
    const findings = await judgePicture(image, kind === 'face' ? 'face' : 'document');
    return { width, height, orientation, findings };
  } catch (cause) {
    throw new AppError('PHOTO_UNDECODABLE', undefined, { cause });
  }
}
