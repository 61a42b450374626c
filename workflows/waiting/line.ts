import { randomBytes, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { HeldReason, SeatState } from '../../contracts/signaling/desk.ts';
import { expectedSeconds } from './expected.ts';
import { LINE_SCRIPT } from './script.ts';

/** The draw among the eligible free agents, to be stored (R3). `random` 0…1 picks `eligible[floor(random × length)]`. */
export interface Draw { readonly eligible: readonly string[]; readonly chosen: string; readonly random: number }

export type OfferEnd = 'expired' | 'declined' | 'silent' | 'agent_left' | 'client_left' | 'client_away' | 'not_stored';

export interface Offer { readonly sessionId: string; readonly applicationId: string; readonly staffId: string; readonly draw: Draw; readonly waitedSeconds: number; readonly expiresInSeconds: number }

/** Told by the process in which it happened, each fact once; `placesChanged` in every process. */
export interface LineObserver {
  /** Stores the session and its draw and tells the agent. When it throws, the offer is taken back: no draw, no offer. */
  offered(offer: Offer): Promise<void> | void;
  offerGone(offer: { readonly sessionId: string; readonly applicationId: string; readonly staffId: string; readonly reason: OfferEnd }): Promise<void> | void;
  /** A client who went away did not come back in time. */
  placeLost?(client: { readonly applicationId: string }): Promise<void> | void;
  /** A seat was silent for so long that it is no longer counted. */
  seatLost?(seat: { readonly staffId: string }): Promise<void> | void;
  placesChanged(): void;
  /** What an observer threw; the line goes on. */
  failed?(error: unknown): void;
}

export interface LineSettings {
  /** An agent has this long to answer an offer. */
  readonly offerSeconds: number;
  /** No heartbeat for this long: offered nobody (R2). */
  readonly silentSeconds: number;
  /** Silent for this long: the seat is gone. */
  readonly dropSeconds: number;
  /** A client who dropped out keeps the place for this long (R30). */
  readonly keepSeconds: number;
  /** A seat is kept for the client of a dropped call for this long after it is free again (R30). */
  readonly seatWaitsSeconds: number;
  /** An agent who declined is not offered the same client for this long. */
  readonly declineRestSeconds: number;
  /** A client whose offer could not be stored, or whose acceptance failed, is passed over for this long. */
  readonly failedRestSeconds: number;
  /** A client who was called takes no place again for this long, unless the call has ended. */
  readonly calledSeconds: number;
  readonly usualCallSeconds: number;
  readonly acceptSeconds: number;
}

export const LINE_DEFAULTS: LineSettings = {
  offerSeconds: 20, silentSeconds: 15, dropSeconds: 600, keepSeconds: 180, seatWaitsSeconds: 30, declineRestSeconds: 60, failedRestSeconds: 5, calledSeconds: 30, usualCallSeconds: 240, acceptSeconds: 5,
};

export interface LineOptions {
  readonly redis: Redis;
  readonly observer: LineObserver;
  readonly settings?: Partial<LineSettings>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** 0 ≤ x < 1, unpredictable; by default 48 bits of the system's generator. */
  readonly random?: () => number;
  readonly prefix?: string;
  /** Why no call may begin now: nobody is offered to anybody then, and everybody keeps the place. */
  readonly held?: () => HeldReason | null;
  /** How often time is looked at, in ms; 0: only with the events. */
  readonly tickMs?: number;
}

export interface Place { readonly place: number; readonly expectedSeconds: number | null; readonly held?: HeldReason }

export interface LineSnapshot {
  readonly waiting: readonly { readonly applicationId: string; readonly place: number; readonly waitedSeconds: number; readonly state: 'waiting' | 'offered' | 'away' }[];
  readonly seats: readonly { readonly staffId: string; readonly state: SeatState; readonly sinceSeconds: number; readonly silent: boolean; readonly sessionId: string | null; readonly applicationId: string | null }[];
}

/** The line and the seats (R2, R3, R30, R60). Closing twice is harmless. */
export type Line = Awaited<ReturnType<typeof createLine>>;

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('offered'), sessionId: z.string(), applicationId: z.string(), staffId: z.string(), waitedMs: z.number(), draw: z.object({ eligible: z.array(z.string()), chosen: z.string(), random: z.number() }) }),
  z.object({ type: z.literal('offerGone'), sessionId: z.string(), applicationId: z.string(), staffId: z.string(), reason: z.string() }),
  z.object({ type: z.literal('placeLost'), applicationId: z.string() }),
  z.object({ type: z.literal('seatLost'), staffId: z.string() }),
]);
type LineEvent = z.infer<typeof event>;

