import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { markOf, signal, stopOrphan, waitGone, writeMark } from '../services/processes.ts';

/** A program started by us. */
export type Child = {
  name: string;
  pid: number;
  /** What stood behind `READY` on its readiness line. */
  ready: string;
  /** Settles with its last words when it ends, asked or not. */
  ended: Promise<string>;
  /** SIGTERM, then after `limit` SIGKILL; waits for the end. Calling it twice is harmless. */
  stop(): Promise<void>;
  kill(): void;
};

export type ChildOptions = {
  name: string;
  args: string[];
  env: Record<string, string | undefined>;
  /** Where its number is kept, so that the next start finds it when this one is killed. */
  markFile: string;
  /** Sees each line of its output. */
  print(line: string): void;
  /** How long it may take to say READY, in ms. */
  readyWithin: number;
  stopWithin?: number;
  /** Aborted: waiting for READY ends and the program is stopped. */
  signal?: AbortSignal;
};

/**
 * Starts a TypeScript program with this Node and waits for its line `READY …`.
 * @throws when it ends or stays silent instead
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name } = options;
  await stopOrphan(options.markFile, 'SIGTERM');
  // A session of its own: Ctrl-C reaches only us, and we stop one after the other. The IPC channel closes when we are
  // killed: by that the child knows that nobody supervises it any more.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options.args], {
    env: definedOnly(options.env), detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>;
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  writeMark(options.markFile, pid);
  const mark = markOf(pid);

  const ended = new Promise<string>((done) => {
    child.once('close', (code, reason) => done(reason === null ? `ended with exit code ${code}` : `was ended by ${reason}`));
  });
  const kill = (): void => {
    if (child.exitCode === null && child.signalCode === null) signal(pid, 'SIGKILL');
  };
  process.once('exit', kill);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= (async () => {
    if (child.exitCode === null && child.signalCode === null) signal(pid, 'SIGTERM');
    if (mark !== undefined && !(await waitGone(mark, options.stopWithin ?? 20_000))) {
      options.print(`does not stop; killed`);
      kill();
    }
    await ended;
    process.off('exit', kill);
  })());

  const ready = readiness(child.stdout, child.stderr, options.print);
  let timer: NodeJS.Timeout | undefined;
  try {
    const address = await Promise.race([
      ready,
      ended.then((how) => { throw new Error(`${name} ${how} before it was ready`); }),
      new Promise<never>((_, fail) => {
        options.signal?.addEventListener('abort', () => fail(new Error(`${name} was stopped while starting`)), { once: true });
        timer = setTimeout(() => fail(new Error(`${name} was not ready after ${options.readyWithin / 1000} s`)), options.readyWithin);
      }),
    ]);
    return { name, pid, ready: address, ended, stop, kill };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Passes all lines on but the first `READY …`, and gives what stands behind it. */
function readiness(stdout: Readable, stderr: Readable, print: (line: string) => void): Promise<string> {
  createInterface({ input: stderr }).on('line', print);
  return new Promise((done) => {
    let found = false;
    createInterface({ input: stdout }).on('line', (line) => {
      const match = found ? null : /^READY\s*(.*)$/.exec(line);
      if (match === null) return print(line);
      found = true;
      done(match[1]!.trim());
    });
  });
}

/** Runs a TypeScript program to its end. @throws with its last lines when it fails */
export async function runToEnd(name: string, args: string[], env: Record<string, string | undefined>, print: (line: string) => void): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { env: definedOnly(env), stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', print);
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  if (code !== 0) throw new Error(`${name} failed (exit code ${code})`);
}

function definedOnly(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
