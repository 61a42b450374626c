import { z } from 'zod';

/** States of a witness session (见证会话); `closed` carries an outcome. One case can have several sessions. */
export const SESSION_STATES = ['offered', 'joining', 'live', 'interrupted', 'closed'] as const;
export const sessionState = z.enum(SESSION_STATES);
export type SessionState = z.infer<typeof sessionState>;

export const SESSION_OUTCOMES = ['passed', 'rejected', 'dropped', 'no_show', 'fraud'] as const;
export const sessionOutcome = z.enum(SESSION_OUTCOMES);
export type SessionOutcome = z.infer<typeof sessionOutcome>;

export const SESSION_EVENTS = ['accept', 'decline', 'both_joined', 'interrupt', 'resume', 'pass', 'reject', 'flag_fraud', 'drop', 'no_show'] as const;
export const sessionEvent = z.enum(SESSION_EVENTS);
export type SessionEvent = z.infer<typeof sessionEvent>;

export interface SessionTarget { readonly state: SessionState; readonly outcome?: SessionOutcome }

const closed = (outcome: SessionOutcome): SessionTarget => ({ state: 'closed', outcome });

/** A dropped call is neither approved nor rejected (R30): only a live session can pass. */
export const SESSION_TABLE: Record<SessionState, Partial<Record<SessionEvent, SessionTarget>>> = {
  offered: { accept: { state: 'joining' }, decline: closed('no_show'), no_show: closed('no_show'), drop: closed('dropped') },
  joining: { both_joined: { state: 'live' }, no_show: closed('no_show'), drop: closed('dropped') },
  live: {
    interrupt: { state: 'interrupted' }, pass: closed('passed'), reject: closed('rejected'),
    flag_fraud: closed('fraud'), drop: closed('dropped'),
  },
  interrupted: { resume: { state: 'live' }, reject: closed('rejected'), flag_fraud: closed('fraud'), drop: closed('dropped') },
  closed: {},
};
