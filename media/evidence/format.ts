import { createCipheriv, createDecipheriv, hkdfSync, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../contracts/errors.ts';

/**
 * The encrypted evidence file, version 1: pure encoding, no I/O. Described in docs/flow/evidence-format.md.
 *
 *   header  = "VWEV" ‖ version ‖ flags ‖ u16 headerLength ‖ fileId(16) ‖ u32 chunkSize ‖ str keyId ‖ str kind
 *             ‖ str contentType ‖ keyCheck(16) ‖ sealed salt (32 + 16)
 *   chunk   = u32 (2 bits flag, 30 bits plaintext length) ‖ ciphertext ‖ tag(16)
 */
export const MAGIC = Buffer.from('VWEV', 'latin1');
export const VERSION = 1;
export const CHUNK_SIZE = 64 * 1024;
export const CHUNK_HEAD = 4;
export const TAG = 16;
const SALT = 32;
const PREFIX = 8;

/** How a chunk ends the file. `recovered` closes a file that a crash cut off; it is always empty. */
export const CHUNK = { more: 0, last: 1, recovered: 2 } as const;
export type ChunkFlag = (typeof CHUNK)[keyof typeof CHUNK];

/** A file written piece by piece may lawfully lack its last chunk (still growing, or cut off by a crash). */
const FLAG_STREAMED = 1;

export interface FileHeader {
  readonly fileId: string;
  readonly keyId: string;
  readonly kind: string;
  readonly contentType: string;
  readonly chunkSize: number;
  readonly streamed: boolean;
}

export interface OpenedHeader extends FileHeader {
  readonly salt: Buffer;
  readonly headerLength: number;
  readonly fileKey: Buffer;
}

const damaged = (): AppError => new AppError('EVIDENCE_DAMAGED');

const idBytes = (fileId: string): Buffer => Buffer.from(fileId.replaceAll('-', ''), 'hex');
const idText = (bytes: Buffer): string => {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** One key per file: a chunk can never be opened in another file or another case, and a counter suffices as nonce (RFC 5869). */
const derive = (caseKey: Buffer, caseId: string, fileId: string, purpose: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', caseKey, idBytes(fileId), `video-witness/evidence/1/${purpose}/${caseId}`, length));

/** The nonce says number and flag, so that a recovered end never reuses the nonce of the chunk that was torn. */
const nonce = (number: number, flag: ChunkFlag, header = false): Buffer => {
  const out = Buffer.alloc(12);
  out[0] = header ? 0xff : 0;
  out[3] = flag;
  out.writeBigUInt64BE(BigInt(number), 4);
  return out;
};

const gcmSeal = (key: Buffer, iv: Buffer, aad: Buffer, plain: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

const gcmOpen = (key: Buffer, iv: Buffer, aad: Buffer, sealed: Buffer): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final()]);
};

const str = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > 255) throw new AppError('BAD_REQUEST');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

/** Header bytes of a new file; the salt is sealed with everything before it as additional data. */
export const sealHeader = (header: FileHeader, caseId: string, caseKey: Buffer, salt: Buffer): { bytes: Buffer; fileKey: Buffer } => {
  const fileKey = derive(caseKey, caseId, header.fileId, 'file', 32);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(header.chunkSize);
  const fields = [
    idBytes(header.fileId), size, str(header.keyId), str(header.kind), str(header.contentType),
    derive(caseKey, caseId, header.fileId, 'check', 16),
  ];
  const length = PREFIX + fields.reduce((sum, field) => sum + field.length, 0) + SALT + TAG;
  const prefix = Buffer.alloc(PREFIX);
  MAGIC.copy(prefix);
  prefix[4] = VERSION;
  prefix[5] = header.streamed ? FLAG_STREAMED : 0;
  prefix.writeUInt16BE(length, 6);
  const open = Buffer.concat([prefix, ...fields]);
  return { bytes: Buffer.concat([open, gcmSeal(fileKey, nonce(0, CHUNK.more, true), open, salt)]), fileKey };
};

