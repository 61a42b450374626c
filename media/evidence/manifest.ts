import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * The manifest chain of a case (R42): each entry carries the hash of the one before, each session's chapter ends with a
 * signature over the chain so far. Pure: the server keeps the entries (`ManifestStore`).
 */
export interface NewEntry {
  /** Unix ms. */
  readonly at: number;
  /** e.g. `segment`, `photo`, `consent`, `decision`, `gap`. */
  readonly type: string;
  readonly sessionId?: string;
  readonly fileId?: string;
  /** SHA-256(salt ‖ plaintext) of the file or of the event's content. */
  readonly saltedSha256?: string;
  /** Ids, codes and times only. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

export interface ManifestEntry extends NewEntry {
  /** From 1, without holes. */
  readonly sequence: number;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: string;
  readonly hash: string;
  /** Only on `seal` entries: Ed25519 over this entry's hash. */
  readonly seal?: { readonly keyId: string; readonly signature: string };
}

/** Where the server keeps a case's chain; one writer per case. */
export interface ManifestStore {
  last(caseId: string): Promise<ManifestEntry | undefined>;
  append(caseId: string, entry: ManifestEntry): Promise<void>;
  all(caseId: string): Promise<ManifestEntry[]>;
}

export type ChainProblem =
  | { readonly kind: 'changed'; readonly sequence: number }
  | { readonly kind: 'missing'; readonly from: number; readonly to: number }
  | { readonly kind: 'reordered'; readonly sequence: number }
  | { readonly kind: 'repeated'; readonly sequence: number }
  | { readonly kind: 'unsealed'; readonly from: number }
  | { readonly kind: 'seal_wrong'; readonly sequence: number }
  | { readonly kind: 'seal_key_unknown'; readonly sequence: number; readonly keyId: string };

const ZERO = '0'.repeat(64);

/** JSON with sorted keys: the same entry has the same bytes whatever wrote it. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
};

/** SHA-256 over the entry without its own hash and seal. */
export const entryHash = (entry: Omit<ManifestEntry, 'hash' | 'seal'>): string => {
  const { hash: _hash, seal: _seal, ...content } = entry as ManifestEntry;
  return createHash('sha256').update(canonical(content)).digest('hex');
};

/** The entry that follows `previous` (undefined: the chain's first). */
export const appendEntry = (previous: Pick<ManifestEntry, 'sequence' | 'hash'> | undefined, entry: NewEntry): ManifestEntry => {
  const linked = { ...entry, sequence: (previous?.sequence ?? 0) + 1, previous: previous?.hash ?? ZERO };
  return { ...linked, hash: entryHash(linked) };
};

/** Ends a chapter (or a later addition): an entry whose hash, and with it all before, is signed with Ed25519. */
export const sealChapter = (
  previous: Pick<ManifestEntry, 'sequence' | 'hash'>,
  options: { at: number; sessionId?: string; keyId: string; privateKey: KeyObject },
): ManifestEntry => {
  const entry = appendEntry(previous, {
    at: options.at, type: 'seal', ...(options.sessionId ? { sessionId: options.sessionId } : {}), facts: { keyId: options.keyId },
  });
  return { ...entry, seal: { keyId: options.keyId, signature: sign(null, Buffer.from(entry.hash, 'hex'), options.privateKey).toString('base64') } };
};

const checkSeal = (entry: ManifestEntry, publicKeys: Readonly<Record<string, KeyObject | string>>): ChainProblem | undefined => {
  const keyId = entry.seal?.keyId ?? '';
  const given = publicKeys[keyId];
  if (!entry.seal || entry.facts?.['keyId'] !== keyId) return { kind: 'seal_wrong', sequence: entry.sequence };
  if (given === undefined) return { kind: 'seal_key_unknown', sequence: entry.sequence, keyId };
  const key = typeof given === 'string' ? createPublicKey(given) : given;
  let good = false;
  try { good = verify(null, Buffer.from(entryHash(entry), 'hex'), key, Buffer.from(entry.seal.signature, 'base64')); } catch { good = false; }
  return good ? undefined : { kind: 'seal_wrong', sequence: entry.sequence };
};

/**
 * Names what was changed, missing, repeated or reordered; an empty list means whole and sealed to its end.
 * Entries are to come in their stored order; `publicKeys` by key id (PEM or KeyObject).
 */
export const verifyChain = (entries: readonly ManifestEntry[], publicKeys: Readonly<Record<string, KeyObject | string>>): ChainProblem[] => {
  const problems: ChainProblem[] = [];
  const seen = new Map<number, ManifestEntry>();
  let highest = 0;
  for (const entry of entries) {
    if (seen.has(entry.sequence)) problems.push({ kind: 'repeated', sequence: entry.sequence });
    else if (entry.sequence < highest) problems.push({ kind: 'reordered', sequence: entry.sequence });
    if (!seen.has(entry.sequence)) seen.set(entry.sequence, entry);
    highest = Math.max(highest, entry.sequence);
  }
  let before: ManifestEntry | undefined;
  let lastSeal = 0;
  for (const entry of [...seen.values()].sort((a, b) => a.sequence - b.sequence)) {
    const expected = (before?.sequence ?? 0) + 1;
    if (entry.sequence > expected) problems.push({ kind: 'missing', from: expected, to: entry.sequence - 1 });
    const follows = entry.sequence > expected || entry.previous === (before?.hash ?? ZERO);
    if (entry.hash !== entryHash(entry) || !follows) problems.push({ kind: 'changed', sequence: entry.sequence });
    if (entry.type === 'seal') {
      const wrong = checkSeal(entry, publicKeys);
      if (wrong) problems.push(wrong); else lastSeal = entry.sequence;
    }
    before = entry;
  }
  if (highest > lastSeal) problems.push({ kind: 'unsealed', from: lastSeal + 1 });
  return problems;
};
