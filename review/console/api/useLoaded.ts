import { useCallback, useEffect, useRef, useState } from 'react';
import { problemOf } from './problem.ts';
import type { Problem } from './problem.ts';

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
  /** Takes an answer that already came (a decision answers with the case). */
  readonly set: (value: T) => void;
}

interface State<T> { readonly value: T | undefined; readonly problem: Problem | undefined; readonly loading: boolean }

/**
 * Loads when `key` changes and on `reload`, or every `everyMs`. An answer that was overtaken by a newer one is dropped,
 * so that an old picture of a case never replaces a newer one.
 */
export function useLoaded<T>(key: string | undefined, load: () => Promise<T>, everyMs?: number): Loaded<T> {
  const [state, setState] = useState<State<T>>({ value: undefined, problem: undefined, loading: key !== undefined });
  const turn = useRef(0);
  const flying = useRef(false);
  const loader = useRef(load);
  loader.current = load;

  const reload = useCallback(() => {
    turn.current += 1;
    const mine = turn.current;
    flying.current = true;
    setState((old) => ({ ...old, loading: true }));
    const settle = (next: (old: State<T>) => State<T>): void => {
      if (turn.current !== mine) return;
      flying.current = false;
      setState(next);
    };
    loader.current().then(
      (value) => { settle(() => ({ value, problem: undefined, loading: false })); },
      (error: unknown) => { settle((old) => ({ ...old, problem: problemOf(error), loading: false })); },
    );
  }, []);

  const set = useCallback((value: T) => {
    setState({ value, problem: undefined, loading: false });
    // It is not known which of the two saw more of the case: look once more.
    if (flying.current) reload();
  }, [reload]);

  useEffect(() => {
    if (key === undefined) return undefined;
    reload();
    const timer = everyMs === undefined ? undefined : setInterval(reload, everyMs);
    return () => {
      turn.current += 1;
      clearInterval(timer);
    };
  }, [key, everyMs, reload]);

  return { ...state, reload, set };
}
