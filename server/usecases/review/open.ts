import { AppError } from '../../../contracts/errors.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { audit, changeApplication, inTransaction, look } from '../../database/transact.ts';
import { mayReview } from '../cases/access.ts';
import type { Reader } from '../cases/access.ts';
import { caseView, loadCaseFacts } from '../cases/view.ts';
import { chinaDay } from '../client/ports.ts';
import type { Services } from '../services.ts';

/**
 * Takes a case for second review (R50): never its own witness (R5), one reviewer at a time.
 * @throws AppError SAME_PERSON, CASE_NOT_YOURS when a colleague holds it, POSTPONED before the day agreed, STATE_NOT_ALLOWED
 */
export async function openReview(services: Services, { applicationId, reader }: { applicationId: string; reader: Reader }): Promise<CaseView> {
  const facts = await loadCaseFacts(services, applicationId);
  mayReview(reader, facts);
  if (facts.state === 'postponed' && (facts.postponedUntil ?? '') > chinaDay(services.now())) throw new AppError('POSTPONED', { items: [facts.postponedUntil!] });
  const holder = facts.reviewerId;
  if (facts.state === 'in_review' && holder && holder !== reader.staffId) throw new AppError('CASE_NOT_YOURS');
  await claim(services, applicationId, reader.staffId, facts.state, holder).catch(async (error: unknown) => {
    if (!(error instanceof AppError && error.code === 'STATE_NOT_ALLOWED')) throw error;
    // Somebody opened it between the look and the claim: a colleague, or this person's own second press.
    const after = await loadCaseFacts(services, applicationId);
    if (after.state !== 'in_review') throw error;
    if (after.reviewerId !== reader.staffId) throw new AppError('CASE_NOT_YOURS');
  });
  await look(services.db, { staffId: reader.staffId, applicationId, what: 'case', why: 'reviewer' });
  return caseView(services, { applicationId, reader, capacity: 'reviewer' });
}

async function claim(services: Services, applicationId: string, staffId: string, state: string, holder: string | null): Promise<void> {
  const actor = { kind: 'staff', id: staffId } as const;
  if (state === 'in_review' && holder === staffId) return;
  if (state === 'in_review') {
    await inTransaction(services.db, async (tx) => {
      const { count } = await tx.application.updateMany({ where: { id: applicationId, reviewerId: null }, data: { reviewerId: staffId } });
      if (count !== 1) throw new AppError('CASE_NOT_YOURS');
      await audit(tx, { actor, action: 'review.claim', applicationId });
    });
    return;
  }
  const event = state === 'postponed' ? 'resume_review' : 'open_review';
  await changeApplication(services.db, { applicationId, event, actor }, { reviewerId: staffId, postponedUntil: null });
}
