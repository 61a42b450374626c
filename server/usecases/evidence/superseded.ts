import type { Kept } from './kept.ts';

/** Which of several counts is evidence too. */
export const superseded = (table: string, rows: readonly { readonly id: string; readonly supersededAt: Date | null; readonly sessionId?: string }[]): Kept[] =>
  rows.flatMap(({ id, supersededAt, sessionId }) => (supersededAt === null ? [] : [{ type: 'superseded', ref: `${table}:${id}:superseded`, at: supersededAt, sessionId, facts: { of: id } }]));
