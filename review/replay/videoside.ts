import type { PlayableSegment } from './player.ts';
import { openRun } from './runplayer.ts';
import type { Run, RunOptions } from './runplayer.ts';
import { follow, withoutBroken } from './timeline.ts';

/** One side's element, following the player's clock. Times are media ms. */
export interface VideoSide {
  /** Where the clock's time lies in what is recorded: shortly after the last recorded instant it is that one. */
  held(mediaMs: number): number;
  /** False while the bytes or the picture for this (held) time are on their way; true in a gap. */
  ready(mediaMs: number): boolean;
  follow(mediaMs: number, playing: boolean, rate: number): void;
  /** Stands where it is and fetches nothing, whatever the clock does. */
  stand(): void;
  /** The clock jumps: no gentle catching up. `far`: the key frame before it is shown until the exact one is decoded; a far jump that has not landed stays one. */
  jump(far: boolean): void;
  drift(mediaMs: number): number | undefined;
  /** Media time of the frame on the screen; undefined in a gap. */
  frameMs(): number | undefined;
  /** Nothing is sought any more. */
  settled(): boolean;
  /** Nothing is recorded of this time, as far as it plays. */
  empty(): boolean;
  /** Something of this side could not be had, or does not play. */
  troubled(): boolean;
  /** What could not be had is asked for anew. */
  retry(): void;
  grow(runs: readonly (readonly PlayableSegment[])[]): void;
  close(): void;
}

/** So long after its last recorded instant a side shows its last frame instead of nothing. */
const HOLD_MS = 2_000;
/** A jump is waited for so long; after that the other side goes on without this one. */
const SEEK_LIMIT_MS = 5_000;
/** Decoding so much from the key frame on is not noticed: no picture in between. */
const SOON_S = 1;
/** The key frame's picture is waited for so long once the exact one could be had. */
const PREVIEW_MS = 300;
/** A segment's first frame may begin so long behind its start. */
const FIRST_S = 0.05;
/** Two frames this close are one. */
const SAME_S = 0.02;

interface Jump { readonly far: boolean; /** The key frame that was asked for, s in its run, and when. */ preview: { readonly key: number; readonly at: number } | undefined }

export interface VideoSideOptions extends Omit<RunOptions, 'onBroken'> {
  readonly runs: readonly (readonly PlayableSegment[])[];
  /** The element has put a frame on the screen. */
  onFrame(): void;
  /** Something else is shown over the element: no pictures on the way to where the clock jumped. */
  covered(): boolean;
}

