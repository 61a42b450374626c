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
 * Puts one more leaf on a tree of `size` leaves; the stack holds the roots of its whole parts, the largest first.
 * @param {Uint8Array[]} stack @param {number} size @param {Uint8Array} leaf
 */
export function grow(stack, size, leaf) {
  let grown = leaf;
  for (let left = size; left % 2 === 1; left = (left - 1) / 2) grown = nodeHash(/** @type {Uint8Array} */ (stack.pop()), grown);
  stack.push(grown);
}

/** In hex. @param {readonly Uint8Array[]} stack */
export const rootOf = (stack) => Buffer.from(stack.length === 0 ? sha256() : stack.reduceRight((right, left) => nodeHash(left, right))).toString('hex');

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
  if (sizes.has(0)) roots.set(0, rootOf(stack));
  leaves.forEach((leaf, index) => {
    grow(stack, index, leaf);
    if (sizes.has(index + 1)) roots.set(index + 1, rootOf(stack));
  });
  return roots;
}

/**
 * The hashes that lead from a leaf to the root, the nearest first (RFC 9162, 2.1.3.1): level by level, a last one without a partner goes up as it is.
 * @param {readonly Uint8Array[]} leaves @param {number} index from 0
 */
export function wayOf(leaves, index) {
  const way = [];
  for (let [level, at] = [leaves, index]; level.length > 1; at = Math.floor(at / 2)) {
    const beside = level[at % 2 === 0 ? at + 1 : at - 1];
    if (beside !== undefined) way.push(Buffer.from(beside).toString('hex'));
    /** @type {Uint8Array[]} */
    const above = [];
    for (let i = 0; i < level.length; i += 2) above.push(level[i + 1] === undefined ? /** @type {Uint8Array} */ (level[i]) : nodeHash(/** @type {Uint8Array} */ (level[i]), /** @type {Uint8Array} */ (level[i + 1])));
    level = above;
  }
  return way;
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
