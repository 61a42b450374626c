import type { PlayableSegment } from './player.ts';
import { askFor, createRetries } from './retries.ts';
import type { Asking } from './retries.ts';

/** The first request of a segment: its key frame and the half second that a decoder wants to see behind it, so that there is a picture before the rest has come. */
export const FIRST_BYTES = 192 * 1024;
export const NEXT_BYTES = 1024 * 1024;
const AHEAD_MS = 25_000;
/** What is kept decoded-ready around the clock; the rest is fetched again when it is wanted. */
const KEEP_BEHIND_MS = 60_000;
const KEEP_AHEAD_MS = 60_000;

export interface RunOptions extends Asking {
  readonly video: HTMLVideoElement;
  /** Something has come: the clock should look. */
  wake(): void;
  /** These segments do not play, and the source with them is spoilt: the run is to be closed. */
  onBroken(segmentIds: readonly string[]): void;
}

type Filled = { bytes: number; done: boolean };

/**
 * One MediaSource for one run of segments. One thing is fetched at a time, what the clock stands on first and by pieces, so
 * that a jump never waits for what was wanted before it. Owned by its side; closing ends its requests.
 */
export const openRun = (first: readonly PlayableSegment[], options: RunOptions) => {
  let run = first;
  const source = new MediaSource();
  const url = URL.createObjectURL(source);
  const originMs = run[0]!.startMs;
  const mimeType = run[0]!.mimeType;
  const filled = new Map<string, Filled>();
  const retries = createRetries();
  let buffer: SourceBuffer | undefined;
  let closed = false;
  let clockMs = originMs;
  let resting = false;
  /** What is being fetched or appended. */
  let busy: { segment: PlayableSegment; abort: AbortController } | undefined;
  /** The segment whose bytes the parser is in the middle of. */
  let open: PlayableSegment | undefined;

  const broken = (segmentIds: readonly string[], error: unknown): void => {
    if (closed) return;
    options.onError(error);
    options.onBroken(segmentIds);
  };
  const endMs = (): number => run.at(-1)!.endMs;
  const lengthen = (): void => {
    const seconds = (endMs() - originMs) / 1000 + 0.5;
    if (source.readyState === 'open' && buffer?.updating === false && !(source.duration >= seconds)) source.duration = seconds;
  };
  source.addEventListener('sourceopen', () => {
    try { buffer = source.addSourceBuffer(mimeType); } catch (error) { broken(run.map(({ segmentId }) => segmentId), error); return; }
    lengthen();
    pump();
  }, { once: true });
  options.video.src = url;

  const updated = (work: (target: SourceBuffer) => void): Promise<void> => new Promise((resolve, reject) => {
    if (!buffer || source.readyState !== 'open') { reject(new Error('the source is closed')); return; }
    const target = buffer;
    const stop = (): void => { target.removeEventListener('updateend', ended); target.removeEventListener('error', failed); };
    const ended = (): void => { stop(); resolve(); };
    const failed = (): void => { stop(); reject(new Error('the segment does not play')); };
    target.addEventListener('updateend', ended);
    target.addEventListener('error', failed);
    try { work(target); } catch (error) { stop(); reject(error as Error); }
  });

  /** Bytes of it are to come. */
  const lacks = ({ segmentId }: PlayableSegment): boolean => filled.get(segmentId)?.done !== true && !retries.passedOver(segmentId);
  const next = (): PlayableSegment | undefined => run.find((one) => one.endMs > clockMs && one.startMs < clockMs + AHEAD_MS && lacks(one));

  /** Forgets what lies far from the clock, so that a long session does not fill the browser's buffer. */
  const evict = async (): Promise<void> => {
    const kept = run.filter((one) => one.endMs >= clockMs - KEEP_BEHIND_MS && one.startMs <= clockMs + KEEP_AHEAD_MS);
    for (const segment of run) if (!kept.includes(segment)) filled.delete(segment.segmentId);
    const { buffered } = options.video;
    if (buffered.length === 0 || kept.length === 0) return;
    const [from, to] = [(kept[0]!.startMs - originMs) / 1000, (kept.at(-1)!.endMs - originMs) / 1000];
    const last = buffered.end(buffered.length - 1);
    if (from > 0 && buffered.start(0) < from - 0.5) await updated((target) => target.remove(0, from));
    if (last > to + 0.5) await updated((target) => target.remove(to, Infinity));
  };

  const fill = async (segment: PlayableSegment, signal: AbortSignal): Promise<void> => {
    const target = buffer!;
    if (open?.segmentId !== segment.segmentId) {
      // The parser leaves a segment in its middle, and whatever of it is there is read from its beginning again.
      if (open !== undefined) { target.abort(); filled.delete(open.segmentId); }
      filled.delete(segment.segmentId);
      open = undefined;
    }
    const had = filled.get(segment.segmentId) ?? { bytes: 0, done: false };
    const end = had.bytes + (had.bytes === 0 ? FIRST_BYTES : NEXT_BYTES) - 1;
    const bytes = await askFor(segment, { start: had.bytes, end: Math.min(end, segment.byteLength - 1) }, signal, options, retries);
    if (bytes === undefined) return;
    if (had.bytes === 0) {
      await evict();
      target.timestampOffset = (segment.startMs - originMs) / 1000;
    }
    open = segment;
    await updated((one) => one.appendBuffer(bytes));
    const now = { bytes: had.bytes + bytes.byteLength, done: had.bytes + bytes.byteLength >= segment.byteLength || bytes.byteLength === 0 };
    filled.set(segment.segmentId, now);
    if (now.done) open = undefined;
  };

  function pump(): void {
    if (closed || resting || busy || buffer === undefined || buffer.updating) return;
    const segment = next();
    // Asked again with the clock's next tick.
    if (segment === undefined || !retries.mayAsk(segment.segmentId, performance.now())) return;
    const mine = { segment, abort: new AbortController() };
    busy = mine;
    void fill(segment, mine.abort.signal).catch((error: unknown) => {
      // A full buffer is made room in as the clock goes on.
      if ((error as DOMException).name === 'QuotaExceededError') retries.refused(segment.segmentId, 'again', performance.now());
      else broken([segment.segmentId], error);
    }).finally(() => {
      busy = undefined;
      if (closed) return;
      lengthen();
      options.wake();
      pump();
    });
  }

  const holder = (mediaMs: number): PlayableSegment | undefined => run.find((one) => one.startMs <= mediaMs && mediaMs < one.endMs);
  return {
    originMs,
    holds: (mediaMs: number): boolean => mediaMs >= originMs && mediaMs < endMs(),
    /** The clock is here: fetch what it needs, and leave what it has left. */
    need(mediaMs: number): void {
      clockMs = mediaMs;
      resting = false;
      const here = holder(mediaMs);
      if (busy && here && busy.segment.segmentId !== here.segmentId && lacks(here)) busy.abort.abort();
      pump();
    },
    /** Nothing is fetched until it is needed again. */
    rest(): void {
      resting = true;
      busy?.abort.abort();
    },
    /** All of the segment at this time is in the buffer, or cannot be had. */
    loaded(mediaMs: number): boolean {
      const segment = holder(mediaMs);
      return !segment || !lacks(segment);
    },
    /** Where the segment at this time begins: with a key frame. */
    keyMs: (mediaMs: number): number => holder(mediaMs)?.startMs ?? mediaMs,
    /** Some of it could not be had so far. */
    get troubled(): boolean { return retries.troubled; },
    retry(): void { retries.forget(); },
    /** More of the same run has been recorded. */
    grow(longer: readonly PlayableSegment[]): void { run = longer; lengthen(); },
    close(): void {
      closed = true;
      busy?.abort.abort();
      URL.revokeObjectURL(url);
    },
  };
};
export type Run = ReturnType<typeof openRun>;
