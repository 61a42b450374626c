import { makeFinding } from '../../../contracts/reading.ts';
import type { Finding } from '../../../contracts/reading.ts';
import type { Application } from '../../database/index.ts';
import { chinaDay } from '../client/ports.ts';
import type { Services } from '../services.ts';

/**
 * Every earlier rejection of this ID number with its day, code and case (R16): by a witness, in second review, or of the
 * case as a whole; those of the case itself, which the client has meanwhile repaired, as well. Newest first.
 * @param candidates the number's blind indexes, one for each key in use
 * @param until those of that moment: later ones are left out
 */
export async function earlierRejections({ db }: Pick<Services, 'db'>, { id }: Pick<Application, 'id'>, candidates: readonly string[], until?: Date): Promise<Finding[]> {
  const person = { OR: [{ id }, { idNumberIndex: { in: [...candidates] } }] };
  const of = { application: { select: { caseNo: true } } };
  const [calls, reviews, closed] = await Promise.all([
    db.witnessSession.findMany({ where: { application: person, decision: 'reject' }, orderBy: { decidedAt: 'desc' }, take: LIMIT, include: of }),
    db.review.findMany({ where: { application: person, decision: 'reject' }, orderBy: { at: 'desc' }, take: LIMIT, include: of }),
    // Held for fraud and rejected by the lead: no session and no review says so.
    db.application.findMany({
      where: { AND: [person, { id: { not: id }, state: 'rejected', witnessSessions: { none: { decision: 'reject' } }, reviews: { none: { decision: 'reject' } } }] },
      orderBy: { updatedAt: 'desc' }, take: LIMIT, select: { caseNo: true, reasonCode: true, updatedAt: true },
    }),
  ]);
  return [
    ...calls.map((s) => ({ caseNo: s.application.caseNo, code: s.decisionCode, at: s.decidedAt ?? s.offeredAt })),
    ...reviews.map((r) => ({ caseNo: r.application.caseNo, code: r.code, at: r.at })),
    ...closed.map((a) => ({ caseNo: a.caseNo, code: a.reasonCode, at: a.updatedAt })),
  ].filter(({ at }) => until === undefined || at < until).sort((a, b) => b.at.getTime() - a.at.getTime()).map(({ caseNo, code, at }) => makeFinding('EARLIER_REJECTION', { said: [chinaDay(at), code, caseNo].filter(Boolean).join(' ') }));
}
const LIMIT = 20;
