/** What every kind of evidence store has to do (R40–R44): files today, objects with a lock tomorrow. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileStore } from '../../../media/evidence/index.ts';
import type { CaseKeys } from '../../../media/ports.ts';
import { maySmallDisk } from './smalldisk.ts';

/** A kind of store under test, and how its medium is reached behind its back. */
export interface StoreUnderTest {
  /** The store as a program opens it; several may be open on the same data at one time. */
  open(options: { keys: CaseKeys; newId?: () => string }): FileStore;
  /** The bytes of a file as the medium holds them. */
  raw(at: { caseId: string; fileId: string }): Promise<Buffer>;
  /** Puts other bytes there, as a fault of the medium would. */
  overwrite(at: { caseId: string; fileId: string }, bytes: Buffer): Promise<void>;
  /** Everything the medium holds of a case that is no finished file. */
  unfinished(caseId: string): Promise<string[]>;
  /** Fills the medium to its brim; call the answer to make room again. Undefined where the kind cannot be full here. */
  fill?: () => Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const PIECE = 64 * 1024;
const NOWHERE = '11111111-1111-4111-8111-111111111111';

export function storeConformance(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`the evidence store on ${name}`, () => {
    let under: StoreUnderTest;
    let store: FileStore;
    let keys: CaseKeys;
    const caseId = 'case-1';
    beforeAll(async () => {
      const known = new Map<string, Buffer>();
      keys = { keyFor: async (id) => { const key = known.get(id) ?? randomBytes(32); known.set(id, key); return { keyId: id, key: Buffer.from(key) }; } };
      under = await make();
      store = under.open({ keys });
    });
    afterAll(async () => { await under?.close(); });
    const put = (bytes: Buffer, of = caseId) => store.put({ caseId: of, kind: 'photo', contentType: 'image/png', bytes });
    const code = (error: string) => expect.objectContaining({ code: error });

    test.each([0, 1, PIECE, PIECE + 1, 5 * PIECE + 77])('gives back %i bytes as they were put, with size, type and salted hash', async (size) => {
      const bytes = randomBytes(size);
      const stored = await put(bytes);
      expect(await store.read({ caseId, fileId: stored.fileId })).toEqual({ bytes, size, contentType: 'image/png', complete: true });
      expect(stored.saltedSha256).toBe(createHash('sha256').update(Buffer.from(stored.salt, 'hex')).update(bytes).digest('hex'));
      // Another process, which was not there when it was put.
      expect(await under.open({ keys }).verify({ caseId, fileId: stored.fileId })).toEqual({ ...stored, complete: true });
      expect(await under.unfinished(caseId)).toEqual([]);
    });

    test.each([[0, 0], [10, PIECE], [PIECE - 1, PIECE], [3 * PIECE, undefined], [0, 9 * PIECE]] as const)('reads the range %i to %s, and no byte more', async (start, end) => {
      const bytes = randomBytes(4 * PIECE);
      const { fileId } = await put(bytes);
      const read = await store.read({ caseId, fileId, start, ...(end === undefined ? {} : { end }) });
      expect(read.bytes.equals(bytes.subarray(start, end === undefined ? undefined : end + 1))).toBe(true);
      expect(read.size).toBe(bytes.length);
    });

    test('a file is written once: its name is not taken a second time, nor is anything added to it', async () => {
      const fileId = randomUUID();
      const twice = under.open({ keys, newId: () => fileId });
      const first = randomBytes(2 * PIECE);
      await twice.put({ caseId, kind: 'photo', contentType: 'image/png', bytes: first });
      const before = await under.raw({ caseId, fileId });
      await expect(twice.put({ caseId, kind: 'photo', contentType: 'image/png', bytes: randomBytes(10) })).rejects.toBeTruthy();
      await expect(twice.openWriter({ caseId, kind: 'segment', contentType: 'video/webm' })).rejects.toBeTruthy();
      await store.recover({ caseId, fileId });
      expect((await under.raw({ caseId, fileId })).equals(before)).toBe(true);
      expect((await store.read({ caseId, fileId })).bytes.equals(first)).toBe(true);
      expect(await under.unfinished(caseId)).toEqual([]);
    });

    test('many put at one time: each is whole, none is another', async () => {
      const files = Array.from({ length: 24 }, (_, i) => randomBytes(1 + i * 9001));
      const stores = [store, under.open({ keys }), under.open({ keys })];
      const stored = await Promise.all(files.map((bytes, i) => stores[i % 3]!.put({ caseId: 'case-many', kind: 'photo', contentType: 'image/png', bytes })));
      for (const [i, { fileId }] of stored.entries()) expect((await store.read({ caseId: 'case-many', fileId })).bytes.equals(files[i]!)).toBe(true);
      expect((await store.list('case-many')).sort()).toEqual(stored.map(({ fileId }) => fileId).sort());
    });

    test('whoever looks while a file is put sees it whole or not at all', async () => {
      let [putting, seen] = [true, 0];
      const writing = (async () => { for (let i = 0; i < 12; i++) await put(randomBytes(6 * PIECE), 'case-look'); putting = false; })();
      while (putting) for (const fileId of await store.list('case-look')) { expect(await store.verify({ caseId: 'case-look', fileId })).toMatchObject({ complete: true, size: 6 * PIECE }); seen++; }
      await writing;
      expect(seen).toBeGreaterThan(0);
    });

    test('one changed bit anywhere is found, and so is a file cut short or grown', async () => {
      const { fileId } = await put(randomBytes(2 * PIECE + 100));
      const at = { caseId, fileId };
      const good = await under.raw(at);
      const bad = [...Array.from({ length: 40 }, (_, i) => { const copy = Buffer.from(good); copy[Math.floor((i * (good.length - 1)) / 39)]! ^= 1 << (i % 8); return copy; }), good.subarray(0, -1), good.subarray(0, PIECE), good.subarray(0, 3), Buffer.concat([good, Buffer.alloc(1)])];
      for (const bytes of bad) {
        await under.overwrite(at, bytes);
        await expect(store.verify(at)).rejects.toEqual(expect.objectContaining({ code: expect.stringMatching(/^(EVIDENCE_DAMAGED|KEY_UNAVAILABLE)$/) }));
      }
      await under.overwrite(at, good);
      expect(await store.verify(at)).toMatchObject({ complete: true });
    });

    test('a wrong key is told from damage; a file of one case opens in no other', async () => {
      const { fileId } = await put(randomBytes(100));
      const wrong = under.open({ keys: { keyFor: async (id) => ({ keyId: id, key: randomBytes(32) }) } });
      await expect(wrong.read({ caseId, fileId })).rejects.toEqual(code('KEY_UNAVAILABLE'));
      const other = await put(randomBytes(100), 'case-2');
      await under.overwrite({ caseId: 'case-2', fileId: other.fileId }, await under.raw({ caseId, fileId }));
      await expect(store.read({ caseId: 'case-2', fileId: other.fileId })).rejects.toBeTruthy();
      await expect(store.read({ caseId: 'case-2', fileId })).rejects.toEqual(code('NOT_FOUND'));
      await expect(store.read({ caseId, fileId: NOWHERE })).rejects.toEqual(code('NOT_FOUND'));
    });

    test.each(['../case-1', '..', 'a/b', '', '.hidden', 'a\0b'])('the id %j leads nowhere', async (id) => {
      await expect(store.read({ caseId: id, fileId: NOWHERE })).rejects.toEqual(code('NOT_FOUND'));
      await expect(store.read({ caseId, fileId: id })).rejects.toEqual(code('NOT_FOUND'));
      await expect(store.put({ caseId: id, kind: 'photo', contentType: 'image/png', bytes: Buffer.alloc(1) })).rejects.toEqual(code('NOT_FOUND'));
    });

    test('nothing of the plaintext lies on the medium (R43)', async () => {
      const marker = Buffer.from('\x89PNG the marker of a picture', 'latin1');
      const { fileId } = await put(Buffer.concat([marker, randomBytes(PIECE), marker]));
      expect((await under.raw({ caseId, fileId })).includes(marker)).toBe(false);
    });

    test('a file that grows is read up to its last flush, says that it is not complete, and is closed once', async () => {
      const writer = await store.openWriter({ caseId, kind: 'segment', contentType: 'video/webm' });
      const bytes = randomBytes(3 * PIECE);
      await writer.append(bytes.subarray(0, PIECE + 5));
      await writer.flush();
      expect(await store.read({ caseId, fileId: writer.fileId })).toMatchObject({ complete: false, size: PIECE + 5 });
      await writer.append(bytes.subarray(PIECE + 5));
      const stored = await writer.close();
      expect(await writer.close()).toEqual(stored);
      await expect(writer.append(Buffer.alloc(1))).rejects.toBeTruthy();
      expect((await under.open({ keys }).read({ caseId, fileId: writer.fileId })).bytes.equals(bytes)).toBe(true);
    });

    test('what a crash cut off is closed behind its last whole piece; a damaged one gets no good ending (R41)', async () => {
      const writer = await store.openWriter({ caseId, kind: 'segment', contentType: 'video/webm' });
      const bytes = randomBytes(9000);
      await writer.append(bytes);
      await writer.flush();
      await writer.append(randomBytes(5000));
      await writer.flush();
      const at = { caseId, fileId: writer.fileId };
      await writer.abort();
      const torn = (await under.raw(at)).subarray(0, -7);
      const damaged = Buffer.from(torn);
      damaged[damaged.length - 6000]! ^= 1;
      await under.overwrite(at, damaged);
      await expect(store.recover(at)).rejects.toEqual(code('EVIDENCE_DAMAGED'));
      await under.overwrite(at, torn);
      const closed = await store.recover(at);
      expect(await store.recover(at)).toEqual(closed);
      expect(await store.read(at)).toMatchObject({ complete: true, size: 9000, bytes });
    });

    test('removed is gone, of one file or of a case, and a second time is harmless (R44)', async () => {
      const [one, two] = [await put(randomBytes(10), 'case-gone'), await put(randomBytes(10), 'case-gone')];
      await store.remove({ caseId: 'case-gone', fileId: one.fileId });
      await store.remove({ caseId: 'case-gone', fileId: one.fileId });
      expect(await store.list('case-gone')).toEqual([two.fileId]);
      await store.removeCase('case-gone');
      await store.removeCase('case-gone');
      expect(await store.list('case-gone')).toEqual([]);
      await expect(store.read({ caseId: 'case-gone', fileId: two.fileId })).rejects.toEqual(code('NOT_FOUND'));
      expect((await store.list(caseId)).length).toBeGreaterThan(0);
    });

    test('a full medium is said, leaves nothing half behind, and what lies there stays readable; with room again it goes on (R40)', async () => {
      if (under.fill === undefined) return expect(maySmallDisk()).toBe(false);
      const kept = await put(randomBytes(PIECE));
      const writer = await store.openWriter({ caseId, kind: 'segment', contentType: 'video/webm' });
      const first = randomBytes(20_000);
      await writer.append(first);
      await writer.flush();
      const empty = await under.fill();
      await expect(put(randomBytes(8 * PIECE))).rejects.toEqual(code('STORE_FULL'));
      await expect((async () => { for (let i = 0; i < 64; i++) { await writer.append(randomBytes(PIECE)); await writer.flush(); } })()).rejects.toEqual(code('STORE_FULL'));
      expect(await under.unfinished(caseId)).toEqual([]);
      expect(await store.verify({ caseId, fileId: kept.fileId })).toMatchObject({ complete: true });
      await writer.abort();
      await empty();
      const recovered = await store.recover({ caseId, fileId: writer.fileId });
      expect(recovered.size).toBeGreaterThanOrEqual(first.length);
      expect((await store.read({ caseId, fileId: writer.fileId, start: 0, end: first.length - 1 })).bytes.equals(first)).toBe(true);
      expect(await put(randomBytes(8 * PIECE))).toMatchObject({ size: 8 * PIECE });
      return undefined;
    });
  });
}