/** Keeps the element in the run that holds the clock's time, and in step with the clock. */
export const createVideoSide = (options: VideoSideOptions): VideoSide => {
  const { video } = options;
  const broken = new Set<string>();
  let runs: readonly (readonly PlayableSegment[])[] = options.runs;
  let clockAt = 0;
  let current: Run | undefined;
  /** A jump that has not reached its exact place. */
  let jumped: Jump | undefined = { far: true, preview: undefined };
  let seekingSince: number | undefined;
  let frameS: number | undefined;
  let watching = true;

  const watchFrames = (): void => {
    video.requestVideoFrameCallback?.((_, { mediaTime }) => {
      frameS = mediaTime;
      if (!watching) return;
      watchFrames();
      options.onFrame();
      if (jumped) wake();
    });
  };
  const wake = (): void => options.wake();
  watchFrames();
  const events = ['seeked', 'loadedmetadata', 'canplay'] as const;
  for (const event of events) video.addEventListener(event, wake);

  const leave = (): void => {
    if (!current) return;
    current.close();
    current = undefined;
    frameS = undefined;
    video.pause();
    video.removeAttribute('src');
    video.load();
  };
  const enter = (mediaMs: number): void => {
    if (current?.holds(mediaMs)) return;
    leave();
    const run = runs.find((one) => one[0]!.startMs <= mediaMs && mediaMs < one.at(-1)!.endMs);
    if (!run) return;
    current = openRun(run, { ...options, onBroken: passOver });
    jumped = { far: jumped?.far ?? true, preview: undefined };
  };
  /** A source that failed is of no use any more: a new one begins behind what does not play. */
  const passOver = (segmentIds: readonly string[]): void => {
    for (const segmentId of segmentIds) broken.add(segmentId);
    runs = withoutBroken(runs, broken);
    leave();
    wake();
  };
  const failed = (): void => {
    const here = runs.flat().find((one) => one.startMs <= clockAt && clockAt < one.endMs);
    if (!current || !video.error || !here) return;
    options.onError(new Error('the segment does not play'));
    passOver([here.segmentId]);
  };
  video.addEventListener('error', failed);
  const lastMs = (): number => Math.max(0, ...runs.map((run) => run.at(-1)!.endMs));
  const held = (mediaMs: number): number => (mediaMs >= lastMs() && mediaMs - lastMs() <= HOLD_MS ? Math.max(0, lastMs() - 1) : mediaMs);
  const targetOf = (mediaMs: number): number => (mediaMs - current!.originMs) / 1000;
  /** Small holes inside a segment: the next buffered instant. */
  const playable = (seconds: number): number | undefined => {
    for (let i = 0; i < video.buffered.length; i += 1) {
      if (seconds < video.buffered.end(i) - 0.01) return Math.max(seconds, video.buffered.start(i));
    }
    return undefined;
  };
  const inBuffer = (seconds: number): boolean => { const place = playable(seconds); return place !== undefined && place <= seconds + 0.1; };

  /** The last buffered instant when all that is buffered ends shortly before. */
  const tailBefore = (seconds: number): number | undefined => {
    const { buffered } = video;
    const end = buffered.length === 0 ? undefined : buffered.end(buffered.length - 1);
    return end !== undefined && seconds - end < HOLD_MS / 1000 ? Math.max(0, end - 0.05) : undefined;
  };

  /** The element says the new time at once, but shows the old picture until it has decoded up to it. */
  const seekingStill = (): boolean => {
    if (!video.seeking) seekingSince = undefined;
    else seekingSince ??= performance.now();
    return seekingSince !== undefined && performance.now() - seekingSince < SEEK_LIMIT_MS;
  };

  /** On the way to where the clock jumped: its key frame first when that is far from it, then the exact frame. */
  const land = (mediaMs: number, jump: Jump): void => {
    const target = targetOf(mediaMs);
    // A little inside: a segment's first frame begins a little behind its start, and what is before it would be decoded from the segment before on.
    const key = (current!.keyMs(mediaMs) - current!.originMs) / 1000 + FIRST_S;
    // A jump that went on to another segment has another key frame.
    if (jump.preview?.key !== key) jump.preview = undefined;
    const previewedMs = jump.preview && performance.now() - jump.preview.at;
    const overdue = previewedMs !== undefined && previewedMs > PREVIEW_MS && inBuffer(target);
    if (video.seeking && seekingStill() && !overdue) return;
    // The element has sought it before it is on the screen: going on at once would show nothing in between.
    if (previewedMs !== undefined && !overdue && previewedMs < PREVIEW_MS && !(frameS !== undefined && Math.abs(frameS - key) <= 2 * FIRST_S)) return;
    if (jump.far && !options.covered() && jump.preview === undefined && target - key > SOON_S && inBuffer(key)) {
      jump.preview = { key, at: performance.now() };
      video.currentTime = playable(key)!;
    } else if (inBuffer(target)) {
      jumped = undefined;
      if (Math.abs(video.currentTime - target) > SAME_S / 2) video.currentTime = playable(target)!;
    } else if (current!.loaded(mediaMs)) jumped = undefined;
  };

  return {
    held,
    ready(mediaMs) {
      clockAt = mediaMs;
      enter(mediaMs);
      current?.need(mediaMs);
      return !current || ((inBuffer(targetOf(mediaMs)) || current.loaded(mediaMs)) && video.readyState >= 1 && jumped === undefined && !seekingStill());
    },
    follow(mediaMs, playing, rate) {
      if (!current || video.readyState < 1) return;
      if (jumped) {
        if (!video.paused) video.pause();
        land(mediaMs, jumped);
        if (jumped) return;
      }
      const target = targetOf(mediaMs);
      const place = playable(target);
      const tail = place === undefined && current.loaded(mediaMs) ? tailBefore(target) : undefined;
      if (tail !== undefined) {
        // A jump to where the last frame stands or has just passed: it is shown, and stays.
        if (!video.seeking && Math.abs(video.currentTime - tail) > 0.3) video.currentTime = tail;
        if (!video.paused) video.pause();
        return;
      }
      const driftMs = (video.currentTime - target) * 1000;
      const { rate: wanted, seek } = follow(driftMs, rate);
      const hole = place === undefined || place > target + 0.1;
      // After a step the clock is where the shown frame begins: sought once more, its neighbour might come.
      const onScreen = frameS !== undefined && Math.abs(frameS - target) < 0.002;
      if (!hole && !video.seeking && ((seek && current.loaded(mediaMs)) || (!playing && !onScreen && Math.abs(driftMs) > SAME_S * 1000))) video.currentTime = place;
      if (video.playbackRate !== wanted) video.playbackRate = wanted;
      if (playing && !hole && video.paused) void video.play().catch((error: unknown) => { if ((error as DOMException).name !== 'AbortError') options.onError(error); });
      if ((!playing || hole) && !video.paused) video.pause();
    },
    stand() {
      if (!video.paused) video.pause();
      current?.rest();
    },
    // The time line tells one press more than once: the second must not take the picture of the first away.
    jump(far) { jumped = { far: far || jumped?.far === true, preview: jumped?.preview }; },
    drift: (mediaMs) => (current && video.readyState >= 2 && !video.seeking && !jumped ? (video.currentTime - targetOf(mediaMs)) * 1000 : undefined),
    frameMs: () => (current && frameS !== undefined && video.readyState >= 2 ? current.originMs + frameS * 1000 : undefined),
    settled: () => !current || (!jumped && !video.seeking),
    empty: () => current === undefined,
    troubled: () => broken.size > 0 || current?.troubled === true,
    retry() { current?.retry(); },
    grow(longer) {
      runs = withoutBroken(longer, broken);
      const mine = current && runs.find((run) => run[0]!.startMs === current!.originMs);
      if (mine) current!.grow(mine);
    },
    close() {
      watching = false;
      for (const event of events) video.removeEventListener(event, wake);
      video.removeEventListener('error', failed);
      leave();
    },
  };
};
