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
 * @typedef {{ name: string, sha256: string }} Page a file beside files/
 * @typedef {{ lines: string[], heads: (SignedHead | null)[], contents: (Content | null)[], files: string[], strange: string[], torn: string[], pages: Page[], handedOut: SignedHead | null | undefined, folder: string }} Bundle
 */

/** @param {string} text @returns {unknown} */
const json = (text) => { try { return JSON.parse(text); } catch { return null; } };

/** Lines of a file; a last one without its end is one too, and told. @param {string} folder @param {string} name @param {string[]} torn */
async function linesOf(folder, name, torn) {
  const lines = (await readFile(join(folder, name), 'utf8')).split('\n');
  if (lines.at(-1) === '') lines.pop();
  else torn.push(name);
  return lines;
}

/** @param {string} folder @param {string} name */
const optional = (folder, name) => readFile(join(folder, name)).catch((error) => { if (error.code === 'ENOENT') return null; throw error; });

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

const KNOWN = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'keys.json', 'report.html', 'handed-out.json', 'files'];
/** What is signed as it was handed out; the last two are told when they lie there unsigned. */
const HANDED = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'keys.json', 'report.html'];

/** @param {string} folder @returns {Promise<Bundle>} */
export async function readBundle(folder) {
  const around = await readdir(folder, { withFileTypes: true });
  const strange = around.filter((one) => !KNOWN.includes(one.name) || (one.name === 'files' ? !one.isDirectory() : !one.isFile())).map(({ name }) => name);
  /** @type {string[]} */
  const torn = [];
  const [lines, heads, contents, list, names] = await Promise.all([
    linesOf(folder, 'manifest.jsonl', torn), linesOf(folder, 'heads.jsonl', torn), linesOf(folder, 'contents.jsonl', torn), optional(folder, 'handed-out.json'),
    readdir(join(folder, 'files')).catch(() => /** @type {string[]} */ ([])),
  ]);
  const pages = [];
  for (const name of HANDED) {
    const bytes = await optional(folder, name);
    if (bytes !== null) pages.push({ name, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  // Written as we would write it, its end included.
  const text = list?.toString('utf8');
  const handedOut = text === undefined ? undefined : text.endsWith('\n') ? headOf(text.slice(0, -1)) : null;
  return { folder, torn, pages, handedOut, lines, heads: heads.map(headOf), contents: contents.map(contentOf), files: names.map((name) => `files/${name}`).sort(), strange };
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
