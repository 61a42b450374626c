/** Unix ms since the machine started: the same in every process of the machine, and no one can set it. */
const sinceBootMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * The clock of recordings and of everything that is told beside them: Unix ms that go on evenly when somebody sets the machine's
 * clock. Set back by an hour, a recording's times would lie before its beginning, and what came an hour ago would count as held.
 */
export interface HostClock {
  now(): number;
  /** What is added to the machine's running time; another process with it has the same clock. */
  readonly offsetMs: number;
  /** How far the machine's own clock is ahead of this one. */
  aheadMs(): number;
  /** Takes the machine's time over, jump and all; for a moment in which nothing is recorded. */
  follow(): void;
}

/** @param offsetMs of another process's clock; otherwise the machine's time of now is taken */
export const createHostClock = (offsetMs?: number, wall: () => number = Date.now): HostClock => {
  let offset = offsetMs ?? wall() - sinceBootMs();
  return {
    now: () => sinceBootMs() + offset,
    get offsetMs() { return offset; },
    aheadMs: () => wall() - sinceBootMs() - offset,
    follow() { offset = wall() - sinceBootMs(); },
  };
};
