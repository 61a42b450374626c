import type { z } from 'zod';
import type { sessionRow } from '../../../contracts/http/staff.ts';
import type { Services } from '../services.ts';

/** Sessions, newest first, by case number when given. */
export async function listSessions(services: Services, { caseNo, before }: { caseNo?: string; before?: string }): Promise<z.infer<typeof sessionRow>[]> {
  const rows = await services.db.witnessSession.findMany({
    where: { acceptedAt: { not: null }, ...(caseNo ? { application: { caseNo: { contains: caseNo } } } : {}), ...(before ? { offeredAt: { lt: new Date(before) } } : {}) },
    orderBy: { offeredAt: 'desc' }, take: 100, include: { application: { select: { caseNo: true } }, witness: { select: { name: true } } },
  });
  return rows.map((s) => ({
    sessionId: s.id, applicationId: s.applicationId, caseNo: s.application.caseNo, witnessName: s.witness.name, state: s.state as 'closed', outcome: s.outcome as 'passed' | null, code: s.decisionCode,
    startedAt: s.liveAt?.toISOString() ?? null, endedAt: s.endedAt?.toISOString() ?? null, seconds: s.liveAt && s.endedAt ? Math.round((s.endedAt.getTime() - s.liveAt.getTime()) / 1000) : null,
  }));
}
