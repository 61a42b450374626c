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

/** When which reason for a gap was in force. */
export interface Causes {
  readonly recorderDown: readonly Interval[];
  readonly muted: readonly Interval[];
  /** When the side had a track of this kind. */
  readonly tracks: readonly Interval[];
}

/** The reason that explains most of the gap; a dead recorder outweighs all others. */
export const causeOf = (hole: Interval, causes: Causes): 'recorder_down' | 'muted' | 'no_track' | 'peer_lost' => {
  if (overlap(causes.recorderDown, hole) > 0) return 'recorder_down';
  const length = hole.toMs - hole.fromMs;
  if (overlap(causes.muted, hole) > length / 2) return 'muted';
  return overlap(causes.tracks, hole) < length / 2 ? 'no_track' : 'peer_lost';
};

/** Whether [fromMs, toMs] is held, and what is missing with its cause (R28, R40). */
export const coverageOf = (options: {
  side: Side; kind: MediaKind; recorded: readonly Interval[]; wanted: Interval; causes: Causes;
}): Coverage => {
  const { side, kind, wanted, causes } = options;
  // Nothing is recorded while the recorder is dead, however short that was.
  const recorded = without(options.recorded, causes.recorderDown);
  const holes = uncovered(recorded, wanted).filter((hole) => hole.toMs - hole.fromMs > TOLERANCE_MS[kind] || overlap(causes.recorderDown, hole) > 0 || overlap(recorded, wanted) === 0);
  const gaps = holes.map((hole): Gap => ({ side, kind, ...hole, cause: causeOf(hole, causes) }));
  if (gaps.length === 0) return { status: 'covered', gaps };
  return { status: overlap(recorded, wanted) > 0 ? 'partly' : 'missing', gaps };
};
