import type { z } from 'zod';
import type { reviewRow } from '../../../contracts/http/staff.ts';
import type { ApplicationState } from '../../../contracts/states/index.ts';
import { auditorsOf } from '../../database/search.ts';
import { maskName } from '../cases/mask.ts';
import { openForm } from '../cases/open.ts';
import { wasWitness } from '../cases/access.ts';
import type { Reader } from '../cases/access.ts';
import { chinaDay } from '../client/ports.ts';
import type { Services } from '../services.ts';

const dayOf = (date: Date | null): string => date?.toISOString().slice(0, 10) ?? '';

/** Cases that wait for second review (R50), oldest first; those the reader witnessed or audited are shown as blocked (R5). */
export async function reviewList(services: Services, { reader }: { reader: Reader }): Promise<z.infer<typeof reviewRow>[]> {
  const rows = await services.db.application.findMany({
    where: { state: { in: ['witnessed', 'in_review', 'postponed'] } }, orderBy: { witnessedAt: 'asc' }, take: 200,
    include: { witnessSessions: { where: { acceptedAt: { not: null } }, orderBy: { endedAt: 'desc' }, include: { witness: { select: { name: true } } } } },
  });
  const audited = new Set((await auditorsOf(services.db, rows.map(({ id }) => id), reader.staffId)).map(({ applicationId }) => applicationId));
  return Promise.all(rows.map(async (row) => ({
    applicationId: row.id, caseNo: row.caseNo, state: row.state as ApplicationState, witnessName: row.witnessSessions.find((s) => s.outcome === 'passed')?.witness.name ?? '',
    witnessedAt: row.witnessedAt?.toISOString() ?? null, until: row.postponedUntil ? dayOf(row.postponedUntil) : null, mine: row.reviewerId === reader.staffId, early: row.state === 'postponed' && dayOf(row.postponedUntil) > chinaDay(services.now()),
    nameMasked: maskName((await openForm(services, row))?.name ?? ''), blockedForMe: wasWitness({ sessions: row.witnessSessions }, reader.staffId) || audited.has(row.id),
  })));
}