/** Bytes the header takes, from the file's first 8 bytes. Throws EVIDENCE_DAMAGED when this is no evidence file. */
export const headerLength = (prefix: Buffer): number => {
  if (prefix.length < PREFIX || !prefix.subarray(0, 4).equals(MAGIC) || prefix[4] !== VERSION) throw damaged();
  return prefix.readUInt16BE(6);
};

/** The header's clear part: who may open it. Nothing of it is trusted before `openHeader`. */
export const parseHeader = (bytes: Buffer): FileHeader & { check: Buffer; openLength: number } => {
  const length = headerLength(bytes);
  let at = PREFIX;
  const take = (count: number): Buffer => {
    if (at + count > Math.min(length, bytes.length)) throw damaged();
    at += count;
    return bytes.subarray(at - count, at);
  };
  const text = (): string => take(take(1)[0]!).toString('utf8');
  const fileId = idText(take(16));
  const chunkSize = take(4).readUInt32BE();
  const header = { fileId, chunkSize, keyId: text(), kind: text(), contentType: text(), streamed: (bytes[5]! & FLAG_STREAMED) !== 0, check: take(16) };
  if (at + SALT + TAG !== length || bytes.length < length) throw damaged();
  return { ...header, openLength: at };
};

/**
 * Proves the header and yields salt and file key.
 * KEY_UNAVAILABLE: not the key this file was sealed with. EVIDENCE_DAMAGED: right key, changed bytes.
 */
export const openHeader = (bytes: Buffer, expected: { fileId: string; caseId: string }, key: { keyId: string; key: Buffer }): OpenedHeader => {
  const { check, openLength, ...header } = parseHeader(bytes);
  if (header.fileId !== expected.fileId) throw damaged();
  if (header.keyId !== key.keyId) throw new AppError('KEY_UNAVAILABLE');
  const fileKey = derive(key.key, expected.caseId, header.fileId, 'file', 32);
  const rightKey = timingSafeEqual(check, derive(key.key, expected.caseId, header.fileId, 'check', 16));
  const length = openLength + SALT + TAG;
  let salt: Buffer;
  try {
    salt = gcmOpen(fileKey, nonce(0, CHUNK.more, true), bytes.subarray(0, openLength), bytes.subarray(openLength, length));
  } catch (cause) {
    throw new AppError(rightKey ? 'EVIDENCE_DAMAGED' : 'KEY_UNAVAILABLE', undefined, { cause });
  }
  return { ...header, salt, headerLength: length, fileKey };
};

const chunkAad = (fileId: string, number: number, flag: ChunkFlag): Buffer => {
  const out = Buffer.alloc(16 + 8 + 1);
  idBytes(fileId).copy(out);
  out.writeBigUInt64BE(BigInt(number), 16);
  out[24] = flag;
  return out;
};

/** One chunk as it stands in the file. */
export const sealChunk = (file: { fileId: string; fileKey: Buffer }, number: number, flag: ChunkFlag, plain: Uint8Array): Buffer => {
  const head = Buffer.alloc(CHUNK_HEAD);
  head.writeUInt32BE(((flag << 30) | plain.length) >>> 0);
  return Buffer.concat([head, gcmSeal(file.fileKey, nonce(number, flag), chunkAad(file.fileId, number, flag), plain)]);
};

/** Flag and plaintext length from a chunk's first four bytes. */
export const parseChunkHead = (head: Buffer): { flag: ChunkFlag; length: number } => {
  const word = head.readUInt32BE(0);
  const flag = (word >>> 30) as ChunkFlag | 3;
  const length = word & 0x3fffffff;
  if (flag === 3 || length > CHUNK_SIZE) throw damaged();
  return { flag, length };
};

/** Opens ciphertext ‖ tag of chunk `number`; EVIDENCE_DAMAGED when anything about it was changed. */
export const openChunk = (file: { fileId: string; fileKey: Buffer }, number: number, flag: ChunkFlag, sealed: Buffer): Buffer => {
  try {
    return gcmOpen(file.fileKey, nonce(number, flag), chunkAad(file.fileId, number, flag), sealed);
  } catch (cause) {
    throw new AppError('EVIDENCE_DAMAGED', undefined, { cause });
  }
};
