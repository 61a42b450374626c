/** Room in the evidence store: no call begins that could not be recorded to its end (R40). Running calls go on. */
import { mkdir, statfs } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { isLow, neededBytes, FULL_BYTES } from '../../../media/evidence/index.ts';
import type { SpaceRule } from '../../../media/evidence/index.ts';
import type { HeldReason } from '../../../contracts/signaling/desk.ts';
import type { Database } from '../../database/index.ts';
import type { Log } from '../../platform/log.ts';
import { OPEN_STATES } from './own.ts';

export interface SpaceWatch {
  /** Why no call begins now; null: nothing is in the way. */
  held(): HeldReason | null;
  /** Whether the disk is so full at this moment that nothing more can be written. */
  full(): Promise<boolean>;
  /** Looks now instead of at the next turn of the clock. */
  look(): Promise<void>;
  close(): void;
}
export interface SpaceOptions {
  /** The store's folder: the volume it lies on counts. */
  readonly dir: string;
  readonly rule: SpaceRule;
  readonly db: Database;
  readonly log: Log;
  /** Told when it changes. */
  readonly onChange: () => void;
  readonly everyMs?: number;
  /** Bytes that this program may still write on the volume of a folder; by default of the system. */
  readonly freeBytes?: (dir: string) => Promise<number>;
}

const freeOn = async (dir: string): Promise<number> => { const { bavail, bsize } = await statfs(dir); return bavail * bsize; };

const PATIENCE_MS = 3_000;
/** Rejects when it takes longer; what was begun is left to itself. */
const within = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  const stop = new AbortController();
  const late = setTimeout(ms, undefined, { signal: stop.signal, ref: false }).then(() => { throw new Error('no answer'); });
  try { return await Promise.race([work, late]); } finally { stop.abort(); late.catch(() => undefined); }
};

/** Looks every 2 s. Calls of all processes count: they write to one store. */
export async function createSpaceWatch({ dir, rule, db, log, onChange, everyMs = 2_000, freeBytes = freeOn }: SpaceOptions): Promise<SpaceWatch> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let reason: HeldReason | null = null;
  let free: number | null = null;
  let looking: Promise<void> | undefined;
  const lookOnce = async (): Promise<void> => {
    // A store that does not answer takes no recording either. The disk is asked whether the database is there or not.
    free = await within(freeBytes(dir), PATIENCE_MS).catch(() => null);
    const running = await db.witnessSession.count({ where: { state: { in: [...OPEN_STATES] } } });
    const next = free === null ? 'store_unreachable' : isLow(free, running, rule) ? 'store_low' : null;
    if (next === reason) return;
    reason = next;
    log[next === null ? 'info' : 'error']({ held: next, freeBytes: free, neededBytes: neededBytes(running, rule), running }, next === null ? 'new calls begin again' : 'no new calls: room in the evidence store');
    onChange();
  };
  // One at a time: a volume that hangs would take a thread of the program for each.
  const look = (): Promise<void> => looking ??= lookOnce().finally(() => { looking = undefined; });
  await look();
  const clock = setInterval(() => { look().catch((error: unknown) => log.warn({ err: error }, 'room in the store not looked at')); }, everyMs);
  clock.unref();
  return { held: () => reason, full: async () => { await look().catch(() => undefined); return free !== null && free < FULL_BYTES; }, look, close: () => { clearInterval(clock); } };
}
