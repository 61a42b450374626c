import { createSidePlayer } from './sideplayer.ts';
import type { Refusal } from './retries.ts';
import type { SidePlayer } from './sideplayer.ts';
import { clockAfter, runsOf } from './timeline.ts';
import type { ReplaySide } from './timeline.ts';

/** `startMs`, `endMs` in media ms (see buildTimeline). */
export interface PlayableSegment { readonly segmentId: string; readonly side: ReplaySide; readonly startMs: number; readonly endMs: number; readonly mimeType: string; readonly byteLength: number }

export interface ReplayPlayer {
  play(): void;
  pause(): void;
  /** Media ms; also the way to jump to an event. */
  seek(mediaMs: number): void;
  /** To the frame after (1) or before (−1) the one on the screen; pauses. Resolves when it is shown. */
  stepFrame(direction: 1 | -1): Promise<void>;
  /** 0.5–4. */
  setRate(rate: number): void;
  /** The session goes on: these are its segments now, and so long is its clock. `live`: at their end the clock waits for more instead of stopping. */
  grow(segments: readonly PlayableSegment[], live: boolean, durationMs?: number): void;
  readonly positionMs: number;
  readonly durationMs: number;
  /** Where the last segment ends. */
  readonly recordedMs: number;
  readonly playing: boolean;
  /** A side waits for its bytes: the clock stands. */
  readonly waiting: boolean;
  /** How far each side's picture is from the clock now, ms; undefined in a gap. */
  drift(): Record<ReplaySide, number | undefined>;
  /** Media time of the frame that each side shows; undefined in a gap. */
  frames(): Record<ReplaySide, number | undefined>;
  close(): void;
}

/** Jumps shorter than this go straight to their frame. */
const FAR_MS = 1_000;
/** Less than a frame at 30 a second: the next one is not passed over. */
const STEP_MS = 33;
const STEPS = 10;
const SETTLE_MS = 3_000;
/** A side without a picture for longer does not lead the steps. */
const LEAD_MS = 500;

/**
 * Plays both recorded sides in step on one clock (R46). The clock is the player's own: it goes on through gaps, where a side is blank,
 * and stands while a side waits for bytes. Its length is the session's, which goes on after the last segment. What could not be had
 * is told to `onError` and asked for again (see {@link Refusal}); `onRecovered` when nothing is missing any more. Browser only. `fetchRange` yields bytes of a segment's WebM, ends inclusive. Closing twice is harmless.
 */
