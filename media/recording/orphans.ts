import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../contracts/errors.ts';
import { removeJournal, unfinishedSessions } from './journal.ts';

/** Sessions that are taken up beside each other: each reads its cut files once. */
const AT_ONCE = 8;
/** Nobody comes back to a call after this. */
const OLD_MS = 7 * 86_400_000;
const PAUSES_MS = [2_000, 4_000, 8_000, 15_000, 60_000, 300_000];
/** What fails so often waits for the next start. */
const TRIES = 12;

interface Orphan { readonly sessionId: string; readonly caseId: string; readonly over: boolean; tries: number; dueMs: number }

/**
 * Sessions of an earlier life, or whose closing broke off: their cut segments are closed and told, many at once, and tried again
 * where another recorder is still sealing them or the store is away. Owned by the supervisor.
 */
export const createOrphans = ({ dir, recover, isLive, log }: {
  readonly dir: string;
  /** True: nothing is left to be done for it. */
  recover(one: { sessionId: string; caseId: string; over: boolean }): Promise<boolean>;
  isLive(sessionId: string): boolean;
  log(line: string): void;
}) => {
  const waiting = new Map<string, Orphan>();
  const working = new Set<string>();

  /** A case that was destroyed took its files along; what is left are ids and times of nothing. */
  const isGone = (caseId: string): Promise<boolean> => access(join(dir, caseId)).then(() => false, (error: NodeJS.ErrnoException) => error.code === 'ENOENT');
  const takeUp = async (one: Orphan): Promise<void> => {
    try {
      if (isLive(one.sessionId) || await recover(one) || ++one.tries >= TRIES) waiting.delete(one.sessionId);
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'INTERNAL';
      if (code === 'KEY_UNAVAILABLE' && await isGone(one.caseId)) {
        waiting.delete(one.sessionId);
        await removeJournal(dir, one.sessionId).catch(() => undefined);
        return;
      }
      one.tries += 1;
      if (one.tries === 1 || one.tries >= TRIES) log(`recorder: session ${one.sessionId} could not be taken up${one.tries === 1 ? ' yet' : ''}: ${code}`);
      if (one.tries >= TRIES) waiting.delete(one.sessionId);
    } finally {
      one.dueMs = performance.now() + PAUSES_MS[Math.min(one.tries, PAUSES_MS.length) - 1]!;
    }
  };
  const add = (sessionId: string, caseId: string, over: boolean): void => {
    waiting.set(sessionId, { sessionId, caseId, over, tries: 0, dueMs: 0 });
  };

  return {
    /** A session that ended here and could not be closed. */
    add,
    /** All of which there are notes. */
    async find(): Promise<void> {
      for (const { sessionId, caseId, writtenMs } of await unfinishedSessions(dir)) add(sessionId, caseId, writtenMs < Date.now() - OLD_MS);
    },
    /** One try for each that is due. */
    async round(): Promise<void> {
      const due = [...waiting.values()].filter(({ sessionId, dueMs }) => dueMs <= performance.now() && !working.has(sessionId));
      for (const { sessionId } of due) working.add(sessionId);
      const worker = async (): Promise<void> => {
        for (let one = due.shift(); one; one = due.shift()) {
          await takeUp(one);
          working.delete(one.sessionId);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    },
    clear(): void { waiting.clear(); },
  };
};
