import type { PlayableSegment } from './player.ts';
import { askFor, createRetries } from './retries.ts';
import type { Asking } from './retries.ts';
import { FIRST_BYTES, NEXT_BYTES } from './runplayer.ts';

/** So many segments' bytes are kept, about 2 MB each: jumps and steps between them fetch nothing. */
const KEPT = 4;

/** Fetches one segment after the other, in pieces, and hands them on; a segment that is wanted ends the one before. Owner of its requests. */
export const createSegmentBytes = (options: Asking & { give(segmentId: string, bytes: ArrayBuffer, last: boolean): void; forget(segmentId: string): void }) => {
  /** How much of each was handed on, longest unwanted first. */
  const had = new Map<string, { bytes: number; whole: boolean }>();
  const retries = createRetries();
  let busy: { segmentId: string; abort: AbortController } | undefined;
  let closed = false;

  const fetchMore = async (segment: PlayableSegment, signal: AbortSignal): Promise<boolean> => {
    const { segmentId, byteLength } = segment;
    const start = had.get(segmentId)?.bytes ?? 0;
    const end = Math.min(start + (start === 0 ? FIRST_BYTES : NEXT_BYTES), byteLength) - 1;
    const bytes = await askFor(segment, { start, end }, signal, options, retries);
    if (bytes === undefined) return false;
    const reached = start + bytes.byteLength;
    const whole = reached >= byteLength || bytes.byteLength === 0;
    had.set(segmentId, { bytes: reached, whole });
    options.give(segmentId, bytes, whole);
    return !whole;
  };
  const evict = (): void => {
    for (const segmentId of had.keys()) if (had.size > KEPT) { had.delete(segmentId); options.forget(segmentId); }
  };

  return {
    /** All of it is to be had, before anything else; asked again with each tick of the clock. */
    want(segment: PlayableSegment): void {
      const { segmentId } = segment;
      if (closed || busy?.segmentId === segmentId) return;
      busy?.abort.abort();
      busy = undefined;
      const known = had.get(segmentId) ?? { bytes: 0, whole: false };
      had.delete(segmentId);
      had.set(segmentId, known);
      evict();
      if (known.whole || !retries.mayAsk(segmentId, performance.now())) return;
      const mine = { segmentId, abort: new AbortController() };
      busy = mine;
      void (async () => {
        while (await fetchMore(segment, mine.abort.signal));
        if (busy === mine) busy = undefined;
      })();
    },
    /** It cannot be had. */
    passedOver: (segmentId: string): boolean => retries.passedOver(segmentId),
    get troubled(): boolean { return retries.troubled; },
    retry(): void { retries.forget(); },
    close(): void {
      closed = true;
      busy?.abort.abort();
    },
  };
};
