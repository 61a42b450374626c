/** Pages of long lists by where the last one ended (keyset): as quick on the thousandth page as on the first. See the migration `replay_search` for the indexes. */
import { z } from 'zod';
import { AppError } from '../../contracts/errors.ts';
import { Prisma } from './generated/client.ts';
import type { Database, Db } from './index.ts';

export interface Place { readonly at: Date; readonly id: string }
const placeText = z.tuple([z.iso.datetime(), z.uuid()]);

export const cursorOf = ({ at, id }: Place): string => Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url');
/** @throws AppError BAD_REQUEST for what is none of ours */
export function placeOf(cursor: string): Place {
  try {
    const [at, id] = placeText.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { at: new Date(at), id };
  } catch {
    throw new AppError('BAD_REQUEST', { field: 'cursor' });
  }
}

/** A part of a text for LIKE, taken literally. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
const all = (conditions: readonly Prisma.Sql[]): Prisma.Sql => (conditions.length === 0 ? Prisma.sql`true` : Prisma.join([...conditions], ' AND '));

export interface SessionCriteria {
  readonly caseNo?: string | undefined;
  readonly witnessIds?: readonly string[] | undefined;
  readonly applicationIds?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  readonly before?: Date | undefined;
  readonly code?: string | undefined;
  /** Full seconds, as a row shows them: 59.9 s are 59. */
  readonly minSeconds?: number | undefined;
  readonly maxSeconds?: number | undefined;
  readonly after?: Place | undefined;
}

const seconds = Prisma.sql`EXTRACT(EPOCH FROM s."ended_at" - s."live_at")`;

/** The query of {@link findSessions}; apart, so that its plan can be looked at. */
export function sessionsQuery(by: SessionCriteria, take: number): Prisma.Sql {
  // By code, the codes' own index gives the order: the first page comes at once however common the code is.
  const time = by.code === undefined ? Prisma.sql`s."offered_at"` : Prisma.sql`c."offered_at"`;
  const key = by.code === undefined ? Prisma.sql`s."id"` : Prisma.sql`c."session_id"`;
  const long = [
    ...(by.minSeconds === undefined ? [] : [Prisma.sql`${seconds} >= ${by.minSeconds}::numeric`]),
    ...(by.maxSeconds === undefined ? [] : [Prisma.sql`${seconds} < ${by.maxSeconds + 1}::numeric`]),
  ];
  // Too short and too long are rare, and the planner cannot know how rare: with one bound alone they are gathered first, by the index of lengths.
  const gathered = long.length === 1 ? Prisma.sql`(SELECT * FROM "witness_session" s WHERE s."accepted_at" IS NOT NULL AND ${all(long)} OFFSET 0)` : Prisma.sql`"witness_session"`;
  const where = [
    Prisma.sql`s."accepted_at" IS NOT NULL`,
    ...(long.length === 1 ? [] : long),
    ...(by.code === undefined ? [] : [Prisma.sql`c."code" = ${by.code}`]),
    ...(by.witnessIds === undefined ? [] : [Prisma.sql`s."witness_id" = ANY(${[...by.witnessIds]}::uuid[])`]),
    ...(by.applicationIds === undefined ? [] : [Prisma.sql`s."application_id" = ANY(${[...by.applicationIds]}::uuid[])`]),
    ...(by.caseNo === undefined ? [] : [caseNoIs(by.caseNo)]),
    ...(by.from === undefined ? [] : [Prisma.sql`${time} >= ${by.from}`]),
    ...(by.before === undefined ? [] : [Prisma.sql`${time} < ${by.before}`]),
    ...(by.after === undefined ? [] : [Prisma.sql`(${time}, ${key}) < (${by.after.at}, ${by.after.id}::uuid)`]),
  ];
  return Prisma.sql`
    SELECT s."id", s."offered_at" AS "at" FROM ${gathered} s ${by.code === undefined ? Prisma.empty : Prisma.sql`JOIN "session_code" c ON c."session_id" = s."id"`}
    ${by.caseNo === undefined ? Prisma.empty : Prisma.sql`JOIN "application" a ON a."id" = s."application_id"`}
    WHERE ${all(where)} ORDER BY ${time} DESC, ${key} DESC LIMIT ${take}`;
}

