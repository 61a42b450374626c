import { AppError } from '../../../contracts/errors.ts';
import type { MediaRole } from '../../../contracts/signaling/media.ts';
import type { WitnessSession } from '../../database/index.ts';
import type { Services } from '../services.ts';
import { OPEN_STATES } from './own.ts';

/**
 * A ticket into the room of an open session. The room is opened again when the program was started anew since (R30).
 * @throws AppError SESSION_NOT_FOUND when the session ended meanwhile, MEDIA_UNAVAILABLE
 */
export async function roomTicket(services: Services, { session, role, personId }: { session: Pick<WitnessSession, 'id' | 'applicationId'>; role: MediaRole; personId: string }): Promise<string> {
  const { db, media, tickets } = services;
  const sessionId = session.id;
  await media.openSession({ sessionId, caseId: session.applicationId });
  const { state } = await db.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { state: true } });
  if (!OPEN_STATES.includes(state)) {
    // Decided in this moment: the room just opened would stay open for nobody.
    await media.closeSession(sessionId, 'over');
    throw new AppError('SESSION_NOT_FOUND');
  }
  return tickets.issue({ sessionId, role, personId });
}
