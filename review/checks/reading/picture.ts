/** From bytes to pixels: what cannot be a photo is refused by name, large photos are shrunk while they are decoded. */
import sharp from 'sharp';
import type { Metadata, Sharp } from 'sharp';

import { AppError } from '../../../contracts/errors.ts';
import { decodeErrorCode, pictureFormat } from '../upload.ts';
import type { RgbImage } from './locateCard.ts';

/** Pixels a picture may claim before anything of it is decoded. */
export const MAX_PIXELS = 50_000_000;
/** Longest side that is kept: a card filling half of it still has characters of 36 pixels. */
const KEPT_SIDE = 2000;

export interface OpenedPicture {
  /** Upright, at most 2000 pixels a side. */
  readonly pixels: RgbImage;
  /** Pixels of the upright original for one of `pixels`. */
  readonly shrunk: number;
  /** A part of the upright original, given in shares, at its full size; at most `side` pixels a side. */
  closer(part: { left: number; top: number; right: number; bottom: number }, side: number): Promise<RgbImage>;
}

/** @throws AppError UPLOAD_MISSING, UPLOAD_NOT_AN_IMAGE, UPLOAD_FORMAT_NOT_SUPPORTED, UPLOAD_TOO_MANY_PIXELS, UPLOAD_TRUNCATED */
export async function openPicture(bytes: Uint8Array): Promise<OpenedPicture> {
  pictureFormat(bytes);
  const source = (): Sharp => sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'truncated', pages: 1 }).autoOrient();
  const size = await named(async () => await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata()) as Metadata;
  if (size.width * size.height > MAX_PIXELS) throw new AppError('UPLOAD_TOO_MANY_PIXELS');
  const { width, height } = size.autoOrient;
  const pixels = await named(async () => await raw(source().resize({ width: KEPT_SIDE, height: KEPT_SIDE, fit: 'inside', withoutEnlargement: true })));
  return {
    pixels,
    shrunk: width / pixels.width,
    async closer({ left, top, right, bottom }, side) {
      const x = Math.max(0, Math.floor(left * width));
      const y = Math.max(0, Math.floor(top * height));
      const area = { left: x, top: y, width: Math.max(1, Math.min(width, Math.ceil(right * width)) - x), height: Math.max(1, Math.min(height, Math.ceil(bottom * height)) - y) };
      return await named(async () => await raw(source().extract(area).resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })));
    },
  };
}

/** Three channels of sRGB, whatever the file had (grey, CMYK, alpha). */
export async function raw(picture: Sharp): Promise<RgbImage> {
  const { data, info } = await picture.flatten({ background: '#808080' }).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { data, width: info.width, height: info.height };
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let i = 0; i < info.width * info.height; i += 1) rgb.fill(data[i * info.channels] as number, 3 * i, 3 * i + 3);
  return { data: rgb, width: info.width, height: info.height };
}

/** A smaller copy, at most `width` pixels wide and `height` high. */
export async function shrink(picture: RgbImage, width: number, height = Infinity): Promise<RgbImage> {
  const factor = Math.min(width / picture.width, height / picture.height);
  if (factor >= 1) return picture;
  const { data, info } = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .resize({ width: Math.max(1, Math.round(picture.width * factor)), height: Math.max(1, Math.round(picture.height * factor)), fit: 'fill' }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AppError(decodeErrorCode(error), undefined, { cause: error instanceof Error ? error.name : 'unknown' });
  }
}
