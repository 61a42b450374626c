import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { createReplayPlayer } from '../../replay/player.ts';
import type { PlayableSegment, ReplayPlayer } from '../../replay/player.ts';
import { http } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { refusalOf } from './failing.ts';

export interface ReplayState {
  readonly client: RefObject<HTMLVideoElement | null>;
  readonly witness: RefObject<HTMLVideoElement | null>;
  /** The session's clock: ms since its recording began. */
  readonly nowMs: number;
  /** Where the recording ends on that clock, so far; the session goes on behind it. */
  readonly endMs: number;
  readonly playing: boolean;
  readonly loading: boolean;
  readonly rate: number;
  readonly problem: Problem | undefined;
  readonly toggle: () => void;
  readonly seek: (ms: number) => void;
  readonly stepFrame: (direction: 1 | -1) => void;
  readonly setRate: (rate: number) => void;
  /** To the newest that is recorded, and on with it. */
  readonly followNewest: () => void;
}

/** So far behind the newest recorded instant following begins. */
const BEHIND_MS = 3_000;

/**
 * The replay player on this page's two video elements, as long as the page is open; it grows with a call that goes on.
 * @param startMs where the clock begins
 */
export function useReplayPlayer(view: ReplayView, startMs: number): ReplayState {
  const client = useRef<HTMLVideoElement>(null);
  const witness = useRef<HTMLVideoElement>(null);
  const player = useRef<ReplayPlayer>(undefined);
  const [nowMs, setNow] = useState(startMs);
  const [run, setRun] = useState({ playing: false, waiting: false });
  const [rate, setRateShown] = useState(1);
  const [problem, setProblem] = useState<Problem>();
  const latest = useRef(view);
  latest.current = view;
  /** What a new player takes over from the one before. */
  const before = useRef({ ms: startMs, zeroAt: view.zeroAt, playing: false, rate: 1 });

  useEffect(() => {
    if (client.current === null || witness.current === null) return undefined;
    const { sessionId, segments, live, durationMs, zeroAt } = latest.current;
    const { ms, zeroAt: zeroBefore, playing: goesOn, rate: speed } = before.current;
    // The zero is the first instant that is recorded: it can move while the first segments come. The clock stays on the same instant.
    const startMs = ms + (zeroAt === null || zeroBefore === null ? 0 : Date.parse(zeroBefore) - Date.parse(zeroAt));
    const mine = createReplayPlayer({
      segments, live, durationMs, startMs, video: { client: client.current, witness: witness.current },
      fetchRange: async ({ segmentId }: PlayableSegment, range, signal) => (await http(STAFF_OPERATIONS.segment, { params: { sessionId, segmentId }, range, signal })).arrayBuffer(),
      onPosition: (position) => { before.current = { ...before.current, ms: position, zeroAt }; setNow(position); },
      onState: ({ playing, waiting }) => { before.current.playing = playing; setRun({ playing, waiting }); },
      refusal: refusalOf,
      onError: (error) => setProblem(problemOf(error)),
      onRecovered: () => setProblem(undefined),
    });
    player.current = mine;
    setNow(mine.positionMs);
    setProblem(undefined);
    mine.setRate(speed);
    if (goesOn) mine.play();
    return () => {
      player.current = undefined;
      mine.close();
    };
  }, [view.sessionId, view.zeroAt]);

  // A poll that brought nothing new leaves the player alone.
  const grown = `${view.segments.length} ${view.durationMs} ${view.live}`;
  useEffect(() => { player.current?.grow(latest.current.segments, latest.current.live, latest.current.durationMs); }, [grown]);

  const endMs = useMemo(() => Math.max(0, ...view.segments.map((segment) => segment.endMs)), [view.segments]);
  return {
    client, witness, nowMs, endMs, playing: run.playing, loading: run.waiting && !(view.live && nowMs >= endMs - 100), rate, problem,
    toggle: useCallback(() => { if (player.current?.playing) player.current.pause(); else player.current?.play(); }, []),
    seek: useCallback((ms: number) => player.current?.seek(ms), []),
    stepFrame: useCallback((direction: 1 | -1) => void player.current?.stepFrame(direction), []),
    setRate: useCallback((wanted: number) => { player.current?.setRate(wanted); before.current.rate = wanted; setRateShown(wanted); }, []),
    followNewest: useCallback(() => {
      const mine = player.current;
      if (!mine) return;
      mine.seek(mine.recordedMs - BEHIND_MS);
      mine.play();
    }, []),
  };
}
