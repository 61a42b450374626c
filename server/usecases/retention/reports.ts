/** What destruction would do, before it does it (R44): a report of one person, confirmed by a second one. */
import { AppError } from '../../../contracts/errors.ts';
import type { RetentionReportRow, RetentionReportView } from '../../../contracts/http/retention.ts';
import type { RetentionYears } from '../../../workflows/retention/due.ts';
import { newId } from '../../database/crypto.ts';
import { audit, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { dueCases } from './candidates.ts';

/** So many cases at once: a person must be able to look through them. */
export const REPORT_MOST = 500;
const DAY_MS = 24 * 3600_000;
/** What was true when the report was made is looked at again before each case; a report that nobody confirmed for so long is made anew. */
export const REPORT_GOOD_MS = 7 * DAY_MS;

const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

/** Lists what is due today. Nothing is destroyed by it. @throws AppError RETENTION_NOTHING_DUE */
export async function makeReport({ db, now }: Pick<Services, 'db' | 'now'>, { staffId, years, most = REPORT_MOST }: { staffId: string; years: RetentionYears; most?: number }): Promise<string> {
  const found = await dueCases(db, { now: now(), years, limit: most + 1 });
  if (found.length === 0) throw new AppError('RETENTION_NOTHING_DUE');
  const reportId = newId();
  await inTransaction(db, async (tx) => {
    await tx.retentionReport.create({ data: { id: reportId, madeById: staffId, madeAt: now(), more: found.length > most } });
    await tx.retentionItem.createMany({ data: found.slice(0, most).map((one) => ({
      reportId, applicationId: one.applicationId, caseNo: one.caseNo, closedAt: one.closedAt, relationEndedOn: one.relationEndedOn === null ? null : dateOf(one.relationEndedOn),
      dueOn: dateOf(one.dueOn), rule: one.rule, held: one.held,
    })) });
    await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'retention.reported', codes: { reportId, cases: Math.min(found.length, most) } });
  });
  return reportId;
}

/** Newest first. */
export async function retentionReports({ db, now }: Pick<Services, 'db' | 'now'>): Promise<RetentionReportRow[]> {
  const rows = await db.retentionReport.findMany({ orderBy: { madeAt: 'desc' }, take: 100, include: { items: { select: { held: true, result: true } } } });
  const staff = await db.staff.findMany({ where: { id: { in: rows.flatMap(({ madeById, confirmedById }) => [madeById, ...(confirmedById === null ? [] : [confirmedById])]) } }, select: { id: true, name: true } });
  const nameOf = (id: string | null): string | null => (id === null ? null : staff.find((one) => one.id === id)?.name ?? '');
  return rows.map((row) => ({
    reportId: row.id, madeById: row.madeById, madeBy: nameOf(row.madeById) ?? '', madeAt: row.madeAt.toISOString(), confirmedBy: nameOf(row.confirmedById), confirmedAt: row.confirmedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null, old: row.confirmedAt === null && now().getTime() - row.madeAt.getTime() > REPORT_GOOD_MS, more: row.more,
    cases: row.items.length, held: row.items.filter(({ held }) => held).length, destroyed: row.items.filter(({ result }) => result === 'destroyed').length,
  }));
}

/** @throws AppError NOT_FOUND */
export async function retentionReport(services: Pick<Services, 'db' | 'now'>, reportId: string): Promise<RetentionReportView> {
  const items = await services.db.retentionItem.findMany({ where: { reportId }, orderBy: [{ closedAt: 'asc' }, { applicationId: 'asc' }] });
  if (items.length === 0) throw new AppError('NOT_FOUND');
  return {
    items: items.map((item) => ({
      caseNo: item.caseNo, closedAt: item.closedAt.toISOString(), relationEndedOn: item.relationEndedOn === null ? null : dayOf(item.relationEndedOn), dueOn: dayOf(item.dueOn),
      rule: item.rule as 'closed' | 'relation', held: item.held, result: item.result as RetentionReportView['items'][number]['result'], doneAt: item.doneAt?.toISOString() ?? null,
    })),
  };
}

/**
 * A second person confirms; the destruction itself is a job.
 * @throws AppError NOT_FOUND, RETENTION_SECOND_PERSON, RETENTION_REPORT_OLD, STATE_NOT_ALLOWED when it was confirmed before
 */
export async function confirmReport({ db, now, jobs }: Pick<Services, 'db' | 'now' | 'jobs'>, { staffId, reportId }: { staffId: string; reportId: string }): Promise<void> {
  const report = await db.retentionReport.findUnique({ where: { id: reportId } });
  if (report === null) throw new AppError('NOT_FOUND');
  if (report.madeById === staffId) throw new AppError('RETENTION_SECOND_PERSON');
  if (now().getTime() - report.madeAt.getTime() > REPORT_GOOD_MS) throw new AppError('RETENTION_REPORT_OLD');
  await inTransaction(db, async (tx) => {
    const { count } = await tx.retentionReport.updateMany({ where: { id: reportId, confirmedAt: null }, data: { confirmedById: staffId, confirmedAt: now() } });
    if (count !== 1) throw new AppError('STATE_NOT_ALLOWED');
    await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'retention.confirmed', codes: { reportId, madeBy: report.madeById } });
  });
  // Should it be lost, the hourly clean-up finds the report.
  await jobs.add('retention.run', { reportId });
}
