/**
 * The replay's one clock (R46): everything of a session on milliseconds since the recording began. Pure; runs in browser and server.
 */
export type ReplaySide = 'client' | 'witness';
export interface WallSegment { readonly segmentId: string; readonly side: ReplaySide; readonly index: number; readonly startMs: number; readonly endMs: number; readonly mimeType: string }
export interface WallEvent { readonly at: number; readonly type: string }
export interface WallGap { readonly side: ReplaySide; readonly kind: 'audio' | 'video'; readonly fromMs: number; readonly toMs: number; readonly cause: string }

export interface Timeline<S, E, G> {
  /** Unix ms of media time 0. */
  readonly startedAt: number;
  /** Media ms of the last recorded instant. */
  readonly durationMs: number;
  /** `startMs`, `endMs` in media ms; by time, then side. */
  readonly segments: readonly S[];
  /** With `atMs`, in media ms: below 0 when it came before the recording; by time. */
  readonly events: readonly (E & { readonly atMs: number })[];
  readonly gaps: readonly G[];
}

/** Inputs in Unix ms; `startedAt` defaults to the first segment's start. An overlap of one side's segments is cut off at the next one's start. */
export const buildTimeline = <S extends WallSegment, E extends WallEvent, G extends WallGap>(input: {
  segments: readonly S[]; events: readonly E[]; gaps: readonly G[]; startedAt?: number;
}): Timeline<S, E, G> => {
  const starts = input.segments.map(({ startMs }) => startMs);
  const startedAt = input.startedAt ?? (starts.length > 0 ? Math.min(...starts) : Math.min(...input.events.map(({ at }) => at), Infinity));
  const zero = Number.isFinite(startedAt) ? startedAt : 0;
  const byTime = [...input.segments].sort((a, b) => a.startMs - b.startMs || a.side.localeCompare(b.side));
  const segments = byTime.map((segment, i): S => {
    const next = byTime.slice(i + 1).find((one) => one.side === segment.side);
    return { ...segment, startMs: segment.startMs - zero, endMs: Math.min(segment.endMs, next?.startMs ?? Infinity) - zero };
  });
  return {
    startedAt: zero,
    durationMs: Math.max(0, ...segments.map(({ endMs }) => endMs)),
    segments,
    events: input.events.map((event) => ({ ...event, atMs: event.at - zero })).sort((a, b) => a.atMs - b.atMs),
    gaps: input.gaps.map((gap): G => ({ ...gap, fromMs: gap.fromMs - zero, toMs: gap.toMs - zero })).sort((a, b) => a.fromMs - b.fromMs),
  };
};

/** The segment of a side that holds a media time; undefined in a gap. */
export const segmentAt = <S extends { side: ReplaySide; startMs: number; endMs: number }>(segments: readonly S[], side: ReplaySide, mediaMs: number): S | undefined =>
  segments.find((one) => one.side === side && one.startMs <= mediaMs && mediaMs < one.endMs);

/** Segments that follow each other with the same tracks and can share one source; a pause above `joinMs` or other tracks begin a new run. */
export const runsOf = <S extends { side: ReplaySide; startMs: number; endMs: number; mimeType: string }>(segments: readonly S[], side: ReplaySide, joinMs = 250): S[][] => {
  const runs: S[][] = [];
  for (const segment of segments.filter((one) => one.side === side).sort((a, b) => a.startMs - b.startMs)) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && last.mimeType === segment.mimeType && segment.startMs - last.endMs <= joinMs) run.push(segment);
    else runs.push([segment]);
  }
  return runs;
};

/** What is recorded comes so late at most while a call goes on; a place older than that and without a picture stays without one. */
const LATE_MS = 30_000;

/** The clock after some playing: it goes through gaps to the session's end. Of a call that goes on it waits at what may still come (`ended`). Media ms. */
export const clockAfter = ({ position, passedMs, recordedMs, durationMs, live }: { position: number; passedMs: number; recordedMs: number; durationMs: number; live: boolean }): { position: number; ended: boolean } => {
  const end = live ? Math.max(recordedMs, durationMs - LATE_MS) : durationMs;
  // A place behind what has come can be looked at; the clock stands there.
  const after = Math.max(position, Math.min(end, position + passedMs));
  return { position: after, ended: after >= end };
};

/** The runs without the segments that do not play: what follows one of those begins a new run. */
export const withoutBroken = <S extends { segmentId: string }>(runs: readonly (readonly S[])[], broken: ReadonlySet<string>): S[][] =>
  runs.flatMap((run) => run.reduce<S[][]>((parts, segment) => {
    if (broken.has(segment.segmentId)) parts.push([]);
    else parts.at(-1)!.push(segment);
    return parts;
  }, [[]])).filter((run) => run.length > 0);

/** What a side's element should do to stay with the clock: leave it, run a little faster or slower, or jump. */
export const follow = (driftMs: number, rate: number): { rate: number; seek: boolean } => {
  if (Math.abs(driftMs) > 400) return { rate, seek: true };
  if (Math.abs(driftMs) < 25) return { rate, seek: false };
  // 80 ms of drift are made good within about a second.
  const correction = Math.max(-0.08, Math.min(0.08, -driftMs / 1000));
  return { rate: Math.min(4, Math.max(0.25, rate * (1 + correction))), seek: false };
};
