import { AppError } from '../../../contracts/errors.ts';
import type { Database, Db } from '../../database/index.ts';
import type { Services } from '../services.ts';

/** States in which the two are, or may come back, in the call. */
export const OPEN_STATES: readonly string[] = ['joining', 'live', 'interrupted'];

/**
 * The session if it is this witness's own.
 * @throws AppError SESSION_NOT_FOUND; CASE_NOT_YOURS for another witness's; SESSION_NOT_LIVE, DECISION_ALREADY_MADE
 */
export async function ownSession({ db }: { readonly db: Database | Db }, { sessionId, staffId, states }: { sessionId: string; staffId: string; states: readonly string[] }) {
  const session = await db.witnessSession.findUnique({ where: { id: sessionId } });
  if (!session) throw new AppError('SESSION_NOT_FOUND');
  if (session.witnessId !== staffId) throw new AppError('CASE_NOT_YOURS');
  if (!states.includes(session.state)) throw new AppError(session.decision ? 'DECISION_ALREADY_MADE' : 'SESSION_NOT_LIVE');
  return session;
}

/**
 * First of all in the transaction that adds a fact to a live call (a tick, a photo): raises the session's version, so that
 * who decides on what was checked a moment ago is refused (R28), and who comes after the decision is.
 * @throws AppError SESSION_NOT_LIVE
 */
export async function changeFacts(tx: Db, sessionId: string): Promise<void> {
  const { count } = await tx.witnessSession.updateMany({ where: { id: sessionId, state: 'live' }, data: { version: { increment: 1 } } });
  if (count === 0) throw new AppError('SESSION_NOT_LIVE');
}

/**
 * A fact that is nobody's act in the call (an answer of the police check, an entry on the negative list) has come to calls
 * that are running: what was checked a moment ago is checked again before approve (R28).
 */
export async function factsCame(tx: Db, of: { applicationId: string } | { application: { idNumberIndex: { in: string[] } } }): Promise<void> {
  await tx.witnessSession.updateMany({ where: { ...of, state: 'live' }, data: { version: { increment: 1 } } });
}

/** Milliseconds on the replay's clock; 0 before the recording has begun. */
export const mediaTime = (services: Services, sessionId: string, at: Date): number => {
  const zero = services.media.recordingStartedAt(sessionId);
  return zero === undefined ? 0 : Math.max(0, at.getTime() - zero);
};
