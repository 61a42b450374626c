import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../contracts/errors.ts';
import { removeJournal, unfinishedSessions } from './journal.ts';

/** Sessions that are taken up beside each other: most wait 4 s for another host's sign of life, then each reads its cut files once. */
const AT_ONCE = 32;
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

  let found: Promise<void> | undefined;
  let told = false;
  /** All of which there are notes, once; a store that is away is asked again with the next round. */
  const find = (): Promise<void> => (found ??= unfinishedSessions(dir).then((all) => {
    for (const { sessionId, caseId, writtenMs } of all) if (!waiting.has(sessionId)) add(sessionId, caseId, writtenMs < Date.now() - OLD_MS);
  }, (error: NodeJS.ErrnoException) => {
    found = undefined;
    if (!told) log(`recorder: notes of earlier sessions could not be read yet: ${error.code ?? 'INTERNAL'}`);
    told = true;
  }));

  return {
    /** A session that ended here and could not be closed. */
    add,
    /** One try for each that is due; the first looks for what an earlier life left. */
    async round(): Promise<void> {
      await find();
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
