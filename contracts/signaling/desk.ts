import { z } from 'zod';
import { readyCheck } from '../http/client.ts';
import { seatCheck } from '../http/staff.ts';
import { method } from './wire.ts';

/** Why no call begins at the moment: the evidence store has no room for a recording, or does not answer (R40). */
export const heldReason = z.enum(['store_low', 'store_unreachable']);
export type HeldReason = z.infer<typeof heldReason>;

/** Requests of a client on the desk-and-line socket (/ws/line). */
export const LINE_METHODS = {
  /** Takes or keeps a place in the line; the device check must have passed (R61). */
  join: method(z.object({ ready: readyCheck }), z.object({ place: z.number().int(), expectedSeconds: z.number().nullable(), held: heldReason.optional() })),
  leave: method(z.object({}), z.object({})),
  /** A ticket for the running session's media socket (60 s, single use). */
  ticket: method(z.object({ sessionId: z.string() }), z.object({ ticket: z.string() })),
} as const;

export const LINE_NOTIFICATIONS = {
  /** `expectedSeconds` null: no witness agent is at a seat (R60). */
  place: z.object({ place: z.number().int(), expectedSeconds: z.number().nullable(), held: heldReason.optional() }),
  /** An agent has accepted: go into the call. */
  invited: z.object({ sessionId: z.string(), agentName: z.string(), agentLicence: z.string(), ticket: z.string() }),
  /** Something of the application changed: fetch it again. */
  changed: z.object({}),
  /** Take your own sharper still now and send it for this photo (R20). */
  stillWanted: z.object({ photoId: z.string(), kind: z.string() }),
  takenOver: z.object({}),
} as const;

/** Why an agent leaves the seat (R2). */
export const leaveReason = z.enum(['break', 'meal', 'shift_end', 'training', 'equipment', 'other']);

/** Requests of a witness agent on the desk socket (/ws/desk). */
export const DESK_METHODS = {
  online: method(z.object({ seatCheck }), z.object({ state: z.string() })),
  heartbeat: method(z.object({}), z.object({})),
  exit: method(z.object({ reason: leaveReason }), z.object({})),
  accept: method(z.object({ sessionId: z.string() }), z.object({ sessionId: z.string(), applicationId: z.string(), ticket: z.string() })),
  decline: method(z.object({ sessionId: z.string() }), z.object({})),
} as const;

export const seatState = z.enum(['offline', 'free', 'offered', 'busy']);
export type SeatState = z.infer<typeof seatState>;

export const DESK_NOTIFICATIONS = {
  seat: z.object({ state: seatState, sessionId: z.string().nullable(), applicationId: z.string().nullable(), onlineSince: z.string().nullable(), accepted: z.number().int() }),
  offer: z.object({ sessionId: z.string(), applicationId: z.string(), caseNo: z.string(), waitedSeconds: z.number(), expiresInSeconds: z.number() }),
  offerGone: z.object({ sessionId: z.string() }),
  /** Something of this case or session changed: fetch it again. */
  changed: z.object({ applicationId: z.string() }),
  waiting: z.object({ count: z.number().int(), held: heldReason.optional() }),
} as const;

export const HEARTBEAT = { everySeconds: 5, silentSeconds: 15 } as const;
