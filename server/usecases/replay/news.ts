/**
 * What is new in a replay since a position (R46). The position counts the writes to the case's rows, which only ever grow, in whatever
 * order they come to be seen: while the count stands, no row is new, later or other than it was, and nothing is worked out again.
 */
import { createHash } from 'node:crypto';
import type { ReplayNews, ReplayView } from '../../../contracts/http/staff.ts';
import { LISTS, addedTo, markOf, newsOf, partsOf, placeOf } from '../../../review/replay/news.ts';
import type { ListName, Mark, Place } from '../../../review/replay/news.ts';
import type { Database } from '../../database/index.ts';
import { sessionGaps } from '../call/gaps.ts';
import { mediaZero } from '../call/zero.ts';
import type { Services } from '../services.ts';
import { networkOf } from './network.ts';
import { onClock, samplesOf, viewOf } from './view.ts';
import type { Replayed } from './view.ts';

/** What is known of a person changes by other cases' rows too: everything is worked out again this often. */
const AGAIN_MS = 30_000;

/** Writes to a case's rows so far; the figures of the network, which come all the time, apart. */
interface Writes { readonly rows: number; readonly samples: number }
interface Position extends Place { readonly writes: Writes; readonly zero: number; readonly workedOutMs: number }

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

async function writesOf(db: Database, applicationId: string): Promise<Writes> {
  const [found] = await db.$queryRaw<{ rows: bigint; samples: bigint }[]>`
    SELECT count(*) FILTER (WHERE "ref" NOT LIKE 'quality_sample:%') AS "rows", count(*) FILTER (WHERE "ref" LIKE 'quality_sample:%') AS "samples" FROM "row_change" WHERE "application_id" = ${applicationId}::uuid`;
  return { rows: Number(found!.rows), samples: Number(found!.samples) };
}

const textOf = ({ writes, zero, workedOutMs, head, lists }: Position): string =>
  ['1', writes.rows, writes.samples, zero, workedOutMs, head, ...LISTS.map((name) => `${lists[name].count}-${lists[name].before}-${lists[name].all}`)].join('.');

/** Undefined for what is none of ours: its bearer is told everything. */
function positionOf(text: string | undefined): Position | undefined {
  const found = /^1\.(\d{1,15})\.(\d{1,15})\.(\d{1,15})\.(\d{1,15})\.([0-9a-f]{12})((?:\.\d{1,9}-[0-9a-f]{12}-[0-9a-f]{12})+)$/.exec(text ?? '');
  if (found === null) return undefined;
  const marks = found[6]!.slice(1).split('.').map((mark): Mark => { const [count, before, all] = mark.split('-'); return { count: Number(count), before: before!, all: all! }; });
  if (marks.length !== LISTS.length) return undefined;
  const lists = Object.fromEntries(LISTS.map((name, n) => [name, marks[n]!])) as Record<ListName, Mark>;
  return { writes: { rows: Number(found[1]), samples: Number(found[2]) }, zero: Number(found[3]), workedOutMs: Number(found[4]), head: found[5]!, lists };
}

async function workedOut(services: Services, session: Replayed): Promise<{ view: Omit<ReplayView, 'position'>; parts: ReturnType<typeof partsOf>; position: Position }> {
  // Counted first: what is written while the rows are read comes once more with the next news.
  const writes = await writesOf(services.db, session.applicationId);
  const view = await viewOf(services, session);
  const parts = partsOf({ ...view, position: '' });
  return { view, parts, position: { ...placeOf(parts, digest), writes, zero: Date.parse(view.zeroAt ?? '') || 0, workedOutMs: services.now().getTime() } };
}

/** All of a session with the position that news are asked from. */
export async function viewFrom(services: Services, session: Replayed): Promise<ReplayView> {
  const { view, position } = await workedOut(services, session);
  return { ...view, position: textOf(position) };
}

/** All that differs from what stood at a position, everything worked out again. */
export async function newsSince(services: Services, session: Replayed, since: string | undefined): Promise<ReplayNews> {
  const { view: { durationMs, live, more }, parts, position } = await workedOut(services, session);
  return { durationMs, live, more, position: textOf(position), ...newsOf(parts, positionOf(since), digest) };
}

/** What changes without a row of the case's story: how long it is, gaps that go on, figures of the network. Undefined when more than that may have changed. */
export async function quietly(services: Services, session: Replayed, since: string | undefined): Promise<ReplayNews | undefined> {
  const { db, now } = services;
  const had = positionOf(since);
  // A call that is over has nothing of the moment; its length is told with the rest.
  if (had === undefined || session.state === 'closed' || Math.abs(now().getTime() - had.workedOutMs) >= AGAIN_MS) return undefined;
  const [writes, zero, gaps] = await Promise.all([writesOf(db, session.applicationId), mediaZero(services, session), sessionGaps(services, session)]);
  if (writes.rows !== had.writes.rows || zero !== had.zero) return undefined;
  const fresh: Partial<Pick<ReturnType<typeof partsOf>['lists'], 'gaps' | 'networkClient' | 'networkWitness'>> = { gaps: onClock(gaps, zero) };
  if (writes.samples !== had.writes.samples) {
    const samples = await samplesOf(services, session.id);
    Object.assign(fresh, { networkClient: networkOf(samples, 'client', zero), networkWitness: networkOf(samples, 'witness', zero) });
  }
  const lists = Object.fromEntries(Object.entries(fresh).flatMap(([name, list]) => { const added = addedTo<unknown>(list, had.lists[name as ListName], digest); return added === undefined ? [] : [[name, added]]; })) as ReplayNews['lists'];
  const marks = { ...had.lists, ...Object.fromEntries(Object.entries(fresh).map(([name, list]) => [name, markOf(list, digest)])) };
  return { durationMs: now().getTime() - zero, live: true, more: true, position: textOf({ ...had, lists: marks, writes }), lists };
}
