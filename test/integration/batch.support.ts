/** The batch on a real database with the outside systems simulated: a test says when a run happens and how late it is. */
import type { AccountStep } from '../../contracts/states/index.ts';
import { batchTick, openAccountsJob } from '../../server/usecases/batch/run.ts';
import type { BatchPorts } from '../../server/usecases/batch/run.ts';
import { accountNoPlace } from '../../server/usecases/client/view.ts';
import type { Services } from '../../server/usecases/services.ts';
import { createOutside } from '../../workflows/accounts/outside.ts';
import { sealPasswords, startTestSimulators } from '../support/simulators/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseOptions, MadeCase } from './case.support.ts';

export const ALL = { oneCode: 1, relation: 1, fund: 1, custody: 1, shanghai: 1, shenzhen: 1 };
export const TUESDAY = '2026-03-10T10:00:00+08:00';
export const PASSWORDS = ['285913', '730264'] as const;

/** Closes all that it opened. */
export async function startBatch() {
  const sim = await startTestSimulators();
  const app = await startCaseServices({ outside: sim.urls });
  const { services } = app;
  const batch: BatchPorts = { calendar: app.calendar, outside: createOutside({ depositoryUrl: sim.urls.depository, coreUrl: sim.urls.core, bankUrl: sim.urls.bank, timeoutMs: 2_000 }) };
  const passwords = await sealPasswords(sim.urls.core, ...PASSWORDS);
  const [witnessId, reviewerId, leadId] = [await makeStaff(services, ['witness']), await makeStaff(services, ['reviewer']), await makeStaff(services, ['lead'])];

  const approved = (more: Partial<CaseOptions> = {}, of: Services = services): Promise<MadeCase> => makeCase(of, { until: 'review_approve', witnessId, reviewerId, passwords, ...more });
  const row = (applicationId: string) => services.db.application.findUniqueOrThrow({ where: { id: applicationId }, include: { accountSteps: true } });
  const stateOf = async (applicationId: string): Promise<string> => (await row(applicationId)).state;
  const stepOf = async (applicationId: string, step: AccountStep) => (await row(applicationId)).accountSteps.find((s) => s.step === step);

  /** One run of the batch as the jobs do it: the tick queues, the workers work, a minute and a half goes by. */
  const round = async (ports: BatchPorts = batch): Promise<void> => {
    await batchTick(services, ports);
    const due = app.jobs.splice(0).filter((job) => job.name === 'account.open');
    await Promise.all(due.map((job) => openAccountsJob(services, ports, job.data as { applicationId: string }).catch((error: Error) => { if (error.message !== 'killed') throw error; })));
    app.clock.at = new Date(app.clock.at.getTime() + 90_000);
  };
  const runOn = async (ids: readonly string[], most = 15): Promise<void> => {
    for (let i = 0; i < most; i++) {
      const left = await services.db.application.count({ where: { id: { in: [...ids] }, state: { in: ['approved', 'creating'] } } });
      if (left === 0) return;
      await round();
    }
  };
  /** The account numbers as kept, opened with the case's key. */
  const numbersOf = async (applicationId: string): Promise<Record<string, string>> => {
    const { accountSteps } = await row(applicationId);
    const opened = await Promise.all(accountSteps.filter((s) => s.accountNoEnc).map(async (s) => [s.step, await services.cipher.open(accountNoPlace(applicationId, s.id), s.accountNoEnc!)] as const));
    return Object.fromEntries(opened);
  };

  return {
    sim, app, services, batch, passwords, witnessId, reviewerId, leadId, approved, row, stateOf, stepOf, round, runOn, numbersOf,
    /** Before each test. */
    begin: (): void => { app.clock.at = new Date(TUESDAY); },
    /** After each test. */
    async clear(): Promise<void> {
      await sim.clear();
      app.jobs.length = 0;
    },
    async close(): Promise<void> {
      await app.close();
      await sim.close();
    },
  };
}
export type BatchKit = Awaited<ReturnType<typeof startBatch>>;
