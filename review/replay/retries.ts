import type { PlayableSegment } from './player.ts';

/** What a failed request means for its segment: ask `again` after a pause, `skip` it as it cannot be had, or `stop` as nothing can be had until somebody acts. */
export type Refusal = 'again' | 'skip' | 'stop';

/** Between the tries for one range; after the last one the segment is passed over, so that the rest of the evidence stays visible. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Which segments of a run could not be had, and when to ask for them again. No I/O; times in ms of one clock. */
export const createRetries = () => {
  const failed = new Map<string, { tries: number; againAt: number }>();
  let stopped = false;
  return {
    refused(segmentId: string, refusal: Refusal, nowMs: number): void {
      if (refusal === 'stop') { stopped = true; return; }
      const tries = (failed.get(segmentId)?.tries ?? 0) + 1;
      failed.set(segmentId, { tries, againAt: refusal === 'skip' ? Infinity : nowMs + (PAUSES_MS[tries - 1] ?? Infinity) });
    },
    /** Some of it has come. */
    came(segmentId: string): void { failed.delete(segmentId); },
    /** Not asked for any more: the clock goes on without it. */
    passedOver: (segmentId: string): boolean => failed.get(segmentId)?.againAt === Infinity,
    mayAsk: (segmentId: string, nowMs: number): boolean => !stopped && (failed.get(segmentId)?.againAt ?? -Infinity) <= nowMs,
    /** Something is missing now. */
    get troubled(): boolean { return stopped || failed.size > 0; },
    /** A person asks for it: everything is tried anew. */
    forget(): void { failed.clear(); stopped = false; },
  };
};
export type Retries = ReturnType<typeof createRetries>;

/** How segments' bytes are asked for, and what is told when they do not come. */
export interface Asking {
  /** Bytes [start, end] of a segment, end inclusive; fewer where it ends. */
  fetchRange(segment: PlayableSegment, range: { start: number; end: number }, signal: AbortSignal): Promise<ArrayBuffer>;
  /** What a failed `fetchRange` means. */
  refusal(error: unknown): Refusal;
  /** Nothing can be had until somebody acts: nothing is asked for until then. */
  onStop(): void;
  onError(error: unknown): void;
}

/** One range of a segment; undefined when it was given up, or refused: that is noted and told. */
export const askFor = async (segment: PlayableSegment, range: { start: number; end: number }, signal: AbortSignal, asking: Asking, retries: Retries): Promise<ArrayBuffer | undefined> => {
  try {
    const bytes = await asking.fetchRange(segment, range, signal);
    if (signal.aborted) return undefined;
    retries.came(segment.segmentId);
    return bytes;
  } catch (error) {
    if (signal.aborted) return undefined;
    const refusal = asking.refusal(error);
    retries.refused(segment.segmentId, refusal, performance.now());
    asking.onError(error);
    if (refusal === 'stop') asking.onStop();
    return undefined;
  }
};
