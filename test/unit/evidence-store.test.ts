import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFileStore } from '../../media/evidence/index.ts';
import type { FileStore } from '../../media/evidence/index.ts';
import { createWriter } from '../../media/evidence/writer.ts';

const CHUNK = 64 * 1024;
const key = randomBytes(32);
let dir: string;
let store: FileStore;
const pathOf = (fileId: string, caseId = 'case-1'): string => join(dir, caseId, `${fileId}.vwe`);
const put = (bytes: Buffer, caseId = 'case-1') => store.put({ caseId, kind: 'photo', contentType: 'image/png', bytes });
const read = (fileId: string, range: { start?: number; end?: number } = {}) => store.read({ caseId: 'case-1', fileId, ...range });

/** Where each chunk begins in the stored file, from the lengths that stand before them. */
const chunkPlaces = (file: Buffer): { at: number; length: number }[] => {
  const places = [];
  for (let at = file.readUInt16BE(6); at < file.length;) {
    const length = 4 + (file.readUInt32BE(at) & 0x3fffffff) + 16;
    places.push({ at, length });
    at += length;
  }
  return places;
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vw-evidence-'));
  store = createFileStore({ dir, keys: { keyFor: async () => ({ keyId: 'k1', key }) } });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('what a disk dropped while it failed is written anew before the file counts as closed (R41)', async () => {
  const fileId = randomUUID();
  const handle = await open(pathOf(fileId, 'case-sync'), 'wx').catch(async () => { await mkdir(join(dir, 'case-sync')); return open(pathOf(fileId, 'case-sync'), 'wx'); });
  // As the system does it: the pages are gone, the error is told once, the next call succeeds.
  let failures = 2;
  const failing = async (work: () => Promise<void>): Promise<void> => {
    if (failures-- > 0) { await handle.truncate(0); throw Object.assign(new Error('EIO'), { code: 'EIO' }); }
    await work();
  };
  const faulty = new Proxy(handle, { get: (target, name) => (name === 'sync' || name === 'datasync' ? () => failing(() => target.sync()) : Reflect.get(target, name).bind(target)) });
  const writer = await createWriter({ handle: faulty, fileId, caseId: 'case-sync', kind: 'segment', contentType: 'video/webm', key: { keyId: 'k1', key }, streamed: true, onClosed: async () => undefined });
  const [first, second] = [randomBytes(100_000), randomBytes(30_000)];
  await writer.append(first);
  await expect(writer.flush(true)).rejects.toMatchObject({ code: 'EIO' });
  await writer.append(second);
  await expect(writer.close()).rejects.toMatchObject({ code: 'EIO' });
  expect(await writer.close()).toMatchObject({ size: 130_000 });
  expect((await store.read({ caseId: 'case-sync', fileId })).bytes.equals(Buffer.concat([first, second]))).toBe(true);
});

describe('the evidence store (R42, R43)', () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_001])('%i bytes come back as they were put', async (size) => {
    const bytes = randomBytes(size);
    const stored = await put(bytes);
    expect(stored.size).toBe(size);
    const back = await read(stored.fileId);
    expect(back.bytes.equals(bytes)).toBe(true);
    expect(back).toMatchObject({ size, contentType: 'image/png', complete: true });
    expect(stored.saltedSha256).toBe(createHash('sha256').update(Buffer.from(stored.salt, 'hex')).update(bytes).digest('hex'));
    expect(await store.verify({ caseId: 'case-1', fileId: stored.fileId })).toEqual({ ...stored, complete: true });
  });

  test('a range is read without opening the other chunks', async () => {
    const bytes = randomBytes(5 * CHUNK);
    const { fileId } = await put(bytes);
    for (const [start, end] of [[0, 0], [CHUNK - 1, CHUNK], [2 * CHUNK + 7, 3 * CHUNK - 1], [5 * CHUNK - 1, 9 * CHUNK]] as const) {
      expect((await read(fileId, { start, end })).bytes.equals(bytes.subarray(start, end + 1))).toBe(true);
    }
    const file = await readFile(pathOf(fileId));
    const first = chunkPlaces(file)[0]!;
    file[first.at + 10]! ^= 1;
    await writeFile(pathOf(fileId), file);
    expect((await read(fileId, { start: 2 * CHUNK, end: 2 * CHUNK + 9 })).bytes.equals(bytes.subarray(2 * CHUNK, 2 * CHUNK + 10))).toBe(true);
    await expect(read(fileId)).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
  });

  test('any flipped bit is found', async () => {
    const { fileId } = await put(randomBytes(CHUNK + 500));
    const good = await readFile(pathOf(fileId));
    const places = [...Array(good.readUInt16BE(6)).keys(), ...chunkPlaces(good).flatMap(({ at, length }) => [at, at + 1, at + 2, at + 3, at + 4, at + 20, at + length - 1])];
    for (const at of places) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1 << (at % 8);
      await writeFile(pathOf(fileId), bad);
      await expect(read(fileId).then(() => `byte ${at} went unnoticed`, (error: { code: string }) => error.code)).resolves.toMatch(/^(EVIDENCE_DAMAGED|KEY_UNAVAILABLE)$/);
    }
  });

  test('a file cut short is found, at a chunk boundary too', async () => {
    const { fileId } = await put(randomBytes(3 * CHUNK));
    const places = chunkPlaces(await readFile(pathOf(fileId)));
    for (const cut of [places[2]!.at + 100, places[2]!.at, places[1]!.at, places[0]!.at, 5]) {
      await truncate(pathOf(fileId), cut);
      await expect(read(fileId)).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
    }
  });

  test('chunks that changed places, and a chunk from another file, are found', async () => {
    const one = await put(randomBytes(3 * CHUNK));
    const two = await put(randomBytes(3 * CHUNK));
    const [fileOne, fileTwo] = [await readFile(pathOf(one.fileId)), await readFile(pathOf(two.fileId))];
    const [a, b] = chunkPlaces(fileOne) as [{ at: number; length: number }, { at: number; length: number }];
    const swapped = Buffer.from(fileOne);
    fileOne.copy(swapped, a.at, b.at, b.at + b.length);
    fileOne.copy(swapped, b.at, a.at, a.at + a.length);
    await writeFile(pathOf(one.fileId), swapped);
    await expect(read(one.fileId)).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
    const foreign = Buffer.from(fileOne);
    fileTwo.copy(foreign, a.at, chunkPlaces(fileTwo)[0]!.at, chunkPlaces(fileTwo)[0]!.at + a.length);
    await writeFile(pathOf(one.fileId), foreign);
    await expect(read(one.fileId)).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
    await writeFile(pathOf(one.fileId), fileTwo);
    await expect(read(one.fileId)).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
  });

  test('a wrong key is told from a damaged file', async () => {
    const { fileId } = await put(Buffer.from('evidence'));
    const other = (keyId: string) => createFileStore({ dir, keys: { keyFor: async () => ({ keyId, key: randomBytes(32) }) } });
    await expect(other('k1').read({ caseId: 'case-1', fileId })).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    await expect(other('k2').read({ caseId: 'case-1', fileId })).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });

  test('a file does not open in the folder of another case', async () => {
    const { fileId } = await put(Buffer.from('evidence'));
    const { fileId: there } = await put(Buffer.from('other'), 'case-2');
    await writeFile(pathOf(there, 'case-2'), await readFile(pathOf(fileId)));
    await expect(store.read({ caseId: 'case-2', fileId: there })).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
    await expect(store.read({ caseId: 'case-2', fileId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each(['../case-1', '..', 'a/b', '', '.hidden', 'a\0b'])('the id %j leads nowhere', async (id) => {
    await expect(store.read({ caseId: id, fileId: '11111111-1111-4111-8111-111111111111' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.read({ caseId: 'case-1', fileId: id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.put({ caseId: id, kind: 'photo', contentType: 'image/png', bytes: Buffer.alloc(1) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('nothing of the plaintext, and no half-written file, lies on the disk', async () => {
    const marker = Buffer.from('\x89PNG\r\n\x1a\n the marker of a picture', 'latin1');
    const { fileId } = await put(Buffer.concat([marker, randomBytes(1000), marker]));
    expect((await readFile(pathOf(fileId))).includes(marker.subarray(0, 8))).toBe(false);
    expect((await readdir(join(dir, 'case-1'))).filter((name) => !name.endsWith('.vwe'))).toEqual([]);
  });
});

describe('a file that grows (R41)', () => {
  const openWriter = () => store.openWriter({ caseId: 'case-1', kind: 'segment', contentType: 'video/webm' });

  test('what was flushed is readable while the rest is being written, and it says that it is not complete', async () => {
    const writer = await openWriter();
    const parts: Buffer[] = [];
    const writing = (async () => {
      for (let i = 0; i < 60; i += 1) {
        parts.push(randomBytes(3000 + 97 * i));
        await writer.append(parts.at(-1)!);
        if (i % 3 === 2) await writer.flush();
      }
    })();
    let seen = 0;
    for (let i = 0; i < 20; i += 1) {
      const now = await read(writer.fileId);
      expect(now.complete).toBe(false);
      expect(now.size).toBeGreaterThanOrEqual(seen);
      seen = now.size;
      await new Promise((resolve) => { setImmediate(resolve); });
      expect(Buffer.concat(parts).subarray(0, now.size).equals(now.bytes)).toBe(true);
    }
    await writing;
    const stored = await writer.close();
    expect(await writer.close()).toEqual(stored);
    const back = await read(writer.fileId);
    expect(back.complete).toBe(true);
    expect(back.bytes.equals(Buffer.concat(parts))).toBe(true);
    expect(stored.saltedSha256).toBe((await store.verify({ caseId: 'case-1', fileId: writer.fileId })).saltedSha256);
    await expect(writer.append(Buffer.alloc(1))).rejects.toThrow('closed');
  });

  test('a file cut off by a crash is readable up to its last whole chunk, and is closed there once', async () => {
    const writer = await openWriter();
    const bytes = randomBytes(10_000);
    await writer.append(bytes);
    await writer.flush();
    await writer.append(randomBytes(10_000));
    await writer.flush();
    const file = await readFile(pathOf(writer.fileId));
    await truncate(pathOf(writer.fileId), file.length - 7);
    await writer.abort();
    const cut = await read(writer.fileId);
    expect(cut).toMatchObject({ complete: false, size: 10_000 });
    expect(cut.bytes.equals(bytes)).toBe(true);
    const closed = await store.recover({ caseId: 'case-1', fileId: writer.fileId });
    expect(closed.size).toBe(10_000);
    expect(await store.recover({ caseId: 'case-1', fileId: writer.fileId })).toEqual(closed);
    expect(await read(writer.fileId)).toMatchObject({ complete: true, size: 10_000 });
  });

  test('a damaged file gets no good ending', async () => {
    const writer = await openWriter();
    await writer.append(randomBytes(1000));
    await writer.flush();
    const file = await readFile(pathOf(writer.fileId));
    file[file.length - 20]! ^= 1;
    await writeFile(pathOf(writer.fileId), file);
    await writer.abort();
    await expect(store.recover({ caseId: 'case-1', fileId: writer.fileId })).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
    expect((await readFile(pathOf(writer.fileId))).equals(file)).toBe(true);
  });
});
