// @ts-check
// What was handed over: a bundle's folder, or a receipt. Whatever is neither was taken by mistake: that is said in words, not told as tampering.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KNOWN } from './bundle.mjs';
import { piecesOf, readPlain, textOf } from './files.mjs';

/** How a ZIP begins; an empty one, and a part of several, begin otherwise. */
const ZIP = ['PK\u0003\u0004', 'PK\u0005\u0006', 'PK\u0007\u0008'];

/** @param {string} path @throws Refused when it is no plain file */
async function isZip(path) {
  for await (const piece of piecesOf(path)) return ZIP.includes(piece.subarray(0, 4).toString('latin1'));
  return false;
}

/**
 * The JSON object that a file holds. Whether it is a receipt is not asked here.
 * @param {string} path @returns {Promise<Record<string, unknown>>} @throws Error in words when it holds none; Refused when it cannot be read
 */
export async function readReceipt(path) {
  if (await isZip(path)) throw new Error(`${path}：这是 ZIP 压缩包，请先解压，再指定解压后的文件夹 it is a ZIP: unpack it first, then give the folder`);
  const text = textOf(await readPlain(path));
  let value = null;
  try { value = JSON.parse(text ?? ''); } catch { /* told as no receipt */ }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path}：既不是存证包的文件夹，也不是单条凭证 it is neither a bundle's folder nor a receipt`);
  return value;
}

/**
 * Refuses a folder that nobody took a file out of: nothing of a bundle lies in it, or the bundle lies one level deeper.
 * @param {string} folder @throws Error in words
 */
export async function refuseNoBundle(folder) {
  const around = await readdir(folder, { withFileTypes: true });
  // Trusted keys may lie beside a bundle under the name that they have in one.
  const own = around.map(({ name }) => name).filter((name) => KNOWN.includes(name));
  if (own.some((name) => name !== 'keys.json')) return;
  const deeper = [];
  for (const one of around) if (one.isDirectory() && await lstat(join(folder, one.name, 'manifest.jsonl')).catch(() => null) !== null) deeper.push(one.name);
  if (deeper.length === 1) throw new Error(`${folder}：此文件夹中没有存证包，是否应为 ${join(folder, /** @type {string} */ (deeper[0]))}？no bundle lies there; did you mean ${join(folder, /** @type {string} */ (deeper[0]))}?`);
  if (own.length === 0) throw new Error(`${folder}：此文件夹中没有存证包 no bundle lies there`);
}
