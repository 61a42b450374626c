import { changeApplication, changeSession, inTransaction } from '../../database/transact.ts';
import type { WitnessSession } from '../../database/index.ts';
import type { Services } from '../services.ts';
import { endCall } from './end.ts';
import { note } from './note.ts';
import { OPEN_STATES } from './own.ts';
import { releaseCall } from './release.ts';

export interface WatchSettings {
  /** The client has accepted but does not come: no-show. Default 60 s. */
  readonly joinMs: number;
  /** How long a dropped call can be come back to (R30). Default 3 min. */
  readonly returnMs: number;
  /** An offer is answered or gone long before; one this old, or a seat busy this long without a call, was left by a crash. Default 60 s. */
  readonly offerMs: number;
}
export const WATCH_SETTINGS: WatchSettings = { joinMs: 60_000, returnMs: 180_000, offerMs: 60_000 };

/**
 * Ends calls nobody came (back) to: neither approved nor rejected (R30), the client is in the line again at the kept
 * place. Offers and seats that a crash left behind are freed. Works on what is stored alone, so that a restart of the
 * program forgets nobody.
 * @returns how many sessions were ended
 */
export async function sweepSessions(services: Services, settings: WatchSettings = WATCH_SETTINGS): Promise<number> {
  const now = services.now().getTime();
  const [late, lost, left] = await Promise.all([
    services.db.witnessSession.findMany({ where: { state: 'joining', acceptedAt: { lt: new Date(now - settings.joinMs) } } }),
    services.db.witnessSession.findMany({ where: { state: 'interrupted', interruptedAt: { lt: new Date(now - settings.returnMs) } } }),
    services.db.witnessSession.findMany({ where: { state: 'offered', offeredAt: { lt: new Date(now - settings.offerMs) } } }),
  ]);
  for (const session of late) await end(services, session, 'no_show');
  for (const session of lost) await end(services, session, 'drop');
  for (const { id, applicationId, witnessId } of left) await releaseCall(services, { sessionId: id, applicationId, staffId: witnessId });
  await freeLockedSeats(services, settings);
  return late.length + lost.length + left.length;
}

/** Seats that the line holds busy although their call is over, or never began. */
async function freeLockedSeats(services: Services, { offerMs }: WatchSettings): Promise<void> {
  const { seats } = await services.line.snapshot();
  for (const { staffId, state, sinceSeconds, sessionId, applicationId } of seats) {
    if (state !== 'busy' || sessionId === null || applicationId === null || sinceSeconds * 1000 < offerMs) continue;
    if ((await services.db.witnessSession.count({ where: { id: sessionId, state: { in: [...OPEN_STATES] } } })) > 0) continue;
    await releaseCall(services, { sessionId, applicationId, staffId });
    services.log.warn({ sessionId, staffId }, 'a seat without a call is free again');
  }
}

async function end(services: Services, session: WitnessSession, event: 'no_show' | 'drop'): Promise<void> {
  const { db, line, log, now } = services;
  const { id: sessionId, applicationId, witnessId } = session;
  const actor = { kind: 'system' } as const;
  try {
    await inTransaction(db, async (tx) => {
      await changeSession(tx, { sessionId, event, actor, expectedVersion: session.version }, { endedAt: now() });
      await changeApplication(tx, { applicationId, event: event === 'drop' ? 'call_dropped' : 'no_show', actor, sessionId });
      await note(tx, { sessionId, at: now(), type: event, side: 'server' });
    });
  } catch (error) {
    // Came back, or was decided, in the same moment.
    log.debug({ err: error, sessionId }, 'session not ended');
    return;
  }
  await line.putBack({ applicationId, staffId: witnessId });
  await endCall(services, { sessionId, applicationId, staffId: witnessId, reason: event });
  log.info({ sessionId, event }, 'session ended without a decision');
}
