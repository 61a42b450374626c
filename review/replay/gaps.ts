/** Why a side has no recording at a time (R46): what the recorder reported first, then what happened in the call. Pure. */
import type { ReplaySide, WallGap } from './timeline.ts';

export interface RecordedStretch { readonly side: ReplaySide; readonly startMs: number; readonly endMs: number; readonly mimeType: string }
export interface CallFact { readonly at: number; readonly type: string; readonly role?: string | undefined; readonly cause?: string | undefined }

type Kind = WallGap['kind'];
const KINDS: readonly Kind[] = ['video', 'audio'];
/** Shorter holes are the seam of two segments. */
const SEAM_MS = 750;
/** A worker's or host's death is told about so long around the hole it makes. */
const NEAR_MS = 3_000;
const CODEC: Record<Kind, RegExp> = { video: /vp8|vp9|av1|avc|h264/i, audio: /opus/i };

interface Stretch { readonly fromMs: number; readonly toMs: number }

/** What is left of a stretch outside of the others. */
export function outside(stretch: Stretch, others: readonly Stretch[]): Stretch[] {
  return others.reduce<Stretch[]>((left, { fromMs, toMs }) => left.flatMap((one) => [
    { fromMs: one.fromMs, toMs: Math.min(one.toMs, fromMs) }, { fromMs: Math.max(one.fromMs, toMs), toMs: one.toMs },
  ].filter((part) => part.toMs > part.fromMs)), [stretch]);
}

/**
 * Every stretch of [fromMs, untilMs] that a side's track was not recorded, with its cause (a code of CAUSE_WORDS). Unix ms.
 * @param recorderDown when the recorder did not run, as it reported
 * @param facts of the call, oldest first
 */
export function namedGaps({ segments, recorderDown, facts, fromMs, untilMs }: {
  segments: readonly RecordedStretch[]; recorderDown: readonly Stretch[]; facts: readonly CallFact[]; fromMs: number; untilMs: number;
}): WallGap[] {
  const gaps: WallGap[] = [];
  for (const side of ['client', 'witness'] as const) for (const kind of KINDS) {
    for (const down of recorderDown) gaps.push({ side, kind, ...down, cause: 'recorder_down' });
    const held = segments.filter((one) => one.side === side && CODEC[kind].test(one.mimeType)).map((one) => ({ fromMs: one.startMs, toMs: one.endMs }));
    const open = outside({ fromMs, toMs: untilMs }, [...held, ...recorderDown]);
    // Up to its first arrival a side lacks nothing.
    const came = Math.min(facts.find(({ type, role }) => type === 'joined' && role === side)?.at ?? fromMs, ...held.map((one) => one.fromMs));
    for (const hole of since(open, came)) if (hole.toMs - hole.fromMs >= SEAM_MS) gaps.push({ side, kind, ...hole, cause: causeOf(side, hole, facts) });
  }
  return gaps.sort((a, b) => a.fromMs - b.fromMs || a.side.localeCompare(b.side));
}

const since = (holes: readonly Stretch[], came: number): Stretch[] => holes.map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, came), toMs })).filter(({ fromMs, toMs }) => toMs > fromMs);

function causeOf(side: ReplaySide, { fromMs, toMs }: Stretch, facts: readonly CallFact[]): string {
  const broke = facts.find(({ at, type, cause }) => type === 'interrupted' && (cause === 'worker_died' || cause === 'host_lost') && at >= fromMs - NEAR_MS && at <= toMs);
  if (broke?.cause !== undefined) return broke.cause;
  const seen = facts.findLast(({ at, type, role }) => role === side && at <= fromMs + NEAR_MS && ['joined', 'lost', 'left'].includes(type));
  return seen === undefined || seen.type === 'joined' ? 'no_track' : `${side}_${seen.type}`;
}
