import { AppError } from '../../contracts/errors.ts';
import { ACCOUNT_TABLE } from '../../contracts/states/account.ts';
import type { AccountEvent, AccountState } from '../../contracts/states/account.ts';

/**
 * The state of one step at an outside system after an event (R52).
 * @throws AppError STATE_NOT_ALLOWED when the table does not know the event in this state
 */
export const transitionAccount = (state: AccountState, event: AccountEvent): AccountState => {
  const target = ACCOUNT_TABLE[state][event];
  if (target === undefined) throw new AppError('STATE_NOT_ALLOWED', { code: `${state}.${event}` });
  return target;
};
