import { AppError } from '../../../contracts/errors.ts';
import type { AccountStep } from '../../../contracts/states/account.ts';
import type { ApplicationState } from '../../../contracts/states/application.ts';
import { transitionAccount } from '../../../workflows/accounts/transition.ts';
import { transitionApplication } from '../../../workflows/application/transition.ts';
import type { AccountHolder, AccountsRepository, PasswordEnvelopes } from '../../../workflows/accounts/ports.ts';
import type { Market, StepRow } from '../../../workflows/accounts/steps.ts';

interface Kept { state: ApplicationState; markets: Market[]; holder: AccountHolder | null; passwords: PasswordEnvelopes | null; steps: Map<AccountStep, StepRow> }

/** The batch's view of the database, in memory, with the same refusals: versions and the tables of states. */
export const memoryRepository = () => {
  const cases = new Map<string, Kept>();
  /** Every change in order, `step:event` or `application:event`. */
  const history: { applicationId: string; what: string }[] = [];
  let beforeChange: ((what: string) => void) | undefined;
  const of = (id: string): Kept => {
    const found = cases.get(id);
    if (found === undefined) throw new AppError('NOT_FOUND');
    return found;
  };
  const note = (applicationId: string, what: string): void => {
    beforeChange?.(what);
    history.push({ applicationId, what });
  };

  const repository: AccountsRepository = {
    load: async (applicationId) => {
      const kept = cases.get(applicationId);
      return kept === undefined ? null : { applicationId, state: kept.state, markets: kept.markets, bankCode: kept.holder?.bankCode ?? null, steps: [...kept.steps.values()] };
    },
    holder: async (applicationId) => of(applicationId).holder,
    begin: async (applicationId, steps) => {
      const kept = of(applicationId);
      const state = transitionApplication(kept.state, 'begin_creation');
      note(applicationId, 'application:begin_creation');
      kept.state = state;
      for (const step of steps) kept.steps.set(step, { step, state: 'pending', version: 0, attempts: 0, code: null, accountNo: null, sentAt: null, nextAt: null });
    },
    addSteps: async (applicationId, steps) => {
      const kept = of(applicationId);
      for (const step of steps) if (!kept.steps.has(step)) kept.steps.set(step, { step, state: 'pending', version: 0, attempts: 0, code: null, accountNo: null, sentAt: null, nextAt: null });
    },
    changeStep: async ({ applicationId, step, event, expectedVersion, ...more }) => {
      const { steps } = of(applicationId);
      const row = steps.get(step)!;
      if (row.version !== expectedVersion) throw new AppError('STALE_VERSION');
      const state = transitionAccount(row.state, event);
      note(applicationId, `${step}:${event}`);
      const after: StepRow = { ...row, ...Object.fromEntries(Object.entries(more).filter(([, v]) => v !== undefined)), code: more.code ?? null, state, version: row.version + 1 };
      steps.set(step, after);
      return after;
    },
    deferStep: async ({ applicationId, step, nextAt }) => {
      const { steps } = of(applicationId);
      steps.set(step, { ...steps.get(step)!, nextAt });
    },
    changeApplication: async ({ applicationId, event }) => {
      const kept = of(applicationId);
      const state = transitionApplication(kept.state, event);
      note(applicationId, `application:${event}`);
      kept.state = state;
    },
    takePasswordEnvelopes: async (applicationId) => of(applicationId).passwords,
    deletePasswordEnvelopes: async (applicationId) => { of(applicationId).passwords = null; },
  };
  return {
    repository, cases, history,
    /** Called before each change is kept: throw to end the process there. */
    interrupt: (hook: typeof beforeChange): void => { beforeChange = hook; },
    approve: (applicationId: string, holder: AccountHolder | null, passwords: PasswordEnvelopes | null, markets: Market[] = ['shanghai', 'shenzhen']): void => {
      cases.set(applicationId, { state: 'approved', markets, holder, passwords, steps: new Map() });
    },
    stateOf: (id: string) => of(id).state,
    stepsOf: (id: string) => Object.fromEntries([...of(id).steps.values()].map((row) => [row.step, row])) as Partial<Record<AccountStep, StepRow>>,
  };
};
