/** Destroys what a confirmed report lists (R44), case by case; cut off, it goes on where it was. */
import type { RetentionYears } from '../../../workflows/retention/due.ts';
import { carryOut } from '../evidence/published.ts';
import type { Services } from '../services.ts';
import { dueCases } from './candidates.ts';
import { destroyCase } from './destroy.ts';
import type { DestroyPorts, DestroyServices } from './destroy.ts';

export interface RetentionPorts extends DestroyPorts {
  readonly years: RetentionYears;
  readonly headsFile: string;
}
type Needed = DestroyServices & Pick<Services, 'log'>;

/** Nothing happens for a report that is not confirmed, or is finished. One case that fails stops no other, and is tried again by the clean-up. */
export async function runReport(services: Needed, ports: RetentionPorts, reportId: string): Promise<void> {
  const { db, log, now, store } = services;
  const report = await db.retentionReport.findUnique({ where: { id: reportId } });
  if (report === null || report.confirmedById === null || report.finishedAt !== null) return;
  const open = await db.retentionItem.findMany({ where: { reportId, filesRemovedAt: null, OR: [{ result: null }, { result: 'destroyed' }] }, orderBy: { closedAt: 'asc' } });
  let failed = 0;
  for (const { applicationId, result } of open) {
    try {
      if (result === null) await destroyOne(services, ports, { reportId, applicationId, confirmedById: report.confirmedById, madeById: report.madeById });
      // Cut off between key and files.
      else await store.removeCase(applicationId);
      await db.retentionItem.updateMany({ where: { reportId, applicationId, result: 'destroyed' }, data: { filesRemovedAt: now() } });
    } catch (error) {
      failed++;
      log.error({ err: error, applicationId, reportId }, 'case not destroyed');
    }
  }
  await carryOut(services, ports.headsFile).catch((error: unknown) => log.error({ err: error }, 'heads not published'));
  if (failed === 0) await db.retentionReport.update({ where: { id: reportId }, data: { finishedAt: now() } });
  log.info({ reportId, cases: open.length, failed }, 'retention report worked through');
}

async function destroyOne(services: Needed, { years, ...ports }: RetentionPorts, { reportId, applicationId, confirmedById, madeById }: { reportId: string; applicationId: string; confirmedById: string; madeById: string }): Promise<void> {
  const { db, now } = services;
  const where = { reportId, applicationId, result: null };
  const stays = await destroyCase(services, ports, {
    applicationId, actor: { kind: 'staff', id: confirmedById }, codes: { reportId, madeBy: madeById },
    // The report was true when it was made: a relation that came back, or other dates, keep the case.
    refuse: async (tx) => ((await dueCases(tx, { now: now(), years, limit: 1, applicationId })).length === 0 ? 'not_due' : null),
    alsoWrite: (tx) => tx.retentionItem.updateMany({ where, data: { result: 'destroyed', doneAt: now() } }),
  });
  if (stays !== null) await db.retentionItem.updateMany({ where, data: { result: stays, doneAt: now() } });
}

/** Reports that a lost job or a crash left unfinished. @returns how many were worked on */
export async function finishReports(services: Needed, ports: RetentionPorts): Promise<number> {
  const rows = await services.db.retentionReport.findMany({ where: { confirmedAt: { not: null }, finishedAt: null }, select: { id: true } });
  for (const { id } of rows) await runReport(services, ports, id);
  return rows.length;
}
