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
  /** Takes bytes; whole chunks of 64 kB go to the disk at once. */
  append(bytes: Uint8Array): Promise<void>;
  /** Seals what is buffered as a chunk of its own and hands it to the operating system. `sync` also waits for the disk. */
  flush(sync?: boolean): Promise<void>;
  /** Writes the last chunk, waits for the disk; the file is write-once from then on. Twice is harmless. */
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

  /** A chunk is written with one call, so that a reader beside us sees it whole or recognizes it as torn. */
  const write = async (bytes: Buffer): Promise<void> => {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
    position += bytes.length;
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
  const seal = async (flag: ChunkFlag): Promise<void> => {
    const chunk = sealChunk({ fileId, fileKey }, number, flag, takeChunk(CHUNK_SIZE));
    await write(chunk);
    number += 1;
  };

  const abort = (): Promise<void> => enqueue(async () => {
    fileKey.fill(0);
    await handle.close();
  }).catch(() => undefined);

  await enqueue(() => write(header)).catch(async (error: unknown) => { await abort(); throw error; });
  const append = (bytes: Uint8Array): Promise<void> => {
    if (closing) return Promise.reject(new Error('the evidence writer is closed'));
    size += bytes.length;
    return enqueue(async () => {
      hash.update(bytes);
      buffered.push(bytes);
      bufferedLength += bytes.length;
      while (bufferedLength > CHUNK_SIZE) await seal(CHUNK.more);
    });
  };
  const flush = (sync = false): Promise<void> => enqueue(async () => {
    while (bufferedLength > 0) await seal(CHUNK.more);
    if (sync) await handle.datasync();
  });
  const finish = async (): Promise<StoredFile> => {
    while (bufferedLength > CHUNK_SIZE) await seal(CHUNK.more);
    await seal(CHUNK.last);
    await handle.sync();
    await handle.close();
    await options.onClosed();
    fileKey.fill(0);
    return { fileId, size, contentType, salt: salt.toString('hex'), saltedSha256: hash.digest('hex') };
  };
  return { fileId, get size() { return size; }, append, flush, close: () => (closing ??= enqueue(finish)), abort };
};
