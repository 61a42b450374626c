import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { constants, getPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';

import { createReader } from '../../review/checks/index.ts';
import { createPool } from '../../review/checks/pool/pool.ts';
import type { Pool } from '../../review/checks/pool/pool.ts';
import type { Reader } from '../../review/checks/index.ts';
import { inventPerson, photographCard, renderCard } from '../support/cards/index.ts';

let photo: Buffer;
let reader: Reader;
beforeAll(async () => {
  photo = await photographCard(await renderCard({ ...inventPerson(1), side: 'emblem', heightPx: 900 }), { width: 1280, height: 960 });
  reader = createReader({ workers: 1 });
});
afterAll(async () => { await reader.close(); });

const number = inventPerson(1);
const alive = (pid: number): boolean => { try { return process.kill(pid, 0); } catch { return false; } };

/** A PNG whose header claims this size and whose data is a few bytes. */
async function bomb(width: number, height: number): Promise<Buffer> {
  const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } }).png().toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  // The header's own checksum must fit, or the claim is not even looked at.
  const { crc32 } = await import('node:zlib');
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

describe('the processes that read (design: reading never slows calls or sockets)', () => {
  test('they stand behind everything else in line for the processor', async () => {
    await reader.read(photo);
    const [child] = reader.load().processes.filter(({ lane }) => lane === 'slow');
    expect(getPriority(child?.pid)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
    expect(child).toMatchObject({ tasks: expect.any(Number), rssMb: expect.any(Number) });
  });

  test('one that is killed is replaced, and its picture’s reader is told', async () => {
    const dying = reader.read(photo);
    const [child] = reader.load().processes.filter(({ lane }) => lane === 'slow');
    process.kill(child?.pid as number, 'SIGKILL');
    await expect(dying).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(reader.read(photo)).resolves.toMatchObject({ side: 'emblem' });
    expect(reader.load().died).toBe(1);
  });

  test('one that has grown above its limit is renewed after its task, and no picture is lost', async () => {
    const small = createReader({ workers: 1, memoryLimitMb: 50 });
    const readings = await Promise.all([small.read(photo), small.read(photo)]);
    expect(readings.map(({ side }) => side)).toEqual(['emblem', 'emblem']);
    expect(small.load().renewed).toBe(2);
    await small.close();
  });

  test('an uploaded photo is judged while readings wait (R21)', async () => {
    await reader.judge(photo, { kind: 'emblemSide' });
    const order: string[] = [];
    const readings = [1, 2, 3].map(async () => { await reader.read(photo); order.push('read'); });
    await reader.judge(photo, { kind: 'emblemSide' }).then(() => order.push('judged'));
    await Promise.all(readings);
    expect(order.indexOf('judged')).toBeLessThan(2);
  });

  test('beyond the queue’s bound a reading is refused, an abandoned one ends, and closing twice is harmless', async () => {
    const small = createReader({ workers: 1, queueLimit: 1 });
    const abort = new AbortController();
    const first = small.read(photo, { signal: abort.signal });
    const second = small.read(photo);
    await expect(small.read(photo)).rejects.toMatchObject({ code: 'OVERLOADED' });
    abort.abort(new Error('the client went away'));
    await expect(first).rejects.toThrow('the client went away');
    await expect(second).resolves.toMatchObject({ side: 'emblem' });
    await expect(small.read(photo, { signal: AbortSignal.abort(new Error('gone before')) })).rejects.toThrow('gone before');
    const pids = small.load().processes.map(({ pid }) => pid);
    await small.close();
    await small.close();
    expect(pids.filter(alive)).toEqual([]);
    await expect(small.read(photo)).rejects.toMatchObject({ code: 'OVERLOADED' });
  });
});

describe('a task that nobody waits for any more', () => {
  const program = new URL('./pool.process.ts', import.meta.url);
  const inTheMiddle = async (pool: Pool, name: string): Promise<{ before: unknown; after: unknown; ms: number }> => {
    const before = await pool.run('who', {}, { lane: 'slow' });
    const abort = new AbortController();
    const running = pool.run(name, {}, { lane: 'slow', signal: abort.signal });
    await delay(300);
    abort.abort(new Error('the client went away'));
    await expect(running).rejects.toThrow('the client went away');
    const began = Date.now();
    return { before, after: await pool.run('who', {}, { lane: 'slow' }), ms: Date.now() - began };
  };

  test('stops at its next step, and its warm process takes the next one', async () => {
    const pool = createPool({ program });
    const { before, after, ms } = await inTheMiddle(pool, 'patient');
    expect(after).toBe(before);
    expect(ms).toBeLessThan(1_500);
    await pool.close();
  });

  test('is ended with its process when it does not stop, and the next one is served', async () => {
    const pool = createPool({ program });
    const { before, after } = await inTheMiddle(pool, 'deaf');
    expect(after).not.toBe(before);
    await pool.close();
  }, 20_000);

  test('a process that never gets ready is given up in its time, and the caller is told', async () => {
    const pool = createPool({ program: new URL('./pool.silent.ts', import.meta.url), timeoutMs: 700 });
    await expect(pool.run('who', {}, { lane: 'slow' })).rejects.toMatchObject({ code: 'INTERNAL' });
    await pool.close();
  });

  test('a program that cannot be started is an error for the caller, and closing still ends', async () => {
    const pool = createPool({ program: new URL('./nowhere.ts', import.meta.url) });
    await expect(pool.run('who', {}, { lane: 'slow' })).rejects.toMatchObject({ code: 'INTERNAL' });
    await pool.close();
  });

  test('kept warm, a process that died is there again before anybody asks', async () => {
    const pool = createPool({ program });
    pool.keepWarm();
    const pids = () => pool.load().processes.map(({ pid }) => pid);
    const first = pids();
    expect(first).toHaveLength(2);
    process.kill(first[1]!, 'SIGKILL');
    for (let tries = 0; tries < 40 && (pids().length < 2 || pids()[1] === first[1]); tries += 1) await delay(50);
    expect(pids()).toEqual([first[0], expect.any(Number)]);
    expect(pids()[1]).not.toBe(first[1]);
    await pool.close();
  });

  test('kept warm, a program that cannot start is tried ever more rarely, not twice a second for ever', async () => {
    const pool = createPool({ program: new URL('./pool.dying.ts', import.meta.url) });
    pool.keepWarm();
    await delay(5_000);
    // Two processes: at 0, 0.5, 1.5 and 3.5 s at the most; without a growing pause it were twenty.
    expect(pool.load().died).toBeGreaterThan(2);
    expect(pool.load().died).toBeLessThanOrEqual(8);
    await pool.close();
  });
});

describe('bad input has a name, and costs nothing', () => {
  test.each([
    ['no picture at all', async () => Buffer.from('not a picture'), 'UPLOAD_NOT_AN_IMAGE'],
    ['an empty file', async () => Buffer.alloc(0), 'UPLOAD_MISSING'],
    ['a PNG that claims 30,000 × 30,000', async () => await bomb(30_000, 30_000), 'UPLOAD_TOO_MANY_PIXELS'],
    ['a WebP that claims 16,383 × 16,383', async () => Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAv/v//P/8PEP+L/w8AAA==', 'base64').subarray(0, 34), 'UPLOAD_T'],
    ['a photo cut off in the middle', async () => photo.subarray(0, photo.length / 2), 'UPLOAD_TRUNCATED'],
    ['HEIC, which needs a decoder that is not ours', async () => Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(40)]), 'UPLOAD_FORMAT_NOT_SUPPORTED'],
    ['an SVG', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'UPLOAD_FORMAT_NOT_SUPPORTED'],
  ])('%s', async (_, make, code) => {
    await expect(reader.read(await make())).rejects.toMatchObject({ code: expect.stringContaining(code) });
  });

  test.each([
    ['one pixel', async () => await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } }).png().toBuffer()],
    ['all black', async () => await sharp({ create: { width: 1200, height: 900, channels: 3, background: '#000' } }).jpeg().toBuffer()],
    ['one pixel high', async () => await sharp({ create: { width: 4000, height: 1, channels: 3, background: '#888' } }).png().toBuffer()],
  ])('%s: no card, said so (R14)', async (_, make) => {
    expect(await reader.read(await make())).toMatchObject({ side: 'unknown', fields: {}, findings: expect.arrayContaining([expect.objectContaining({ code: 'CARD_NOT_FOUND' })]) });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('a phone that stored its photo turned (EXIF orientation %i) is read upright', async (orientation) => {
    const turned = await sharp(photo).withMetadata({ orientation }).jpeg().toBuffer();
    const { side, fields } = await reader.read(turned);
    // 2, 4, 5 and 7 mirror the picture: mirrored print is no print.
    if ([1, 3, 6, 8].includes(orientation)) expect([side, fields.authority?.text]).toEqual(['emblem', number.authority]);
    else expect(fields.authority?.text).not.toBe(number.authority);
  });

  test('CMYK, greyscale, alpha and animated pictures are read', async () => {
    const cmyk = await sharp(photo).toColourspace('cmyk').jpeg().toBuffer();
    const grey = await sharp(photo).greyscale().jpeg().toBuffer();
    const alpha = await sharp(photo).ensureAlpha(0.99).webp({ lossless: false }).toBuffer();
    const { data, info } = await sharp(photo).resize({ width: 1000 }).raw().toBuffer({ resolveWithObject: true });
    const animated = await sharp(Buffer.concat([data, data]), { raw: { width: info.width, height: info.height * 2, channels: 3, pageHeight: info.height } }).webp().toBuffer();
    for (const picture of [cmyk, grey, alpha, animated]) expect((await reader.read(picture)).fields.authority?.text).toBe(number.authority);
  });

  test('a photo with another file behind it is the photo', async () => {
    const polyglot = Buffer.concat([photo, Buffer.from('PK\x03\x04<script>alert(1)</script>%PDF-1.7')]);
    expect((await reader.read(polyglot)).fields.authority?.text).toBe(number.authority);
  });

  test('memory stays flat over many of them', async () => {
    const page = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1400"><rect width="1000" height="1400" fill="#fff"/>${Array.from({ length: 60 }, (_, i) => `<text x="40" y="${40 + 22 * i}" font-size="17">This line of a contract has nothing to do with a card, clause ${i}</text>`).join('')}</svg>`);
    const bad = [
      await bomb(30_000, 30_000), photo.subarray(0, photo.length / 3), Buffer.from('nothing'), await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } }).png().toBuffer(),
      await sharp(page).jpeg().toBuffer(), await sharp({ create: { width: 7000, height: 7000, channels: 3, background: '#000' } }).jpeg().toBuffer(), await sharp(photo).resize({ width: 700 }).extend({ right: 700, extendWith: 'mirror' }).jpeg().toBuffer(),
    ];
    const round = async () => await Promise.allSettled(bad.map(async (picture) => await reader.read(picture)));
    const rss = () => Math.max(...reader.load().processes.map(({ rssMb }) => rssMb));
    await round();
    const before = rss();
    for (let i = 0; i < 6; i += 1) await round();
    expect(rss() - before).toBeLessThan(120);
  }, 240_000);
});
