import { ACCOUNT_REQUIRES, ACCOUNT_STEPS } from '../../contracts/states/account.ts';
import type { AccountState, AccountStep } from '../../contracts/states/account.ts';

export type Market = 'shanghai' | 'shenzhen';

/** A step as kept: what is needed to say what comes next. */
export interface StepRow {
  readonly step: AccountStep;
  readonly state: AccountState;
  readonly version: number;
  /** How often it was sent. */
  readonly attempts: number;
  readonly code: string | null;
  readonly accountNo: string | null;
  readonly sentAt: Date | null;
  /** Not before this time. */
  readonly nextAt: Date | null;
}

/** send; ask: by its key; retry: back to pending; take_over: whoever sent it died before the answer. */
export type StepAction = 'send' | 'ask' | 'retry' | 'take_over';
export interface DueStep { readonly step: AccountStep; readonly action: StepAction; readonly at: Date }

/** The steps a client needs: all, with the markets wanted. */
export const wantedSteps = (markets: readonly Market[]): AccountStep[] =>
  ACCOUNT_STEPS.filter((step) => (step !== 'shanghai' && step !== 'shenzhen') || markets.includes(step));

export interface StepTimes {
  readonly now: Date;
  /** A step in `sent` for longer than this has lost its sender, in ms. */
  readonly leaseMs: number;
}

/**
 * What can be done for a client, in the order of R52, each with the earliest time. A step is sent only when those it
 * requires are done; what is unknown is asked about, never sent (R53).
 */
export const nextSteps = (steps: readonly StepRow[], markets: readonly Market[], times: StepTimes): DueStep[] => {
  const done = new Set(steps.filter((row) => row.state === 'done').map((row) => row.step));
  return wantedSteps(markets).flatMap((step): DueStep[] => {
    const row = steps.find((r) => r.step === step);
    if (row === undefined) return [];
    const at = row.nextAt ?? times.now;
    switch (row.state) {
      case 'pending': return ACCOUNT_REQUIRES[step].every((needed) => done.has(needed)) ? [{ step, action: 'send', at }] : [];
      case 'sent': return [{ step, action: 'take_over', at: new Date((row.sentAt ?? times.now).getTime() + times.leaseMs) }];
      case 'unknown': return [{ step, action: 'ask', at }];
      case 'failed': return [{ step, action: 'retry', at }];
      // Only the bank can tell that the client confirmed; other corrections come from the client's page.
      case 'awaiting_client': return row.code === 'CONFIRM_AT_BANK' ? [{ step, action: 'ask', at }] : [];
      default: return [];
    }
  });
};

/** Where the whole stands: done, nothing to do but wait for the client or a person, or work left. */
export const progressOf = (steps: readonly StepRow[], markets: readonly Market[]): 'done' | 'awaiting_client' | 'parked' | 'working' => {
  const rows = wantedSteps(markets).map((step) => steps.find((row) => row.step === step));
  if (rows.every((row) => row?.state === 'done')) return 'done';
  const open = rows.filter((row) => row !== undefined && row.state !== 'done');
  const blocked = new Set<AccountStep>();
  for (const row of open) if (row!.state === 'parked' || row!.state === 'awaiting_client' || ACCOUNT_REQUIRES[row!.step].some((needed) => blocked.has(needed))) blocked.add(row!.step);
  if (rows.some((row) => row === undefined) || open.some((row) => !blocked.has(row!.step))) return 'working';
  return open.some((row) => row!.state === 'parked') ? 'parked' : 'awaiting_client';
};

/** Waits after the n-th failure, in ms: doubling, with a ceiling. */
export const retryDelay = (attempts: number, baseMs: number, maxMs: number): number => Math.min(maxMs, baseMs * 2 ** Math.max(0, attempts - 1));
