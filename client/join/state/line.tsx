import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import { errorBody } from '../../../contracts/errors.ts';
import { readyCheck } from '../../../contracts/http/client.ts';
import type { ReadyCheck } from '../../../contracts/http/client.ts';
import { LINE_METHODS, LINE_NOTIFICATIONS } from '../../../contracts/signaling/desk.ts';
import type { HeldReason } from '../../../contracts/signaling/desk.ts';
import { CLOSE_CODES } from '../../../contracts/signaling/wire.ts';
import { createSocket } from '../../rtc/socket.ts';
import type { NotificationOf, Socket, SocketState } from '../../rtc/socket.ts';
import { ring } from '../device/attention.ts';
import { useClient } from './client.tsx';

/** A call to go into: from the invitation, or the running session of an earlier page load (R30; no ticket yet). */
export interface Invitation { readonly sessionId: string; readonly agentName: string; readonly agentLicence: string; readonly ticket: string | null }
type Notification = NotificationOf<typeof LINE_NOTIFICATIONS>;
export interface Place { readonly place: number; readonly expectedSeconds: number | null; readonly held?: HeldReason | undefined }

interface LineState {
  readonly socketState: SocketState['state'] | 'off';
  readonly takenOver: boolean;
  readonly place: Place | null;
  readonly invitation: Invitation | null;
  /** The last device check of this tab, so that a reload keeps the place without asking again. */
  readonly ready: ReadyCheck | null;
  remember(ready: ReadyCheck): void;
  /** Takes or keeps the place (R60). */
  join(ready: ReadyCheck): Promise<void>;
  leave(): Promise<void>;
  ticket(sessionId: string): Promise<string>;
  /** The call is over on this page; what comes next is the server's word. */
  callOver(): void;
  /** Calls back for each wanted still (R20); returns the way to stop. */
  onStillWanted(listener: (photoId: string) => void): () => void;
  /** Back into the running session that was left on this page (R30). */
  comeBack(): void;
  /** This device gave up the application to another one: only a new log-in brings it back. */
  logInHere(): void;
}

const Context = createContext<LineState | null>(null);
/** States of devices only ("ok", "dark"), nothing personal. */
const READY = 'ready';
const storedReady = (): ReadyCheck | null => { try { return readyCheck.parse(JSON.parse(sessionStorage.getItem(READY) ?? '')); } catch { return null; } };

const SOCKET_STEPS: ReadonlySet<string> = new Set(['ready', 'line', 'call', 'result']);
const FINAL_STATES: ReadonlySet<string> = new Set(['opened', 'rejected', 'withdrawn', 'expired', 'draft']);

/** Owns the line socket while the application is in the video part or waits for a result; nothing else opens it. */
export function LineProvider({ children }: { readonly children: ReactNode }): JSX.Element {
  const { view, refresh, signedOut } = useClient();
  const [socketState, setSocketState] = useState<LineState['socketState']>('off');
  const [takenOver, setTakenOver] = useState(false);
  const [place, setPlace] = useState<Place | null>(null);
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [ready, setReady] = useState<ReadyCheck | null>(storedReady);
  const socket = useRef<Socket<typeof LINE_METHODS> | null>(null);
  const stills = useRef(new Set<(photoId: string) => void>());
  const over = useRef<string | null>(null);
  const wanted = view !== null && SOCKET_STEPS.has(view.step) && !FINAL_STATES.has(view.state) && !takenOver;

  useEffect(() => {
    if (!wanted) return undefined;
    const notice = (notification: Notification): void => {
      if (notification.name === 'place') setPlace(notification.data);
      else if (notification.name === 'changed') refresh().catch(() => undefined);
      else if (notification.name === 'takenOver') setTakenOver(true);
      else if (notification.name === 'stillWanted') for (const listener of stills.current) listener(notification.data.photoId);
      else { over.current = null; ring(); setInvitation(notification.data); }
    };
    const mine = createSocket({
      url: '/ws/line', methods: LINE_METHODS, notifications: LINE_NOTIFICATIONS, onNotification: notice,
      onState: (state) => {
        setSocketState(state.state);
        if (state.state === 'closed' && state.code === CLOSE_CODES.takenOver) setTakenOver(true);
        // What happened while the socket was down is asked for: notifications are not repeated.
        if (state.state === 'open' || (state.state === 'closed' && state.code === CLOSE_CODES.loginRequired)) refresh().catch(() => undefined);
      },
    });
    socket.current = mine;
    return () => { socket.current = null; mine.close(); setSocketState('off'); };
  }, [wanted, refresh]);

  const session = view?.session ?? null;
  useEffect(() => {
    if (session !== null && over.current !== session.sessionId) setInvitation((old) => (old?.sessionId === session.sessionId ? old : { ...session, ticket: null }));
  }, [session]);

  const join = useCallback(async (checked: ReadyCheck) => {
    const got = await need(socket.current).request('join', { ready: checked });
    setPlace(got);
    await refresh();
  }, [refresh]);
  // These four never change: the call that holds on to them must not start anew when the view is fetched again.
  const ticket = useCallback(async (sessionId: string) => (await need(socket.current).request('ticket', { sessionId })).ticket, []);
  const onStillWanted = useCallback((listener: (photoId: string) => void) => { stills.current.add(listener); return () => { stills.current.delete(listener); }; }, []);
  const callOver = useCallback(() => { setInvitation((old) => { over.current = old?.sessionId ?? null; return null; }); setPlace(null); refresh().catch(() => undefined); }, [refresh]);
  const value = useMemo<LineState>(() => ({
    socketState, takenOver, place, invitation, ready, join, ticket, onStillWanted, callOver,
    remember: (checked) => { setReady(checked); try { sessionStorage.setItem(READY, JSON.stringify(checked)); } catch { /* private mode */ } },
    leave: async () => { await need(socket.current).request('leave', {}); setPlace(null); await refresh(); },
    comeBack: () => { over.current = null; if (session !== null) setInvitation({ ...session, ticket: null }); },
    logInHere: () => { setTakenOver(false); signedOut(errorBody('DEVICE_TAKEN_OVER')); },
  }), [socketState, takenOver, place, invitation, ready, session, join, refresh, signedOut, ticket, onStillWanted, callOver]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

const need = (socket: Socket<typeof LINE_METHODS> | null): Socket<typeof LINE_METHODS> => {
  if (socket === null) throw new Error('the line socket is not open');
  return socket;
};

export const useLine = (): LineState => {
  const value = useContext(Context);
  if (value === null) throw new Error('LineProvider is missing');
  return value;
};
