import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../contracts/errors.ts';
import type { CaseKeys, EvidenceStore, StoredFile } from '../ports.ts';
import { CHUNK, sealChunk } from './format.ts';
import { hashFile, openFile, readRange } from './reader.ts';
import type { OpenedFile } from './reader.ts';
import { createWriter, storeError } from './writer.ts';
import type { EvidenceWriter } from './writer.ts';

export interface ReadResult { readonly bytes: Buffer; readonly size: number; readonly contentType: string; readonly complete: boolean }

/** The evidence store on a file system: one folder per case, one encrypted file per id. */
export interface FileStore extends EvidenceStore {
  read(options: { caseId: string; fileId: string; start?: number; end?: number }): Promise<ReadResult>;
  /** A file that grows and survives its writer's death up to the last flush. */
  openWriter(options: { caseId: string; kind: string; contentType: string }): Promise<EvidenceWriter>;
  /** Closes a file that a crash cut off behind its last whole chunk; a closed file is only described. Never call it on a file being written. */
  recover(options: { caseId: string; fileId: string }): Promise<StoredFile>;
  /** Opens every chunk; throws EVIDENCE_DAMAGED or KEY_UNAVAILABLE, else tells size and salted hash. */
  verify(options: { caseId: string; fileId: string }): Promise<StoredFile & { complete: boolean }>;
  list(caseId: string): Promise<string[]>;
}

const CASE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;
const FILE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SUFFIX = '.vwe';
/** Of a file that is being put: it gets its name when it is whole. */
const PART = '.part';

/** Ids are random, or the server's own: nothing personal, and no way out of the folder. */
const checked = (text: string, pattern: RegExp): string => {
  if (!pattern.test(text)) throw new AppError('NOT_FOUND');
  return text;
};

/** A rename is only safe once its folder is on the disk. */
const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, constants.O_RDONLY);
  try { await handle.sync(); } finally { await handle.close(); }
};

/** None where there is no such folder. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch((error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
  throw error;
});

/**
 * Puts the file with an end in the place of the one that was cut off. A copy: whoever still has the old one open, a writer that was
 * believed to be dead, writes into something that has no name any more.
 */
const replaceWhole = async (path: string, from: FileHandle, file: OpenedFile): Promise<void> => {
  const aside = join(dirname(path), `.${basename(path)}${PART}`);
  const handle = await open(aside, 'w', 0o600);
  try {
    const bytes = Buffer.alloc(file.end);
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await from.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) throw new AppError('EVIDENCE_DAMAGED');
      done += bytesRead;
    }
    await handle.writeFile(Buffer.concat([bytes, sealChunk(file.header, file.chunks.length, CHUNK.recovered, Buffer.alloc(0))]));
    await handle.sync();
  } catch (error) {
    await rm(aside, { force: true });
    throw storeError(error);
  } finally {
    await handle.close();
  }
  await rename(aside, path);
  await syncFolder(dirname(path));
};

/**
 * Opens the store under `dir`. `keys` is asked at every call; no key is kept here.
 * @param options.newId names a file; by default a random UUID
 */
