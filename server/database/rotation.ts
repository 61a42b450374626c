/** Rotation of master keys (R43): every case key is wrapped anew, no file and no row of a case is touched. */
import { AppError } from '../../contracts/errors.ts';
import type { SecretKey } from '../platform/config.ts';
import { unwrapKey, wrapKey } from './casekeys.ts';
import type { Database } from './index.ts';

/** How many keys each master key wraps; destroyed ones count for none. */
export async function keyCounts(db: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await db.caseKey.groupBy({ by: ['masterKeyId'], where: { wrapped: { not: null } }, _count: true, orderBy: { masterKeyId: 'asc' } });
  return new Map(rows.map(({ masterKeyId, _count }) => [masterKeyId, _count]));
}

/** Why nothing was rotated. Names ids of master keys, never keys. */
export class RotationError extends Error {
  override name = 'RotationError';
}

export interface Rotated {
  readonly changed: number;
  /** Whose keys do not open by the master key they name: damaged, and left as they are. */
  readonly damaged: readonly string[];
}

const PAGE = 200;
/** So many keys of each master key are tried before anything is changed: one could be the damaged one. */
const PROBES = 20;

/**
 * Wraps every key by the first master key. It may be broken off at any moment and run again: each key is changed by itself,
 * and only after its new wrapping was opened.
 * @throws RotationError when a master key that is still used is missing or is not the right one; nothing is changed then
 */
export async function rotateKeys(db: Database, masterKeys: readonly SecretKey[], options: { now?: () => Date; onProgress?: (done: number, of: number) => void } = {}): Promise<Rotated> {
  const active = masterKeys[0];
  if (active === undefined) throw new RotationError('there is no master key');
  await refuseUnfit(db, masterKeys);
  const behind = { wrapped: { not: null }, masterKeyId: { not: active.id } };
  const of = await db.caseKey.count({ where: behind });
  const damaged: string[] = [];
  let [changed, after] = [0, '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const rows = await db.caseKey.findMany({ where: { ...behind, subjectId: { gt: after } }, orderBy: { subjectId: 'asc' }, take: PAGE });
    for (const row of rows) {
      const key = opened(masterKeys, row);
      if (key === null) { damaged.push(row.subjectId); continue; }
      const fresh = wrapKey(active, row.subjectId, key);
      if (!unwrapKey([active], { subjectId: row.subjectId, ...fresh }).equals(key)) throw new RotationError(`the master key ${active.id} does not open what it has sealed`);
      // Destroyed or rotated by somebody else in this moment: then it is theirs.
      const { count } = await db.caseKey.updateMany({ where: { subjectId: row.subjectId, wrapped: row.wrapped, destroyedAt: null }, data: { ...fresh, rewrappedAt: options.now?.() ?? new Date() } });
      changed += count;
    }
    options.onProgress?.(changed + damaged.length, of);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return { changed, damaged };
    after = last.subjectId;
  }
}

async function refuseUnfit(db: Database, masterKeys: readonly SecretKey[]): Promise<void> {
  for (const [id, count] of await keyCounts(db)) {
    if (!masterKeys.some((master) => master.id === id)) throw new RotationError(`the master key ${id} is missing in MASTER_KEYS: it still wraps ${count} keys`);
    const probes = await db.caseKey.findMany({ where: { masterKeyId: id, wrapped: { not: null } }, orderBy: { createdAt: 'desc' }, take: PROBES });
    if (probes.length > 0 && probes.every((row) => opened(masterKeys, row) === null)) throw new RotationError(`the master key ${id} in MASTER_KEYS is not the one that wraps ${count} keys`);
  }
}

function opened(masterKeys: readonly SecretKey[], row: Parameters<typeof unwrapKey>[1]): Buffer | null {
  try {
    return unwrapKey(masterKeys, row);
  } catch (error) {
    if (error instanceof AppError && error.code === 'KEY_UNAVAILABLE') return null;
    throw error;
  }
}
