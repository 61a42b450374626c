import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../contracts/errors.ts';
import { CHUNK, CHUNK_HEAD, TAG, headerLength, openChunk, openHeader, parseChunkHead } from './format.ts';
import type { ChunkFlag, OpenedHeader } from './format.ts';

interface ChunkPlace { readonly number: number; readonly flag: ChunkFlag; readonly at: number; readonly length: number; readonly from: number }

/** What a file holds: its whole chunks, and whether it was closed. */
export interface OpenedFile {
  readonly header: OpenedHeader;
  readonly chunks: readonly ChunkPlace[];
  readonly size: number;
  /** False while growing or when a crash cut it off. */
  readonly complete: boolean;
  /** Where the last whole chunk ends in the file; bytes behind it are torn. */
  readonly end: number;
}

const readExactly = async (handle: FileHandle, at: number, length: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
};

/** Reads header and chunk places without opening any chunk. A file put in one go that lacks its end is EVIDENCE_DAMAGED. */
export const openFile = async (handle: FileHandle, expected: { fileId: string; caseId: string }, key: { keyId: string; key: Buffer }): Promise<OpenedFile> => {
  const { size: fileSize } = await handle.stat();
  const header = openHeader(await readExactly(handle, 0, headerLength(await readExactly(handle, 0, 8))), expected, key);
  const chunks: ChunkPlace[] = [];
  let at = header.headerLength;
  let from = 0;
  let complete = false;
  while (!complete && at + CHUNK_HEAD + TAG <= fileSize) {
    const { flag, length } = parseChunkHead(await readExactly(handle, at, CHUNK_HEAD));
    const end = at + CHUNK_HEAD + length + TAG;
    if (end > fileSize) break;
    chunks.push({ number: chunks.length, flag, at: at + CHUNK_HEAD, length, from });
    from += length;
    at = end;
    complete = flag !== CHUNK.more;
  }
  if ((complete && at !== fileSize) || (!complete && !header.streamed)) throw new AppError('EVIDENCE_DAMAGED');
  return { header, chunks, size: from, complete, end: at };
};

/** Whether a file ends with its last chunk, without opening anything: one that grows, or was cut off, does not. */
export const isClosed = async (handle: FileHandle): Promise<boolean> => {
  const { size } = await handle.stat();
  try {
    for (let at = headerLength(await readExactly(handle, 0, 8)); at + CHUNK_HEAD + TAG <= size;) {
      const { flag, length } = parseChunkHead(await readExactly(handle, at, CHUNK_HEAD));
      at += CHUNK_HEAD + length + TAG;
      if (flag !== CHUNK.more) return at === size;
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  return false;
};

/** Plaintext bytes [start, end] inclusive; opens only the chunks that touch the range. The last chunk is always proven: it says the file's length. */
export const readRange = async (handle: FileHandle, file: OpenedFile, start: number, end: number): Promise<Buffer> => {
  const parts: Buffer[] = [];
  const last = file.chunks.at(-1);
  for (const chunk of file.chunks) {
    const wanted = chunk.from <= end && chunk.from + chunk.length > start;
    if (!wanted && chunk !== last) continue;
    const sealed = await readExactly(handle, chunk.at, chunk.length + TAG);
    if (sealed.length < chunk.length + TAG) throw new AppError('EVIDENCE_DAMAGED');
    const plain = openChunk(file.header, chunk.number, chunk.flag, sealed);
    if (wanted) parts.push(plain.subarray(Math.max(0, start - chunk.from), end - chunk.from + 1));
  }
  return Buffer.concat(parts);
};

/** SHA-256(salt ‖ plaintext) in hex, chunk by chunk. */
export const hashFile = async (handle: FileHandle, file: OpenedFile): Promise<string> => {
  const hash = createHash('sha256').update(file.header.salt);
  for (const chunk of file.chunks) {
    hash.update(openChunk(file.header, chunk.number, chunk.flag, await readExactly(handle, chunk.at, chunk.length + TAG)));
  }
  return hash.digest('hex');
};