const reply = z.tuple([z.string(), z.number(), z.number()], z.string());
const DRAWS_PER_STEP = 4;
/** Twelve decimals: what Redis's JSON carries exactly, so that the stored draw can be computed again. */
const DRAW_GRAIN = 1e12;
const PLACES_EVERY_MS = 100;

export const cryptoRandom = (): number => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

/** Makes the line on Redis; many processes may each have one on the same prefix. */
export const createLine = async (options: LineOptions) => {
  const { redis, observer, now = Date.now, random = cryptoRandom, prefix = 'line' } = options;
  const settings = { ...LINE_DEFAULTS, ...options.settings };
  const limits = JSON.stringify({
    offerMs: settings.offerSeconds * 1000, silentMs: settings.silentSeconds * 1000, dropMs: settings.dropSeconds * 1000,
    keepMs: settings.keepSeconds * 1000, seatWaitsMs: settings.seatWaitsSeconds * 1000, declineRestMs: settings.declineRestSeconds * 1000,
    failedRestMs: settings.failedRestSeconds * 1000, calledMs: settings.calledSeconds * 1000,
  });
  const channel = `${prefix}:changed`;
  let closed = false;

  const tell = async (fact: LineEvent): Promise<void> => {
    if (fact.type === 'offered') {
      const { waitedMs, ...offer } = fact;
      try {
        await observer.offered({ ...offer, waitedSeconds: Math.round(waitedMs / 1000), expiresInSeconds: settings.offerSeconds });
      } catch (error) {
        observer.failed?.(error);
        // Not matched again in the same breath: whatever failed would fail again.
        await step('withdraw', { session: fact.sessionId, reason: 'not_stored' satisfies OfferEnd }, 0);
      }
      return;
    }
    try {
      if (fact.type === 'offerGone') await observer.offerGone({ ...fact, reason: fact.reason as OfferEnd });
      else if (fact.type === 'placeLost') await observer.placeLost?.({ applicationId: fact.applicationId });
      else await observer.seatLost?.({ staffId: fact.staffId });
    } catch (error) {
      observer.failed?.(error);
    }
  };

  const step = async (operation: string, args: Record<string, unknown> = {}, draws = DRAWS_PER_STEP): Promise<string> => {
    // Without a draw there is no match; everything else goes on.
    const pairs = Array.from({ length: options.held?.() ? 0 : draws }, () => [randomUUID(), String(Math.floor(random() * DRAW_GRAIN) / DRAW_GRAIN)]).flat();
    const [result, more, changed, ...facts] = reply.parse(
      await redis.eval(LINE_SCRIPT, 1, prefix, operation, String(now()), JSON.stringify(args), limits, ...pairs),
    );
    for (const fact of facts) await tell(event.parse(JSON.parse(fact)));
    if (changed === 1) await redis.publish(channel, '1');
    if (more === 1) await step('tick');
    return result;
  };

  const readSeats = async (): Promise<LineSnapshot['seats']> => {
    const staff = (await redis.smembers(`${prefix}:seats`)).sort();
    const rows = await Promise.all(staff.map((id) => redis.hgetall(`${prefix}:seat:${id}`)));
    return staff.flatMap((staffId, i) => {
      const row = rows[i]!;
      if (row['state'] === undefined) return [];
      return [{
        staffId, state: row['state'] as SeatState, sinceSeconds: Math.max(0, Math.round((now() - Number(row['since'])) / 1000)),
        silent: now() - Number(row['beat']) > settings.silentSeconds * 1000, sessionId: row['session'] ?? null, applicationId: row['application'] ?? null,
      }];
    });
  };

  const placeOf = async (applicationId: string): Promise<Place | null> => {
    const [rank, seats, lengths] = await Promise.all([redis.zrank(`${prefix}:queue`, applicationId), readSeats(), redis.lrange(`${prefix}:lengths`, 0, -1)]);
    if (rank === null) return null;
    const manned = seats.filter((seat) => !seat.silent).map(({ state, sinceSeconds }) => ({ state: state as 'free' | 'offered' | 'busy', sinceSeconds }));
    const held = options.held?.();
    return { place: rank + 1, ...(held ? { held } : {}), expectedSeconds: expectedSeconds({ place: rank + 1, seats: manned, recentCalls: lengths.map(Number), usualCallSeconds: settings.usualCallSeconds, acceptSeconds: settings.acceptSeconds }) };
  };

  // One notice for many changes: a morning's rush must not ask for everybody's place hundreds of times a second.
  let announcing: NodeJS.Timeout | undefined;
  const announce = (): void => {
    announcing ??= setTimeout(() => {
      announcing = undefined;
      if (!closed) observer.placesChanged();
    }, PLACES_EVERY_MS).unref();
  };
  const ears = redis.duplicate();
  ears.on('message', announce);
  ears.on('error', (error) => observer.failed?.(error));
  await ears.subscribe(channel);
  const clock = options.tickMs === 0 ? undefined : setInterval(() => void step('tick').catch((error: unknown) => observer.failed?.(error)), options.tickMs ?? 1000).unref();

  return {
    /** Takes a place, or keeps the one the client has; `excluded` agents are never drawn for this client. */
    join: async (applicationId: string, more: { readonly excluded?: readonly string[] } = {}): Promise<Place> => {
      await step('join', { application: applicationId, excluded: more.excluded ?? [] });
      return (await placeOf(applicationId)) ?? { place: 1, expectedSeconds: settings.acceptSeconds };
    },
    /** Gives the place up. */
    leave: async (applicationId: string): Promise<void> => void (await step('leave', { application: applicationId })),
    /** The client's connection is gone: offered to nobody, the place kept for a while (R30). */
    away: async (applicationId: string): Promise<void> => void (await step('away', { application: applicationId })),
    /** Null when the client is not in the line. */
    place: placeOf,
    /** The call ended without a decision: the old place again, kept until the client joins, for the same agent when possible (R30). */
    putBack: async ({ applicationId, staffId }: { applicationId: string; staffId: string }): Promise<void> => void (await step('putBack', { application: applicationId, staff: staffId })),

    /** The agent sits down; a running call is kept. Answers the seat's state. */
    online: async (staffId: string): Promise<SeatState> => (await step('online', { staff: staffId })) as SeatState,
    /** False: this seat is not online (any more). */
    heartbeat: async (staffId: string): Promise<boolean> => (await step('heartbeat', { staff: staffId })) === '1',
    /** The agent leaves the seat (R2); the reason is for the caller's record. */
    exit: async (staffId: string): Promise<void> => void (await step('exit', { staff: staffId })),
    /** False: the offer is gone, or it was another's. */
    accept: async ({ sessionId, staffId }: { sessionId: string; staffId: string }): Promise<boolean> => (await step('accept', { session: sessionId, staff: staffId })) === '1',
    decline: async ({ sessionId, staffId }: { sessionId: string; staffId: string }): Promise<void> => void (await step('decline', { session: sessionId, staff: staffId })),
    /** The agent is free for the next client; the call's length is remembered for the expected wait. */
    free: async (staffId: string): Promise<void> => void (await step('free', { staff: staffId })),
    /** An acceptance that came to nothing: the seat is free and no call counted; a client still called has the old place again (`keep`), or none. */
    release: async ({ sessionId, applicationId, staffId, keep }: { sessionId: string; applicationId: string; staffId: string; keep: boolean }): Promise<void> =>
      void (await step('release', { session: sessionId, application: applicationId, staff: staffId, keep })),
    /** Lets time pass: offers, kept places, silent seats, then the match. */
    tick: async (): Promise<void> => void (await step('tick')),

    snapshot: async (): Promise<LineSnapshot> => {
      const ids = await redis.zrange(`${prefix}:queue`, 0, -1);
      const rows = await Promise.all(ids.map((id) => redis.hgetall(`${prefix}:client:${id}`)));
      const waiting = ids.map((applicationId, i) => ({
        applicationId, place: i + 1, waitedSeconds: Math.max(0, Math.round((now() - Number(rows[i]!['joined'])) / 1000)), state: (rows[i]!['state'] ?? 'waiting') as 'waiting' | 'offered' | 'away',
      }));
      return { waiting, seats: await readSeats() };
    },
    close: async (): Promise<void> => {
      if (closed) return;
      closed = true;
      clearInterval(clock);
      clearTimeout(announcing);
      await ears.quit().catch(() => ears.disconnect());
    },
  };
};
