import { AppError } from '../../contracts/errors.ts';
import { APPLICATION_EVENTS, APPLICATION_TABLE } from '../../contracts/states/application.ts';
import type { ApplicationEvent, ApplicationState } from '../../contracts/states/application.ts';

/**
 * The state of an application (开户申请) after an event.
 * @throws AppError STATE_NOT_ALLOWED when the table does not know the event in this state
 */
export const transitionApplication = (state: ApplicationState, event: ApplicationEvent): ApplicationState => {
  const target = APPLICATION_TABLE[state][event];
  if (target === undefined) throw new AppError('STATE_NOT_ALLOWED', { code: `${state}.${event}` });
  return target;
};

/** Events that can happen in this state, in the catalogue's order. */
export const possibleApplicationEvents = (state: ApplicationState): ApplicationEvent[] =>
  APPLICATION_EVENTS.filter((event) => APPLICATION_TABLE[state][event] !== undefined);
