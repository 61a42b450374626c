import type { PlayableSegment } from './player.ts';
import { createStill } from './still.ts';
import { createVideoSide } from './videoside.ts';
import type { VideoSideOptions } from './videoside.ts';

/** One side's picture: a still while the clock stands, the element while it runs. Times are media ms. */
export interface SidePlayer {
  /** False while the bytes or the picture for this time are on their way; true in a gap. `playing`: the clock is to run as soon as all are ready. */
  ready(clockMs: number, playing: boolean): boolean;
  /** `running`: the clock runs. */
  follow(clockMs: number, running: boolean, rate: number): void;
  /** The clock jumps: no gentle catching up. `far`: the key frame before it is shown until the exact one is decoded. */
  jump(far: boolean): void;
  drift(clockMs: number): number | undefined;
  /** Media time of the frame on the screen; undefined in a gap. */
  frameMs(): number | undefined;
  /** Where the next or the last frame begins, over segments and gaps; undefined when there is none. */
  neighbour(clockMs: number, direction: 1 | -1): Promise<number | undefined>;
  /** Whether {@link SidePlayer.neighbour} knows: the browser can decode stills. */
  readonly stepsByFrame: boolean;
  /** Nothing is sought any more. */
  settled(): boolean;
  /** Something of this side could not be had, or does not play. */
  troubled(): boolean;
  /** What could not be had is asked for anew. */
  retry(): void;
  grow(runs: readonly (readonly PlayableSegment[])[]): void;
  close(): void;
}

/** The element goes where the clock stands when the still has stood there for so long, so that playing on begins at once; sooner its decoding would slow the next still. */
const QUIET_MS = 1_000;
/** A still that is so far from the clock is the picture of another second. */
const STALE_MS = 300;
/** Two times this close are one. */
const SAME_MS = 1;

export const createSidePlayer = (options: Omit<VideoSideOptions, 'onBroken' | 'onFrame' | 'covered'>): SidePlayer => {
  const still = createStill({ ...options, segments: options.runs.flat() });
  let playing = false;
  let clockAt = 0;
  /** When the still was last on its way. */
  let movedAt = -Infinity;
  let far = true;
  const element = createVideoSide({ ...options, onFrame: uncover, covered: () => still?.frameMs() !== undefined });
  /** The clock is to stand, and the still shows its time. */
  const stands = (): boolean => !playing && still?.able(clockAt) === true;

  /** The element has come from before to a picture that the still is past already: seen now, it would go back. Browsers begin up to a picture early. */
  const behind = (): boolean => {
    const [shown, stood] = [element.frameMs(), still?.frameMs()];
    return element.settled() && shown !== undefined && stood !== undefined && shown < stood - SAME_MS && stood <= clockAt + SAME_MS;
  };
  /** The element's own picture is the clock's: the still goes. */
  function uncover(): void {
    const shown = element.frameMs();
    if (playing && shown !== undefined && element.settled() && !behind() && Math.abs(shown - clockAt) < STALE_MS) still?.hide();
  }
  const place = (clockMs: number, plays: boolean): void => {
    const mediaMs = element.held(clockMs);
    if (mediaMs !== clockAt || plays !== playing) movedAt = performance.now();
    if (plays && !playing) still?.rest();
    [clockAt, playing] = [mediaMs, plays];
  };
  const quiet = (): boolean => {
    if (still?.settled() !== true) movedAt = performance.now();
    return performance.now() - movedAt > QUIET_MS;
  };

  return {
    ready(clockMs, plays) {
      place(clockMs, plays);
      if (!stands()) {
        if (!playing) still?.hide();
        return element.ready(clockAt);
      }
      still!.want(clockAt, far);
      if (still!.settled()) far = false;
      if (quiet()) element.ready(clockAt);
      return still!.settled();
    },
    follow(clockMs, running, rate) {
      const mediaMs = element.held(clockMs);
      if (stands() && !quiet()) { element.stand(); return; }
      const stillMs = still?.frameMs();
      if (running && (element.empty() || (stillMs !== undefined && Math.abs(stillMs - mediaMs) > STALE_MS && !behind()))) still?.hide();
      element.follow(mediaMs, running, rate);
    },
    jump(jumpsFar) {
      far ||= jumpsFar;
      movedAt = performance.now();
      element.jump(jumpsFar);
    },
    drift(clockMs) {
      if (!stands()) return element.drift(element.held(clockMs));
      return still!.settled() && still!.frameMs() !== undefined ? 0 : undefined;
    },
    frameMs: () => (stands() ? still!.frameMs() : element.frameMs()),
    neighbour: async (clockMs, direction) => still?.neighbour(element.held(clockMs), direction),
    get stepsByFrame() { return stands(); },
    settled: () => (stands() ? still!.settled() : element.settled()),
    troubled: () => element.troubled() || still?.troubled() === true,
    retry() { element.retry(); still?.retry(); },
    grow(runs) { element.grow(runs); still?.grow(runs.flat()); },
    close() { still?.close(); element.close(); },
  };
};
