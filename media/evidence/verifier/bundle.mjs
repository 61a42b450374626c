// @ts-check
// Reads a bundle's folder without trusting a single name in it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const FILE_NAME = /^files\/[A-Za-z0-9][A-Za-z0-9._-]{0,150}$/;

/**
 * @typedef {{ seq: number, salt: string, text?: string, file?: string }} Content what an entry's hash is made of
 * @typedef {{ text: string, signature: string, n?: number }} SignedHead
 * @typedef {{ lines: string[], heads: (SignedHead | null)[], contents: (Content | null)[], files: string[], strange: string[], folder: string }} Bundle
 */

/** @param {string} text @returns {unknown} */
const json = (text) => { try { return JSON.parse(text); } catch { return null; } };

/** Lines of a file; the last one's end may be missing. @param {string} path */
async function linesOf(path) {
  const lines = (await readFile(path, 'utf8')).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param {string} line @returns {SignedHead | null} */
export function headOf(line) {
  const value = json(line);
  if (!isObject(value) || typeof value['text'] !== 'string' || typeof value['signature'] !== 'string') return null;
  // Written as we would write it: a name that stands there twice, or one more, shows a reader something else than what is checked.
  const { n, text, signature } = value;
  return JSON.stringify({ n, text, signature }) === line ? { text, signature, ...(typeof n === 'number' ? { n } : {}) } : null;
}

/** @param {string} line @returns {Content | null} */
function contentOf(line) {
  const value = json(line);
  if (!isObject(value)) return null;
  const { seq, salt, text, file } = value;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || typeof salt !== 'string' || !/^[0-9a-f]{64}$/.test(salt)) return null;
  const content = typeof text === 'string' && file === undefined ? { seq, salt, text } : typeof file === 'string' && text === undefined ? { seq, salt, file } : null;
  return content !== null && JSON.stringify(content) === line ? content : null;
}

const KNOWN = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'keys.json', 'report.html', 'files'];

/** @param {string} folder @returns {Promise<Bundle>} */
export async function readBundle(folder) {
  const around = await readdir(folder, { withFileTypes: true });
  const strange = around.filter((one) => !KNOWN.includes(one.name) || (one.name === 'files' ? !one.isDirectory() : !one.isFile())).map(({ name }) => name);
  const [lines, heads, contents, names] = await Promise.all([
    linesOf(join(folder, 'manifest.jsonl')), linesOf(join(folder, 'heads.jsonl')), linesOf(join(folder, 'contents.jsonl')),
    readdir(join(folder, 'files')).catch(() => /** @type {string[]} */ ([])),
  ]);
  return { folder, lines, heads: heads.map(headOf), contents: contents.map(contentOf), files: names.map((name) => `files/${name}`).sort(), strange };
}

/**
 * SHA-256(salt ‖ file), or why the file is not read.
 * @param {string} folder @param {string} name @param {string} salt
 * @returns {Promise<{ hash: string } | { refused: string } | { missing: true }>}
 */
export async function hashFile(folder, name, salt) {
  // A name that leads out of the bundle is not followed, and neither is a link.
  if (!FILE_NAME.test(name)) return { refused: 'its name leads out of the bundle' };
  const path = join(folder, name);
  const found = await lstat(path).catch(() => null);
  if (found === null) return { missing: true };
  if (!found.isFile()) return { refused: 'it is no plain file' };
  const hash = createHash('sha256').update(Buffer.from(salt, 'hex'));
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { hash: hash.digest('hex') };
}
