/** Which cases may be destroyed (R44), from the rows as they are now. */
import { FINAL_APPLICATION_STATES } from '../../../contracts/states/index.ts';
import { dayInChina, dueOf, isDue } from '../../../workflows/retention/due.ts';
import type { Due, RetentionYears } from '../../../workflows/retention/due.ts';
import type { Database, Db } from '../../database/index.ts';

export interface Candidate extends Due {
  readonly applicationId: string;
  readonly caseNo: string;
  readonly closedAt: Date;
  readonly relationEndedOn: string | null;
  readonly held: boolean;
}

interface Row { id: string; caseNo: string; closedAt: Date; relation: boolean; endedOn: string | null; held: boolean }

/**
 * Cases that are due today, the oldest first; held ones among them, marked. A person is who has the client's number or the
 * ID number of the case: an account under another mobile number is a relation too.
 * @param options.applicationId only this one
 */
export async function dueCases(db: Database | Db, options: { now: Date; years: RetentionYears; limit: number; applicationId?: string }): Promise<Candidate[]> {
  const { now, years, limit, applicationId = null } = options;
  const ago = (count: number): string => { const [year, ...rest] = dayInChina(now).split('-'); return [String(Number(year) - count).padStart(4, '0'), ...rest].join('-').replace('-02-29', '-03-01'); };
  // The rule itself decides below; here only what cannot be due is left out.
  const rows = await db.$queryRaw<Row[]>`
    SELECT a."id", a."case_no" AS "caseNo", c."at" AS "closedAt", r."relation", to_char(r."ended", 'YYYY-MM-DD') AS "endedOn",
      EXISTS (SELECT FROM "legal_hold" h WHERE h."application_id" = a."id" AND h."lifted_at" IS NULL) AS "held"
    FROM "application" a
    LEFT JOIN "keys"."case_key" k ON k."subject_id" = a."id"
    CROSS JOIN LATERAL (SELECT COALESCE(max(u."at"), a."updated_at") AS "at" FROM "audit" u WHERE u."application_id" = a."id" AND u."to_state" IS NOT NULL AND u."action" LIKE 'application.%') c
    CROSS JOIN LATERAL (
      SELECT bool_or(p."opened" OR p."told") AS "relation", CASE WHEN bool_and(p."ended" IS NOT NULL) FILTER (WHERE p."opened" OR p."told") THEN max(p."ended") END AS "ended"
      FROM (SELECT o."client_id", bool_or(o."state" = 'opened') AS "opened",
          EXISTS (SELECT FROM "relation_end" e WHERE e."client_id" = o."client_id") AS "told",
          (SELECT e."ended_on" FROM "relation_end" e WHERE e."client_id" = o."client_id" ORDER BY e."seq" DESC LIMIT 1) AS "ended"
        FROM "application" o WHERE o."client_id" = a."client_id" OR o."id_number_index" = a."id_number_index" GROUP BY o."client_id") p) r
    WHERE a."state" = ANY (${[...FINAL_APPLICATION_STATES]}) AND a."submitted_at" IS NOT NULL AND k."destroyed_at" IS NULL
      AND (${applicationId}::uuid IS NULL OR a."id" = ${applicationId}::uuid)
      AND c."at" < (${ago(years.afterClosed)}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND (NOT r."relation" OR r."ended" <= ${ago(years.afterRelation)}::date)
    ORDER BY c."at", a."id" LIMIT ${limit}`;
  return rows.flatMap(({ id, caseNo, closedAt, relation, endedOn, held }) => {
    const due = dueOf({ closedAt, relation, relationEndedOn: endedOn }, years);
    return isDue(due, dayInChina(now)) ? [{ applicationId: id, caseNo, closedAt, relationEndedOn: endedOn, held, ...due }] : [];
  });
}
