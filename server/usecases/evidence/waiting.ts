/** What was written and is not in a manifest yet (R42): normal for seconds, never for long. */
import type { Database, Db } from '../../database/index.ts';

export interface Waiting {
  readonly rows: number;
  /** The write that waits longest; null when nothing waits. */
  readonly since: Date | null;
}

/** Longer than this and whoever should record it has stopped, or was stopped. */
export const LATE_MS = 3600_000;

/** Of one case, or of all. What a destroyed case still has on the list is never recorded (R44). */
export async function waitingToBeRecorded(db: Database | Db, { applicationId = null }: { applicationId?: string | null } = {}): Promise<Waiting> {
  const [found] = await db.$queryRaw<{ rows: bigint; since: Date | null }[]>`
    SELECT count(DISTINCT (d."application_id", d."ref")) AS "rows", min(c."at") AS "since" FROM "manifest_due" d LEFT JOIN "row_change" c ON c."id" = d."change_id"
    WHERE (${applicationId}::uuid IS NULL OR d."application_id" = ${applicationId}::uuid)
      AND NOT EXISTS (SELECT FROM "keys"."case_key" k WHERE k."subject_id" = d."application_id" AND k."destroyed_at" IS NOT NULL)`;
  return { rows: Number(found?.rows ?? 0n), since: found?.since ?? null };
}

/** The rows of a case that wait, each with its oldest write that does. A write that nobody wrote down counts as ever so old. */
export async function waitingRows(db: Db, applicationId: string): Promise<ReadonlyMap<string, Date>> {
  const rows = await db.$queryRaw<{ ref: string; since: Date }[]>`
    SELECT d."ref", min(COALESCE(c."at", 'epoch')) AS "since" FROM "manifest_due" d LEFT JOIN "row_change" c ON c."id" = d."change_id" WHERE d."application_id" = ${applicationId}::uuid GROUP BY d."ref"`;
  return new Map(rows.map(({ ref, since }) => [ref, since]));
}
