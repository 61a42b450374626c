import { randomBytes } from 'node:crypto';
import { AppError } from '../../contracts/errors.ts';
import type { CaseKeys } from '../../media/ports.ts';
import type { SecretKey } from '../platform/config.ts';
import { openBytes, sealBytes } from './crypto.ts';
import type { Database } from './index.ts';

export interface KeyRing extends CaseKeys {
  /** Wraps every key by the active master key again (rotation); returns how many were changed. */
  rewrap(): Promise<number>;
  /** Destroys a key, and with it all that is encrypted under it (R44). */
  destroy(subjectId: string): Promise<void>;
}

const aadOf = (subjectId: string, masterKeyId: string): Buffer => Buffer.from(JSON.stringify(['case_key', subjectId, masterKeyId]));

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

  const unwrap = (row: { subjectId: string; masterKeyId: string; wrapped: string | null }): Buffer => {
    const master = masterKeys.find(({ id }) => id === row.masterKeyId);
    if (master === undefined || row.wrapped === null) throw new AppError('KEY_UNAVAILABLE');
    return openBytes(master.key, aadOf(row.subjectId, row.masterKeyId), Buffer.from(row.wrapped, 'base64url'));
  };
  const wrap = (subjectId: string, key: Buffer): { masterKeyId: string; wrapped: string } =>
    ({ masterKeyId: active.id, wrapped: sealBytes(active.key, aadOf(subjectId, active.id), key).toString('base64url') });

  const load = async (subjectId: string): Promise<Buffer> => {
    const found = await prisma.caseKey.findUnique({ where: { subjectId } });
    if (found !== null) return unwrap(found);
    // Two first users at once: one insert wins, both read the winner's.
    await prisma.caseKey.createMany({ data: [{ subjectId, ...wrap(subjectId, randomBytes(32)) }], skipDuplicates: true });
    return unwrap(await prisma.caseKey.findUniqueOrThrow({ where: { subjectId } }));
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
    async rewrap() {
      let changed = 0;
      for (;;) {
        const rows = await prisma.caseKey.findMany({ where: { masterKeyId: { not: active.id }, destroyedAt: null }, take: 200 });
        for (const row of rows) {
          const { count } = await prisma.caseKey.updateMany({
            where: { subjectId: row.subjectId, masterKeyId: row.masterKeyId, destroyedAt: null },
            data: { ...wrap(row.subjectId, unwrap(row)), rewrappedAt: new Date(now()) },
          });
          changed += count;
        }
        if (rows.length < 200) return changed;
      }
    },
    async destroy(subjectId) {
      await prisma.caseKey.updateMany({ where: { subjectId }, data: { wrapped: null, destroyedAt: new Date(now()) } });
      opened.delete(subjectId);
    },
  };
}
