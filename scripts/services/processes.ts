import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that can be told from a later one with the same number. */
export type ProcessMark = { pid: number; started: string };

/** When the process began, as text that only this process has; undefined when there is none (or only its zombie). */
export function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
      // Ticks since boot repeat after a reboot, so the boot goes with them.
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The mark of a living process, or undefined. */
export function markOf(pid: number): ProcessMark | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(mark: ProcessMark): boolean {
  return startOf(mark.pid) === mark.started;
}

/** Reads a mark written by {@link writeMark}; undefined when there is none or it is damaged. */
export function readMark(file: string): ProcessMark | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessMark>;
    if (typeof value.pid === 'number' && typeof value.started === 'string') return value as ProcessMark;
  } catch {
    // No mark, or one cut off by a crash: both mean that nobody is known.
  }
  return undefined;
}

/** Remembers a child, so that the next start finds it when this process is killed without a chance to stop it. */
export function writeMark(file: string, pid: number): void {
  const mark = markOf(pid);
  if (mark !== undefined) writeFileSync(file, JSON.stringify(mark), { mode: 0o600 });
}

/** Somebody else works on the same data. */
export class DataInUseError extends Error {
  override name = 'DataInUseError';
  readonly pid: number;
  constructor(what: string, pid: number) {
    super(`${what} is in use by another copy (process ${pid}). Stop that one first, or give this one a DATA_DIR, PORT and RTC_PORT of its own.`);
    this.pid = pid;
  }
}

/**
 * Takes a lock file for as long as this process lives. A lock whose holder is gone is taken over.
 * @returns a function that gives it back; calling it twice is harmless
 * @throws DataInUseError with the holder's number
 */
export function takeLock(file: string, what: string): () => void {
  mkdirSync(dirname(file), { recursive: true });
  const mine = markOf(process.pid)!;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        // A link appears with its content or not at all: nobody ever reads half a lock.
        linkSync(draft, file);
        return releaseOnce(file, mine);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readMark(file);
      if (holder !== undefined && isAlive(holder)) throw new DataInUseError(what, holder.pid);
      dropStale(file, draft);
    }
    throw new Error(`${what}: the lock ${file} could not be taken`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function dropStale(file: string, draft: string): void {
  const aside = `${draft}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return; // another starter was faster
  }
  const moved = readMark(aside);
  if (moved !== undefined && isAlive(moved) && !existsSync(file)) {
    renameSync(aside, file); // it had just been renewed by another starter: hand it back
    return;
  }
  rmSync(aside, { force: true });
}

function releaseOnce(file: string, mine: ProcessMark): () => void {
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    process.off('exit', release);
    if (readMark(file)?.pid === mine.pid) rmSync(file, { force: true });
  };
  process.on('exit', release);
  return release;
}

/** Sends a signal; a process that is already gone is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // already gone
  }
}

/** Waits until the process is gone. @returns false when it still lives after `limit` ms */
export async function waitGone(mark: ProcessMark, limit: number): Promise<boolean> {
  const end = Date.now() + limit;
  while (isAlive(mark)) {
    if (Date.now() > end) return false;
    await sleep(25);
  }
  return true;
}

/** Stops what an earlier start left behind when it was killed: politely, then not. */
export async function stopOrphan(markFile: string, polite: NodeJS.Signals, limit = 20_000): Promise<boolean> {
  const mark = readMark(markFile);
  if (mark === undefined || !isAlive(mark)) {
    rmSync(markFile, { force: true });
    return false;
  }
  signal(mark.pid, polite);
  if (!(await waitGone(mark, limit))) {
    signal(mark.pid, 'SIGKILL');
    await waitGone(mark, 5_000);
  }
  rmSync(markFile, { force: true });
  return true;
}
