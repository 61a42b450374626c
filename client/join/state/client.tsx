import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { ApplicationView, ClientStep } from '../../../contracts/http/client.ts';
import type { ErrorBody } from '../../../contracts/errors.ts';
import { createHttp, HttpError } from '../../rtc/http.ts';
import type { Http } from '../../rtc/http.ts';
import { openSteps, stepBack, stepsBehind } from '../rules/steps.ts';
import { NOT_SENDING, anyUnanswered, markName } from '../rules/uploads.ts';
import { createDrafts } from './drafts.ts';
import type { Drafts } from './drafts.ts';

interface ClientState {
  readonly http: Http;
  /** Null before the log-in. */
  readonly view: ApplicationView | null;
  /** The step on the screen: the server's, or an earlier one that is being changed. */
  readonly shown: ClientStep;
  readonly networkLost: boolean;
  /** Why the client was sent back to the log-in, in the catalogue's words. */
  readonly sentBack: ErrorBody | null;
  adopt(view: ApplicationView): void;
  refresh(): Promise<void>;
  /** Opens an earlier step; null goes on where the server is. */
  open(step: ClientStep | null): void;
  consented(): void;
  signedOut(why: ErrorBody | null): void;
  /** The step before the one shown, and how many there are; null: nothing to go back to. */
  readonly back: { readonly presses: number; run(): void } | null;
  /** What was typed and not yet sent, kept in this tab so that neither going back nor a reload loses it. */
  readonly drafts: Drafts;
  /** Whose drafts these are: the application's id, or before the log-in nobody's yet. */
  readonly owner: string;
  /** What was typed is sent, or no longer wanted. */
  forget(draft: string): void;
}

const Context = createContext<ClientState | null>(null);
/** Only says that the consents were given in this tab; nothing personal. */
const CONSENTED = 'consented';
const marked = (): boolean => { try { return sessionStorage.getItem(CONSENTED) === '1'; } catch { return false; } };
const mark = (on: boolean): void => { try { if (on) sessionStorage.setItem(CONSENTED, '1'); else sessionStorage.removeItem(CONSENTED); } catch { /* private mode */ } };

/** Drafts of the time before the log-in. */
const NOBODY = 'nobody';
/** States in which something is still to be filled in; in all others nothing typed is kept. */
const FILLING: ReadonlySet<string> = new Set(['draft', 'repair', 'awaiting_client']);

/** Asks the server where the client stands and keeps the answer for all pages. */
export function ClientProvider({ children, starting, failed }: { readonly children: ReactNode; readonly starting: ReactNode; readonly failed: (again: () => void) => ReactNode }): JSX.Element {
  const [phase, setPhase] = useState<'starting' | 'ready' | 'failed'>('starting');
  const [view, setView] = useState<ApplicationView | null>(null);
  const [override, setOverride] = useState<ClientStep | null>(null);
  const [consentedNow, setConsented] = useState(marked);
  const [networkLost, setNetworkLost] = useState(false);
  const [sentBack, setSentBack] = useState<ErrorBody | null>(null);
  const drafts = useRef(createDrafts(() => sessionStorage)).current;
  const http = useMemo(() => createHttp({ onNetwork: setNetworkLost }), []);

  const adopt = useCallback((next: ApplicationView) => { setView(next); setSentBack(null); setOverride(null); }, []);
  const signedOut = useCallback((why: ErrorBody | null) => {
    if (why?.code === 'CONSENT_REQUIRED' || why === null) { mark(false); setConsented(false); }
    // Who is only asked to log in again finds everything as it was; who leaves leaves nothing behind.
    if (why === null || why.code === 'DEVICE_TAKEN_OVER') drafts.keepOnly(null);
    setView(null);
    setOverride(null);
    setSentBack(why);
  }, [drafts]);
  const refresh = useCallback(async () => {
    try { setView(await http(api.application)); } catch (error) {
      if (error instanceof HttpError && (error.code === 'LOGIN_REQUIRED' || error.code === 'DEVICE_TAKEN_OVER')) signedOut(error.body);
      throw error;
    }
  }, [http, signedOut]);
  const begin = useCallback(() => {
    setPhase('starting');
    http(api.application).then((found) => {
      setView(found);
      // A photo that was on its way when the page was loaded again is answered for where it was taken.
      if (anyUnanswered(found.documents, (side) => drafts.read(found.applicationId, markName(side), NOT_SENDING))) setOverride('documents');
      setPhase('ready');
    }, (error: unknown) => {
      const known = error instanceof HttpError && ['LOGIN_REQUIRED', 'CONSENT_REQUIRED', 'DEVICE_TAKEN_OVER', 'NOT_FOUND'].includes(error.code);
      if (known && error.code === 'CONSENT_REQUIRED') { mark(false); setConsented(false); }
      setPhase(known ? 'ready' : 'failed');
    });
  }, [http, drafts]);
  useEffect(begin, [begin]);
  useEffect(() => { if (view !== null) drafts.keepOnly(FILLING.has(view.state) ? view.applicationId : null); }, [drafts, view]);

  const shown: ClientStep = view === null ? (consentedNow ? 'phone' : 'consents') : override !== null && openSteps(view).includes(override) ? override : view.step;
  const owner = view?.applicationId ?? NOBODY;
  const back = useMemo<ClientState['back']>(() => {
    if (view === null) return shown === 'phone' ? { presses: 1, run: () => { mark(false); setConsented(false); } } : null;
    const before = stepBack(view, shown);
    return before === null ? null : { presses: stepsBehind(view, shown), run: () => { setOverride(before); } };
  }, [view, shown]);
  const value = useMemo<ClientState>(() => ({
    http, view, shown, networkLost, sentBack, adopt, refresh, open: setOverride, signedOut, back, drafts, owner,
    forget: (draft) => { drafts.drop(owner, draft); },
    consented: () => { mark(true); setConsented(true); setSentBack(null); },
  }), [http, view, shown, networkLost, sentBack, adopt, refresh, signedOut, back, drafts, owner]);

  if (phase === 'starting') return <>{starting}</>;
  if (phase === 'failed') return <>{failed(begin)}</>;
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export const useClient = (): ClientState => {
  const value = useContext(Context);
  if (value === null) throw new Error('ClientProvider is missing');
  return value;
};

/** The application on pages that come after the log-in. */
export const useView = (): ApplicationView => {
  const { view } = useClient();
  if (view === null) throw new Error('this page needs a log-in');
  return view;
};

/** State that outlives the page and a reload while the tab is open; never passwords. */
export function useDraft<T>(key: string, initial: () => T): [T, (next: T | ((old: T) => T)) => void] {
  const { drafts, owner } = useClient();
  const [value, setValue] = useState<T>(() => drafts.read(owner, key, initial()));
  const set = useCallback((next: T | ((old: T) => T)) => {
    setValue((old) => {
      const made = typeof next === 'function' ? (next as (old: T) => T)(old) : next;
      drafts.write(owner, key, made);
      return made;
    });
  }, [drafts, owner, key]);
  return [value, set];
}
