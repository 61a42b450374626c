import type { Prisma } from '../../database/index.ts';

/** A closed call's last segments and stills are waited for before its gaps are told and its chapter is sealed. */
const SETTLE_MS = 15_000;
/** With the store away at its end: the recorder tries for 80 s to write what it keeps in memory. */
const SETTLE_WITHOUT_STORE_MS = 95_000;
const STORE_CAUSES: readonly (string | null)[] = ['store_unavailable', 'disk_full'];

/** The last that the recorder said of itself: selected with the session. */
export const lastReport = { select: { running: true, at: true, cause: true }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: 1 } satisfies Prisma.RecorderFactFindManyArgs;
interface Ended { readonly endedAt: Date | null; readonly recorderFacts: readonly { readonly running: boolean; readonly at: Date; readonly cause: string | null }[] }

/** Whether what a call leaves behind is there: what is told missing from then on does not come any more. Pure. Of the recorder's reports the last comes first. */
export function isSettled({ endedAt, recorderFacts: [last] }: Ended, now: Date): boolean {
  if (endedAt === null) return false;
  if (last !== undefined && !last.running && STORE_CAUSES.includes(last.cause)) return now.getTime() - endedAt.getTime() >= SETTLE_WITHOUT_STORE_MS;
  // Back after the call's end: what was kept is written from then on. A time that has not come is another clock's.
  const back = last?.running === true && last.at <= now ? last.at.getTime() : 0;
  return now.getTime() - Math.max(endedAt.getTime(), back) >= SETTLE_MS;
}
