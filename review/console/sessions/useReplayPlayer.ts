import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import type { Problem } from '../api/problem.ts';

export interface ReplayState {
  readonly client: RefObject<HTMLVideoElement | null>;
  readonly witness: RefObject<HTMLVideoElement | null>;
  readonly nowMs: number; readonly playing: boolean; readonly rate: number; readonly problem: Problem | undefined;
  readonly toggle: () => void; readonly seek: (ms: number) => void; readonly setRate: (rate: number) => void;
}
export function useReplayPlayer(view: ReplayView): ReplayState {
  const client = useRef<HTMLVideoElement>(null);
  const witness = useRef<HTMLVideoElement>(null);
  const [nowMs, setNow] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [rate, setRate] = useState(1);
  useEffect(() => { if (!playing) return undefined; const x = setInterval(() => setNow((n) => Math.min(view.durationMs, n + 100 * rate)), 100); return () => clearInterval(x); }, [playing, rate, view]);
  return { client, witness, nowMs, playing, rate, problem: undefined, toggle: useCallback(() => setPlaying((p) => !p), []), seek: setNow, setRate };
}
