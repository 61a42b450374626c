import { AppError } from '../../../contracts/errors.ts';
import { changeApplication, sealAuditDetail } from '../../database/transact.ts';
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
 * @throws AppError SAME_PERSON, STATE_NOT_ALLOWED when it is not held (any more), STALE_VERSION
 */
export async function decideHold(services: Services, { applicationId, staffId, decision, comment }: { applicationId: string; staffId: string; decision: 'release' | 'reject'; comment: string }): Promise<void> {
  mayReview({ staffId, roles: ['lead'] }, await loadCaseFacts(services, applicationId));
  const { state, version } = await services.db.application.findUniqueOrThrow({ where: { id: applicationId }, select: { state: true, version: true } });
  // A final reject exists for calls as well: this one is only for what is held.
  if (state !== 'held') throw new AppError('STATE_NOT_ALLOWED', { code: state });
  const detail = await sealAuditDetail(services.db, services.cipher, applicationId, comment);
  await changeApplication(services.db, { applicationId, event: decision === 'release' ? 'release_hold' : 'reject_final', actor: { kind: 'staff', id: staffId }, expectedVersion: version, codes: { decision }, detail },
    decision === 'reject' ? { reasonCode: 'F01' } : {});
  await services.hub.publish(`client:${applicationId}`, 'changed', {});
}
