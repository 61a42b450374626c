import { randomBytes } from 'node:crypto';
import { AppError } from '../../contracts/errors.ts';
import type { CaseKeys } from '../../media/ports.ts';
import type { SecretKey } from '../platform/config.ts';
import { bytesOf, openBytes, sealBytes } from './crypto.ts';
import type { Database, Db } from './index.ts';

export interface KeyRing extends CaseKeys {
  /**
   * Destroys a key, and with it all that is encrypted under it (R44); other processes forget it within `ttlMs`. In the
   * caller's transaction when `tx` is given. The database refuses it while the case is under a legal hold.
   */
  destroy(subjectId: string, tx?: Db): Promise<void>;
}

const aadOf = (subjectId: string, masterKeyId: string): Buffer => Buffer.from(JSON.stringify(['case_key', subjectId, masterKeyId]));

/** A key as it is stored: sealed by a master key, bound to whose it is. */
export interface Wrapped { readonly subjectId: string; readonly masterKeyId: string; readonly wrapped: string | null }

export const wrapKey = (master: SecretKey, subjectId: string, key: Buffer): { masterKeyId: string; wrapped: string } =>
  ({ masterKeyId: master.id, wrapped: sealBytes(master.key, aadOf(subjectId, master.id), key).toString('base64url') });

/** @throws AppError KEY_UNAVAILABLE when it was destroyed, its master key is not there, or is not the one it was sealed by */
export function unwrapKey(masterKeys: readonly SecretKey[], row: Wrapped): Buffer {
  const master = masterKeys.find(({ id }) => id === row.masterKeyId);
  if (master === undefined || row.wrapped === null) throw new AppError('KEY_UNAVAILABLE');
  return openBytes(master.key, aadOf(row.subjectId, row.masterKeyId), bytesOf(row.wrapped));
}

/** Whether a key was destroyed (R44): nothing under it opens again. */
export const isDestroyed = async (db: Database | Db, subjectId: string): Promise<boolean> => (await db.caseKey.count({ where: { subjectId, destroyedAt: { not: null } } })) > 0;

/**
 * The keys of cases (and of clients and staff for their own rows): made on first use, wrapped by the active master key.
 * @param options.ttlMs how long an opened key stays in memory, default 30 s
 */
export function createCaseKeys(prisma: Database, masterKeys: readonly SecretKey[], options: { ttlMs?: number; now?: () => number } = {}): KeyRing {
  const active = masterKeys[0];
  if (active === undefined) throw new Error('no master key');
  const ttlMs = options.ttlMs ?? 30_000;
  const now = options.now ?? Date.now;
  const opened = new Map<string, { key: Buffer; until: number }>();

  const load = async (subjectId: string): Promise<Buffer> => {
    const found = await prisma.caseKey.findUnique({ where: { subjectId } });
    if (found !== null) return unwrapKey(masterKeys, found);
    // Two first users at once: one insert wins, both read the winner's.
    await prisma.caseKey.createMany({ data: [{ subjectId, ...wrapKey(active, subjectId, randomBytes(32)) }], skipDuplicates: true });
    return unwrapKey(masterKeys, await prisma.caseKey.findUniqueOrThrow({ where: { subjectId } }));
  };

  return {
    async keyFor(subjectId) {
      const known = opened.get(subjectId);
      if (known !== undefined && known.until > now()) return { keyId: subjectId, key: known.key };
      const key = await load(subjectId);
      if (opened.size > 2000) opened.clear();
      opened.set(subjectId, { key, until: now() + ttlMs });
      return { keyId: subjectId, key };
    },
    async destroy(subjectId, tx) {
      const gone = { wrapped: null, destroyedAt: new Date(now()) };
      await (tx ?? prisma).caseKey.updateMany({ where: { subjectId, destroyedAt: null }, data: gone });
      // Who never had a key gets none later.
      await (tx ?? prisma).caseKey.createMany({ data: [{ subjectId, masterKeyId: active.id, ...gone }], skipDuplicates: true });
      opened.delete(subjectId);
    },
  };
}
