import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

import { inspectUpload, UPLOAD_LIMITS } from '../../../review/checks/upload.ts';
import { fixturePortrait } from '../../support/cards/index.ts';

const refused = async (bytes: Uint8Array): Promise<string> => await inspectUpload(bytes).then(() => 'taken', (error: { code?: string }) => error.code ?? String(error));
const picture = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#8899aa' } });

describe('an upload is looked at before it is believed', () => {
  test('a photo is made upright and loses its metadata', async () => {
    const sideways = await picture(300, 200).withExif({ IFD0: { Make: 'PhoneMaker' } }).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const upload = await inspectUpload(sideways);
    expect(upload).toMatchObject({ format: 'jpeg', width: 200, height: 300, orientation: 6 });
    const kept = await sharp(upload.jpeg).metadata();
    expect([kept.exif, kept.orientation]).toEqual([undefined, undefined]);
  });
  test('PNG and WebP are taken', async () => {
    for (const bytes of [await picture(64, 40).png().toBuffer(), await picture(64, 40).webp().toBuffer()]) expect(await refused(bytes)).toBe('taken');
  });
  test('text and noise are no pictures', async () => {
    expect(await refused(Buffer.from('%PDF-1.7 nothing to see'))).toBe('UPLOAD_NOT_AN_IMAGE');
    expect(await refused(Buffer.concat([Buffer.alloc(1), randomBytes(5000)]))).toBe('UPLOAD_NOT_AN_IMAGE');
    expect(await refused(Buffer.alloc(0))).toBe('UPLOAD_MISSING');
  });
  test('SVG is refused whatever it calls itself, HEIC is refused by name', async () => {
    expect(await refused(Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'))).toBe('UPLOAD_FORMAT_NOT_SUPPORTED');
    expect(await refused(Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(100)]))).toBe('UPLOAD_FORMAT_NOT_SUPPORTED');
  });
  test.each([0.5, 0.02])('a photo of which only %d arrived is truncated', async (share) => {
    const whole = await fixturePortrait();
    expect(await refused(whole.subarray(0, Math.floor(whole.length * share)))).toBe('UPLOAD_TRUNCATED');
  });
  test('a truncated PNG is truncated', async () => {
    const whole = await sharp(await fixturePortrait()).png().toBuffer();
    expect(await refused(whole.subarray(0, whole.length >> 1))).toBe('UPLOAD_TRUNCATED');
  });
  test('100 megapixels are refused from the header, before decoding', async () => {
    const bomb = await picture(10_000, 10_000).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(1_000_000);
    const before = process.cpuUsage();
    expect(await refused(bomb)).toBe('UPLOAD_TOO_MANY_PIXELS');
    expect(process.cpuUsage(before).user).toBeLessThan(400_000);
  });
  test('a file above the byte limit is refused unread', async () => {
    expect(await refused(Buffer.alloc(UPLOAD_LIMITS.bytes + 1, 0xff))).toBe('UPLOAD_TOO_LARGE');
  });
});
