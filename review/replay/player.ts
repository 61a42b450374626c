import { runsOf } from './timeline.ts';
import type { ReplaySide } from './timeline.ts';
import { createSidePlayer } from './sideplayer.ts';
import type { SidePlayer } from './sideplayer.ts';

/** `startMs`, `endMs` in media ms (see buildTimeline). */
export interface PlayableSegment { readonly segmentId: string; readonly side: ReplaySide; readonly startMs: number; readonly endMs: number; readonly mimeType: string }

export interface ReplayPlayer {
  play(): void;
  pause(): void;
  /** Media ms; also the way to jump to an event. */
  seek(mediaMs: number): void;
  /** 0.5–4. */
  setRate(rate: number): void;
  readonly positionMs: number;
  readonly durationMs: number;
  readonly playing: boolean;
  /** A side waits for its bytes: the clock stands. */
  readonly waiting: boolean;
  /** How far each side's picture is from the clock now, ms; undefined in a gap. */
  drift(): Record<ReplaySide, number | undefined>;
  close(): void;
}

/**
 * Plays both recorded sides in step on one clock (R46). The clock is the player's own: it goes on through gaps, where a side is blank,
 * and stands while a side waits for bytes. Browser only. `fetchSegment` yields a segment's whole WebM. Closing twice is harmless.
 */
export const createReplayPlayer = (options: {
  segments: readonly PlayableSegment[];
  video: Record<ReplaySide, HTMLVideoElement>;
  fetchSegment(segment: PlayableSegment, signal: AbortSignal): Promise<ArrayBuffer>;
  onPosition?(positionMs: number): void;
  onState?(state: { playing: boolean; waiting: boolean; ended: boolean }): void;
  onError?(error: unknown): void;
}): ReplayPlayer => {
  const durationMs = Math.max(0, ...options.segments.map(({ endMs }) => endMs));
  let position = 0;
  let rate = 1;
  let playing = false;
  let waiting = false;
  let closed = false;
  let last = performance.now();
  let told = '';
  const sides = (['client', 'witness'] as const).map((side): SidePlayer => createSidePlayer({
    side, video: options.video[side], runs: runsOf(options.segments, side),
    fetchSegment: options.fetchSegment, onError: (error) => options.onError?.(error),
  }));

  const tell = (): void => {
    const state = { playing, waiting, ended: position >= durationMs };
    const text = JSON.stringify(state);
    if (text !== told) options.onState?.(state);
    told = text;
  };
  const step = (): void => {
    if (closed) return;
    const now = performance.now();
    // A tab that slept must not jump ahead by its sleep.
    const passed = Math.min(500, now - last);
    last = now;
    const ready = sides.map((side) => side.ready(position));
    waiting = ready.includes(false);
    if (playing && !waiting) {
      position = Math.min(durationMs, position + passed * rate);
      if (position >= durationMs) playing = false;
      options.onPosition?.(position);
    }
    for (const side of sides) side.follow(position, playing && !waiting, rate);
    tell();
  };
  const timer = setInterval(step, 40);
  step();

  return {
    play() { if (position >= durationMs) position = 0; playing = true; last = performance.now(); step(); },
    pause() { playing = false; step(); },
    seek(mediaMs) {
      position = Math.max(0, Math.min(durationMs, mediaMs));
      for (const side of sides) side.jump();
      options.onPosition?.(position);
      step();
    },
    setRate(wanted) { rate = Math.max(0.5, Math.min(4, wanted)); step(); },
    get positionMs() { return position; },
    durationMs,
    get playing() { return playing; },
    get waiting() { return waiting; },
    drift: () => ({ client: sides[0]!.drift(position), witness: sides[1]!.drift(position) }),
    close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      sides.forEach((side) => side.close());
    },
  };
};
