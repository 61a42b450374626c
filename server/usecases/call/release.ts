import { changeSession, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { tellSeat } from './seat.ts';

/**
 * An acceptance that came to nothing leaves nobody locked: the offer is closed, the seat is free, a client who still waits
 * has the old place again. Never throws: what fails here too is found by the watch.
 */
export async function releaseCall(services: Services, { sessionId, applicationId, staffId }: { sessionId: string; applicationId: string; staffId: string }): Promise<void> {
  const { db, line, log, now } = services;
  const attempt = async (step: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.error({ err: error, sessionId, step }, 'failed acceptance not cleared');
    }
  };
  await attempt('offer', () => inTransaction(db, async (tx) => {
    const session = await tx.witnessSession.findUnique({ where: { id: sessionId }, select: { state: true } });
    if (session?.state === 'offered') await changeSession(tx, { sessionId, event: 'decline', actor: { kind: 'system' } }, { endedAt: now() });
  }));
  await attempt('line', async () => {
    const application = await db.application.findUnique({ where: { id: applicationId }, select: { state: true } });
    await line.release({ sessionId, applicationId, staffId, keep: application?.state === 'waiting' });
  });
  await attempt('seat', () => tellSeat(services, staffId));
}
