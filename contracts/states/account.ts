import { z } from 'zod';

/** The steps at the outside systems, in their order (R52). */
export const ACCOUNT_STEPS = ['oneCode', 'relation', 'fund', 'custody', 'shanghai', 'shenzhen'] as const;
export const accountStep = z.enum(ACCOUNT_STEPS);
export type AccountStep = z.infer<typeof accountStep>;

export const ACCOUNT_STATES = ['pending', 'sent', 'unknown', 'done', 'failed', 'awaiting_client', 'parked'] as const;
export const accountState = z.enum(ACCOUNT_STATES);
export type AccountState = z.infer<typeof accountState>;

export const ACCOUNT_EVENTS = ['send', 'acknowledge', 'fail', 'time_out', 'found', 'not_found', 'retry', 'need_client', 'client_done', 'park', 'unpark', 'unpark_unknown'] as const;
export const accountEvent = z.enum(ACCOUNT_EVENTS);
export type AccountEvent = z.infer<typeof accountEvent>;

/** A time-out is unknown, not failed: it is asked about before it is sent again (R53). */
export const ACCOUNT_TABLE: Record<AccountState, Partial<Record<AccountEvent, AccountState>>> = {
  pending: { send: 'sent' },
  sent: { acknowledge: 'done', fail: 'failed', time_out: 'unknown', need_client: 'awaiting_client' },
  unknown: { found: 'done', not_found: 'pending', park: 'parked' },
  failed: { retry: 'pending', park: 'parked' },
  awaiting_client: { client_done: 'pending', acknowledge: 'done', park: 'parked' },
  // Parked while unknown, it is asked about again, never simply sent (R53).
  parked: { unpark: 'pending', unpark_unknown: 'unknown' },
  done: {},
};

export const ACCOUNT_REQUIRES: Record<AccountStep, readonly AccountStep[]> = {
  oneCode: [],
  relation: ['oneCode'],
  fund: ['relation'],
  custody: ['fund'],
  shanghai: ['relation', 'custody'],
  shenzhen: ['relation', 'custody'],
};
