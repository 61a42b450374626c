/** Queries of clocks that look for a few cases among all; apart from their use, so that their plans can be looked at. See the migration `waiting_and_due` for the indexes. */
import { FINAL_APPLICATION_STATES } from '../../contracts/states/index.ts';
import { Prisma } from './generated/client.ts';

const words = (list: readonly string[]): Prisma.Sql => Prisma.raw(list.map((word) => `'${word}'`).join(', '));
const ENDED = words(FINAL_APPLICATION_STATES);
const WITHOUT_ACCOUNT = words(FINAL_APPLICATION_STATES.filter((state) => state !== 'opened'));

/** Asked case by case: as a join, all that was ever destroyed would be read. */
const notDestroyed = Prisma.sql`(SELECT k."destroyed_at" FROM "keys"."case_key" k WHERE k."subject_id" = a."id") IS NULL`;

export interface DueBounds {
  /** `YYYY-MM-DD`: closed on this day in China, or before. */
  readonly closedBy: string;
  /** `YYYY-MM-DD`: the relation ended on this day, or before. */
  readonly endedBy: string;
  readonly limit: number;
  /** Only this one. */
  readonly applicationId?: string | undefined;
}

/**
 * Cases whose end and whose person's relation lie so long ago, the oldest first (R44). A person is who has the client's number
 * or the ID number of the case: an account under another mobile number is a relation too.
 */
export function dueQuery({ closedBy, endedBy, limit, applicationId }: DueBounds): Prisma.Sql {
  const closed = Prisma.sql`(${closedBy}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'`;
  // No case ended before it began; one with an account is due only when its client's relation ended. OFFSET 0: client by client, by index.
  const kinds = applicationId !== undefined ? Prisma.sql`a."id" = ${applicationId}::uuid AND a."state" IN (${ENDED})` : Prisma.sql`a."state" IN (${WITHOUT_ACCOUNT}) AND a."created_at" < ${closed}
    UNION ALL SELECT o.* FROM (SELECT DISTINCT e."client_id" FROM "relation_end" e WHERE e."ended_on" IS NOT NULL AND e."ended_on" <= ${endedBy}::date) e
      CROSS JOIN LATERAL (SELECT * FROM "application" a WHERE a."client_id" = e."client_id" AND a."submitted_at" IS NOT NULL AND a."state" = 'opened' OFFSET 0) o`;
  return Prisma.sql`
    SELECT a."id", a."case_no" AS "caseNo", c."at" AS "closedAt", r."relation", to_char(r."ended", 'YYYY-MM-DD') AS "endedOn",
      EXISTS (SELECT FROM "legal_hold" h WHERE h."application_id" = a."id" AND h."lifted_at" IS NULL) AS "held"
    FROM (SELECT a.* FROM "application" a WHERE a."submitted_at" IS NOT NULL AND ${kinds}) a
    CROSS JOIN LATERAL (SELECT COALESCE(max(u."at"), a."updated_at") AS "at" FROM "audit" u WHERE u."application_id" = a."id" AND u."to_state" IS NOT NULL AND u."action" LIKE 'application.%') c
    CROSS JOIN LATERAL (
      SELECT bool_or(p."opened" OR p."told") AS "relation", CASE WHEN bool_and(p."ended" IS NOT NULL) FILTER (WHERE p."opened" OR p."told") THEN max(p."ended") END AS "ended"
      FROM (SELECT o."client_id", bool_or(o."state" = 'opened') AS "opened",
          EXISTS (SELECT FROM "relation_end" e WHERE e."client_id" = o."client_id") AS "told",
          (SELECT e."ended_on" FROM "relation_end" e WHERE e."client_id" = o."client_id" ORDER BY e."seq" DESC LIMIT 1) AS "ended"
        FROM "application" o WHERE o."client_id" = a."client_id" OR o."id_number_index" = a."id_number_index" GROUP BY o."client_id") p) r
    WHERE ${notDestroyed}
      AND c."at" < ${closed} AND (NOT r."relation" OR r."ended" <= ${endedBy}::date)
    ORDER BY c."at", a."id" LIMIT ${limit}`;
}

/** Drafts that ran out and still have their key, held ones left out. */
export const draftsToDestroyQuery = (limit: number): Prisma.Sql => Prisma.sql`
  SELECT a."id" FROM "application" a
  WHERE a."state" = 'expired' AND a."submitted_at" IS NULL AND ${notDestroyed} AND EXISTS (SELECT FROM "keys"."case_key" k WHERE k."subject_id" = a."id")
    AND NOT EXISTS (SELECT FROM "legal_hold" h WHERE h."application_id" = a."id" AND h."lifted_at" IS NULL) ORDER BY a."id" LIMIT ${limit}`;

/** What was begun, submitted or sent back and never taken up again since `before`. */
export const untouchedQuery = (before: Date, limit: number): Prisma.Sql => Prisma.sql`
  SELECT a."id", a."version" FROM "application" a WHERE a."state" IN ('draft', 'submitted', 'repair') AND a."updated_at" < ${before} ORDER BY a."id" LIMIT ${limit}`;

/** Cases with a call that runs, or that ended since `since` and is not sealed yet. */
export const callsToRecordQuery = (since: Date): Prisma.Sql => Prisma.sql`
  SELECT s."application_id" AS "id" FROM "witness_session" s WHERE s."state" <> 'closed'
  UNION SELECT s."application_id" FROM "witness_session" s WHERE s."ended_at" > ${since} AND NOT EXISTS (SELECT FROM "manifest_head" h WHERE h."session_id" = s."id" AND h."kind" = 'seal')`;
