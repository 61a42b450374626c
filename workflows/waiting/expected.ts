/** Who is ahead and when seats become free. */
export interface ExpectedWait {
  /** 1 is the head of the line. */
  readonly place: number;
  /** Seats that beat, in whatever state. */
  readonly seats: readonly { readonly state: 'free' | 'offered' | 'busy'; readonly sinceSeconds: number }[];
  /** Lengths of recent calls, wrap-up included, in seconds. */
  readonly recentCalls: readonly number[];
  /** What a call is taken to last before there are enough of them, in seconds. */
  readonly usualCallSeconds: number;
  /** From the offer to the acceptance, in seconds. */
  readonly acceptSeconds: number;
}

const ENOUGH_CALLS = 5;

/** Median of the recent calls; the usual length while there are too few to know better. */
export const callLength = (recent: readonly number[], usual: number): number => {
  if (recent.length < ENOUGH_CALLS) return usual;
  const sorted = [...recent].sort((a, b) => a - b);
  return Math.max(1, sorted[Math.floor(sorted.length / 2)]!);
};

/**
 * Honest expected wait in seconds (R60): the seats are played forward, each client ahead takes the next one that becomes
 * free. Null when no agent is at a seat: nothing honest can be said then.
 */
export const expectedSeconds = ({ place, seats, recentCalls, usualCallSeconds, acceptSeconds }: ExpectedWait): number | null => {
  if (seats.length === 0) return null;
  const length = callLength(recentCalls, usualCallSeconds);
  // A call over its usual length may last: half of what it has already lasted, no longer than another call.
  const left = (since: number): number => (since < length ? length - since : Math.min(length, since / 2));
  const freeAt = seats.map((seat) => (seat.state === 'busy' ? left(seat.sinceSeconds) : 0));
  let wait = 0;
  for (let client = 1; client <= place; client++) {
    const next = freeAt.indexOf(Math.min(...freeAt));
    wait = freeAt[next]!;
    freeAt[next] = wait + length;
  }
  return Math.ceil(wait + acceptSeconds);
};
