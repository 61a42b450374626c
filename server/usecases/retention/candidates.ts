/** Which cases may be destroyed (R44), from the rows as they are now. */
import { dayInChina, dueOf, isDue } from '../../../workflows/retention/due.ts';
import type { Due, RetentionYears } from '../../../workflows/retention/due.ts';
import { dueQuery } from '../../database/due.ts';
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
 * Cases that are due today, the oldest first; held ones among them, marked.
 * @param options.applicationId only this one
 */
export async function dueCases(db: Database | Db, options: { now: Date; years: RetentionYears; limit: number; applicationId?: string }): Promise<Candidate[]> {
  const { now, years, limit, applicationId } = options;
  const ago = (count: number): string => { const [year, ...rest] = dayInChina(now).split('-'); return [String(Number(year) - count).padStart(4, '0'), ...rest].join('-').replace('-02-29', '-03-01'); };
  // The rule itself decides below; here only what cannot be due is left out.
  const rows = await db.$queryRaw<Row[]>(dueQuery({ closedBy: ago(years.afterClosed), endedBy: ago(years.afterRelation), limit, applicationId }));
  return rows.flatMap(({ id, caseNo, closedAt, relation, endedOn, held }) => {
    const due = dueOf({ closedAt, relation, relationEndedOn: endedOn }, years);
    return isDue(due, dayInChina(now)) ? [{ applicationId: id, caseNo, closedAt, relationEndedOn: endedOn, held, ...due }] : [];
  });
}
