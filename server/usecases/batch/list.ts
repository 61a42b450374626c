import type { CalendarState } from '../../../contracts/http/staff.ts';
import { AppError } from '../../../contracts/errors.ts';
import { ACCOUNT_STEPS } from '../../../contracts/states/account.ts';
import type { AccountState, AccountStep, ApplicationState } from '../../../contracts/states/index.ts';
import { changeAccountStep, changeApplication, inTransaction } from '../../database/transact.ts';
import { isListed } from '../person/known.ts';
import type { Services } from '../services.ts';

/** The depository's hours (R51), and whether its trading days are known. */
export interface BatchClock { isOpen(at: Date): boolean; nextOpening(at: Date): Date | null; state(at: Date): CalendarState }

/** Cases in the batch with the state of each step (R52), newest first. */
export async function batchRows({ db, now }: Services, clock: BatchClock) {
  const rows = await db.application.findMany({
    where: { state: { in: ['approved', 'creating', 'awaiting_client', 'parked', 'opened'] } }, orderBy: { approvedAt: 'desc' }, take: 200, include: { accountSteps: true },
  });
  return {
    open: clock.isOpen(now()), nextOpening: clock.isOpen(now()) ? null : clock.nextOpening(now())?.toISOString() ?? null, calendar: clock.state(now()),
    rows: rows.map((row) => ({
      applicationId: row.id, caseNo: row.caseNo, state: row.state as ApplicationState, code: row.parkedCode,
      steps: ACCOUNT_STEPS.flatMap((step) => row.accountSteps.filter((s) => s.step === step)).map((s) => ({ step: s.step as AccountStep, state: s.state as AccountState, code: s.code })),
    })),
  };
}

/** A person puts a parked case back into the batch (R54). @throws AppError STATE_NOT_ALLOWED; FINDING_BLOCKS while the person stands on the negative list (R16) */
export async function unparkCase(services: Services, { applicationId, staffId }: { applicationId: string; staffId: string }): Promise<void> {
  const actor = { kind: 'staff', id: staffId } as const;
  await inTransaction(services.db, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "application" WHERE "id" = ${applicationId}::uuid FOR UPDATE`;
    if (await isListed({ ...services, db: tx as Services['db'] }, applicationId)) throw new AppError('FINDING_BLOCKS', { items: ['NEGATIVE_LIST'] });
    await changeApplication(tx, { applicationId, event: 'unpark', actor }, { parkedCode: null });
    const parked = await tx.accountStep.findMany({ where: { applicationId, state: 'parked' } });
    for (const { step, code } of parked) {
      // What nobody knows is asked about again, for another day: sent anew it could be done twice (R53).
      const unknown = code === 'STILL_UNKNOWN';
      await changeAccountStep(tx, { applicationId, step: step as AccountStep, event: unknown ? 'unpark_unknown' : 'unpark', actor }, { attempts: 0, nextAt: null, ...(unknown ? { sentAt: services.now() } : {}) });
    }
  });
  await services.jobs.add('account.open', { applicationId });
}
