/**
 * What is new in a replay since it was last looked at: of each list what was added behind what stayed, of the rest all or nothing.
 * A list whose beginning changed (a row that came late, or says something else now) comes whole: nothing can be missed. Pure; runs in browser and server.
 */
import type { ReplayNews, ReplayView } from '../../contracts/http/staff.ts';

export const LISTS = ['segments', 'events', 'gaps', 'photos', 'networkClient', 'networkWitness', 'findings', 'changes'] as const;
export type ListName = (typeof LISTS)[number];
export type Lists = { [N in ListName]: NonNullable<ReplayNews['lists'][N]>['add'] };
export type Head = NonNullable<ReplayNews['head']>;

/** A list as somebody has it: how many, and digests of all but its last one and of all. */
export interface Mark { readonly count: number; readonly before: string; readonly all: string }
/** Where somebody is. */
export interface Place { readonly head: string; readonly lists: Readonly<Record<ListName, Mark>> }

export function partsOf(view: ReplayView): { head: Head; lists: Lists } {
  const { sessionId, applicationId, caseNo, zeroAt, witnessName, state, outcome, segments, events, gaps, photos, network, console: { script, form, formFrom, findings, changes } } = view;
  return {
    head: { sessionId, applicationId, caseNo, zeroAt, witnessName, state, outcome, console: { script, form, formFrom } },
    lists: { segments, events, gaps, photos, networkClient: network.client, networkWitness: network.witness, findings, changes },
  };
}

type Digest = (text: string) => string;
const textOf = (list: readonly unknown[], count = list.length): string => JSON.stringify(list.slice(0, count));

export const markOf = (list: readonly unknown[], digest: Digest): Mark => ({ count: list.length, before: digest(textOf(list, Math.max(0, list.length - 1))), all: digest(textOf(list)) });
export const placeOf = ({ head, lists }: { head: Head; lists: Lists }, digest: Digest): Place =>
  ({ head: digest(JSON.stringify(head)), lists: Object.fromEntries(LISTS.map((name) => [name, markOf(lists[name], digest)])) as Record<ListName, Mark> });

/** What is to be put in place of the end of the list that `had` tells of; undefined when it is the same. The last one may have grown. */
export function addedTo<T>(list: readonly T[], had: Mark | undefined, digest: Digest): { keep: number; add: T[] } | undefined {
  const keeps = (count: number, text: string): boolean => count >= 0 && count <= list.length && digest(textOf(list, count)) === text;
  const keep = had === undefined ? 0 : keeps(had.count, had.all) ? had.count : keeps(had.count - 1, had.before) ? had.count - 1 : 0;
  return had !== undefined && keep === had.count && keep === list.length ? undefined : { keep, add: list.slice(keep) };
}

/** Only what differs from `had`; all where nothing is known of what somebody has. */
export function newsOf({ head, lists }: { head: Head; lists: Lists }, had: Place | undefined, digest: Digest): Pick<ReplayNews, 'head' | 'lists'> {
  const changed = LISTS.flatMap((name) => { const added = addedTo<unknown>(lists[name], had?.lists[name], digest); return added === undefined ? [] : [[name, added] as const]; });
  return { ...(had?.head === digest(JSON.stringify(head)) ? {} : { head }), lists: Object.fromEntries(changed) as ReplayNews['lists'] };
}

const merged = <T>(old: T[], news: { keep: number; add: T[] } | undefined): T[] => (news === undefined ? old : [...old.slice(0, news.keep), ...news.add]);

/** The view with its news; what did not change is the same object as before, so that nothing of it is drawn again. */
export function withNews(view: ReplayView, { position, durationMs, live, more, head, lists }: ReplayNews): ReplayView {
  const { script, form, formFrom, findings, changes } = view.console;
  const seen = head === undefined && lists.findings === undefined && lists.changes === undefined ? view.console
    : { script, form, formFrom, ...head?.console, findings: merged(findings, lists.findings), changes: merged(changes, lists.changes) };
  return {
    ...view, ...head, position, durationMs, live, more,
    segments: merged(view.segments, lists.segments), events: merged(view.events, lists.events), gaps: merged(view.gaps, lists.gaps), photos: merged(view.photos, lists.photos),
    network: lists.networkClient === undefined && lists.networkWitness === undefined ? view.network : { client: merged(view.network.client, lists.networkClient), witness: merged(view.network.witness, lists.networkWitness) },
    console: seen,
  };
}
