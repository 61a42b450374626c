// @ts-check
// SHA-256 and the Merkle tree of RFC 9162, 2.1. Written apart from the program that makes manifests: two that agree are worth more than one.
import { createHash } from 'node:crypto';

/** @param {...Uint8Array} parts */
export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The hash of one line of the manifest. @param {Uint8Array} bytes */
export const leafHash = (bytes) => sha256(Uint8Array.of(0), bytes);

/** @param {Uint8Array} left @param {Uint8Array} right */
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/**
 * Roots of the first n leaves, for every size that is asked for, in one pass.
 * @param {readonly Uint8Array[]} leaves @param {ReadonlySet<number>} sizes
 * @returns {Map<number, string>} size → root in hex
 */
export function rootsAt(leaves, sizes) {
  /** @type {Uint8Array[]} */
  const stack = [];
  /** @type {Map<number, string>} */
  const roots = new Map();
  const note = (/** @type {number} */ size) => {
    if (!sizes.has(size)) return;
    const root = size === 0 ? sha256() : stack.reduceRight((right, left) => nodeHash(left, right));
    roots.set(size, Buffer.from(root).toString('hex'));
  };
  note(0);
  leaves.forEach((leaf, index) => {
    let grown = leaf;
    for (let size = index; size % 2 === 1; size = (size - 1) / 2) grown = nodeHash(/** @type {Uint8Array} */ (stack.pop()), grown);
    stack.push(grown);
    note(index + 1);
  });
  return roots;
}

/**
 * The root that a leaf and its way lead to (RFC 9162, 2.1.3.2), and how many hashes that took.
 * @param {Uint8Array} leaf @param {number} index from 0 @param {number} size @param {readonly Uint8Array[]} way
 * @returns {{ root: string, hashes: number } | null} null when the way does not fit the tree
 */
export function rootByWay(leaf, index, size, way) {
  if (index < 0 || index >= size) return null;
  let [at, last] = [index, size - 1];
  let hash = leaf;
  let hashes = 0;
  for (const other of way) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(other, hash);
      while (at % 2 === 0 && at !== 0) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
    } else {
      hash = nodeHash(hash, other);
    }
    hashes += 1;
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? { root: Buffer.from(hash).toString('hex'), hashes } : null;
}
