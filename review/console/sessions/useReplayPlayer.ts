import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { createReplayPlayer } from '../../replay/player.ts';
import type { ReplayPlayer } from '../../replay/player.ts';
import { http } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';

export interface ReplayState {
  readonly client: RefObject<HTMLVideoElement | null>;
  readonly witness: RefObject<HTMLVideoElement | null>;
  /** The session's clock: ms since its recording began. */
  readonly nowMs: number;
  /** Where the recording ends on that clock. */
  readonly endMs: number;
  readonly playing: boolean;
  readonly loading: boolean;
  readonly rate: number;
  readonly problem: Problem | undefined;
  readonly toggle: () => void;
  readonly seek: (ms: number) => void;
  readonly setRate: (rate: number) => void;
}

/** The replay player on this page's two video elements, as long as the page is open. */
export function useReplayPlayer(view: ReplayView): ReplayState {
  const client = useRef<HTMLVideoElement>(null);
  const witness = useRef<HTMLVideoElement>(null);
  const player = useRef<ReplayPlayer>(undefined);
  const [nowMs, setNow] = useState(0);
  const [endMs, setEnd] = useState(0);
  const [run, setRun] = useState({ playing: false, waiting: false });
  const [rate, setRateShown] = useState(1);
  const [problem, setProblem] = useState<Problem>();

  useEffect(() => {
    if (client.current === null || witness.current === null || view.segments.length === 0) return undefined;
    const mine = createReplayPlayer({
      segments: view.segments,
      video: { client: client.current, witness: witness.current },
      fetchSegment: async ({ segmentId }, signal) => (await http(STAFF_OPERATIONS.segment, { params: { sessionId: view.sessionId, segmentId }, signal })).arrayBuffer(),
      onPosition: setNow,
      onState: ({ playing, waiting }) => setRun({ playing, waiting }),
      onError: (error) => setProblem(problemOf(error)),
    });
    player.current = mine;
    setEnd(mine.durationMs);
    return () => {
      player.current = undefined;
      mine.close();
    };
  }, [view]);

  return {
    client, witness, nowMs, endMs, playing: run.playing, loading: run.waiting, rate, problem,
    toggle: useCallback(() => { if (player.current?.playing) player.current.pause(); else player.current?.play(); }, []),
    seek: useCallback((ms: number) => player.current?.seek(ms), []),
    setRate: useCallback((wanted: number) => { player.current?.setRate(wanted); setRateShown(wanted); }, []),
  };
}