const caseNoIs = (text: string): Prisma.Sql => {
  const reversed = [...text].reverse().join('');
  return Prisma.sql`(a."case_no" LIKE ${`${literal(text)}%`} OR reverse(a."case_no") LIKE ${`${literal(reversed)}%`})`;
};

/** Accepted sessions that fit, newest first. */
export const findSessions = (db: Database, by: SessionCriteria, take: number): Promise<Place[]> => db.$queryRaw<Place[]>(sessionsQuery(by, take));

export interface LookCriteria {
  /** Whose own cases are left out (R5). */
  readonly readerId: string;
  readonly applicationId?: string | undefined;
  readonly staffIds?: readonly string[] | undefined;
  readonly from?: Date | undefined;
  readonly before?: Date | undefined;
  readonly after?: Place | undefined;
}

/** The query of {@link findLooks}; apart, so that its plan can be looked at. */
export function looksQuery(by: LookCriteria, take: number): Prisma.Sql {
  const where = [
    // Who witnessed or reviewed a case does not audit who looked at it.
    Prisma.sql`NOT EXISTS (SELECT 1 FROM "witness_session" w WHERE w."application_id" = l."application_id" AND w."witness_id" = ${by.readerId}::uuid AND w."accepted_at" IS NOT NULL)`,
    Prisma.sql`NOT EXISTS (SELECT 1 FROM "review" r WHERE r."application_id" = l."application_id" AND r."reviewer_id" = ${by.readerId}::uuid)`,
    Prisma.sql`NOT EXISTS (SELECT 1 FROM "application" a WHERE a."id" = l."application_id" AND a."reviewer_id" = ${by.readerId}::uuid)`,
    ...(by.applicationId === undefined ? [] : [Prisma.sql`l."application_id" = ${by.applicationId}::uuid`]),
    ...(by.staffIds === undefined ? [] : [Prisma.sql`l."staff_id" = ANY(${[...by.staffIds]}::uuid[])`]),
    ...(by.from === undefined ? [] : [Prisma.sql`l."at" >= ${by.from}`]),
    ...(by.before === undefined ? [] : [Prisma.sql`l."at" < ${by.before}`]),
    ...(by.after === undefined ? [] : [Prisma.sql`(l."at", l."id") < (${by.after.at}, ${by.after.id}::uuid)`]),
  ];
  return Prisma.sql`SELECT l."id", l."at" FROM "look_log" l WHERE ${all(where)} ORDER BY l."at" DESC, l."id" DESC LIMIT ${take}`;
}

/** Looks that fit, newest first. */
export const findLooks = (db: Database, by: LookCriteria, take: number): Promise<Place[]> => db.$queryRaw<Place[]>(looksQuery(by, take));

/** How the database goes about a query, with its time; for tests and benches. */
export async function explain(db: Database, query: Prisma.Sql): Promise<string> {
  const rows = await db.$queryRaw<{ 'QUERY PLAN': string }[]>(Prisma.sql`EXPLAIN (ANALYZE, BUFFERS OFF) ${query}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

/**
 * Who has looked at these cases as an auditor: replays, exports, the case's own pages, its log of looks. Looking for a client
 * by number is no look at the case.
 * @param staffId only this person's
 */
export const auditorsOf = async (db: Database | Db, applicationIds: readonly string[], staffId?: string): Promise<{ applicationId: string; staffId: string }[]> => {
  const rows = await db.lookLog.findMany({
    where: { applicationId: { in: [...applicationIds] }, ...(staffId === undefined ? {} : { staffId }), OR: [{ capacity: 'auditor' }, { why: 'auditor', NOT: { what: { startsWith: 'search.' } } }] },
    distinct: ['applicationId', 'staffId'], select: { applicationId: true, staffId: true },
  });
  return rows.flatMap(({ applicationId, staffId: who }) => (applicationId === null ? [] : [{ applicationId, staffId: who }]));
};
