import { useCallback, useEffect, useRef, useState } from 'react';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';

export interface Pages<R> {
  /** undefined until the first page has come. */
  readonly rows: readonly R[] | undefined;
  readonly loading: boolean;
  readonly problem: Problem | undefined;
  /** There is an older page. */
  readonly more: boolean;
  readonly loadMore: () => void;
  readonly reload: () => void;
  /** The same once more, but not while it is being loaded: a double click asks, and is logged, once. */
  readonly again: () => void;
}
interface State<R> { readonly rows: readonly R[] | undefined; readonly next: string | null; readonly loading: boolean; readonly problem: Problem | undefined }

/** A list that is read page by page; begins anew when `by` changes. An answer that was overtaken is dropped. */
export function usePages<B extends object, R>(by: B, load: (by: B & { cursor?: string }) => Promise<{ rows: R[]; next: string | null }>): Pages<R> {
  const [state, setState] = useState<State<R>>({ rows: undefined, next: null, loading: true, problem: undefined });
  const turn = useRef(0);
  const loader = useRef(load);
  loader.current = load;
  const fetchPage = useCallback((cursor: string | undefined) => {
    turn.current += 1;
    const mine = turn.current;
    setState((old) => ({ ...old, loading: true, problem: undefined }));
    loader.current({ ...by, ...(cursor === undefined ? {} : { cursor }) }).then(
      ({ rows, next }) => { if (turn.current === mine) setState((old) => ({ rows: cursor === undefined ? rows : [...(old.rows ?? []), ...rows], next, loading: false, problem: undefined })); },
      (error: unknown) => { if (turn.current === mine) setState((old) => ({ ...old, rows: cursor === undefined ? [] : old.rows, loading: false, problem: problemOf(error) })); },
    );
  }, [by]);
  useEffect(() => {
    fetchPage(undefined);
    return () => { turn.current += 1; };
  }, [fetchPage]);
  const { next, loading } = state;
  const reload = useCallback(() => fetchPage(undefined), [fetchPage]);
  return { rows: state.rows, loading, problem: state.problem, more: next !== null, loadMore: useCallback(() => { if (next !== null) fetchPage(next); }, [next, fetchPage]), reload, again: () => { if (!loading) reload(); } };
}

/** Whether the last day is before the first; days as the fields hold them. */
export const daysBackwards = (from: string, to: string): boolean => from !== '' && to !== '' && from > to;

/** The days of two date fields as instants in the reader's own zone: from the first day's midnight to the one after the last. */
export function daysBetween(from: string, to: string): { from?: string; to?: string } {
  const midnight = (day: string, plus: number): string | undefined => {
    const [y, m, d] = day.split('-').map(Number);
    return y === undefined || m === undefined || d === undefined || !Number.isFinite(y + m + d) ? undefined : new Date(y, m - 1, d + plus).toISOString();
  };
  const [begin, end] = [midnight(from, 0), midnight(to, 1)];
  return { ...(begin === undefined ? {} : { from: begin }), ...(end === undefined ? {} : { to: end }) };
}
