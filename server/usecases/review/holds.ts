import { changeApplication } from '../../database/transact.ts';
import { mayReview } from '../cases/access.ts';
import { loadCaseFacts } from '../cases/view.ts';
import type { Services } from '../services.ts';

/** Cases held for suspected fraud (R27), oldest first. */
export async function holds(services: Services) {
  const rows = await services.db.application.findMany({
    where: { state: 'held' }, orderBy: { updatedAt: 'asc' },
    include: { witnessSessions: { where: { outcome: 'fraud' }, orderBy: { endedAt: 'desc' }, take: 1, include: { witness: { select: { name: true } } } } },
  });
  return rows.map((row) => ({ applicationId: row.id, caseNo: row.caseNo, at: (row.witnessSessions[0]?.endedAt ?? row.updatedAt).toISOString(), witnessName: row.witnessSessions[0]?.witness.name ?? '' }));
}

/**
 * A person other than its witness (R5) decides on a held case (R27); the comment goes encrypted into the audit row.
 * @throws AppError SAME_PERSON, STATE_NOT_ALLOWED
 */
export async function decideHold(services: Services, { applicationId, staffId, decision, comment }: { applicationId: string; staffId: string; decision: 'release' | 'reject'; comment: string }): Promise<void> {
  mayReview({ staffId, roles: ['lead'] }, await loadCaseFacts(services, applicationId));
  const detailEnc = await services.cipher.seal({ subject: applicationId, table: 'audit', column: 'detail_enc', row: applicationId }, comment);
  await changeApplication(services.db, { applicationId, event: decision === 'release' ? 'release_hold' : 'reject_final', actor: { kind: 'staff', id: staffId }, codes: { decision }, detailEnc },
    decision === 'reject' ? { reasonCode: 'F01' } : {});
  await services.hub.publish(`client:${applicationId}`, 'changed', {});
}
