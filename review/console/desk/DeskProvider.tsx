import { createContext, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { createSocket } from '../../../client/rtc/socket.ts';
import type { Socket } from '../../../client/rtc/socket.ts';
import type { SeatCheck } from '../../../contracts/http/staff.ts';
import { DESK_METHODS, DESK_NOTIFICATIONS, HEARTBEAT } from '../../../contracts/signaling/desk.ts';
import type { HeldReason, SeatState } from '../../../contracts/signaling/desk.ts';
import { CLOSE_CODES } from '../../../contracts/signaling/wire.ts';
import { useAuth, useStaff } from '../app/auth.tsx';

export interface Seat { readonly state: SeatState; readonly sessionId: string | null; readonly applicationId: string | null }
export interface Offer { readonly sessionId: string; readonly caseNo: string; readonly waitedSeconds: number; readonly expiresAt: number; readonly seconds: number }
export type LeaveReason = 'break' | 'meal' | 'shift_end' | 'training' | 'equipment' | 'other';

export interface Desk {
  readonly seat: Seat;
  /** The server has told the seat's state; before that it is not known whether a call is to be continued. */
  readonly known: boolean;
  readonly offer: Offer | undefined;
  readonly waiting: number | undefined;
  /** Why nobody is offered at the moment (R40). */
  readonly held: HeldReason | undefined;
  /** The desk socket is broken and comes back by itself. */
  readonly lost: boolean;
  readonly onlineSince: number | undefined;
  readonly accepted: number;
  readonly online: (seatCheck: SeatCheck) => Promise<void>;
  readonly leave: (reason: LeaveReason) => Promise<void>;
  readonly accept: (sessionId: string) => Promise<void>;
  readonly decline: (sessionId: string) => Promise<void>;
  /** The decision is made: the seat is free here without waiting to be told. */
  readonly callEnded: (sessionId: string) => void;
  /** The ticket that came with the acceptance, once; later joins ask for a new one. */
  readonly takeTicket: (sessionId: string) => string | undefined;
  readonly onChanged: (applicationId: string, listener: () => void) => () => void;
}

const OFFLINE: Seat = { state: 'offline', sessionId: null, applicationId: null };
const DeskContext = createContext<Desk | undefined>(undefined);

/** Owns the desk socket, the heartbeat and what they tell, as long as a witness is logged in. */
export function DeskProvider({ children }: { children: ReactNode }) {
  const isWitness = useStaff().roles.includes('witness');
  const { retry } = useAuth();
  const [seat, setSeat] = useState<Seat>(OFFLINE);
  const [known, setKnown] = useState(!isWitness);
  const [offer, setOffer] = useState<Offer>();
  const [waiting, setWaiting] = useState<number>();
  const [held, setHeld] = useState<HeldReason>();
  const [lost, setLost] = useState(false);
  const [onlineSince, setOnlineSince] = useState<number>();
  const [accepted, setAccepted] = useState(0);
  const socket = useRef<Socket<typeof DESK_METHODS>>(undefined);
  const tickets = useRef(new Map<string, string>());
  const listeners = useRef(new Map<string, Set<() => void>>());
  const seatState = useRef<SeatState>('offline');
  seatState.current = seat.state;

  useEffect(() => {
    if (!isWitness) return undefined;
    const open = createSocket({
      url: '/ws/desk', methods: DESK_METHODS, notifications: DESK_NOTIFICATIONS,
      onState: (state) => {
        setLost(state.state === 'waiting');
        // Taken over by a log-in elsewhere, or the log-in ended: ask who we are.
        if (state.state === 'closed' && (state.code === CLOSE_CODES.loginRequired || state.code === CLOSE_CODES.takenOver)) retry();
        // What changed while we were away was told to nobody.
        if (state.state === 'open') for (const set of listeners.current.values()) for (const listener of set) listener();
      },
      onNotification: (n) => {
        if (n.name === 'seat') {
          setKnown(true);
          const { state, sessionId, applicationId } = n.data;
          setSeat({ state, sessionId, applicationId });
          if (n.data.state !== 'offered') setOffer(undefined);
          setOnlineSince(n.data.onlineSince === null ? undefined : Date.parse(n.data.onlineSince));
          setAccepted(n.data.accepted);
        } else if (n.name === 'offer') {
          const { sessionId, caseNo, waitedSeconds, expiresInSeconds } = n.data;
          setOffer({ sessionId, caseNo, waitedSeconds, seconds: expiresInSeconds, expiresAt: Date.now() + expiresInSeconds * 1000 });
        } else if (n.name === 'offerGone') setOffer((old) => (old?.sessionId === n.data.sessionId ? undefined : old));
        else if (n.name === 'waiting') { setWaiting(n.data.count); setHeld(n.data.held); }
        else for (const listener of listeners.current.get(n.data.applicationId) ?? []) listener();
      },
    });
    socket.current = open;
    const clock = new Worker(new URL('./heartbeat.worker.ts', import.meta.url), { type: 'module' });
    clock.postMessage(HEARTBEAT.everySeconds * 1000);
    clock.onmessage = () => { if (seatState.current !== 'offline') open.request('heartbeat', {}).catch(() => undefined); };
    return () => {
      clock.terminate();
      open.close();
    };
  }, [isWitness, retry]);

  const value = useMemo<Desk>(() => {
    const ask = () => {
      if (socket.current === undefined) throw new Error('no desk socket');
      return socket.current;
    };
    return {
      seat, known, offer, waiting, held, lost, onlineSince, accepted,
      online: async (seatCheck) => {
        await ask().request('online', { seatCheck });
        setSeat((old) => (old.state === 'offline' ? { ...OFFLINE, state: 'free' } : old));
        setOnlineSince((old) => old ?? Date.now());
      },
      leave: async (reason) => {
        await ask().request('exit', { reason });
        setSeat(OFFLINE);
        setOffer(undefined);
        setOnlineSince(undefined);
      },
      accept: async (sessionId) => {
        const answer = await ask().request('accept', { sessionId });
        tickets.current.set(answer.sessionId, answer.ticket);
        setOffer(undefined);
        setSeat({ state: 'busy', sessionId: answer.sessionId, applicationId: answer.applicationId });
      },
      decline: async (sessionId) => {
        await ask().request('decline', { sessionId });
        setOffer(undefined);
      },
      callEnded: (sessionId) => setSeat((old) => (old.sessionId === sessionId ? { ...OFFLINE, state: 'free' } : old)),
      takeTicket: (sessionId) => {
        const ticket = tickets.current.get(sessionId);
        tickets.current.delete(sessionId);
        return ticket;
      },
      onChanged: (applicationId, listener) => {
        const set = listeners.current.get(applicationId) ?? new Set();
        set.add(listener);
        listeners.current.set(applicationId, set);
        return () => { set.delete(listener); };
      },
    };
  }, [seat, known, offer, waiting, held, lost, onlineSince, accepted]);
  return <DeskContext value={value}>{children}</DeskContext>;
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === undefined) throw new Error('useDesk outside of DeskProvider');
  return desk;
}
