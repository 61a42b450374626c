import { describe, expect, test } from '@jest/globals';
import { appendLeaf, edgeOf, EMPTY_EDGE, inclusionProof, leafHash, rootOf } from '../../media/evidence/index.ts';
import { rootByWay, rootsAt } from '../../media/evidence/verifier/hashes.mjs';

/** The reference inputs and roots of Certificate Transparency (RFC 6962). */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaves = INPUTS.map((hex) => leafHash(Buffer.from(hex, 'hex')));
const many = Array.from({ length: 300 }, (_, i) => leafHash(Buffer.from(String(i))));

describe('The tree over a manifest (R42)', () => {
  test('the roots are those of Certificate Transparency, for every size, by the program and by the verifier', () => {
    expect(ROOTS.map((_, size) => rootOf(edgeOf(leaves.slice(0, size))).toString('hex'))).toEqual(ROOTS);
    expect([...rootsAt(leaves, new Set(ROOTS.keys()))].sort(([a], [b]) => a - b).map(([, root]) => root)).toEqual(ROOTS);
  });

  test('a tree that grows by one leaf at a time is the tree made at once', () => {
    let edge = EMPTY_EDGE;
    for (const [i, leaf] of many.entries()) {
      edge = appendLeaf(edge, leaf);
      if (i % 37 === 0 || i > 290) expect(rootOf(edge)).toEqual(rootOf(edgeOf(many.slice(0, i + 1))));
    }
    expect(edge.parts.length).toBe([...(300).toString(2)].filter((bit) => bit === '1').length);
  });

  test.each([1, 2, 3, 7, 8, 9, 64, 100, 255, 300])('in a tree of %i every leaf is proven by no more than log₂(n) + 1 hashes', (size) => {
    const tree = many.slice(0, size);
    const root = rootOf(edgeOf(tree)).toString('hex');
    tree.forEach((leaf, index) => {
      const found = rootByWay(leaf, index, size, inclusionProof(tree, index));
      expect(found?.root).toBe(root);
      expect(found!.hashes).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
    });
  });

  test('another leaf, another place, a way that is too short, too long or changed proves nothing', () => {
    const tree = many.slice(0, 21);
    const root = rootOf(edgeOf(tree)).toString('hex');
    const way = inclusionProof(tree, 5);
    const rootOfWay = (leaf: Buffer, index: number, steps: readonly Buffer[]): string | undefined => rootByWay(leaf, index, 21, steps)?.root;
    expect(rootOfWay(tree[5]!, 5, way)).toBe(root);
    expect(rootOfWay(tree[6]!, 5, way)).not.toBe(root);
    expect(rootOfWay(tree[5]!, 4, way)).not.toBe(root);
    expect(rootOfWay(tree[5]!, 5, way.slice(0, -1))).not.toBe(root);
    expect(rootOfWay(tree[5]!, 5, [...way, tree[0]!])).not.toBe(root);
    expect(rootOfWay(tree[5]!, 5, [...way.slice(1), way[0]!])).not.toBe(root);
    expect(rootByWay(tree[5]!, 21, 21, way)).toBeNull();
    expect(() => inclusionProof(tree, 21)).toThrow('no such leaf');
  });
});
