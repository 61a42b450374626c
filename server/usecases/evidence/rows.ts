/** Who wrote the rows that a manifest tells of, and when: what no write of the program's made is never signed as if it were news (R42). */
import { createHash } from 'node:crypto';

import type { Db, Prisma } from '../../database/index.ts';
import { agrees, told } from './kept.ts';
import type { Kept, Line, Source } from './kept.ts';

/** The newest write to a row. */
export interface RowChange {
  readonly id: number;
  readonly at: Date;
  /** A write by another log-in than the program's, the newest or an earlier one. */
  readonly foreign: boolean;
}

/** Any log-in of the program's, as the trigger names them, and the rows from before writes were told of. */
const OURS = ['', 'witness_app'];

/** @param only these rows, and whatever a case has few of; without it all */
export async function changesOf(db: Db, applicationId: string, only?: ReadonlySet<string>): Promise<Map<string, RowChange>> {
  const wanted = only === undefined ? null : [...only];
  const rows = await db.$queryRaw<{ ref: string; id: bigint; at: Date; foreign: boolean }[]>`
    SELECT "ref", max("id") AS "id", (array_agg("at" ORDER BY "id" DESC))[1] AS "at", bool_or("role" <> ALL (${OURS})) AS "foreign"
    FROM "row_change" WHERE "application_id" = ${applicationId}::uuid AND (${wanted}::text[] IS NULL OR "ref" = ANY (${wanted}::text[]) OR "ref" LIKE 'session:%' OR "ref" LIKE 'recorder_fact:%') GROUP BY "ref"`;
  return new Map(rows.map(({ ref, id, at, foreign }) => [ref, { id: Number(id), at, foreign }]));
}

/** Opens what a case's things are collected with. @param only the rows that changed; without it all */
export async function sourceOf(options: Omit<Source, 'changes' | 'only'>, only?: ReadonlySet<string>): Promise<Source> {
  return { ...options, changes: await changesOf(options.db, options.applicationId, only), ...(only === undefined ? {} : { only }) };
}

/** The row that a thing stands in: `photo:<id>:reading` → `photo:<id>`. */
export const rowOf = (ref: string): string => ref.split(':', 2).join(':');
/** Told by arithmetic, not by a row of its own. */
const isRow = (ref: string): boolean => !ref.startsWith('gap:');

/** For a query: the rows of this kind that changed; none left out where all are read. */
export function changedIds({ only }: Pick<Source, 'only'>, kind: string): { in: string[] } | undefined {
  if (only === undefined) return undefined;
  return { in: [...only].flatMap((ref) => (ref.startsWith(`${kind}:`) ? [ref.slice(kind.length + 1)] : [])) };
}

/** Whether this row, of a kind of which a case may have many, is to be read. */
export const isWanted = ({ only }: Pick<Source, 'only'>, ref: string): boolean => only === undefined || only.has(ref);

/**
 * A row that the program writes more than once, with each of its columns: whatever no other entry tells (times of a call, the ready
 * check, blind indexes). What is encrypted there stands as its hash: passwords must not outlive their use (R19).
 */
export function wholeRow({ changes }: Source, kind: string, row: { readonly id: string }, sessionId?: string): Kept[] {
  const ref = `${kind}:${row.id}`;
  const change = changes.get(ref);
  if (change === undefined) return [];
  const columns = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, name.endsWith('Enc') && typeof value === 'string' ? createHash('sha256').update(value).digest('hex') : value as Prisma.JsonValue]));
  return [{ type: 'row', ref: `${ref}:row`, at: change.at, sessionId, facts: { of: row.id, change: change.id }, content: columns, grows: true }];
}

const changeIn = (facts: unknown): number => Number((facts as { change?: unknown } | undefined)?.change ?? 0);
/** Whether the row was written since this line told of it. */
export const isNewer = (line: Line, { facts }: Kept): boolean => changeIn(facts) > changeIn(told(line.line)?.facts);

/**
 * Rows that somebody else wrote: by another log-in, with the triggers off, or by saying something else without a write.
 * @param newest the newest line of each thing
 */
export async function untrueRows(source: Source, kept: readonly Kept[], newest: ReadonlyMap<string, Line>): Promise<Set<string>> {
  const untrue = new Set([...source.changes].flatMap(([ref, { foreign }]) => (foreign ? [ref] : [])));
  for (const one of kept) {
    if (!isRow(one.ref)) continue;
    const row = rowOf(one.ref);
    if (!source.changes.has(row)) untrue.add(row);
    const line = newest.get(one.ref);
    if (one.type === 'row' && line !== undefined && !isNewer(line, one) && !await agrees(source, line, one)) untrue.add(row);
  }
  return untrue;
}
