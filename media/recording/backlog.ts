import { AppError } from '../../contracts/errors.ts';

/** What waits in memory for a store that is slow, full or away: about a minute of 40 calls at 1 Mbit/s, in one process. */
const ALL_BYTES = 512 * 1024 * 1024;
/** Of one side of one call: 90 s at 2.5 Mbit/s, four minutes at 1. */
const SIDE_BYTES = 28 * 1024 * 1024;
const RETRY_MS = [100, 250, 500, 1_000];

/** The system's own code of a failure that may pass, `ENOSPC`, `EIO`…; undefined: trying again would not help. */
export const storeTrouble = (error: unknown): string | undefined => {
  if (error instanceof AppError) return error.code === 'STORE_FULL' ? error.code : undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) && code !== 'EBADF' ? code : undefined;
};

/** Whether the store said so because it has no room. */
export const isFull = (code: string): boolean => ['STORE_FULL', 'ENOSPC', 'EDQUOT'].includes(code);

/** Bytes of all sides that wait for the store, bounded; one of these in a recorder process. */
export const createBacklogs = (sideBytes = SIDE_BYTES) => {
  let all = 0;
  return {
    /** Of one side. `full` from its limit on until half of it is written. */
    side() {
      let bytes = 0;
      let full = false;
      const weigh = (): boolean => {
        if (bytes >= sideBytes || all >= ALL_BYTES) full = true;
        else if (bytes < sideBytes / 2) full = false;
        return full;
      };
      return {
        get bytes() { return bytes; },
        get full() { return weigh(); },
        add(count: number): void { bytes += count; all += count; },
        written(count: number): void { bytes -= count; all -= count; },
      };
    },
    get bytes() { return all; },
  };
};
export type Backlogs = ReturnType<typeof createBacklogs>;
export type Backlog = ReturnType<Backlogs['side']>;

/**
 * Does what touches the store again until it succeeds. Errors that will not pass are thrown at once.
 * @param onTrouble each failure, with its code
 */
export const patiently = async <T>(work: () => Promise<T>, { onTrouble, givenUp }: { onTrouble(code: string): void; givenUp(): boolean }): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const code = storeTrouble(error);
      if (code === undefined || givenUp()) throw error;
      onTrouble(code);
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]); });
    }
  }
};
