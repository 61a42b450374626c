/** The Merkle tree of RFC 9162 (2.1): one root stands for all leaves, and a leaf is proven by log₂(n) hashes. Pure. */
import { createHash } from 'node:crypto';

/** SHA-256, 32 bytes. */
export type Hash = Buffer;

const sha256 = (...parts: Uint8Array[]): Hash => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (bytes: Uint8Array): Hash => sha256(LEAF, bytes);
export const nodeHash = (left: Hash, right: Hash): Hash => sha256(NODE, left, right);

/** What is kept of a tree so that it can grow: the roots of its whole parts, the largest first; one for each bit of its size. */
export interface Edge { readonly size: number; readonly parts: readonly Hash[] }

export const EMPTY_EDGE: Edge = { size: 0, parts: [] };

export function appendLeaf(edge: Edge, leaf: Hash): Edge {
  const parts = [...edge.parts];
  let grown = leaf;
  for (let size = edge.size; size % 2 === 1; size = (size - 1) / 2) grown = nodeHash(parts.pop() as Hash, grown);
  return { size: edge.size + 1, parts: [...parts, grown] };
}

export const rootOf = ({ parts }: Edge): Hash => (parts.length === 0 ? sha256() : parts.reduceRight((right, left) => nodeHash(left, right)));

export const edgeOf = (leaves: readonly Hash[]): Edge => leaves.reduce(appendLeaf, EMPTY_EDGE);

/** The largest power of two below `size`. */
const split = (size: number): number => 2 ** (Math.ceil(Math.log2(size)) - 1);

/** The hashes that lead from a leaf to the root, the nearest first (RFC 9162, 2.1.3.1). */
export function inclusionProof(leaves: readonly Hash[], index: number): Hash[] {
  if (index < 0 || index >= leaves.length) throw new RangeError('no such leaf');
  if (leaves.length === 1) return [];
  const middle = split(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return index < middle ? [...inclusionProof(left, index), rootOf(edgeOf(right))] : [...inclusionProof(right, index - middle), rootOf(edgeOf(left))];
}
