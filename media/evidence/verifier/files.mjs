// @ts-check
// Opens what somebody handed over without trusting it: plain files only (a pipe would wait for ever, a device never ends), no links,
// never more in memory than a bundle can need, and bytes that are not UTF-8 are not made into text that looks like it.
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { lstat, open } from 'node:fs/promises';

/** What a list of a bundle (manifest, heads, contents, handed-out) may be at most. */
export const LIMITS = { bytes: 256 * 1024 * 1024, lines: 1_000_000, publishedLine: 128 * 1024 };

/** @typedef {'missing' | 'no plain file' | 'unreadable' | 'too large'} Refusal */

/** Why a file of a bundle is not read. */
export class Refused extends Error {
  /** @param {Refusal} reason @param {string} [code] */
  constructor(reason, code) {
    super(reason);
    this.reason = reason;
    this.code = code;
  }
}

/** @param {unknown} error @returns {never} */
function refuse(error) {
  if (error instanceof Refused) throw error;
  const { code } = /** @type {NodeJS.ErrnoException} */ (error);
  throw code === 'ENOENT' || code === 'ENOTDIR' ? new Refused('missing') : new Refused(code === 'ELOOP' ? 'no plain file' : 'unreadable', code);
}

/**
 * The pieces of a plain file. Whether it is one is asked of what was opened, too: between a look and the opening it can be exchanged.
 * @param {string} path @throws Refused
 */
export async function* piecesOf(path) {
  try {
    if (!(await lstat(path)).isFile()) throw new Refused('no plain file');
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
    try {
      if (!(await handle.stat()).isFile()) throw new Refused('no plain file');
      const piece = Buffer.allocUnsafe(256 * 1024);
      for (;;) {
        const { bytesRead } = await handle.read(piece, 0, piece.length, null);
        if (bytesRead === 0) return;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    refuse(error);
  }
}

/** SHA-256(before ‖ file) in hex, and how long the file is. @param {string} path @param {Uint8Array} [before] @throws Refused */
export async function hashPlain(path, before = new Uint8Array()) {
  const hash = createHash('sha256').update(before);
  let bytes = 0;
  for await (const piece of piecesOf(path)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { hash: hash.digest('hex'), bytes };
}

/** @param {string} path @param {number} [limit] bytes @throws Refused */
export async function readPlain(path, limit = LIMITS.bytes) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of piecesOf(path)) {
    bytes += piece.length;
    if (bytes > limit) throw new Refused('too large');
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}

/** The text of UTF-8, and null where it is none: replaced bytes would hash like others. @param {Uint8Array} bytes */
export function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Lines of bytes; each ends with \n and nothing else does.
 * @param {Buffer} bytes @returns {{ lines: (string | null)[], torn: boolean }} null: no UTF-8; torn: the last one has no end
 * @throws Refused
 */
export function linesOf(bytes) {
  const lines = [];
  let from = 0;
  for (let to = bytes.indexOf(10); to !== -1; to = bytes.indexOf(10, from)) {
    if (lines.length === LIMITS.lines) throw new Refused('too large');
    lines.push(textOf(bytes.subarray(from, to)));
    from = to + 1;
  }
  if (from === bytes.length) return { lines, torn: false };
  lines.push(textOf(bytes.subarray(from)));
  return { lines, torn: true };
}

/**
 * Lines of a file of any length, one at a time. Of a line that is too long nothing is kept.
 * @param {string} path whoever verifies chose it: a pipe is read too
 * @returns {AsyncGenerator<{ line: string | null, torn: boolean }>}
 */
export async function* longLinesOf(path) {
  /** @type {Buffer[]} */
  let parts = [];
  let [length, any] = [0, false];
  /** @param {Buffer} part */
  const add = (part) => {
    any ||= part.length > 0;
    length += part.length;
    if (length <= LIMITS.publishedLine) parts.push(part);
    else parts = [];
  };
  const taken = () => {
    const line = length > LIMITS.publishedLine ? null : textOf(Buffer.concat(parts));
    [parts, length, any] = [[], 0, false];
    return line;
  };
  for await (const piece of createReadStream(path)) {
    let from = 0;
    for (let to = piece.indexOf(10); to !== -1; to = piece.indexOf(10, from)) {
      add(piece.subarray(from, to));
      yield { line: taken(), torn: false };
      from = to + 1;
    }
    add(piece.subarray(from));
  }
  if (any) yield { line: taken(), torn: true };
}
