import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ACCOUNT_EVENTS, ACCOUNT_STATES, ACCOUNT_TABLE, APPLICATION_EVENTS, APPLICATION_STATES, APPLICATION_TABLE,
  FINAL_APPLICATION_STATES, SESSION_EVENTS, SESSION_STATES, SESSION_TABLE,
} from '../../contracts/states/index.ts';
import type { AccountState, ApplicationState, SessionState } from '../../contracts/states/index.ts';
import { AppError } from '../../contracts/errors.ts';
import { possibleApplicationEvents, transitionApplication } from '../../workflows/application/transition.ts';
import { transitionSession } from '../../workflows/session/transition.ts';
import { transitionAccount } from '../../workflows/accounts/transition.ts';
import { statesPage } from '../../workflows/statesPage.ts';

/** Applies what the table allows and keeps the state where it refuses. */
const play = <S, E>(first: S, events: readonly E[], step: (state: S, event: E) => S): S[] => {
  const path = [first];
  for (const event of events) {
    try {
      path.push(step(path.at(-1)!, event));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'STATE_NOT_ALLOWED') throw error;
    }
  }
  return path;
};

const reachable = (first: ApplicationState): Set<ApplicationState> => {
  const seen = new Set([first]);
  for (const state of seen) for (const event of possibleApplicationEvents(state)) seen.add(transitionApplication(state, event));
  return seen;
};

describe('the application', () => {
  test('no sequence of events leaves the table', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...APPLICATION_EVENTS), { maxLength: 60 }), (events) => {
      const path = play<ApplicationState, (typeof events)[number]>('draft', events, transitionApplication);
      for (let i = 1; i < path.length; i++) {
        expect(APPLICATION_STATES).toContain(path[i]);
        expect(Object.values(APPLICATION_TABLE[path[i - 1]!])).toContain(path[i]);
      }
    }), { numRuns: 500 });
  });

  test('a final state stays final, whatever happens', () => {
    fc.assert(fc.property(fc.constantFrom(...FINAL_APPLICATION_STATES), fc.constantFrom(...APPLICATION_EVENTS), (state, event) => {
      expect(() => transitionApplication(state, event)).toThrow(AppError);
    }));
  });

  test('every application can come to an end and every state can be reached', () => {
    for (const state of APPLICATION_STATES) {
      expect([...reachable(state)].some((s) => (FINAL_APPLICATION_STATES as readonly string[]).includes(s))).toBe(true);
      if (!(FINAL_APPLICATION_STATES as readonly string[]).includes(state)) expect(possibleApplicationEvents(state)).not.toHaveLength(0);
    }
    expect([...reachable('draft')].sort()).toEqual([...APPLICATION_STATES].sort());
  });

  test('accounts are opened only after a witness passed and a second person approved (R50)', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...APPLICATION_EVENTS), { maxLength: 80 }), (events) => {
      const path = play<ApplicationState, (typeof events)[number]>('draft', events, transitionApplication);
      const opened = path.indexOf('creating');
      if (opened >= 0) {
        expect(path.slice(0, opened)).toEqual(expect.arrayContaining(['witnessed', 'in_review', 'approved']));
      }
    }), { numRuns: 500 });
  });

  test('a dropped call is neither approved nor rejected: the client waits on (R30)', () => {
    expect(transitionApplication('in_call', 'call_dropped')).toBe('waiting');
    for (const state of ['interrupted', 'live', 'joining'] as const) expect(transitionSession(state, 'drop')).toEqual({ state: 'closed', outcome: 'dropped' });
    expect(() => transitionSession('interrupted', 'pass')).toThrow(AppError);
  });

  test('suspected fraud is held until a person decides (R27)', () => {
    expect(transitionApplication('in_call', 'flag_fraud')).toBe('held');
    expect(possibleApplicationEvents('held').sort()).toEqual(['reject_final', 'release_hold']);
  });

  test('nobody withdraws once the first call outside has begun', () => {
    for (const state of ['creating', 'awaiting_client', 'parked'] as const) expect(() => transitionApplication(state, 'withdraw')).toThrow(AppError);
    expect(transitionApplication('approved', 'withdraw')).toBe('withdrawn');
  });
});

describe('the witness session', () => {
  test('no sequence of events leaves the table, and closed stays closed with one outcome', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...SESSION_EVENTS), { maxLength: 40 }), (events) => {
      const path = play<SessionState, (typeof events)[number]>('offered', events, (s, e) => transitionSession(s, e).state);
      expect(path.every((s) => SESSION_STATES.includes(s))).toBe(true);
      expect(path.filter((s) => s === 'closed').length).toBeLessThanOrEqual(1);
    }), { numRuns: 300 });
    for (const targets of Object.values(SESSION_TABLE)) for (const target of Object.values(targets)) expect(target.state === 'closed').toBe(target.outcome !== undefined);
  });

  test('only a live session can pass (R28)', () => {
    for (const state of SESSION_STATES) {
      if (state === 'live') expect(transitionSession(state, 'pass')).toEqual({ state: 'closed', outcome: 'passed' });
      else expect(() => transitionSession(state, 'pass')).toThrow(AppError);
    }
  });
});

describe('a step at an outside system', () => {
  test('no sequence of events leaves the table, and done stays done', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...ACCOUNT_EVENTS), { maxLength: 40 }), (events) => {
      const path = play<AccountState, (typeof events)[number]>('pending', events, transitionAccount);
      expect(path.every((s) => ACCOUNT_STATES.includes(s))).toBe(true);
      const done = path.indexOf('done');
      if (done >= 0) expect(done).toBe(path.length - 1);
    }), { numRuns: 300 });
  });

  test('what timed out is asked about before it can be sent again (R53)', () => {
    expect(transitionAccount('sent', 'time_out')).toBe('unknown');
    expect(() => transitionAccount('unknown', 'send')).toThrow(AppError);
    expect(Object.entries(ACCOUNT_TABLE.unknown).filter(([, to]) => to === 'pending').map(([event]) => event)).toEqual(['not_found']);
  });

  test('nothing but pending is ever sent', () => {
    for (const state of ACCOUNT_STATES) expect('send' in ACCOUNT_TABLE[state]).toBe(state === 'pending');
  });
});

test('the page of states is written from the tables (node workflows/statesPage.ts > docs/flow/states.md)', () => {
  expect(readFileSync(new URL('../../docs/flow/states.md', import.meta.url), 'utf8')).toBe(statesPage());
});
