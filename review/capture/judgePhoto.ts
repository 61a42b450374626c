/** R20, R21: a photo that was taken out of the call, or uploaded, must decode, be whole and be good enough to approve on. */
import sharp from 'sharp';

import { AppError } from '../../contracts/errors.ts';
import { judgeImage } from '../checks/quality/judgeImage.ts';
import type { JudgedImage, JudgeOptions, JudgingModels } from '../checks/quality/judgeImage.ts';

export interface JudgedPhoto extends JudgedImage {
  /** EXIF orientation; a frame out of the video has none and counts as 1. */
  readonly orientation: number;
}

/** Width and height are as stored; figures and boxes speak of the upright picture. @throws AppError PHOTO_UNDECODABLE */
export async function judgePhoto(models: JudgingModels, image: Uint8Array, options: JudgeOptions): Promise<JudgedPhoto> {
  const { width, height, orientation = 1 } = await decodable(async () => await sharp(image).metadata());
  const judged = await decodable(async () => await judgeImage(models, image, options));
  return { ...judged, width, height, orientation };
}

/** Only what the bytes are to blame for; a broken engine stays a fault, and a caller that went away stays away. */
async function decodable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const ofBytes = cause instanceof AppError ? cause.code.startsWith('UPLOAD_') : cause instanceof Error && /unsupported image|Input (file|buffer)/i.test(cause.message);
    throw ofBytes ? new AppError('PHOTO_UNDECODABLE', undefined, { cause: (cause as Error).name }) : cause;
  }
}
