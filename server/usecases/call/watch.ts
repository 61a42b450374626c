import { changeApplication, changeSession, inTransaction } from '../../database/transact.ts';
import type { WitnessSession } from '../../database/index.ts';
import type { Services } from '../services.ts';
import { endCall } from './end.ts';
import { note } from './note.ts';

export interface WatchSettings {
  /** The client has accepted but does not come: no-show. Default 60 s. */
  readonly joinMs: number;
  /** How long a dropped call can be come back to (R30). Default 3 min. */
  readonly returnMs: number;
}
export const WATCH_SETTINGS: WatchSettings = { joinMs: 60_000, returnMs: 180_000 };

/**
 * Ends calls nobody came (back) to: neither approved nor rejected (R30), the client is in the line again at the kept
 * place. Works on the database alone, so that a restart of the program forgets nobody.
 * @returns how many sessions were ended
 */
export async function sweepSessions(services: Services, settings: WatchSettings = WATCH_SETTINGS): Promise<number> {
  const now = services.now().getTime();
  const [late, lost] = await Promise.all([
    services.db.witnessSession.findMany({ where: { state: 'joining', acceptedAt: { lt: new Date(now - settings.joinMs) } } }),
    services.db.witnessSession.findMany({ where: { state: 'interrupted', interruptedAt: { lt: new Date(now - settings.returnMs) } } }),
  ]);
  for (const session of late) await end(services, session, 'no_show');
  for (const session of lost) await end(services, session, 'drop');
  return late.length + lost.length;
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