export const createFileStore = (options: { dir: string; keys: CaseKeys; newId?: () => string }): FileStore => {
  const newId = options.newId ?? randomUUID;
  const folderOf = (caseId: string): string => join(options.dir, checked(caseId, CASE_ID));
  const pathOf = (caseId: string, fileId: string): string => join(folderOf(caseId), checked(fileId, FILE_ID) + SUFFIX);

  const create = async (path: string): Promise<FileHandle> => {
    try { return await open(path, 'wx', 0o600); } catch (error) { throw storeError(error); }
  };
  const prepare = async (caseId: string): Promise<{ folder: string; key: { keyId: string; key: Buffer } }> => {
    const folder = folderOf(caseId);
    const key = await options.keys.keyFor(caseId);
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => { throw storeError(error); });
    return { folder, key };
  };
  const withFile = async <T>(at: { caseId: string; fileId: string }, work: (handle: FileHandle, file: OpenedFile) => Promise<T>): Promise<T> => {
    const path = pathOf(at.caseId, at.fileId);
    const key = await options.keys.keyFor(at.caseId);
    const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new AppError('NOT_FOUND') : error;
    });
    try { return await work(handle, await openFile(handle, at, key)); } finally { await handle.close(); }
  };
  const describe = async (handle: FileHandle, file: OpenedFile): Promise<StoredFile> => ({
    fileId: file.header.fileId, size: file.size, contentType: file.header.contentType,
    salt: file.header.salt.toString('hex'), saltedSha256: await hashFile(handle, file),
  });

  return {
    async put({ caseId, kind, contentType, bytes }) {
      const { folder, key } = await prepare(caseId);
      const fileId = newId();
      const aside = join(folder, `.${fileId}${PART}`);
      const handle = await create(aside);
      const publish = async (): Promise<void> => {
        // A hard link fails when the name is taken: write-once even against ourselves.
        await link(aside, pathOf(caseId, fileId)).catch((error: NodeJS.ErrnoException) => {
          // File systems without hard links; the id is a fresh one, so that nothing lies there.
          if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(error.code ?? '')) throw error;
          return rename(aside, pathOf(caseId, fileId));
        });
        await unlink(aside).catch(() => undefined);
        await syncFolder(folder);
      };
      try {
        const writer = await createWriter({ handle, fileId, caseId, kind, contentType, key, streamed: false, onClosed: publish });
        await writer.append(bytes);
        return await writer.close();
      } catch (error) {
        await handle.close().catch(() => undefined);
        await rm(aside, { force: true });
        throw storeError(error);
      }
    },
    async openWriter({ caseId, kind, contentType }) {
      const { folder, key } = await prepare(caseId);
      const fileId = newId();
      const path = pathOf(caseId, fileId);
      const handle = await create(path);
      // A file that never began is none: a store that comes back is asked for another.
      const forget = async (error: unknown): Promise<never> => { await rm(path, { force: true }).catch(() => undefined); throw error; };
      const writer = await createWriter({ handle, fileId, caseId, kind, contentType, key, streamed: true, onClosed: () => syncFolder(folder) }).catch(forget);
      await syncFolder(folder).catch(async (error: unknown) => { await writer.abort(); return forget(error); });
      return writer;
    },
    read: ({ start = 0, end, ...at }) => withFile(at, async (handle, file) => {
      if (start < 0 || (end !== undefined && end < start)) throw new AppError('BAD_REQUEST');
      const bytes = await readRange(handle, file, start, Math.min(end ?? Infinity, file.size - 1));
      return { bytes, size: file.size, contentType: file.header.contentType, complete: file.complete };
    }),
    remove: ({ caseId, fileId }) => rm(pathOf(caseId, fileId), { force: true }),
    removeCase: (caseId) => rm(folderOf(caseId), { recursive: true, force: true }),
    async removeUnfinished(before) {
      let count = 0;
      for (const folder of await namesIn(options.dir)) {
        if (!CASE_ID.test(folder)) continue;
        for (const name of (await namesIn(join(options.dir, folder))).filter((one) => one.endsWith(PART))) {
          const path = join(options.dir, folder, name);
          const found = await stat(path).catch(() => undefined);
          if (found === undefined || found.mtime >= before) continue;
          await rm(path, { force: true });
          count++;
        }
      }
      return count;
    },
    recover: (at) => withFile(at, async (handle, file) => {
      // Proven before it is closed: a damaged file must not get a good ending.
      const stored = await describe(handle, file);
      if (!file.complete) await replaceWhole(pathOf(at.caseId, at.fileId), handle, file);
      return stored;
    }),
    verify: (at) => withFile(at, async (handle, file) => ({ ...(await describe(handle, file)), complete: file.complete })),
    async list(caseId) {
      const names = await namesIn(folderOf(caseId));
      return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
    },
  };
};
