import type { ScriptAnswer, ScriptItemId } from '../../../contracts/script.ts';
import { emit, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { note } from './note.ts';
import { changeFacts, mediaTime, ownSession } from './own.ts';

/**
 * Stores one tick of the script with its media time (R24); the newest of an item counts.
 * @throws AppError SESSION_NOT_FOUND, CASE_NOT_YOURS, SESSION_NOT_LIVE, DECISION_ALREADY_MADE
 */
export async function tick(services: Services, { sessionId, staffId, item, answer }: { sessionId: string; staffId: string; item: ScriptItemId; answer: ScriptAnswer }): Promise<{ applicationId: string }> {
  const { applicationId } = await ownSession(services, { sessionId, staffId, states: ['live'] });
  const at = services.now();
  await inTransaction(services.db, async (tx) => {
    await changeFacts(tx, sessionId);
    const row = await tx.scriptTick.create({ data: { sessionId, item, answer, at, mediaTimeMs: mediaTime(services, sessionId, at) } });
    await note(tx, { sessionId, at, type: 'tick', side: 'witness', refId: row.id, codes: { item, answer } });
    await emit(tx, { type: 'script.ticked', applicationId, sessionId, item, answer });
  });
  return { applicationId };
}
