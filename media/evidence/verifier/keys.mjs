// @ts-check
// Trusted keys and signed heads. Keys come from whoever verifies, never from the bundle.
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
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

/** `{ "timestampAuthorities": [{ "certificate": PEM }] }` beside the keys: who signs time stamps, or who certified them. @param {string} path @returns {Promise<X509Certificate[]>} */
export async function readAuthorities(path) {
  const file = JSON.parse(await readFile(path, 'utf8'));
  if (file?.timestampAuthorities === undefined) return [];
  if (!Array.isArray(file.timestampAuthorities)) throw new Error('timestampAuthorities is no list');
  return file.timestampAuthorities.map((/** @type {{ certificate: unknown }} */ { certificate }) => {
    if (typeof certificate !== 'string') throw new Error('a time stamp authority without certificate');
    return new X509Certificate(certificate);
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
  const head = /** @type {Head} */ ({ kind, case: of, session, size: Number(size), root, at, key });
  const wrong = wrongSignature({ text, signature }, head, trust);
  return wrong === null ? { head } : { wrong };
}

/**
 * Why a signature does not count; null when it does.
 * @param {import('./bundle.mjs').SignedHead} signed @param {{ at: string, key: string }} by @param {readonly TrustedKey[]} trust
 */
function wrongSignature({ text, signature }, { at, key }, trust) {
  const trusted = trust.find(({ id }) => id === key);
  if (trusted === undefined) return `it is signed by the key ${key}, which is not trusted`;
  const time = Date.parse(at);
  if (!(time >= trusted.from && time <= trusted.until)) return `the key ${key} does not count at ${at}`;
  // One way to write a signature only: base64 has letters that say nothing.
  const bytes = Buffer.from(signature, 'base64');
  return bytes.toString('base64') === signature && verify(null, Buffer.from(text), trusted.key, bytes) ? null : 'its signature is wrong';
}

const HANDED_OUT = /^video-witness bundle 1\ncase (\S+)\nat (\S+)\n((?:file [0-9a-f]{64} [a-z.-]+\n)*)key (\S+)\n$/;

/**
 * The signed list of what lies beside the manifest.
 * @param {import('./bundle.mjs').SignedHead} signed @param {readonly TrustedKey[]} trust
 * @returns {{ case: string, files: Map<string, string> } | { wrong: string }} name → SHA-256
 */
export function checkHandedOut(signed, trust) {
  const match = HANDED_OUT.exec(signed.text);
  if (match === null) return { wrong: 'it is no list of what was handed out' };
  const [, of, at, files, key] = /** @type {[string, string, string, string, string]} */ ([...match]);
  const wrong = wrongSignature(signed, { at, key }, trust);
  if (wrong !== null) return { wrong };
  return { case: of, files: new Map(files.split('\n').filter((line) => line !== '').map((line) => /** @type {[string, string]} */ ([line.slice(70), line.slice(5, 69)]))) };
}
