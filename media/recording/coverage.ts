import type { MediaKind } from '../../contracts/signaling/media.ts';
import type { Coverage, Gap, Side } from '../ports.ts';

/** A stretch of Unix ms. Pure rules on lists of them: sorted, not touching each other. */
export interface Interval { readonly fromMs: number; readonly toMs: number }

/** Up to this, silence between two packets is the sender's pace, not a gap. */
export const TOLERANCE_MS: Record<MediaKind, number> = { video: 2_000, audio: 600 };

/** Adds an interval; those nearer than `toleranceMs` become one. */
export const addInterval = (list: readonly Interval[], added: Interval, toleranceMs: number): Interval[] => {
  const before = list.filter((one) => one.toMs + toleranceMs < added.fromMs);
  const after = list.filter((one) => one.fromMs - toleranceMs > added.toMs);
  const joined = list.slice(before.length, list.length - after.length);
  return [...before, {
    fromMs: Math.min(added.fromMs, ...joined.map((one) => one.fromMs)),
    toMs: Math.max(added.toMs, ...joined.map((one) => one.toMs)),
  }, ...after];
};

/** What of [fromMs, toMs] no interval holds. */
export const uncovered = (list: readonly Interval[], { fromMs, toMs }: Interval): Interval[] => {
  const holes: Interval[] = [];
  let at = fromMs;
  for (const one of list) {
    if (one.toMs <= at) continue;
    if (one.fromMs >= toMs) break;
    if (one.fromMs > at) holes.push({ fromMs: at, toMs: one.fromMs });
    at = one.toMs;
  }
  return at < toMs ? [...holes, { fromMs: at, toMs }] : holes;
};

const overlap = (list: readonly Interval[], hole: Interval): number =>
  list.reduce((sum, one) => sum + Math.max(0, Math.min(one.toMs, hole.toMs) - Math.max(one.fromMs, hole.fromMs)), 0);

/** The list without what lies in any of `removed`. */
const without = (list: readonly Interval[], removed: readonly Interval[]): Interval[] =>
  removed.filter(({ fromMs, toMs }) => toMs > fromMs).reduce<Interval[]>((rest, { fromMs, toMs }) => rest.flatMap((one) => {
    if (one.toMs <= fromMs || one.fromMs >= toMs) return [one];
    return [{ fromMs: one.fromMs, toMs: fromMs }, { fromMs: toMs, toMs: one.toMs }].filter((part) => part.toMs > part.fromMs);
  }), [...list]);

/** Why something is missing. `left`: hung up before the end. `loss`: more was lost than a recording may lack. */
export const GAP_CAUSES = ['host_lost', 'recorder_down', 'store_unavailable', 'disk_full', 'worker_died', 'loss', 'muted', 'peer_lost', 'left', 'no_track'] as const;
export type GapCause = (typeof GAP_CAUSES)[number];
/** Each of these ends what is recorded, however short it was and whatever else happened. */
const OUTWEIGH: readonly GapCause[] = ['host_lost', 'recorder_down'];

/** When which reason for a gap was in force. */
export interface Causes {
  readonly reasons: readonly (Interval & { readonly cause: GapCause })[];
  /** When the side had a track of this kind. */
  readonly tracks: readonly Interval[];
}
const during = (causes: Causes, cause: GapCause): Interval[] => causes.reasons.filter((one) => one.cause === cause);
const outweighs = (causes: Causes, hole: Interval): GapCause | undefined => OUTWEIGH.find((cause) => overlap(during(causes, cause), hole) > 0);

/** The reason that explains most of the gap; a dead recorder or host outweighs all others. */
const causeOf = (hole: Interval, causes: Causes): GapCause => {
  const length = hole.toMs - hole.fromMs;
  const most = GAP_CAUSES.map((cause) => ({ cause, ms: overlap(during(causes, cause), hole) })).sort((a, b) => b.ms - a.ms)[0]!;
  const above = outweighs(causes, hole);
  // What a crash takes lies before the death is seen; a long absence in which the recorder also died was not made by it.
  if (above && length - overlap(during(causes, above), hole) < Math.max(3_000, length / 2)) return above;
  return (most.ms > length / 2 ? most.cause : overlap(causes.tracks, hole) < length / 2 ? 'no_track' : 'peer_lost');
};

/** Whether [fromMs, toMs] is held, and what is missing with its cause (R28, R40). */
export const coverageOf = (options: {
  side: Side; kind: MediaKind; recorded: readonly Interval[]; wanted: Interval; causes: Causes;
  /** What counts as not recorded although something of it is held. */
  not?: readonly Interval[];
}): Coverage => {
  const { side, kind, wanted, causes } = options;
  const recorded = without(options.recorded, [...during(causes, 'loss'), ...options.not ?? []]);
  const holes = uncovered(recorded, wanted).filter((hole) => hole.toMs - hole.fromMs > TOLERANCE_MS[kind] || outweighs(causes, hole) !== undefined || overlap(recorded, wanted) === 0);
  const gaps = holes.map((hole): Gap => ({ side, kind, ...hole, cause: causeOf(hole, causes) }));
  if (gaps.length === 0) return { status: 'covered', gaps };
  return { status: overlap(recorded, wanted) > 0 ? 'partly' : 'missing', gaps };
};
