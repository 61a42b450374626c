import { ACCOUNT_STEPS } from '../../contracts/states/account.ts';
import type { AccountState, AccountStep } from '../../contracts/states/account.ts';
import { wantedSteps } from './steps.ts';
import type { Market, StepRow } from './steps.ts';

export interface ReconciledCase { readonly applicationId: string; readonly markets: readonly Market[]; readonly steps: readonly StepRow[] }

export interface Difference {
  readonly applicationId: string;
  readonly step: AccountStep;
  /** not_sent, unanswered (sent or unknown), failed, awaiting_client, parked; no_number: done without an account; not_wanted: a step nobody asked for; missing: no row. */
  readonly kind: 'not_sent' | 'unanswered' | 'failed' | 'awaiting_client' | 'parked' | 'no_number' | 'not_wanted' | 'missing';
  readonly code: string | null;
}

export interface Reconciliation {
  readonly steps: Readonly<Record<AccountStep, { readonly approved: number; readonly sent: number; readonly acknowledged: number }>>;
  readonly differences: readonly Difference[];
}

const KINDS: Record<Exclude<AccountState, 'done'>, Difference['kind']> = {
  pending: 'not_sent', sent: 'unanswered', unknown: 'unanswered', failed: 'failed', awaiting_client: 'awaiting_client', parked: 'parked',
};
const HAS_NUMBER: readonly AccountStep[] = ['oneCode', 'fund', 'custody', 'shanghai', 'shenzhen'];

/** Approved, sent and acknowledged per step, and every difference by name (R55). */
export const reconcile = (cases: readonly ReconciledCase[]): Reconciliation => {
  const steps = Object.fromEntries(ACCOUNT_STEPS.map((step) => [step, { approved: 0, sent: 0, acknowledged: 0 }])) as Record<AccountStep, { approved: number; sent: number; acknowledged: number }>;
  const differences: Difference[] = [];
  for (const { applicationId, markets, steps: rows } of cases) {
    const wanted = wantedSteps(markets);
    for (const step of ACCOUNT_STEPS) {
      const row = rows.find((r) => r.step === step);
      const differ = (kind: Difference['kind']): void => void differences.push({ applicationId, step, kind, code: row?.code ?? null });
      if (wanted.includes(step)) steps[step].approved += 1;
      else if (row !== undefined) differ('not_wanted');
      if (row === undefined) {
        if (wanted.includes(step)) differ('missing');
        continue;
      }
      if (row.attempts > 0) steps[step].sent += 1;
      if (row.state === 'done') {
        steps[step].acknowledged += 1;
        if (HAS_NUMBER.includes(step) && row.accountNo === null) differ('no_number');
      } else if (wanted.includes(step)) differ(KINDS[row.state]);
    }
  }
  return { steps, differences };
};
