import { createHash, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../contracts/errors.ts';
import type { StoredFile } from '../ports.ts';
import { CHUNK, CHUNK_SIZE, sealChunk, sealHeader } from './format.ts';
import type { ChunkFlag } from './format.ts';

/** A file that grows: what was flushed survives the writer's death. */
export interface EvidenceWriter {
  readonly fileId: string;
  /** Plaintext bytes handed in so far. */
  readonly size: number;
  /**
   * Takes bytes; up to 16 chunks of 64 kB wait for `flush` and go with one call, so that a process that is killed hardly ever leaves
   * a part of what belongs together. One that fails has taken the bytes all the same: `flush` tries the disk again.
   */
  append(bytes: Uint8Array): Promise<void>;
  /** Seals what is buffered as a chunk of its own and hands it to the operating system. `sync` also waits for the disk. */
  flush(sync?: boolean): Promise<void>;
  /** Writes the last chunk, waits for the disk; the file is write-once from then on. Twice is harmless; one that failed may be tried again. */
  close(): Promise<StoredFile>;
  /** Lets the file go as it is, cut off: for one that cannot be written on. Harmless twice and after `close`. */
  abort(): Promise<void>;
}

export interface WriterOptions {
  readonly handle: FileHandle;
  readonly fileId: string;
  readonly caseId: string;
  readonly kind: string;
  readonly contentType: string;
  readonly key: { keyId: string; key: Buffer };
  readonly streamed: boolean;
  /** Runs after the last byte is on the disk (rename, directory sync). */
  readonly onClosed: () => Promise<void>;
}

/** Chunks that go to the disk with one call. */
const AT_ONCE = 16;

/** A full disk is a code of its own: operations can do something about it. */
export const storeError = (error: unknown): unknown => {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new AppError('STORE_FULL', undefined, { cause: error }) : error;
};

/** Writes header and chunks in order; calls may overlap, they are queued. */
export const createWriter = async (options: WriterOptions): Promise<EvidenceWriter> => {
  const { handle, fileId, contentType } = options;
  const salt = randomBytes(32);
  const { bytes: header, fileKey } = sealHeader(
    { fileId, keyId: options.key.keyId, kind: options.kind, contentType, chunkSize: CHUNK_SIZE, streamed: options.streamed },
    options.caseId, options.key.key, salt,
  );
  const hash = createHash('sha256').update(salt);
  let buffered: Uint8Array[] = [];
  let bufferedLength = 0;
  let size = 0;
  let number = 0;
  let position = 0;
  let queue: Promise<unknown> = Promise.resolve();
  let closing: Promise<StoredFile> | undefined;

  /** Sealed and not on the disk yet: a chunk is never sealed twice, so a store that failed gets the same bytes again. */
  let unwritten: Buffer[] = [];
  /** Handed to the system since the disk last said that it has everything, and where that began. */
  let unsynced: Buffer[] = [];
  let synced = 0;
  /** Chunks are written with one call, so that a reader beside us sees them whole or recognizes the last as torn. */
  const write = async (): Promise<void> => {
    if (unwritten.length === 0) return;
    const bytes = unwritten.length === 1 ? unwritten[0]! : Buffer.concat(unwritten);
    unwritten = [bytes];
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
    position += bytes.length;
    unsynced.push(bytes);
    unwritten = [];
  };
  /** A disk that failed once may have dropped what it was given, and says nothing of it the next time: all of that is written anew. */
  const sync = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      [unsynced, synced] = [[], position];
    } catch (error) {
      [unwritten, unsynced, position] = [[...unsynced, ...unwritten], [], synced];
      throw error;
    }
  };
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work).catch((error: unknown) => { throw storeError(error); });
    queue = result.catch(() => undefined);
    return result;
  };
  const takeChunk = (limit: number): Uint8Array => {
    // One large piece is cut in place: joining it again for each chunk would cost its square.
    const all = buffered.length === 1 ? buffered[0]! : Buffer.concat(buffered, bufferedLength);
    const chunk = all.subarray(0, limit);
    buffered = all.length > limit ? [all.subarray(limit)] : [];
    bufferedLength = Math.max(0, all.length - limit);
    return chunk;
  };
  const seal = (flag: ChunkFlag): void => {
    unwritten.push(sealChunk({ fileId, fileKey }, number, flag, takeChunk(CHUNK_SIZE)));
    number += 1;
  };
  let ended = false;
  let closed: StoredFile | undefined;

  const abort = (): Promise<void> => enqueue(async () => {
    fileKey.fill(0);
    await handle.close();
  }).catch(() => undefined);

  unwritten.push(header);
  await enqueue(write).catch(async (error: unknown) => { await abort(); throw error; });
  const append = (bytes: Uint8Array): Promise<void> => {
    if (closing) return Promise.reject(new Error('the evidence writer is closed'));
    size += bytes.length;
    return enqueue(async () => {
      hash.update(bytes);
      buffered.push(bytes);
      bufferedLength += bytes.length;
      while (bufferedLength > CHUNK_SIZE) {
        seal(CHUNK.more);
        if (unwritten.length >= AT_ONCE) await write();
      }
    });
  };
  const flush = (toDisk = false): Promise<void> => enqueue(async () => {
    while (bufferedLength > 0) seal(CHUNK.more);
    await write();
    if (toDisk) await sync(() => handle.datasync());
  });
  const finish = async (): Promise<StoredFile> => {
    while (bufferedLength > CHUNK_SIZE) seal(CHUNK.more);
    if (!ended) seal(CHUNK.last);
    ended = true;
    await write();
    if (!closed) await sync(() => handle.sync());
    closed ??= { fileId, size, contentType, salt: salt.toString('hex'), saltedSha256: hash.digest('hex') };
    await handle.close();
    await options.onClosed();
    fileKey.fill(0);
    return closed;
  };
  return { fileId, get size() { return size; }, append, flush, close: () => (closing ??= enqueue(finish).catch((error: unknown) => { closing = undefined; throw error; })), abort };
};
