import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFileStore, isClosed } from '../../media/evidence/index.ts';
import { openFile, readRange } from '../../media/evidence/reader.ts';
import { storeConformance } from '../support/store/conformance.ts';
import type { StoreUnderTest } from '../support/store/conformance.ts';
import { maySmallDisk, smallDisk } from '../support/store/smalldisk.ts';

const small = maySmallDisk();

/** Files in a folder; on a disk of 16 MB where the machine lets us have one. */
async function onFiles(): Promise<StoreUnderTest> {
  const disk = small ? smallDisk(16 << 20) : { dir: mkdtempSync(join(tmpdir(), 'vw-store-')), close: () => undefined };
  const { dir } = disk;
  const pathOf = ({ caseId, fileId }: { caseId: string; fileId: string }): string => join(dir, caseId, `${fileId}.vwe`);
  const fill = async (): Promise<() => Promise<void>> => {
    const path = join(dir, '.filler');
    const { bavail, bsize } = await statfs(dir);
    await writeFile(path, Buffer.alloc(bavail * bsize));
    return () => rm(path);
  };
  return {
    open: (options) => createFileStore({ dir, ...options }),
    raw: (at) => readFile(pathOf(at)),
    overwrite: (at, bytes) => writeFile(pathOf(at), bytes),
    unfinished: async (caseId) => (await readdir(join(dir, caseId)).catch(() => [])).filter((name) => !name.endsWith('.vwe')),
    ...(small ? { fill } : {}),
    async close() {
      disk.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

storeConformance('files', onFiles);

describe('files, and what only they can show', () => {
  let dir: string;
  const key = randomBytes(32);
  const keys = { keyFor: async () => ({ keyId: 'k1', key: Buffer.from(key) }) };
  beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'vw-files-')); });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('a process killed while it puts leaves whole files, and beside them what the clean-up removes', async () => {
    const program = `import { createFileStore } from ${JSON.stringify(join(import.meta.dirname, '../../media/evidence/index.ts'))};
      const store = createFileStore({ dir: ${JSON.stringify(dir)}, keys: { keyFor: async () => ({ keyId: 'k1', key: Buffer.from('${key.toString('hex')}', 'hex') }) } });
      for (;;) await Promise.all([1, 2, 3].map(() => store.put({ caseId: 'killed', kind: 'photo', contentType: 'image/png', bytes: Buffer.alloc(1500000, 7) })));`;
    const store = createFileStore({ dir, keys });
    for (let run = 0; run < 4; run++) {
      const child = spawn(process.execPath, ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program], { stdio: 'ignore' });
      while ((await readdir(join(dir, 'killed')).catch(() => [])).length < 8 * (run + 1)) await new Promise((done) => { setTimeout(done, 5); });
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const whole = await store.list('killed');
    for (const fileId of whole) expect(await store.verify({ caseId: 'killed', fileId })).toMatchObject({ complete: true, size: 1_500_000 });
    expect(whole.length).toBeGreaterThan(10);
    await store.removeUnfinished(new Date(Date.now() + 1000));
    expect((await readdir(join(dir, 'killed'))).length).toBe(whole.length);
  });

  /** A handle that counts what is read through it. */
  const counting = (handle: FileHandle) => {
    const read = { bytes: 0, calls: 0 };
    const counted = new Proxy(handle, { get: (of, name) => {
      const value = Reflect.get(of, name, of) as unknown;
      if (name !== 'read') return typeof value === 'function' ? value.bind(of) : value;
      return async (...args: Parameters<FileHandle['read']>) => { const result = await of.read(...args); read.bytes += result.bytesRead; read.calls++; return result; };
    } });
    return { counted, read };
  };

  test('one kilobyte in the middle of 48 MB is read without reading the whole: its piece, the last one, and four bytes of each other', async () => {
    const PIECE = 64 * 1024;
    const bytes = randomBytes(48 << 20);
    const { fileId } = await createFileStore({ dir, keys }).put({ caseId: 'large', kind: 'segment', contentType: 'video/webm', bytes });
    const handle = await open(join(dir, 'large', `${fileId}.vwe`));
    try {
      const { counted, read } = counting(handle);
      const file = await openFile(counted, { fileId, caseId: 'large' }, { keyId: 'k1', key });
      const pieces = bytes.length / PIECE;
      expect(read.bytes).toBeLessThan(1024 + 4 * pieces);
      const before = read.bytes;
      const at = 24 * (1 << 20) + 100;
      expect((await readRange(counted, file, at, at + 1023)).equals(bytes.subarray(at, at + 1024))).toBe(true);
      expect(read.bytes - before).toBe(2 * (PIECE + 16));
    } finally {
      await handle.close();
    }
  });

  test('whether a file was closed is told without its key', async () => {
    const store = createFileStore({ dir, keys });
    const closed = async (fileId: string): Promise<boolean> => { const handle = await open(join(dir, 'closed', `${fileId}.vwe`)); try { return await isClosed(handle); } finally { await handle.close(); } };
    const writer = await store.openWriter({ caseId: 'closed', kind: 'segment', contentType: 'video/webm' });
    await writer.append(randomBytes(200_000));
    await writer.flush();
    expect(await closed(writer.fileId)).toBe(false);
    await writer.close();
    expect(await closed(writer.fileId)).toBe(true);
    const path = join(dir, 'closed', `${writer.fileId}.vwe`);
    const bytes = await readFile(path);
    for (const other of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.alloc(1)]), bytes.subarray(0, 5), Buffer.alloc(100)]) {
      await writeFile(path, other);
      expect(await closed(writer.fileId)).toBe(false);
    }
  });
});
