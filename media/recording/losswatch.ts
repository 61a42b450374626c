import type { MediaKind } from '../../contracts/signaling/media.ts';
import type { Interval } from './coverage.ts';

const WINDOW_MS = 5_000;
/** Above this share of what came and was lost for good, a stretch is no recording: of frames that decode, of packets of sound. */
export const LOSS_LIMIT: Record<MediaKind, number> = { video: 0.4, audio: 0.1 };

/** Says which stretches of 5 s had more loss than the limit. Pure; `nowMs` Unix ms, not falling. */
export const createLossWatch = (kind: MediaKind) => {
  let fromMs: number | undefined;
  let [good, lost] = [0, 0];
  return {
    /** What became of the last frames or packets; answers the stretch that ended now, when it was above the limit. */
    note(nowMs: number, count: { readonly good?: number; readonly lost?: number }): Interval | undefined {
      fromMs ??= nowMs;
      good += count.good ?? 0;
      lost += count.lost ?? 0;
      if (nowMs - fromMs < WINDOW_MS) return undefined;
      const over = lost / (good + lost) > LOSS_LIMIT[kind];
      // A window that stood open over a silence says nothing of the silence.
      const stretch = { fromMs: Math.max(fromMs, nowMs - 2 * WINDOW_MS), toMs: nowMs };
      [fromMs, good, lost] = [nowMs, 0, 0];
      return over ? stretch : undefined;
    },
  };
};
