import { AppError } from '../../../contracts/errors.ts';
import type { Services } from '../services.ts';

/**
 * The session if it is this witness's own.
 * @throws AppError SESSION_NOT_FOUND; CASE_NOT_YOURS for another witness's; SESSION_NOT_LIVE, DECISION_ALREADY_MADE
 */
export async function ownSession(services: Services, { sessionId, staffId, states }: { sessionId: string; staffId: string; states: readonly string[] }) {
  const session = await services.db.witnessSession.findUnique({ where: { id: sessionId } });
  if (!session) throw new AppError('SESSION_NOT_FOUND');
  if (session.witnessId !== staffId) throw new AppError('CASE_NOT_YOURS');
  if (!states.includes(session.state)) throw new AppError(session.decision ? 'DECISION_ALREADY_MADE' : 'SESSION_NOT_LIVE');
  return session;
}

/** Milliseconds on the replay's clock; 0 before the recording has begun. */
export const mediaTime = (services: Services, sessionId: string, at: Date): number => {
  const zero = services.media.recordingStartedAt(sessionId);
  return zero === undefined ? 0 : Math.max(0, at.getTime() - zero);
};
