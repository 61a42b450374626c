import type { Calendar } from '../../../workflows/accounts/calendar.ts';
import { isOpen } from '../../../workflows/accounts/calendar.ts';
import { openAccounts } from '../../../workflows/accounts/openAccounts.ts';
import type { OutsidePort } from '../../../workflows/accounts/ports.ts';
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

/** Cases in work; of those that wait for their client, the ones whose bank is to be asked again or whose client is done. */
const dueCases = (now: Date) => ({
  OR: [
    { state: { in: ['approved', 'creating'] } },
    { state: 'awaiting_client', accountSteps: { some: { state: 'awaiting_client', code: 'CONFIRM_AT_BANK', OR: [{ nextAt: null }, { nextAt: { lte: now } }] } } },
    { state: 'awaiting_client', accountSteps: { none: { state: 'awaiting_client' } } },
  ],
});

/** The job `account.open`: one application as far as it goes; comes back by itself when something is due later. */
export async function openAccountsJob(services: Services, { outside, calendar }: BatchPorts, { applicationId }: { applicationId: string }): Promise<void> {
  const result = await openAccounts({ applicationId, ports: { repository: createAccountsRepository(services), outside }, calendar, now: services.now });
  await services.hub.publish(`client:${applicationId}`, 'changed', {});
  if (result.state !== 'busy' && result.state !== 'none') services.log.info({ applicationId, state: result.state }, 'accounts worked on');
}
