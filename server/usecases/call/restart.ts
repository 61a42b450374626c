import { changeSession, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { note } from './note.ts';
import { OPEN_STATES } from './own.ts';

/**
 * After a start: the calls that ran when the program stopped or died are interrupted, so that their two can come back
 * within the time of any drop (R30). Where the recording broke off goes into its history, for nobody was there to report
 * it (R28). Segments that the crash had cut must have been recovered before.
 * @returns how many calls were interrupted
 */
export async function interruptRunning(services: Pick<Services, 'db' | 'log' | 'now'>): Promise<number> {
  const { db, log, now } = services;
  const open = await db.witnessSession.findMany({
    where: { state: { in: [...OPEN_STATES] } },
    include: { recorderFacts: { orderBy: { at: 'desc' }, take: 1 }, segments: { orderBy: { endMs: 'desc' }, take: 1, select: { endMs: true } } },
  });
  let interrupted = 0;
  for (const { id: sessionId, recorderFacts: [last], segments: [newest] } of open) {
    const at = now();
    await inTransaction(db, async (tx) => {
      if (last?.running) {
        // What the last segment holds was recorded; a report after it was only that it runs.
        const stopped = new Date(Math.min(at.getTime(), Math.max(last.at.getTime() + 1, newest?.endMs ?? 0)));
        await tx.recorderFact.create({ data: { sessionId, running: false, at: stopped, cause: 'host_lost' } });
        await note(tx, { sessionId, at: stopped, type: 'recorder_off', side: 'server', codes: { cause: 'host_lost' } });
      }
      const { state } = await tx.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { state: true } });
      if (state !== 'live') return;
      await changeSession(tx, { sessionId, event: 'interrupt', actor: { kind: 'system' } }, { interruptedAt: at });
      await note(tx, { sessionId, at, type: 'interrupted', side: 'server', codes: { cause: 'host_lost' } });
      interrupted += 1;
    });
  }
  if (interrupted > 0) log.info({ calls: interrupted }, 'calls of the last run are interrupted and can go on');
  return interrupted;
}
