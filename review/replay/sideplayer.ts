import type { PlayableSegment } from './player.ts';
import { follow } from './timeline.ts';
import type { ReplaySide } from './timeline.ts';

/** One side's element, following the player's clock. */
export interface SidePlayer {
  /** False while the bytes for this media time are on their way; true in a gap. */
  ready(mediaMs: number): boolean;
  follow(mediaMs: number, playing: boolean, rate: number): void;
  /** The clock jumps: no gentle catching up. */
  jump(): void;
  drift(mediaMs: number): number | undefined;
  close(): void;
}

const AHEAD_MS = 25_000;
const KEEP_BEHIND_S = 30;
/** So long after its last recorded instant a side shows its last frame instead of nothing. */
const HOLD_MS = 2_000;
/** A jump is waited for so long; after that the other side goes on without this one. */
const SEEK_LIMIT_MS = 5_000;

/** One MediaSource for one run of segments; segments are appended as the clock comes near, each at its own start. */
const openRun = (run: readonly PlayableSegment[], options: { video: HTMLVideoElement; fetchSegment(segment: PlayableSegment, signal: AbortSignal): Promise<ArrayBuffer>; onError(error: unknown): void }) => {
  const source = new MediaSource();
  const url = URL.createObjectURL(source);
  const abort = new AbortController();
  const originMs = run[0]!.startMs;
  const wanted = new Set<PlayableSegment>();
  const appended = new Set<PlayableSegment>();
  let buffer: SourceBuffer | undefined;
  let queue: Promise<void> = new Promise((resolve) => {
    source.addEventListener('sourceopen', () => {
      buffer = source.addSourceBuffer(run[0]!.mimeType);
      source.duration = (run.at(-1)!.endMs - originMs) / 1000 + 0.5;
      resolve();
    }, { once: true });
  });
  options.video.src = url;

  const update = (work: (target: SourceBuffer) => void): Promise<void> => new Promise((resolve, reject) => {
    if (!buffer || source.readyState !== 'open') { resolve(); return; }
    const target = buffer;
    target.addEventListener('updateend', () => resolve(), { once: true });
    target.addEventListener('error', () => reject(new Error('the segment does not play')), { once: true });
    work(target);
  });
  const load = (segment: PlayableSegment): void => {
    wanted.add(segment);
    const bytes = options.fetchSegment(segment, abort.signal);
    bytes.catch(() => undefined);
    queue = queue.then(async () => {
      const data = await bytes;
      if (abort.signal.aborted) return;
      const behind = options.video.currentTime - KEEP_BEHIND_S;
      if (behind > 10) {
        await update((target) => target.remove(0, behind));
        for (const one of appended) if ((one.endMs - originMs) / 1000 <= behind) { appended.delete(one); wanted.delete(one); }
      }
      await update((target) => {
        target.timestampOffset = (segment.startMs - originMs) / 1000;
        target.appendBuffer(data);
      });
      appended.add(segment);
    }).catch((error: unknown) => {
      // A segment that cannot be had or played is passed over: the rest of the evidence must stay visible.
      appended.add(segment);
      if (!abort.signal.aborted) options.onError(error);
    });
  };
  return {
    originMs,
    holds: (mediaMs: number): boolean => mediaMs >= originMs && mediaMs < run.at(-1)!.endMs,
    need(mediaMs: number): void {
      for (const segment of run) if (!wanted.has(segment) && segment.endMs > mediaMs && segment.startMs < mediaMs + AHEAD_MS) load(segment);
    },
    loaded(mediaMs: number): boolean {
      const segment = run.find((one) => one.startMs <= mediaMs && mediaMs < one.endMs);
      return !segment || appended.has(segment);
    },
    close(): void {
      abort.abort();
      URL.revokeObjectURL(url);
    },
  };
};

/** Keeps the element in the run that holds the clock's time, and in step with the clock. */
export const createSidePlayer = (options: {
  side: ReplaySide; video: HTMLVideoElement; runs: readonly (readonly PlayableSegment[])[];
  fetchSegment(segment: PlayableSegment, signal: AbortSignal): Promise<ArrayBuffer>; onError(error: unknown): void;
}): SidePlayer => {
  const { video, runs } = options;
  let current: ReturnType<typeof openRun> | undefined;
  let jumped = true;
  let seekingSince: number | undefined;

  const leave = (): void => {
    if (!current) return;
    current.close();
    current = undefined;
    video.pause();
    video.removeAttribute('src');
    video.load();
  };
  const enter = (mediaMs: number): void => {
    if (current?.holds(mediaMs)) return;
    leave();
    const run = runs.find((one) => one[0]!.startMs <= mediaMs && mediaMs < one.at(-1)!.endMs);
    if (!run) return;
    current = openRun(run, options);
    jumped = true;
  };
  const lastMs = Math.max(0, ...runs.map((run) => run.at(-1)!.endMs));
  const held = (mediaMs: number): number => (mediaMs >= lastMs && mediaMs - lastMs <= HOLD_MS ? Math.max(0, lastMs - 1) : mediaMs);
  const targetOf = (mediaMs: number): number => (mediaMs - current!.originMs) / 1000;
  /** Small holes inside a segment: the next buffered instant. */
  const playable = (seconds: number): number | undefined => {
    for (let i = 0; i < video.buffered.length; i += 1) {
      if (seconds < video.buffered.end(i) - 0.01) return Math.max(seconds, video.buffered.start(i));
    }
    return undefined;
  };

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

  return {
    ready(clockMs) {
      const mediaMs = held(clockMs);
      enter(mediaMs);
      current?.need(mediaMs);
      return !current || (current.loaded(mediaMs) && video.readyState >= 1 && !seekingStill());
    },
    follow(clockMs, playing, rate) {
      if (!current || video.readyState < 1) return;
      const mediaMs = held(clockMs);
      const target = targetOf(mediaMs);
      const place = playable(target);
      const tail = place === undefined && current.loaded(mediaMs) ? tailBefore(target) : undefined;
      if (tail !== undefined) {
        // A jump to where the last frame stands or has just passed: it is shown, and stays.
        if (!video.seeking && Math.abs(video.currentTime - tail) > 0.3) video.currentTime = tail;
        jumped = false;
        if (!video.paused) video.pause();
        return;
      }
      const driftMs = (video.currentTime - target) * 1000;
      const { rate: wanted, seek } = follow(driftMs, rate);
      const hole = place === undefined || place > target + 0.1;
      if (!hole && !video.seeking && (jumped || (seek && current.loaded(mediaMs)) || (!playing && Math.abs(driftMs) > 20))) {
        video.currentTime = place;
        jumped = false;
      }
      if (video.playbackRate !== wanted) video.playbackRate = wanted;
      if (playing && !hole && video.paused) void video.play().catch((error: unknown) => { if ((error as DOMException).name !== 'AbortError') options.onError(error); });
      if ((!playing || hole) && !video.paused) video.pause();
    },
    jump() { jumped = true; },
    drift: (mediaMs) => (current && video.readyState >= 2 && !video.seeking ? (video.currentTime - targetOf(mediaMs)) * 1000 : undefined),
    close() { leave(); },
  };
};
