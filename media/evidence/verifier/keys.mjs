// @ts-check
// Trusted keys and signed heads. Keys come from whoever verifies, never from the bundle.
import { createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const HEAD = /^video-witness head 1\nkind (checkpoint|seal|later|destroyed|log)\ncase (\S+)\nsession (\S+)\nsize (\d{1,15})\nroot ([0-9a-f]{64})\nat (\S+)\nkey (\S+)\n$/;

/**
 * @typedef {{ id: string, key: import('node:crypto').KeyObject, from: number, until: number }} TrustedKey
 * @typedef {{ kind: string, case: string, session: string, size: number, root: string, at: string, key: string }} Head
 */

/** `{ "keys": [{ "id", "publicKey": PEM, "from"?, "until"? }] }`; a key counts for heads between the two times. @param {string} path @returns {Promise<TrustedKey[]>} */
export async function readTrust(path) {
  const file = JSON.parse(await readFile(path, 'utf8'));
  if (!Array.isArray(file?.keys) || file.keys.length === 0) throw new Error('no keys in it');
  return file.keys.map((/** @type {{ id: unknown, publicKey: unknown, from?: unknown, until?: unknown }} */ { id, publicKey, from, until }) => {
    if (typeof id !== 'string' || typeof publicKey !== 'string') throw new Error('a key without id or publicKey');
    const key = createPublicKey(publicKey);
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`key ${id} is not Ed25519`);
    return { id, key, from: timeOf(from, -Infinity), until: timeOf(until, Infinity) };
  });
}

/** @param {unknown} text @param {number} otherwise */
function timeOf(text, otherwise) {
  if (text === undefined || text === null) return otherwise;
  const time = typeof text === 'string' ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new Error('a time of a key that cannot be read');
  return time;
}

/**
 * @param {import('./bundle.mjs').SignedHead} signed @param {readonly TrustedKey[]} trust
 * @returns {{ head: Head } | { wrong: string }}
 */
export function checkHead({ text, signature }, trust) {
  const match = HEAD.exec(text);
  if (match === null) return { wrong: 'it is no head' };
  const [, kind, of, session, size, root, at, key] = /** @type {string[]} */ ([...match]);
  const head = { kind, case: of, session, size: Number(size), root, at, key };
  const trusted = trust.find(({ id }) => id === key);
  if (trusted === undefined) return { wrong: `it is signed by the key ${key}, which is not trusted` };
  const time = Date.parse(/** @type {string} */ (at));
  if (!(time >= trusted.from && time <= trusted.until)) return { wrong: `the key ${key} does not count at ${at}` };
  if (!verify(null, Buffer.from(text), trusted.key, Buffer.from(signature, 'base64'))) return { wrong: 'its signature is wrong' };
  return { head: /** @type {Head} */ (head) };
}
