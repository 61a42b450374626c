import type { FindingDecision } from '../../../review/decision/card.ts';
import type { Services } from '../services.ts';

export const findingReasonPlace = (applicationId: string, decisionId: string) => ({ subject: applicationId, table: 'finding_decision', column: 'reason_enc', row: decisionId });

export interface KeptDecision extends FindingDecision { readonly id: string }

/** The decisions of a session's witness on findings of readings, oldest first, opened for the case's own screens. */
export async function findingDecisions({ db, cipher }: Pick<Services, 'db' | 'cipher'>, sessionId: string): Promise<KeptDecision[]> {
  const rows = await db.findingDecision.findMany({ where: { sessionId }, orderBy: { at: 'asc' }, include: { staff: { select: { name: true } } } });
  return Promise.all(rows.map(async ({ id, applicationId, photoId, documentId, code, field, reasonEnc, at, staff }) => ({
    id, code, field, on: photoId === null ? { kind: 'document' as const, id: documentId as string } : { kind: 'photo' as const, id: photoId },
    by: staff.name, at: at.toISOString(), reason: await cipher.open(findingReasonPlace(applicationId, id), reasonEnc),
  })));
}
