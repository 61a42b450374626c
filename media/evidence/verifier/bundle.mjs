// @ts-check
// Reads a bundle's folder without trusting a single name in it.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashPlain, linesOf, readPlain, Refused, textOf } from './files.mjs';

const FILE_NAME = /^files\/[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/;

/**
 * @typedef {{ seq: number, salt: string, text?: string, file?: string }} Content what an entry's hash is made of
 * @typedef {{ text: string, signature: string, n?: number }} SignedHead
 * @typedef {{ name: string, sha256: string }} Page a file beside files/
 * @typedef {{ name: string, reason: import('./files.mjs').Refusal }} Unread a file of a bundle that could not be read
 * @typedef {{ lines: (string | null)[], heads: (SignedHead | null)[], contents: (Content | null)[], files: string[], strange: string[], torn: string[], unread: Unread[], pages: Page[], handedOut: SignedHead | null | undefined, folder: string }} Bundle
 */

/** @param {string} text @returns {unknown} */
const json = (text) => { try { return JSON.parse(text); } catch { return null; } };

/**
 * Whether a line is what we would have written: a name that stands twice, or one more, shows a reader something else than what is checked.
 * @param {unknown} value @param {string} line
 */
export function isAsWritten(value, line) {
  // What lies in itself a hundred thousand deep is parsed, but not written.
  try { return JSON.stringify(value) === line; } catch { return false; }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {string | null} line @returns {SignedHead | null} */
export function headOf(line) {
  const value = line === null ? null : json(line);
  if (line === null || !isObject(value) || typeof value['text'] !== 'string' || typeof value['signature'] !== 'string') return null;
  const { n, text, signature } = value;
  if (n !== undefined && !Number.isSafeInteger(n)) return null;
  return isAsWritten({ n, text, signature }, line) ? { text, signature, ...(typeof n === 'number' ? { n } : {}) } : null;
}

/** @param {string | null} line @returns {SignedHead | null} as in a bundle, where heads have no number */
const ownHeadOf = (line) => { const head = headOf(line); return head?.n === undefined ? head : null; };

/** @param {string | null} line @returns {Content | null} */
function contentOf(line) {
  const value = line === null ? null : json(line);
  if (line === null || !isObject(value)) return null;
  const { seq, salt, text, file } = value;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || typeof salt !== 'string' || !/^[0-9a-f]{64}$/.test(salt)) return null;
  const content = typeof text === 'string' && file === undefined ? { seq, salt, text } : typeof file === 'string' && text === undefined ? { seq, salt, file } : null;
  return content !== null && isAsWritten(content, line) ? content : null;
}

const LISTS = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl'];
/** What is signed as it was handed out; the last two are told when they lie there unsigned. */
const HANDED = [...LISTS, 'keys.json', 'report.html'];
/** All that may lie in a bundle. */
export const KNOWN = [...HANDED, 'handed-out.json', 'files'];

/**
 * What `read` gives; undefined where a file is not read, which is kept for telling.
 * @template T @param {Unread[]} unread @param {string} name @param {() => Promise<T>} read @returns {Promise<T | undefined>}
 */
async function orTold(unread, name, read) {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.reason !== 'missing' || LISTS.includes(name)) unread.push({ name, reason: error.reason });
    return undefined;
  }
}

/** Names in `files/`; of a link that stands in its place none. @param {string} folder */
async function filesIn(folder) {
  const path = join(folder, 'files');
  const found = await lstat(path).catch(() => null);
  return found?.isDirectory() === true ? (await readdir(path)).map((name) => `files/${name}`).sort() : [];
}

/** @param {string} folder @returns {Promise<Bundle>} */
export async function readBundle(folder) {
  const around = await readdir(folder, { withFileTypes: true });
  const strange = around.filter((one) => !KNOWN.includes(one.name) || (one.name === 'files' && !one.isDirectory())).map(({ name }) => name);
  /** @type {string[]} */
  const torn = [];
  /** @type {Unread[]} */
  const unread = [];
  const [lines, heads, contents] = /** @type {[(string | null)[], (string | null)[], (string | null)[]]} */ (await Promise.all(LISTS.map(async (name) => {
    const list = await orTold(unread, name, async () => linesOf(await readPlain(join(folder, name))));
    if (list?.torn === true) torn.push(name);
    return list?.lines ?? [];
  })));
  const pages = [];
  for (const name of HANDED) {
    // Of a list that could not be read that is told already.
    if (unread.some((one) => one.name === name)) continue;
    const hashed = await orTold(unread, name, () => hashPlain(join(folder, name)));
    if (hashed !== undefined) pages.push({ name, sha256: hashed.hash });
  }
  const list = await orTold(unread, 'handed-out.json', () => readPlain(join(folder, 'handed-out.json')));
  // Written as we would write it, its end included.
  const text = list === undefined ? undefined : textOf(list);
  const handedOut = unread.some(({ name }) => name === 'handed-out.json') ? null : text === undefined ? undefined : text?.endsWith('\n') === true ? ownHeadOf(text.slice(0, -1)) : null;
  return { folder, torn, unread, pages, handedOut, lines, heads: heads.map(ownHeadOf), contents: contents.map(contentOf), files: await filesIn(folder), strange };
}

const REFUSALS = { 'no plain file': 'it is no plain file', unreadable: 'it cannot be opened', 'too large': 'it is larger than a bundle’s can be' };

/** Why a file is not read, in words. @param {Exclude<import('./files.mjs').Refusal, 'missing'>} reason */
export const refusal = (reason) => REFUSALS[reason];

/**
 * SHA-256(salt ‖ file), or why the file is not read.
 * @param {string} folder @param {string} name @param {string} salt
 * @returns {Promise<{ hash: string, bytes: number } | { refused: string } | { missing: true }>}
 */
export async function hashFile(folder, name, salt) {
  // A name that leads out of the bundle is not followed, and neither is a link.
  if (!FILE_NAME.test(name)) return { refused: 'its name leads out of the bundle' };
  try {
    if (!(await lstat(join(folder, 'files'))).isDirectory()) return { refused: 'it is no plain file' };
    return await hashPlain(join(folder, name), Buffer.from(salt, 'hex'));
  } catch (error) {
    if (error instanceof Refused) return error.reason === 'missing' ? { missing: true } : { refused: refusal(error.reason) };
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return { missing: true };
    throw error;
  }
}
