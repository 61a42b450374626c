import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ACCOUNT_REQUIRES, ACCOUNT_STATES, ACCOUNT_STEPS } from '../../contracts/states/index.ts';
import type { AccountState, AccountStep } from '../../contracts/states/index.ts';
import { correctedBy, failureClass } from '../../workflows/accounts/failures.ts';
import { nextSteps, progressOf, retryDelay, wantedSteps } from '../../workflows/accounts/steps.ts';
import type { StepRow } from '../../workflows/accounts/steps.ts';

const now = new Date('2026-03-10T02:00:00Z');
const row = (step: AccountStep, state: AccountState, more: Partial<StepRow> = {}): StepRow =>
  ({ step, state, version: 0, attempts: state === 'pending' ? 0 : 1, code: null, accountNo: state === 'done' ? '1' : null, sentAt: state === 'pending' ? null : now, nextAt: null, ...more });
const times = { now, leaseMs: 60_000 };
const both = ['shanghai', 'shenzhen'] as const;

describe('the order of the steps (R52)', () => {
  test('one-code account, relation, fund account, custody, then both markets', () => {
    const order: string[] = [];
    const rows = new Map(ACCOUNT_STEPS.map((step) => [step, row(step, 'pending')]));
    while (progressOf([...rows.values()], both) !== 'done') {
      const due = nextSteps([...rows.values()], both, times);
      expect(due.every((d) => d.action === 'send')).toBe(true);
      order.push(due.map((d) => d.step).join('+'));
      for (const { step } of due) rows.set(step, row(step, 'done'));
    }
    expect(order).toEqual(['oneCode', 'relation', 'fund', 'custody', 'shanghai+shenzhen']);
  });

  test('nothing is ever sent before what it requires is done, and only pending is sent (R53)', () => {
    const states = fc.tuple(...ACCOUNT_STEPS.map(() => fc.constantFrom(...ACCOUNT_STATES)));
    fc.assert(fc.property(states, fc.subarray([...both], { minLength: 1 }), (chosen, markets) => {
      const rows = ACCOUNT_STEPS.map((step, i) => row(step, chosen[i]!));
      for (const { step, action } of nextSteps(rows, markets, times)) {
        expect(wantedSteps(markets)).toContain(step);
        const state = rows.find((r) => r.step === step)!.state;
        if (action === 'send') {
          expect(state).toBe('pending');
          for (const needed of ACCOUNT_REQUIRES[step]) expect(rows.find((r) => r.step === needed)!.state).toBe('done');
        }
        if (state === 'unknown') expect(action).toBe('ask');
      }
      // Whatever is not finished has somebody who moves it: the batch, the client or a person.
      if (progressOf(rows, markets) === 'working') expect(nextSteps(rows, markets, times).length).toBeGreaterThan(0);
    }), { numRuns: 1000 });
  });

  test('a step whose sender died is taken over only after the lease', () => {
    expect(nextSteps([row('oneCode', 'sent')], both, times)).toEqual([{ step: 'oneCode', action: 'take_over', at: new Date(now.getTime() + 60_000) }]);
  });
});

describe('failures (R54)', () => {
  test('the known codes have their class; an unknown one is for a person', () => {
    expect(failureClass('CUSTODY_ERROR')).toBe('client');
    expect(failureClass('CUSTOMER_EXISTS')).toBe('person');
    expect(failureClass('RELATION_UNCONFIRMED')).toBe('person');
    expect(failureClass('DEPOSITORY_CLOSED')).toBe('depository_hours');
    expect(failureClass('DATA_REFUSED')).toBe('person');
    expect(failureClass('NEVER_HEARD_OF')).toBe('person');
  });
  test('what the client can put right has its page; confirming at the bank has none (R54)', () => {
    expect(['CUSTODY_ERROR', 'PASSWORD_WEAK', 'PASSWORDS_EQUAL', 'PASSWORD_UNREADABLE', 'PASSWORD_MISSING', 'CONFIRM_AT_BANK', null].map(correctedBy)).toEqual(['custody', 'passwords', 'passwords', 'passwords', 'passwords', null, null]);
  });
  test('retries wait longer and longer, up to a ceiling', () => {
    expect([1, 2, 3, 9].map((n) => retryDelay(n, 5_000, 600_000))).toEqual([5_000, 10_000, 20_000, 600_000]);
  });
  test('a parked step outweighs one that waits for the client', () => {
    const done = (['oneCode', 'relation', 'fund', 'custody'] as const).map((step) => row(step, 'done'));
    expect(progressOf([...done, row('shanghai', 'parked'), row('shenzhen', 'done')], both)).toBe('parked');
    expect(progressOf([...done, row('shanghai', 'parked'), row('shenzhen', 'unknown')], both)).toBe('working');
    expect(progressOf([...done.slice(0, 3), row('custody', 'awaiting_client'), row('shanghai', 'pending'), row('shenzhen', 'pending')], both)).toBe('awaiting_client');
  });
});
