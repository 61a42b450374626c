import { draftsToDestroyQuery, untouchedQuery } from '../database/due.ts';
import { changeApplication } from '../database/transact.ts';
import { destroyCase } from './retention/destroy.ts';
import { finishReports } from './retention/run.ts';
import type { RetentionPorts } from './retention/run.ts';
import type { Services } from './services.ts';

export interface HousePorts extends RetentionPorts {
  /** An application that its client has not touched for so many days is over. */
  readonly expireDays: number;
}

const DAY_MS = 24 * 3600_000;
const PUBLISHED_DAYS = 7;
const PAGE = 200;

/**
 * The job `house.keep`, once an hour: what nobody needs any more goes. Each part goes on where a crash left it.
 * @returns how much of each was removed
 */
export async function keepHouse(services: Services, ports: HousePorts): Promise<Record<string, number>> {
  const { db, store, now } = services;
  const ago = (days: number): Date => new Date(now().getTime() - days * DAY_MS);
  const past = { expiresAt: { lt: ago(1) } };
  const [codes, clients, staff, events] = [
    await db.oneTimeCode.deleteMany({ where: past }), await db.clientSession.deleteMany({ where: past }), await db.staffSession.deleteMany({ where: past }),
    await db.outbox.deleteMany({ where: { publishedAt: { lt: ago(PUBLISHED_DAYS) } } }),
  ];
  const expired = await expire(services, ago(ports.expireDays));
  const destroyed = await destroyDrafts(services, ports);
  await removeLeftFiles(services);
  return { codes: codes.count, sessions: clients.count + staff.count, events: events.count, expired, destroyed, reports: await finishReports(services, ports), unfinished: await store.removeUnfinished(ago(1)) };
}

/** Drafts, and what was submitted or sent back and never taken up again. */
async function expire({ db, log }: Services, before: Date): Promise<number> {
  const rows = await db.$queryRaw<{ id: string; version: number }[]>(untouchedQuery(before, PAGE));
  let count = 0;
  for (const { id: applicationId, version: expectedVersion } of rows) {
    try {
      await changeApplication(db, { applicationId, event: 'expire', actor: { kind: 'system', id: 'house' }, expectedVersion });
      count++;
    } catch (error) {
      // The client came back in this moment.
      log.debug({ err: error, applicationId }, 'application not expired');
    }
  }
  return count;
}

/**
 * A draft that was never handed in is no business record: its photos and data go, its row stays with ids and codes only.
 * What was submitted once is kept for as long as R44 says. The client may begin anew: the mobile number stays.
 */
async function destroyDrafts(services: Services, ports: HousePorts): Promise<number> {
  let count = 0;
  for (const { id: applicationId } of await services.db.$queryRaw<{ id: string }[]>(draftsToDestroyQuery(PAGE))) {
    if (await destroyCase(services, ports, { applicationId, actor: { kind: 'system', id: 'house' }, client: false }) === null) count++;
  }
  return count;
}

/** A crash between key and files leaves ciphertext that nobody opens: it goes with the next run. */
async function removeLeftFiles({ db, store }: Services): Promise<void> {
  const rows = await db.$queryRaw<{ id: string }[]>`SELECT "subject_id" AS id FROM "keys"."case_key" WHERE "destroyed_at" > now() - interval '7 days'`;
  for (const { id } of rows) await store.removeCase(id);
}
