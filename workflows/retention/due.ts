/** How long a case is kept (保存期限, R44). Pure. */

export interface RetentionYears {
  /** After the case's last change of state; the law's least is 20. */
  readonly afterClosed: number;
  /** After the relation with the client ended; the law's least is 10. */
  readonly afterRelation: number;
}
export const RETENTION_YEARS: RetentionYears = { afterClosed: 20, afterRelation: 10 };

export interface CaseTimes {
  /** When the case's state changed last: it was opened, rejected, withdrawn or ran out. */
  readonly closedAt: Date;
  /** An account came of this case, or of another case of the same person: there is, or was, a relation. */
  readonly relation: boolean;
  /** `YYYY-MM-DD`; null: it goes on, or nobody has told its end. */
  readonly relationEndedOn: string | null;
}

export interface Due {
  /** The first day in China on which the case may be destroyed, `YYYY-MM-DD`. */
  readonly dueOn: string;
  /** Which of the two periods ends last. */
  readonly rule: 'closed' | 'relation';
}

const SHANGHAI_MS = 8 * 3600_000;

/** The calendar day in China. */
export const dayInChina = (at: Date): string => new Date(at.getTime() + SHANGHAI_MS).toISOString().slice(0, 10);

/** The day after so many whole years; of 29 February, 2 March: never a day too early. */
export function dayAfterYears(day: string, years: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  return new Date(Date.UTC(year + years, month - 1, date + 1)).toISOString().slice(0, 10);
}

/** When a case may be destroyed: both periods have passed. Null while the relation goes on. */
export function dueOf({ closedAt, relation, relationEndedOn }: CaseTimes, years: RetentionYears = RETENTION_YEARS): Due | null {
  const closed: Due = { dueOn: dayAfterYears(dayInChina(closedAt), years.afterClosed), rule: 'closed' };
  // An end that was told counts also where no account of ours is known.
  if (!relation && relationEndedOn === null) return closed;
  if (relationEndedOn === null) return null;
  const ended: Due = { dueOn: dayAfterYears(relationEndedOn, years.afterRelation), rule: 'relation' };
  return ended.dueOn > closed.dueOn ? ended : closed;
}

export const isDue = (due: Due | null, today: string): due is Due => due !== null && due.dueOn <= today;
