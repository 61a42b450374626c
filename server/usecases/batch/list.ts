import { ACCOUNT_STEPS } from '../../../contracts/states/account.ts';
import type { AccountState, AccountStep, ApplicationState } from '../../../contracts/states/index.ts';
import { changeAccountStep, changeApplication, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';

/** The depository's hours (R51). */
export interface BatchClock { isOpen(at: Date): boolean; nextOpening(at: Date): Date | null }

/** Cases in the batch with the state of each step (R52), newest first. */
export async function batchRows({ db, now }: Services, clock: BatchClock) {
  const rows = await db.application.findMany({
    where: { state: { in: ['approved', 'creating', 'awaiting_client', 'parked', 'opened'] } }, orderBy: { approvedAt: 'desc' }, take: 200, include: { accountSteps: true },
  });
  return {
    open: clock.isOpen(now()), nextOpening: clock.isOpen(now()) ? null : clock.nextOpening(now())?.toISOString() ?? null,
    rows: rows.map((row) => ({
      applicationId: row.id, caseNo: row.caseNo, state: row.state as ApplicationState,
      steps: ACCOUNT_STEPS.flatMap((step) => row.accountSteps.filter((s) => s.step === step)).map((s) => ({ step: s.step as AccountStep, state: s.state as AccountState, code: s.code })),
    })),
  };
}

/** A person puts a parked case back into the batch (R54). @throws AppError STATE_NOT_ALLOWED */
export async function unparkCase(services: Services, { applicationId, staffId }: { applicationId: string; staffId: string }): Promise<void> {
  const actor = { kind: 'staff', id: staffId } as const;
  await inTransaction(services.db, async (tx) => {
    await changeApplication(tx, { applicationId, event: 'unpark', actor });
    const parked = await tx.accountStep.findMany({ where: { applicationId, state: 'parked' } });
    for (const { step } of parked) await changeAccountStep(tx, { applicationId, step: step as AccountStep, event: 'unpark', actor }, { attempts: 0 });
  });
  await services.jobs.add('account.open', { applicationId });
}
