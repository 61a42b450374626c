/** What comes from a phone is looked at before it is believed: format, size, whole or cut; then made plain. */
import sharp from 'sharp';

import { AppError } from '../../contracts/errors.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import { MAX_UPLOAD_BYTES } from '../../contracts/http/common.ts';

export const UPLOAD_LIMITS = { bytes: MAX_UPLOAD_BYTES, pixels: 50_000_000, storedSide: 4096 } as const;

export interface InspectedUpload {
  readonly format: 'jpeg' | 'png' | 'webp';
  /** Upright size, after the camera's orientation was applied. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation the file came with, 1…8. */
  readonly orientation: number;
  /** Upright JPEG without any metadata (no place, no device), at most 4096 pixels a side. */
  readonly jpeg: Buffer;
}

/**
 * @throws AppError UPLOAD_MISSING, UPLOAD_TOO_LARGE, UPLOAD_NOT_AN_IMAGE, UPLOAD_FORMAT_NOT_SUPPORTED (SVG, HEIC, GIF…),
 * UPLOAD_TOO_MANY_PIXELS (told from the header, before decoding), UPLOAD_TRUNCATED.
 */
export async function inspectUpload(buffer: Uint8Array): Promise<InspectedUpload> {
  if (buffer.length === 0) throw new AppError('UPLOAD_MISSING');
  if (buffer.length > UPLOAD_LIMITS.bytes) throw new AppError('UPLOAD_TOO_LARGE');
  const format = pictureFormat(buffer);
  const header = await sharp(buffer, { limitInputPixels: false }).metadata().catch(() => { throw new AppError(wholeHeader(buffer) ? 'UPLOAD_NOT_AN_IMAGE' : 'UPLOAD_TRUNCATED'); });
  if (header.width * header.height > UPLOAD_LIMITS.pixels) throw new AppError('UPLOAD_TOO_MANY_PIXELS');
  const { data, info } = await sharp(buffer, { limitInputPixels: UPLOAD_LIMITS.pixels, failOn: 'truncated', pages: 1 })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .resize({ width: UPLOAD_LIMITS.storedSide, height: UPLOAD_LIMITS.storedSide, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 92 })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => { throw new AppError(decodeErrorCode(error)); });
  return { format, width: info.width, height: info.height, orientation: header.orientation ?? 1, jpeg: data };
}

const startsWith = (buffer: Uint8Array, bytes: readonly number[], at = 0): boolean => bytes.every((byte, i) => buffer[at + i] === byte);
const ascii = (buffer: Uint8Array, from: number, to: number): string => Buffer.from(buffer.subarray(from, to)).toString('latin1');

/** @throws AppError UPLOAD_MISSING, UPLOAD_FORMAT_NOT_SUPPORTED (SVG, HEIC, GIF…), UPLOAD_NOT_AN_IMAGE, UPLOAD_TOO_MANY_PIXELS (a WebP's extended header) */
export function pictureFormat(buffer: Uint8Array): InspectedUpload['format'] {
  if (buffer.length === 0) throw new AppError('UPLOAD_MISSING');
  const format = magicOf(buffer);
  if (format === null) throw new AppError(looksLikeOtherPicture(buffer) ? 'UPLOAD_FORMAT_NOT_SUPPORTED' : 'UPLOAD_NOT_AN_IMAGE');
  if (format === 'webp' && canvasPixels(buffer) > UPLOAD_LIMITS.pixels) throw new AppError('UPLOAD_TOO_MANY_PIXELS');
  return format;
}

/** What a WebP's extended header claims; the decoder only calls such a file broken. 0 without that header. */
function canvasPixels(buffer: Uint8Array): number {
  if (ascii(buffer, 12, 16) !== 'VP8X' || buffer.length < 30) return 0;
  const side = (at: number): number => 1 + (buffer[at] as number) + 256 * (buffer[at + 1] as number) + 65_536 * (buffer[at + 2] as number);
  return side(24) * side(27);
}

/** By content, never by name or declared type. */
function magicOf(buffer: Uint8Array): InspectedUpload['format'] | null {
  if (startsWith(buffer, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(buffer, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (ascii(buffer, 0, 4) === 'RIFF' && ascii(buffer, 8, 12) === 'WEBP') return 'webp';
  return null;
}

/** Pictures we know and refuse by name: SVG can fetch and run things, HEIC needs a licensed decoder. */
function looksLikeOtherPicture(buffer: Uint8Array): boolean {
  const start = ascii(buffer, 0, 1024);
  return /<svg[\s>]/i.test(start) || /^ftyp(heic|heix|hevc|mif1|msf1|avif|avis)/.test(start.slice(4)) || /^(GIF8|BM|II\*\0|MM\0\*)/.test(start);
}

/** A file cut before its picture data began has a good magic and nothing behind it. */
const wholeHeader = (buffer: Uint8Array): boolean => buffer.length > 2048;

/** Why the decoder gave up, in the catalogue's words. */
export function decodeErrorCode(error: unknown): ErrorCode {
  const text = error instanceof Error ? error.message : '';
  if (/pixel limit/i.test(text)) return 'UPLOAD_TOO_MANY_PIXELS';
  return /premature|truncat|end of|unexpected|corrupt|libspng|read error|webp/i.test(text) ? 'UPLOAD_TRUNCATED' : 'UPLOAD_NOT_AN_IMAGE';
}
