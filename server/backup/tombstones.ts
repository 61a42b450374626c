/** What was destroyed since a backup was made, by the published heads, is destroyed again where it is restored (R44). */
import type { KeyRing } from '../database/casekeys.ts';
import type { Database } from '../database/index.ts';
import { audit, inTransaction } from '../database/transact.ts';
import type { SigningKey } from '../platform/config.ts';
import { lockManifest, signDestroyed } from '../usecases/evidence/record.ts';
import { destroyClient, lockCase } from '../usecases/retention/destroy.ts';
import { eraseCase } from '../usecases/retention/erase.ts';
import type { Tombstone } from './heads.ts';

/**
 * Destroys once more what the restored rows still speak of, with a head over the lines that are here; when it was destroyed
 * first stands in the audit row.
 * @returns how many cases that were
 */
export async function applyTombstones({ db, keys, signing, now }: { db: Database; keys: KeyRing; signing: SigningKey; now: () => Date }, tombstones: readonly Tombstone[]): Promise<number> {
  let count = 0;
  for (const { subjectId: applicationId, at } of tombstones) {
    const again = await inTransaction(db, async (tx) => {
      await lockManifest(tx, applicationId);
      await lockCase(tx, applicationId);
      const application = await tx.application.findUnique({ where: { id: applicationId }, select: { submittedAt: true } });
      if (application === null) return false;
      if (await tx.manifestHead.count({ where: { applicationId, kind: 'destroyed' } }) > 0) return false;
      const actor = { kind: 'system', id: 'restore' } as const;
      await keys.destroy(applicationId, tx);
      await eraseCase(tx, applicationId);
      // A draft goes without its client, who may begin anew.
      if (application.submittedAt !== null) await destroyClient(tx, { keys }, { applicationId, actor });
      await audit(tx, { actor, action: 'case.destroyed', applicationId, codes: { first: at.toISOString() } });
      await signDestroyed(tx, { signing, applicationId, now: now() });
      return true;
    });
    if (again) count++;
  }
  return count;
}