export const createReplayPlayer = (options: {
  segments: readonly PlayableSegment[];
  /** See {@link ReplayPlayer.grow}. */
  live?: boolean;
  /** Of the session, ms; at least up to the last segment's end. */
  durationMs?: number;
  /** Where the clock begins. */
  startMs?: number;
  video: Record<ReplaySide, HTMLVideoElement>;
  fetchRange(segment: PlayableSegment, range: { start: number; end: number }, signal: AbortSignal): Promise<ArrayBuffer>;
  onPosition?(positionMs: number): void;
  onState?(state: { playing: boolean; waiting: boolean; ended: boolean }): void;
  /** What a failed `fetchRange` means; `stop` pauses. Default: `again`. */
  refusal?(error: unknown): Refusal;
  onError?(error: unknown): void;
  onRecovered?(): void;
}): ReplayPlayer => {
  const lastOf = (segments: readonly PlayableSegment[]): number => Math.max(0, ...segments.map(({ endMs }) => endMs));
  let recordedMs = lastOf(options.segments);
  let durationMs = Math.max(recordedMs, options.durationMs ?? 0);
  let live = options.live ?? false;
  let position = Math.max(0, Math.min(durationMs, options.startMs ?? 0));
  let rate = 1;
  let playing = false;
  let waiting = false;
  let closed = false;
  let last = performance.now();
  let told = '';
  let troubled = false;
  const sides = (['client', 'witness'] as const).map((side): SidePlayer => createSidePlayer({
    video: options.video[side], runs: runsOf(options.segments, side), wake: () => step(),
    fetchRange: options.fetchRange, refusal: (error) => options.refusal?.(error) ?? 'again', onStop: () => { playing = false; }, onError: (error) => options.onError?.(error),
  }));

  const tell = (): void => {
    const state = { playing, waiting, ended: position >= durationMs };
    const text = JSON.stringify(state);
    if (text !== told) options.onState?.(state);
    told = text;
  };
  function step(): void {
    if (closed) return;
    const now = performance.now();
    // A tab that slept must not jump ahead by its sleep.
    const passed = Math.min(500, now - last);
    last = now;
    const ready = sides.map((side) => side.ready(position, playing));
    waiting = ready.includes(false);
    if (playing && !waiting) {
      const clock = clockAfter({ position, passedMs: passed * rate, recordedMs, durationMs, live });
      if (clock.ended) { if (live) waiting = true; else playing = false; }
      position = clock.position;
      options.onPosition?.(position);
    }
    for (const side of sides) side.follow(position, playing && !waiting, rate);
    const missing = sides.some((side) => side.troubled());
    if (troubled && !missing) options.onRecovered?.();
    troubled = missing;
    tell();
  }
  const timer = setInterval(step, 40);
  step();
  const moveTo = (mediaMs: number, far: boolean): void => {
    position = Math.max(0, Math.min(durationMs, mediaMs));
    for (const side of sides) side.jump(far);
    options.onPosition?.(position);
    step();
  };
  const settled = async (): Promise<void> => {
    for (const end = performance.now() + SETTLE_MS; performance.now() < end && !closed;) {
      await new Promise((resolve) => { setTimeout(resolve, 20); });
      if (sides.every((side) => side.settled())) break;
    }
    // The frame is told of once it is drawn.
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  };
  let stepping = false;
  /** By the frames of one side, the client's where it has a picture; where it has none for long the nearest of both. */
  const toNeighbour = async (direction: 1 | -1): Promise<void> => {
    const from = position;
    /** How far in the step's own direction: never the other way. */
    const ahead = (ms: number | undefined): number => (ms === undefined || (ms - from) * direction <= 0 ? Infinity : (ms - from) * direction);
    const leads = sides.find((side) => side.frameMs() !== undefined);
    const led = await leads?.neighbour(from, direction);
    const all = ahead(led) <= LEAD_MS ? [led] : [led, ...await Promise.all(sides.filter((side) => side !== leads).map((side) => side.neighbour(from, direction)))];
    const next = all.reduce((best, one) => (ahead(one) < ahead(best) ? one : best));
    // Somebody jumped meanwhile, or there is no frame there.
    if (closed || position !== from || next === undefined || ahead(next) === Infinity) return;
    moveTo(next, false);
    await settled();
  };

  return {
    play() { sides.forEach((side) => side.retry()); if (position >= durationMs && !live) position = 0; playing = true; last = performance.now(); step(); },
    pause() { playing = false; step(); },
    seek(mediaMs) { sides.forEach((side) => side.retry()); moveTo(mediaMs, Math.abs(mediaMs - position) > FAR_MS); },
    async stepFrame(direction) {
      // A held key is not a queue of steps.
      if (stepping || closed) return;
      stepping = true;
      try {
        playing = false;
        step();
        if (sides.every(({ stepsByFrame }) => stepsByFrame)) { await toNeighbour(direction); return; }
        const side = sides.find((one) => one.frameMs() !== undefined);
        const before = side?.frameMs();
        if (side === undefined || before === undefined) { moveTo(position + direction * STEP_MS, false); return; }
        for (let n = 1; n <= STEPS; n += 1) {
          moveTo(direction === 1 ? before + n * STEP_MS : before - 1 - (n - 1) * STEP_MS, false);
          await settled();
          // Right after a jump the element may have no picture for a moment.
          for (let waits = 0; waits < 25 && !closed && side.frameMs() === undefined; waits += 1) await new Promise((resolve) => { setTimeout(resolve, 20); });
          const shown = side.frameMs();
          if (closed || shown === undefined || Math.abs(shown - before) > 1) {
            if (shown !== undefined) { position = shown; options.onPosition?.(position); }
            return;
          }
        }
      } finally { stepping = false; }
    },
    setRate(wanted) { rate = Math.max(0.5, Math.min(4, wanted)); step(); },
    grow(segments, goesOn, lengthMs = 0) {
      recordedMs = lastOf(segments);
      durationMs = Math.max(recordedMs, lengthMs);
      live = goesOn;
      sides[0]!.grow(runsOf(segments, 'client'));
      sides[1]!.grow(runsOf(segments, 'witness'));
      step();
    },
    get positionMs() { return position; },
    get durationMs() { return durationMs; },
    get recordedMs() { return recordedMs; },
    get playing() { return playing; },
    get waiting() { return waiting; },
    drift: () => ({ client: sides[0]!.drift(position), witness: sides[1]!.drift(position) }),
    frames: () => ({ client: sides[0]!.frameMs(), witness: sides[1]!.frameMs() }),
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      sides.forEach((side) => side.close());
    },
  };
};
