import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { mediaRole } from '../../contracts/signaling/media.ts';
import type { MediaRole } from '../../contracts/signaling/media.ts';

const holder = z.object({ sessionId: z.string(), role: mediaRole, personId: z.string() });
export interface TicketHolder { readonly sessionId: string; readonly role: MediaRole; readonly personId: string }

const SECONDS = 60;
// Only the hash is stored: who reads Redis cannot enter a call.
const keyOf = (ticket: string): string => `ticket-${createHash('sha256').update(ticket).digest('hex')}`;

/** Single-use tickets for the media socket, valid 60 s, bound to person, session and role (design: wire). */
export const createTickets = (redis: Redis) => ({
  async issue(to: TicketHolder): Promise<string> {
    const ticket = randomBytes(24).toString('base64url');
    await redis.set(keyOf(ticket), JSON.stringify(to), 'EX', SECONDS);
    return ticket;
  },
  /** Takes and thereby spends it; undefined when wrong, old or already spent. */
  async take(ticket: string): Promise<TicketHolder | undefined> {
    const text = await redis.getdel(keyOf(ticket));
    return text === null ? undefined : holder.parse(JSON.parse(text));
  },
});
export type Tickets = ReturnType<typeof createTickets>;
