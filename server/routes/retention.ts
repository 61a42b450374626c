import type { RETENTION_OPERATIONS } from '../../contracts/http/retention.ts';
import type { RetentionYears } from '../../workflows/retention/due.ts';
import type { Handlers } from '../http/router.ts';
import { legalHolds, liftHold, setHold } from '../usecases/retention/holds.ts';
import { relationEnded } from '../usecases/retention/relations.ts';
import { confirmReport, makeReport, retentionReport, retentionReports } from '../usecases/retention/reports.ts';
import type { Services } from '../usecases/services.ts';

/** Holds, ends of relations, and reports of what is due (R44). */
export function retentionHandlers(services: Services, years: RetentionYears): Handlers<typeof RETENTION_OPERATIONS> {
  return {
    legalHolds: async () => ({ rows: await legalHolds(services) }),
    setLegalHold: async ({ actor, body }) => {
      await setHold(services, { staffId: actor.id, ...body });
      return { ok: true };
    },
    liftLegalHold: async ({ actor, params, body }) => {
      await liftHold(services, { staffId: actor.id, holdId: params['holdId']!, ...body });
      return { ok: true };
    },
    relationEnded: async ({ actor, body }) => {
      await relationEnded(services, { staffId: actor.id, ...body });
      return { ok: true };
    },
    retentionReports: async () => ({ rows: await retentionReports(services) }),
    makeRetentionReport: async ({ actor }) => ({ reportId: await makeReport(services, { staffId: actor.id, years }) }),
    retentionReport: ({ params }) => retentionReport(services, params['reportId']!),
    confirmRetention: async ({ actor, params }) => {
      await confirmReport(services, { staffId: actor.id, reportId: params['reportId']! });
      return { ok: true };
    },
  };
}
