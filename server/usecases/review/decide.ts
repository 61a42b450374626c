import type { z } from 'zod';
import { AppError } from '../../../contracts/errors.ts';
import type { CaseView, decideReview as decideReviewBody } from '../../../contracts/http/staff.ts';
import { newId } from '../../database/crypto.ts';
import { changeApplication, inTransaction } from '../../database/transact.ts';
import { reasonFor } from '../call/decide.ts';
import { mayReview } from '../cases/access.ts';
import type { Reader } from '../cases/access.ts';
import { openForm } from '../cases/open.ts';
import { caseView, loadCaseFacts } from '../cases/view.ts';
import { chinaDay } from '../client/ports.ts';
import { onNegativeList } from '../person/known.ts';
import type { Services } from '../services.ts';

type Decision = z.infer<typeof decideReviewBody>;

/**
 * The second reviewer decides (R50): approve, postpone with a date, or reject with a code.
 * @throws AppError SAME_PERSON, CASE_NOT_YOURS, POSTPONE_DATE_REQUIRED, REASON_UNKNOWN, COMMENT_REQUIRED, STATE_NOT_ALLOWED
 */
export async function decideReview(services: Services, { applicationId, reader, decision }: { applicationId: string; reader: Reader; decision: Decision }): Promise<CaseView> {
  const facts = await loadCaseFacts(services, applicationId);
  mayReview(reader, facts);
  if (facts.reviewerId !== reader.staffId) throw new AppError('CASE_NOT_YOURS');
  if (decision.decision === 'postpone' && decision.until <= chinaDay(services.now())) throw new AppError('POSTPONE_DATE_REQUIRED', { field: 'until' });
  if (decision.decision === 'approve') await refuseListed(services, applicationId);
  await store(services, applicationId, reader.staffId, decision);
  await services.hub.publish(`client:${applicationId}`, 'changed', {});
  return caseView(services, { applicationId, reader, capacity: 'reviewer' });
}

/** Who came onto the negative list after the call is not approved (R16). @throws AppError FINDING_BLOCKS */
async function refuseListed(services: Services, applicationId: string): Promise<void> {
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const form = await openForm(services, application);
  const listed = form === null ? [] : await onNegativeList(services, services.blindIndex.candidates('idNumber', form.idNumber));
  if (listed.length > 0) throw new AppError('FINDING_BLOCKS', { items: listed.map(({ code }) => code) });
}

async function store(services: Services, applicationId: string, reviewerId: string, decision: Decision): Promise<void> {
  const { db, cipher, now } = services;
  const actor = { kind: 'staff', id: reviewerId } as const;
  const reason = decision.decision === 'reject' ? reasonFor(decision.code, decision.comment) : undefined;
  const id = newId();
  const commentEnc = decision.comment ? await cipher.seal({ subject: applicationId, table: 'review', column: 'comment_enc', row: id }, decision.comment) : null;
  const until = decision.decision === 'postpone' ? new Date(decision.until) : null;
  const codes = { decision: decision.decision, ...(reason ? { code: reason.code } : {}) };
  await inTransaction(db, async (tx) => {
    await tx.review.create({ data: { id, applicationId, reviewerId, decision: decision.decision, code: reason?.code ?? null, commentEnc, until, at: now() } });
    if (decision.decision === 'approve') await changeApplication(tx, { applicationId, event: 'review_approve', actor, codes }, { approvedAt: now() });
    else if (decision.decision === 'postpone') await changeApplication(tx, { applicationId, event: 'postpone', actor, codes }, { postponedUntil: until });
    else if (reason?.final) await changeApplication(tx, { applicationId, event: 'review_reject_final', actor, codes }, { reasonCode: reason.code });
    else if (reason) await changeApplication(tx, { applicationId, event: 'review_reject_repairable', actor, codes }, { reasonCode: reason.code, repairItems: [...reason.repair], repairDone: [] });
  });
}
