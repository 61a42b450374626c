import { useCallback, useEffect, useRef, useState } from 'react';
import { errorBody } from '../../../contracts/errors.ts';
import type { ErrorBody } from '../../../contracts/errors.ts';
import { HttpError, NetworkError } from '../../rtc/http.ts';
import { SocketError, SocketLost } from '../../rtc/socket.ts';
import { useClient } from './client.tsx';

/** What went wrong, for `ErrorNote`: the catalogue's words, or "no answer". */
export type Problem = { readonly kind: 'error'; readonly body: ErrorBody } | { readonly kind: 'network' };

const problemOf = (error: unknown): Problem => {
  if (error instanceof HttpError || error instanceof SocketError) return { kind: 'error', body: error.body };
  if (error instanceof NetworkError || error instanceof SocketLost) return { kind: 'network' };
  return { kind: 'error', body: errorBody('INTERNAL') };
};

export interface Action {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** Runs a piece of work once at a time; failures become `problem`, a lost log-in sends the client to the log-in. */
  run(work: () => Promise<void>): void;
  /** Tries the last work again. */
  again(): void;
  clear(): void;
}

const LOGIN_LOST: ReadonlySet<string> = new Set(['LOGIN_REQUIRED', 'DEVICE_TAKEN_OVER', 'CONSENT_REQUIRED']);
const VIEW_OLD: ReadonlySet<string> = new Set(['STATE_NOT_ALLOWED', 'STALE_VERSION', 'STEP_INCOMPLETE', 'DOCUMENT_MISSING']);

export const useAction = (): Action => {
  const { signedOut, refresh } = useClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const last = useRef<(() => Promise<void>) | null>(null);
  const running = useRef(false);
  const alive = useRef(true);
  useEffect(() => { alive.current = true; return () => { alive.current = false; }; }, []);

  const run = useCallback((work: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    last.current = work;
    setBusy(true);
    setProblem(null);
    work().catch((error: unknown) => {
      if (!alive.current) return;
      const found = problemOf(error);
      if (found.kind === 'error' && LOGIN_LOST.has(found.body.code)) { signedOut(found.body); return; }
      if (found.kind === 'error' && VIEW_OLD.has(found.body.code)) refresh().catch(() => undefined);
      setProblem(found);
    }).finally(() => { running.current = false; if (alive.current) setBusy(false); });
  }, [signedOut, refresh]);
  const again = useCallback(() => { if (last.current) run(last.current); }, [run]);
  const clear = useCallback(() => { setProblem(null); }, []);
  return { busy, problem, run, again, clear };
};
