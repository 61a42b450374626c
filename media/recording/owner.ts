import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contracts/errors.ts';
import { FOLDER, checkedSessionId } from './journal.ts';

const owner = z.object({ id: z.string(), host: z.string(), pid: z.number().int() });
/** A recorder that did not say for so long that it has the session has it no longer. */
const SILENT_MS = 4_000;
export const OWNER_EVERY_MS = 1_000;

const alive = (pid: number): boolean => {
  try { process.kill(pid, 0); return true; } catch (error) { return (error as NodeJS.ErrnoException).code === 'EPERM'; }
};

export interface Ownership {
  /** False: another recorder has taken the session over. Also says that this one is still there. Store errors are thrown. */
  holds(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * One recorder a session: its name lies beside the session's notes as `.journal/<session>.owner`. A second one is refused while the
 * first lives; where the first is dead (its process is gone, or it was silent for 4 s) the second takes over, and the
 * first, should it wake, finds another's name and lets go.
 * @throws AppError RECORDED_ELSEWHERE
 */
export const claimSession = async (dir: string, sessionId: string): Promise<Ownership> => {
  const path = join(dir, FOLDER, `${checkedSessionId(sessionId)}.owner`);
  const id = randomUUID();
  await mkdir(join(dir, FOLDER), { recursive: true, mode: 0o700 });
  const read = async (): Promise<z.infer<typeof owner> | undefined> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    try { return owner.parse(JSON.parse(text)); } catch { return undefined; }
  };
  const first = await read();
  if (first && await lives(first, path)) throw new AppError('RECORDED_ELSEWHERE');
  const aside = `${path}.${id}`;
  const file = await open(aside, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify({ id, host: hostname(), pid: process.pid })).finally(() => file.close());
    await rename(aside, path);
  } catch (error) {
    // A full disk is tried again each second: nothing may pile up on it.
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
  // Of two that came in the same moment the later name stands, and only one reads its own.
  if ((await read())?.id !== id) throw new AppError('RECORDED_ELSEWHERE');
  return {
    async holds() {
      if ((await read())?.id !== id) return false;
      const now = new Date();
      await utimes(path, now, now);
      return true;
    },
    async release() {
      if ((await read().catch(() => undefined))?.id === id) await rm(path, { force: true });
    },
  };
};

const lives = async ({ host, pid }: z.infer<typeof owner>, path: string): Promise<boolean> => {
  if (host === hostname() && (pid === process.pid || !alive(pid))) return false;
  // Its number may be another process's by now, or it may hang: who lives says so each second.
  const before = await modified(path);
  await new Promise((resolve) => { setTimeout(resolve, SILENT_MS); });
  const after = await modified(path);
  return after !== undefined && after !== before;
};
/** Undefined: it was given up meanwhile. */
const modified = (path: string): Promise<number | undefined> => stat(path).then(({ mtimeMs }) => mtimeMs, (error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT') return undefined;
  throw error;
});
