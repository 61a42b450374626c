import { AppError } from '../../../contracts/errors.ts';
import type { ReadyCheck } from '../../../contracts/http/client.ts';
import { changeApplication } from '../../database/transact.ts';
import { excludedFromCall } from '../cases/access.ts';
import { loadCaseFacts } from '../cases/view.ts';
import { findApplication } from '../client/case.ts';
import type { Services } from '../services.ts';
import { OPEN_STATES } from './own.ts';
import { roomTicket } from './room.ts';

/** What a device must be able to for a call (R61); a dark room or a slow network is advice. */
function failures(ready: ReadyCheck): string[] {
  const failed: string[] = [];
  if (ready.camera !== 'ok') failed.push(`camera.${ready.camera}`);
  if (ready.microphone !== 'ok') failed.push(`microphone.${ready.microphone}`);
  if (ready.network === 'unreachable') failed.push('network.unreachable');
  return failed;
}

/**
 * Takes a place in the line, or keeps the one that is there (R30, R61).
 * @throws AppError READY_CHECK_FAILED that names what failed, STATE_NOT_ALLOWED
 */
export async function joinLine(services: Services, { clientId, ready }: { clientId: string; ready: ReadyCheck }) {
  const failed = failures(ready);
  if (failed.length > 0) throw new AppError('READY_CHECK_FAILED', { items: failed });
  const application = await findApplication(services.db, clientId);
  const actor = { kind: 'client', id: clientId } as const;
  const patch = { readyCheck: { ...ready }, readyAt: services.now() };
  if (application.state === 'waiting') await services.db.application.update({ where: { id: application.id }, data: patch });
  else await changeApplication(services.db, { applicationId: application.id, event: 'join_line', actor }, { ...patch, lineJoinedAt: services.now() });
  // Who reviews or audits the case is not its witness (R5).
  return services.line.join(application.id, { excluded: excludedFromCall(await loadCaseFacts(services, application.id)) });
}

/** Gives the place up. @throws AppError STATE_NOT_ALLOWED */
export async function leaveLine(services: Services, { clientId }: { clientId: string }): Promise<void> {
  const application = await findApplication(services.db, clientId);
  await changeApplication(services.db, { applicationId: application.id, event: 'leave_line', actor: { kind: 'client', id: clientId } }, { lineJoinedAt: null });
  await services.line.leave(application.id);
}

/** The client did not come back in time: out of the line, everything entered is kept (R30). */
export async function losePlace(services: Services, applicationId: string): Promise<void> {
  const { state } = await services.db.application.findUniqueOrThrow({ where: { id: applicationId }, select: { state: true } });
  if (state === 'waiting') await changeApplication(services.db, { applicationId, event: 'leave_line', actor: { kind: 'system' } }, { lineJoinedAt: null });
}

/** A ticket for the client's own running session. @throws AppError SESSION_NOT_FOUND, CASE_NOT_YOURS */
export async function clientTicket(services: Services, { clientId, sessionId }: { clientId: string; sessionId: string }): Promise<string> {
  const session = await services.db.witnessSession.findUnique({ where: { id: sessionId }, include: { application: { select: { clientId: true } } } });
  if (!session) throw new AppError('SESSION_NOT_FOUND');
  if (session.application.clientId !== clientId) throw new AppError('CASE_NOT_YOURS');
  if (!OPEN_STATES.includes(session.state)) throw new AppError('SESSION_NOT_FOUND');
  return roomTicket(services, { session, role: 'client', personId: clientId });
}
