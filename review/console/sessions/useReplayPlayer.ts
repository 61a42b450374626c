import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { pathOf } from '../../../client/rtc/http.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { createSidePlayer } from './sidePlayer.ts';
import type { SidePlayer } from './sidePlayer.ts';

export interface ReplayState {
  readonly client: RefObject<HTMLVideoElement | null>;
  readonly witness: RefObject<HTMLVideoElement | null>;
  /** The session's clock: ms since its recording began. */
  readonly nowMs: number;
  readonly playing: boolean;
  readonly loading: boolean;
  readonly rate: number;
  readonly problem: Problem | undefined;
  readonly toggle: () => void;
  readonly seek: (ms: number) => void;
  readonly setRate: (rate: number) => void;
}

/** A side that runs but does not come forward for so long has met a hole: the clock goes on without it. */
const STUCK_MS = 600;

interface Clock { now: number; playing: boolean; rate: number }

/** Both sides on one clock. The picture that runs leads it, so that time and picture agree; in a gap the wall clock does. */
export function useReplayPlayer(view: ReplayView): ReplayState {
  const client = useRef<HTMLVideoElement>(null);
  const witness = useRef<HTMLVideoElement>(null);
  const clock = useRef<Clock>({ now: 0, playing: false, rate: 1 });
  const [shown, setShown] = useState({ nowMs: 0, playing: false, loading: false, rate: 1 });
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    const sides: SidePlayer[] = [];
    for (const [side, element] of [['client', client.current], ['witness', witness.current]] as const) {
      const segments = view.segments.filter((s) => s.side === side).sort((a, b) => a.startMs - b.startMs)
        .map((s) => ({ ...s, url: pathOf(STAFF_OPERATIONS.segment, { sessionId: view.sessionId, segmentId: s.segmentId }) }));
      if (element && segments.length > 0) sides.push(createSidePlayer({ video: element, segments, durationMs: view.durationMs, onError: (error) => setProblem(problemOf(error)) }));
    }
    let last = performance.now();
    let lead = { at: -1, since: last };
    let frame = 0;
    const step = (time: number): void => {
      const c = clock.current;
      const passed = Math.max(0, time - last);
      last = time;
      const loading = sides.some((s) => s.status(c.now) === 'loading');
      if (c.playing && !loading) {
        const running = sides.map((s) => s.runningAt()).find((at) => at !== undefined && Math.abs(at - c.now) < 1500 * c.rate);
        if (running !== undefined && running !== lead.at) lead = { at: running, since: time };
        c.now = running !== undefined && time - lead.since < STUCK_MS ? Math.max(c.now, running) : c.now + passed * c.rate;
        if (c.now >= view.durationMs) Object.assign(c, { now: view.durationMs, playing: false });
      }
      for (const side of sides) side.follow(c.now, c.playing && !loading, c.rate);
      setShown((old) => (old.playing === c.playing && old.rate === c.rate && old.loading === loading && Math.abs(old.nowMs - c.now) < 80 && (c.playing || old.nowMs === c.now)
        ? old : { nowMs: c.now, playing: c.playing, loading, rate: c.rate }));
      frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => {
      cancelAnimationFrame(frame);
      for (const side of sides) side.close();
    };
  }, [view]);

  return {
    client, witness, problem, ...shown,
    toggle: useCallback(() => {
      const c = clock.current;
      // Playing again after the end begins from the start.
      Object.assign(c, { playing: !c.playing, now: !c.playing && c.now >= view.durationMs ? 0 : c.now });
    }, [view]),
    seek: useCallback((ms: number) => { clock.current.now = Math.min(Math.max(0, ms), view.durationMs); }, [view]),
    setRate: useCallback((rate: number) => { clock.current.rate = rate; }, []),
  };
}
