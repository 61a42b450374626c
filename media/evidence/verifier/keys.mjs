// @ts-check
// Trusted keys and signed heads. Keys come from whoever verifies, never from the bundle.
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

const HEAD = /^video-witness head 1\nkind (checkpoint|seal|later|destroyed|log)\ncase (\S+)\nsession (\S+)\nsize (0|[1-9]\d{0,14})\nroot ([0-9a-f]{64})\nat (\S+)\nkey (\S+)\n$/;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * @typedef {{ id: string, key: import('node:crypto').KeyObject, from: number, until: number }} TrustedKey
 * @typedef {{ kind: string, case: string, session: string, size: number, root: string, at: string, key: string }} Head
 */

/** What whoever verifies trusts: `keys` for heads, `authorities` for time stamps. @typedef {{ keys: TrustedKey[], authorities: X509Certificate[] }} Trust */

/**
 * `{ "keys": [{ "id", "publicKey": PEM, "from"?, "until"? }], "timestampAuthorities"?: [{ "certificate": PEM }] }`; a key counts for heads between
 * the two times, an authority signs time stamps or certified who does.
 * @param {string} path @param {string} [bundle] the folder that is verified @returns {Promise<Trust>}
 * @throws Error in words when it does not say without a doubt whom to trust
 */
export async function readTrust(path, bundle) {
  try {
    if (bundle !== undefined && await liesIn(path, bundle)) throw new Error('it lies in the bundle itself: whoever changed the one could have changed the other');
    const file = parsed(await readFile(path, 'utf8'));
    if (!Array.isArray(file?.keys) || file.keys.length === 0) throw new Error('no keys in it');
    const keys = file.keys.map(trustedKey);
    const twice = keys.find((/** @type {TrustedKey} */ { id }, /** @type {number} */ i) => keys.findIndex((/** @type {TrustedKey} */ other) => other.id === id) !== i);
    if (twice !== undefined) throw new Error(`the key ${twice.id} stands there twice`);
    return { keys, authorities: authoritiesIn(file) };
  } catch (error) {
    throw new Error(`the trusted keys, ${path}: ${wordsOf(error)}`);
  }
}

/** Whether a file lies in a folder, links followed. @param {string} path @param {string} folder */
async function liesIn(path, folder) {
  const [file, around] = await Promise.all([realpath(path), realpath(folder)]);
  const way = relative(around, file);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/** @param {string} text */
function parsed(text) {
  try { return JSON.parse(text); } catch { throw new Error('it is no JSON'); }
}

/** @param {unknown} error */
export function wordsOf(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error instanceof Error ? error : new Error(String(error)));
  return code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code === 'EACCES' ? 'it may not be opened' : message;
}

/** @param {any} one @returns {TrustedKey} */
function trustedKey(one) {
  const { id, publicKey, from, until } = one ?? {};
  if (typeof id !== 'string' || typeof publicKey !== 'string') throw new Error('a key without id or publicKey');
  // From a private key a public one is made silently: it does not belong here.
  if (!publicKey.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) throw new Error(`key ${id} is no public key in PEM`);
  const key = publicKeyOf(id, publicKey);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`key ${id} is not Ed25519`);
  return { id, key, from: timeOf(from, -Infinity), until: timeOf(until, Infinity) };
}

/** @param {string} id @param {string} pem */
function publicKeyOf(id, pem) {
  try { return createPublicKey(pem); } catch { throw new Error(`key ${id} cannot be read`); }
}

/** @param {any} file @returns {X509Certificate[]} */
function authoritiesIn({ timestampAuthorities }) {
  if (timestampAuthorities === undefined) return [];
  if (!Array.isArray(timestampAuthorities)) throw new Error('timestampAuthorities is no list');
  return timestampAuthorities.map((one) => {
    if (typeof one?.certificate !== 'string') throw new Error('a time stamp authority without certificate');
    try { return new X509Certificate(one.certificate); } catch { throw new Error('a time stamp authority’s certificate cannot be read'); }
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
  const time = TIME.test(at) ? Date.parse(at) : NaN;
  if (!(time >= trusted.from && time <= trusted.until)) return `the key ${key} does not count at ${at}`;
  // One way to write a signature only: base64 has letters that say nothing.
  const bytes = Buffer.from(signature, 'base64');
  return bytes.toString('base64') === signature && verify(null, Buffer.from(text), trusted.key, bytes) ? null : 'its signature is wrong';
}

const HANDED_OUT = /^video-witness bundle 1\ncase (\S+)\nat (\S+)\n((?:file [0-9a-f]{64} [a-z.-]+\n)*)key (\S+)\n$/;

/**
 * The signed list of what lies beside the manifest.
 * @param {import('./bundle.mjs').SignedHead} signed @param {readonly TrustedKey[]} trust
 * @returns {{ case: string, at: string, files: Map<string, string> } | { wrong: string }} name → SHA-256
 */
export function checkHandedOut(signed, trust) {
  const match = HANDED_OUT.exec(signed.text);
  if (match === null) return { wrong: 'it is no list of what was handed out' };
  const [, of, at, files, key] = /** @type {[string, string, string, string, string]} */ ([...match]);
  const wrong = wrongSignature(signed, { at, key }, trust);
  if (wrong !== null) return { wrong };
  return { case: of, at, files: new Map(files.split('\n').filter((line) => line !== '').map((line) => /** @type {[string, string]} */ ([line.slice(70), line.slice(5, 69)]))) };
}
