import { AppError } from '../../contracts/errors.ts';
import { SESSION_TABLE } from '../../contracts/states/session.ts';
import type { SessionEvent, SessionState, SessionTarget } from '../../contracts/states/session.ts';

/**
 * Where a witness session (见证会话) goes by an event; `closed` comes with its outcome.
 * @throws AppError STATE_NOT_ALLOWED when the table does not know the event in this state
 */
export const transitionSession = (state: SessionState, event: SessionEvent): SessionTarget => {
  const target = SESSION_TABLE[state][event];
  if (target === undefined) throw new AppError('STATE_NOT_ALLOWED', { code: `${state}.${event}` });
  return target;
};
