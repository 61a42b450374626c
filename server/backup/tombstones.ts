/** What was destroyed, by the published heads: they lie outside the database, and outlive each backup of it (R44). */
import { readFile } from 'node:fs/promises';
import { isSignedBy, parseHead } from '../../media/evidence/index.ts';
import type { SignedHead } from '../../media/evidence/index.ts';
import type { KeyRing } from '../database/casekeys.ts';
import type { Database } from '../database/index.ts';
import { audit, inTransaction } from '../database/transact.ts';
import type { SigningKey } from '../platform/config.ts';
import { lockManifest, signDestroyed } from '../usecases/evidence/record.ts';
import { destroyClient, lockCase } from '../usecases/retention/destroy.ts';
import { eraseCase } from '../usecases/retention/erase.ts';
import { BackupError } from './format.ts';

export interface Tombstone { readonly subjectId: string; readonly at: Date }

/**
 * Every destruction that was published.
 * @param options.before the heads as the backup has them: the file must go on from there
 * @throws BackupError when the file is an older copy or another one, or a destruction in it is not signed by a key of ours
 */
export async function tombstonesIn(file: string, { before, signing }: { before: string; signing: readonly SigningKey[] }): Promise<Tombstone[]> {
  const [text, earlier] = await Promise.all([readFile(file, 'utf8').catch(() => { throw new BackupError(`the published heads ${file} cannot be read: without them destroyed cases would come back`); }), readFile(before, 'utf8')]);
  if (!text.startsWith(earlier)) throw new BackupError(`${file} is older than the backup, or of another place: give the newest copy of the published heads`);
  return text.split('\n').flatMap((line, i): Tombstone[] => {
    if (!line.includes('kind destroyed')) return [];
    const head = headIn(line);
    const told = head === null ? null : parseHead(head.text);
    const key = signing.find(({ id }) => id === told?.keyId);
    if (head === null || told === null || key === undefined || !isSignedBy(head, key.key)) throw new BackupError(`line ${i + 1} of ${file} tells of a destruction and is not signed by a key of SIGNING_KEYS`);
    return told.kind === 'destroyed' ? [{ subjectId: told.caseId, at: told.at }] : [];
  });
}

function headIn(line: string): SignedHead | null {
  try {
    const { text, signature } = JSON.parse(line) as Record<string, unknown>;
    return typeof text === 'string' && typeof signature === 'string' ? { text, signature } : null;
  } catch {
    return null;
  }
}

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
