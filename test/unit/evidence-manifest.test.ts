import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { appendEntry, entryHash, sealChapter, verifyChain } from '../../media/evidence/index.ts';
import type { ManifestEntry } from '../../media/evidence/index.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys = { s1: publicKey };
const chain = (length = 6): ManifestEntry[] => {
  const entries: ManifestEntry[] = [];
  for (let i = 0; i < length; i += 1) {
    entries.push(appendEntry(entries.at(-1), { at: 1000 + i, type: 'segment', sessionId: 'a', fileId: `f${i}`, saltedSha256: String(i).repeat(64), facts: { index: i } }));
  }
  return [...entries, sealChapter(entries.at(-1)!, { at: 2000, sessionId: 'a', keyId: 's1', privateKey })];
};

describe('the manifest chain (R42)', () => {
  test('a whole chain has no problem, also after being stored as JSON with its keys in another order', () => {
    expect(verifyChain(chain(), keys)).toEqual([]);
    const stored = JSON.parse(JSON.stringify(chain())) as ManifestEntry[];
    expect(verifyChain(stored.map((entry) => Object.fromEntries(Object.entries(entry).reverse()) as unknown as ManifestEntry), keys)).toEqual([]);
  });
  test('a changed entry is named, even when its hash was made to fit', () => {
    const changed = chain();
    changed[2] = { ...changed[2]!, saltedSha256: 'f'.repeat(64) };
    expect(verifyChain(changed, keys)).toEqual([{ kind: 'changed', sequence: 3 }]);
    changed[2] = { ...changed[2]!, hash: entryHash(changed[2]!) };
    expect(verifyChain(changed, keys)).toEqual([{ kind: 'changed', sequence: 4 }]);
  });
  test('a chain rewritten from one entry on fails at the seal', () => {
    const good = chain();
    const forged = good.slice(0, 2);
    for (const { sequence: _s, previous: _p, hash: _h, ...entry } of good.slice(2)) forged.push(appendEntry(forged.at(-1), { ...entry, at: entry.at + 1 }) as ManifestEntry);
    expect(verifyChain(forged, keys)).toContainEqual({ kind: 'seal_wrong', sequence: 7 });
  });
  test('a missing, a repeated and a moved entry are named', () => {
    const good = chain();
    expect(verifyChain(good.filter((_, i) => i !== 2 && i !== 3), keys)).toEqual([{ kind: 'missing', from: 3, to: 4 }]);
    expect(verifyChain([...good.slice(0, 3), good[2]!, ...good.slice(3)], keys)).toEqual([{ kind: 'repeated', sequence: 3 }]);
    expect(verifyChain([good[0]!, good[2]!, good[1]!, ...good.slice(3)], keys)).toEqual([{ kind: 'reordered', sequence: 2 }]);
  });
  test('an end without a seal, a foreign seal and a missing tail are named', () => {
    const good = chain();
    expect(verifyChain(good.slice(0, -1), keys)).toEqual([{ kind: 'unsealed', from: 1 }]);
    expect(verifyChain(good, {})).toContainEqual({ kind: 'seal_key_unknown', sequence: 7, keyId: 's1' });
    const other = generateKeyPairSync('ed25519').publicKey;
    expect(verifyChain(good, { s1: other })).toContainEqual({ kind: 'seal_wrong', sequence: 7 });
  });
  test('later entries continue a sealed chain and are sealed again', () => {
    const good = chain();
    const later = appendEntry(good.at(-1), { at: 3000, type: 'decision', facts: { code: 'approved' } });
    expect(verifyChain([...good, later], keys)).toEqual([{ kind: 'unsealed', from: 8 }]);
    expect(verifyChain([...good, later, sealChapter(later, { at: 3001, keyId: 's1', privateKey })], keys)).toEqual([]);
  });
});
