/** When the relation with a client ended (R44): told by the core's list, or by a person. */
import { AppError } from '../../../contracts/errors.ts';
import { dayInChina } from '../../../workflows/retention/due.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import { audit, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';

export interface RelationEnd {
  readonly caseNo: string;
  /** `YYYY-MM-DD` in China; null: it goes on again. */
  readonly endedOn: string | null;
  /** null: the core's list, taken over by an operator. */
  readonly staffId: string | null;
}

/**
 * Writes down when the relation with a case's client ended; the newest row counts, the earlier ones stay.
 * @returns false when that was known already
 * @throws AppError NOT_FOUND, CASE_DESTROYED, BAD_REQUEST (a day that has not come, or lies before the case)
 */
export async function relationEnded({ db, now }: Pick<Services, 'db' | 'now'>, { caseNo, endedOn, staffId }: RelationEnd): Promise<boolean> {
  const application = await db.application.findUnique({ where: { caseNo }, select: { id: true, clientId: true, createdAt: true } });
  if (application === null) throw new AppError('NOT_FOUND', { field: 'caseNo' });
  if (endedOn !== null && (endedOn > dayInChina(now()) || endedOn < dayInChina(application.createdAt))) throw new AppError('BAD_REQUEST', { field: 'endedOn' });
  if (await isDestroyed(db, application.id)) throw new AppError('CASE_DESTROYED');
  const date = endedOn === null ? null : new Date(`${endedOn}T00:00:00Z`);
  return await inTransaction(db, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "client" WHERE "id" = ${application.clientId}::uuid FOR UPDATE`;
    const last = await tx.relationEnd.findFirst({ where: { clientId: application.clientId }, orderBy: { seq: 'desc' } });
    if (last === null ? endedOn === null : (last.endedOn?.getTime() ?? null) === (date?.getTime() ?? null)) return false;
    await tx.relationEnd.create({ data: { clientId: application.clientId, endedOn: date, source: staffId === null ? 'core' : 'staff', byId: staffId, at: now() } });
    await audit(tx, { actor: staffId === null ? { kind: 'system', id: 'core' } : { kind: 'staff', id: staffId }, action: 'relation.ended', applicationId: application.id, codes: { endedOn } });
    return true;
  });
}
