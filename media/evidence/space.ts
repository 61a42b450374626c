/** How much room the store must have before another call may begin (R40). Pure. */

export interface SpaceRule {
  /** The longest call there may be, seconds. */
  readonly longestSeconds: number;
  /** Both sides of a call together, picture and sound, bits per second. */
  readonly bitsPerSecond: number;
}

/** For photos, documents and the rows' own growth: 1 GB. */
export const RESERVE_BYTES = 1e9;

/** Every running call may go on to its longest; what would be left behind is the reserve. */
export const neededBytes = (running: number, { longestSeconds, bitsPerSecond }: SpaceRule): number =>
  Math.ceil((running * longestSeconds * bitsPerSecond) / 8) + RESERVE_BYTES;

export const isLow = (freeBytes: number, running: number, rule: SpaceRule): boolean => freeBytes < neededBytes(running, rule);

/** So little that a recorder cannot go on: its next chunks do not fit. */
export const FULL_BYTES = 4 * 1024 * 1024;
