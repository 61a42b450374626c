import type { z } from 'zod';
import { AppError } from '../../../contracts/errors.ts';
import type { CaseView, decideReview as decideReviewBody } from '../../../contracts/http/staff.ts';
import { VERDICT_FINDINGS } from '../../../contracts/sameFrame.ts';
import { newId } from '../../database/crypto.ts';
import type { Db } from '../../database/index.ts';
import { changeApplication, inTransaction } from '../../database/transact.ts';
import { reasonFor } from '../call/decide.ts';
import { mayReview } from '../cases/access.ts';
import type { Reader } from '../cases/access.ts';
import { caseFindings, currentPhotos } from '../cases/findings.ts';
import { caseView, loadCaseFacts } from '../cases/view.ts';
import { chinaDay } from '../client/ports.ts';
import type { Services } from '../services.ts';

type Decision = z.infer<typeof decideReviewBody>;

/**
 * The second reviewer decides (R50): approve, postpone with a date, or reject with a code.
 * @throws AppError SAME_PERSON, CASE_NOT_YOURS, POSTPONE_DATE_REQUIRED, REASON_UNKNOWN, COMMENT_REQUIRED, STATE_NOT_ALLOWED, FINDING_BLOCKS
 */
export async function decideReview(services: Services, { applicationId, reader, decision }: { applicationId: string; reader: Reader; decision: Decision }): Promise<CaseView> {
  const facts = await loadCaseFacts(services, applicationId);
  mayReview(reader, facts);
  if (facts.reviewerId !== reader.staffId) throw new AppError('CASE_NOT_YOURS');
  if (decision.decision === 'postpone' && decision.until <= chinaDay(services.now())) throw new AppError('POSTPONE_DATE_REQUIRED', { field: 'until' });
  await store(services, applicationId, reader.staffId, decision);
  await services.hub.publish(`client:${applicationId}`, 'changed', {});
  return caseView(services, { applicationId, reader, capacity: 'reviewer' });
}

const COMPARISON_CODES: ReadonlySet<string> = new Set([...Object.values(VERDICT_FINDINGS), 'STILL_NOT_IN_RECORDING'].filter((code) => code !== null));

/**
 * What has come to block since the call is not approved: a negative-list entry (R16), a card that expired or an age that
 * was passed meanwhile (R10, R11), another answer of the police check (R22), a photo that was not in the recorded picture (R20). The application is locked before the look:
 * who adds an entry or an answer about it comes before the look, or after the decision.
 * @throws AppError FINDING_BLOCKS
 */
async function refuseBlocked(services: Services, tx: Db, applicationId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM "application" WHERE "id" = ${applicationId}::uuid FOR UPDATE`;
  const inside: Services = { ...services, db: tx as Services['db'] };
  const application = await tx.application.findUniqueOrThrow({ where: { id: applicationId } });
  const session = await tx.witnessSession.findFirst({ where: { applicationId, outcome: 'passed' }, orderBy: { endedAt: 'desc' }, select: { id: true } });
  const { warnings, photos } = await caseFindings(inside, application, session ? await currentPhotos(inside, session.id) : [], session?.id ?? null);
  // A photo that was not in the recorded picture, whenever that came out (R20).
  const notRecorded = photos.flatMap(({ findings }) => findings).filter(({ code }) => COMPARISON_CODES.has(code));
  const blocking = [...warnings, ...notRecorded].filter(({ blocks }) => blocks).map(({ code }) => code);
  if (blocking.length > 0) throw new AppError('FINDING_BLOCKS', { items: [...new Set(blocking)] });
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
    if (decision.decision === 'approve') await refuseBlocked(services, tx, applicationId);
    await tx.review.create({ data: { id, applicationId, reviewerId, decision: decision.decision, code: reason?.code ?? null, commentEnc, until, at: now() } });
    if (decision.decision === 'approve') await changeApplication(tx, { applicationId, event: 'review_approve', actor, codes }, { approvedAt: now() });
    else if (decision.decision === 'postpone') await changeApplication(tx, { applicationId, event: 'postpone', actor, codes }, { postponedUntil: until });
    else if (reason?.final) await changeApplication(tx, { applicationId, event: 'review_reject_final', actor, codes }, { reasonCode: reason.code });
    else if (reason) await changeApplication(tx, { applicationId, event: 'review_reject_repairable', actor, codes }, { reasonCode: reason.code, repairItems: [...reason.repair], repairDone: [] });
  });
}
