export interface ReconnectOptions {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
  /** After so long without a connection the call is given up; the place in the session is kept as long (R30). */
  readonly limitMs: number;
  /** Part of each delay that is drawn, 0…1, so that a host's clients do not all return in the same instant. */
  readonly jitter: number;
}

export const RECONNECT: ReconnectOptions = { firstMs: 300, factor: 2, longestMs: 8_000, limitMs: 180_000, jitter: 0.5 };

/** When to try again after the socket broke: exponential backoff with jitter, up to a limit. Pure: time and chance are handed in. */
export class ReconnectPolicy {
  readonly #options: ReconnectOptions;
  readonly #random: () => number;
  #since: number | undefined;
  #tries = 0;

  constructor(options: Partial<ReconnectOptions> = {}, random: () => number = Math.random) {
    this.#options = { ...RECONNECT, ...options };
    this.#random = random;
  }

  /** Milliseconds until the next try, or undefined when the limit is reached. The last try lies at the limit itself. */
  next(nowMs: number): number | undefined {
    this.#since ??= nowMs;
    const left = this.#since + this.#options.limitMs - nowMs;
    if (left <= 0) return undefined;
    const { firstMs, factor, longestMs, jitter } = this.#options;
    const full = Math.min(longestMs, firstMs * factor ** this.#tries);
    this.#tries += 1;
    return Math.min(left, full * (1 - jitter * this.#random()));
  }

  /** The call is connected again: the next loss starts from the beginning. */
  reset(): void {
    this.#since = undefined;
    this.#tries = 0;
  }
}
