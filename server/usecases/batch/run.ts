import { ACCOUNT_REQUIRES, ACCOUNT_STEPS } from '../../../contracts/states/account.ts';
import type { Calendar } from '../../../workflows/accounts/calendar.ts';
import { isOpen } from '../../../workflows/accounts/calendar.ts';
import { ACCOUNT_DEFAULTS, openAccounts } from '../../../workflows/accounts/openAccounts.ts';
import type { OutsidePort } from '../../../workflows/accounts/ports.ts';
import { changeApplication } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { createAccountsRepository } from './repository.ts';

export interface BatchPorts { readonly outside: OutsidePort; readonly calendar: Calendar }

const PAGE = 500;

/**
 * Looks for cases that the batch can go on with, inside the depository's hours (R51), and queues one job each. Page by
 * page through all of them: however many cases wait for their client or for an outside system, they hold up no other (R54).
 */
export async function batchTick(services: Services, { calendar }: BatchPorts): Promise<number> {
  const now = services.now();
  if (!isOpen(calendar, now)) return 0;
  let count = 0;
  for (let last: string | undefined; ;) {
    const due = await services.db.application.findMany({
      where: dueCases(now), orderBy: { id: 'asc' }, take: PAGE, select: { id: true }, ...(last === undefined ? {} : { cursor: { id: last }, skip: 1 }),
    });
    for (const { id } of due) await services.jobs.add('account.open', { applicationId: id }, { id: `open-${id}` });
    count += due.length;
    last = due.at(-1)?.id;
    if (due.length < PAGE) return count;
  }
}

/** Due by its time; null: at once. */
const dueAt = (now: Date) => ({ OR: [{ nextAt: null }, { nextAt: { lte: now } }] });

/**
 * Cases with something to do now. A pending step counts when those it requires are done; a case without open steps
 * only has to be settled. Of those that wait for their client: whose bank is to be asked again, and whose client is done.
 */
const dueCases = (now: Date) => ({
  OR: [
    { state: 'approved' },
    { state: 'creating', accountSteps: { some: { state: { in: ['failed', 'unknown'] }, ...dueAt(now) } } },
    { state: 'creating', accountSteps: { some: { state: 'sent', OR: [{ sentAt: null }, { sentAt: { lte: new Date(now.getTime() - ACCOUNT_DEFAULTS.leaseMs) } }] } } },
    ...ACCOUNT_STEPS.map((step) => ({ state: 'creating', accountSteps: { some: { step, state: 'pending', ...dueAt(now) }, none: { step: { in: [...ACCOUNT_REQUIRES[step]] }, state: { not: 'done' } } } })),
    { state: 'creating', accountSteps: { none: { state: { in: ['pending', 'failed', 'unknown', 'sent'] } } } },
    { state: 'awaiting_client', accountSteps: { some: { state: 'awaiting_client', code: 'CONFIRM_AT_BANK', ...dueAt(now) } } },
    { state: 'awaiting_client', accountSteps: { none: { state: 'awaiting_client' } } },
  ],
});

/**
 * The job `account.open`: one application as far as it goes; the tick queues it again when something is due later. A case
 * that cannot be worked on, and still cannot at the last try, is parked for a person and stops nobody else (R54).
 */
export async function openAccountsJob(services: Services, { outside, calendar }: BatchPorts, { applicationId }: { applicationId: string }, { last }: { last: boolean } = { last: false }): Promise<void> {
  const repository = createAccountsRepository(services);
  const result = await openAccounts({ applicationId, ports: { repository, outside }, calendar, now: services.now }).catch(async (error: unknown) => {
    if (!last) throw error;
    services.log.error({ err: error, applicationId }, 'case parked: it cannot be worked on');
    await changeApplication(services.db, { applicationId, event: 'park', actor: { kind: 'system', id: 'batch' }, codes: { code: 'FAULT' } }, { parkedCode: 'FAULT' });
    return { state: 'parked' as const };
  });
  await services.hub.publish(`client:${applicationId}`, 'changed', {});
  if (result.state !== 'busy' && result.state !== 'none') services.log.info({ applicationId, state: result.state }, 'accounts worked on');
}
