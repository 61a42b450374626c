import type { StaffRole } from '../../contracts/http/common.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseOptions, CaseServices, MadeCase } from './case.support.ts';

export type Person = (...roles: StaffRole[]) => Promise<Reader>;

/** A database with the people who handle a case after its call. The caller closes `app`. */
export async function startReviewServices() {
  const app: CaseServices = await startCaseServices();
  const { services } = app;
  const person: Person = async (...roles) => ({ staffId: await makeStaff(services, roles), roles });
  const [witness, reviewer, second, lead, auditor] = [await person('witness', 'reviewer'), await person('reviewer'), await person('reviewer'), await person('lead'), await person('auditor')];
  return {
    app, services, person, witness, reviewer, second, lead, auditor,
    made: (until: CaseOptions['until'], more: Partial<CaseOptions> = {}): Promise<MadeCase> => makeCase(services, { until, witnessId: witness.staffId, ...more }),
    stateOf: async (applicationId: string) => (await services.db.application.findUniqueOrThrow({ where: { id: applicationId } })).state,
    /** The morning of a business day. */
    morning: (): void => { app.clock.at = new Date('2026-03-10T10:00:00+08:00'); },
  };
}

export type ReviewServices = Awaited<ReturnType<typeof startReviewServices>>;
