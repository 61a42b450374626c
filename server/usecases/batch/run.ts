import type { Calendar } from '../../../workflows/accounts/calendar.ts';
import { isOpen } from '../../../workflows/accounts/calendar.ts';
import { openAccounts } from '../../../workflows/accounts/openAccounts.ts';
import type { OutsidePort } from '../../../workflows/accounts/ports.ts';
import type { Services } from '../services.ts';
import { createAccountsRepository } from './repository.ts';

export interface BatchPorts { readonly outside: OutsidePort; readonly calendar: Calendar }

/** Looks for cases that the batch can go on with, inside the depository's hours (R51), and queues one job each. */
export async function batchTick(services: Services, { calendar }: BatchPorts): Promise<number> {
  const now = services.now();
  if (!isOpen(calendar, now)) return 0;
  const due = await services.db.application.findMany({
    where: { OR: [{ state: 'approved' }, { state: { in: ['creating', 'awaiting_client'] }, accountSteps: { some: { OR: [{ nextAt: null }, { nextAt: { lte: now } }] } } }] },
    orderBy: { approvedAt: 'asc' }, take: 500, select: { id: true },
  });
  for (const { id } of due) await services.jobs.add('account.open', { applicationId: id }, { id: `open-${id}` });
  return due.length;
}

/** The job `account.open`: one application as far as it goes; comes back by itself when something is due later. */
export async function openAccountsJob(services: Services, { outside, calendar }: BatchPorts, { applicationId }: { applicationId: string }): Promise<void> {
  const result = await openAccounts({ applicationId, ports: { repository: createAccountsRepository(services), outside }, calendar, now: services.now });
  await services.hub.publish(`client:${applicationId}`, 'changed', {});
  if (result.state !== 'busy' && result.state !== 'none') services.log.info({ applicationId, state: result.state }, 'accounts worked on');
}
