/**
 * A bounded pool of processes for what would slow calls and sockets. It knows no case and no picture: a task's
 * name and payload go in, a plain result comes out. Processes start with the first task that needs one, are replaced
 * when they die, and are renewed when they have grown above their limit.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { AppError } from '../../../contracts/errors.ts';
import type { PoolRequest, ProcessAnswer } from './protocol.ts';

/** `fast` tasks go before `slow` ones and have a process of their own besides. */
export type Lane = 'fast' | 'slow';

export interface PoolOptions {
  /** The program that every process runs. */
  readonly program: URL;
  /** Processes for either lane (default 1). */
  readonly workers?: number;
  /** Tasks of a lane that may wait; beyond it a task is refused with OVERLOADED (default 50). */
  readonly queueLimit?: number;
  /** A task that takes longer ends its process (default 60 s). */
  readonly timeoutMs?: number;
  /** Resident memory in MB above which a process is renewed after its task (default 900). */
  readonly memoryLimitMb?: number;
}

export interface RunOptions {
  readonly lane: Lane;
  /** Ends waiting or running; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface PoolLoad {
  readonly waiting: number;
  readonly running: number;
  /** `rssMb` is what the process had after its last task. */
  readonly processes: readonly { readonly pid: number; readonly lane: Lane; readonly tasks: number; readonly rssMb: number }[];
  /** Processes that were renewed for their size, and that died, since the start. */
  readonly renewed: number;
  readonly died: number;
}

export interface Pool {
  /**
   * @throws AppError OVERLOADED when too many wait or the pool is closed, INTERNAL when the process died or took too
   * long, else the code that the task failed with.
   */
  run(name: string, payload: unknown, options: RunOptions): Promise<unknown>;
  /** Starts all processes, and from now on every one again that ends, so that nobody waits for it to load what it needs. */
  keepWarm(): void;
  load(): PoolLoad;
  /** Ends all processes and waits until they are gone; what was waiting is refused. Twice is harmless. */
  close(): Promise<void>;
}

interface Job {
  readonly id: number;
  readonly name: string;
  readonly payload: unknown;
  readonly lane: Lane;
  /** The caller has gone; the process may still be busy with it. */
  abandoned: boolean;
  settle(outcome: { result: unknown } | { error: unknown }): void;
}

interface Slot {
  readonly lane: Lane; child: ChildProcess | null; ready: boolean; job: Job | null; timer: NodeJS.Timeout | undefined; tasks: number; rssMb: number;
  startedAt: number;
  /** Processes in a row that did not last. */
  short: number;
}

/** How long a cancelled task may take to reach its next checkpoint before its process is ended. */
const CANCEL_GRACE_MS = 2_000;
/** glibc gives threads heaps of their own (up to eight a core), and pictures of many sizes leave holes in all of them: what that costs is in docs/id-checks.md. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };
/** Pause before a process that ended is started again without a task: it doubles with each one that did not last. */
const RESTART_MS = 500;
const RESTART_MAX_MS = 30_000;
/** A process that lived so long was able to. */
const LASTED_MS = 10_000;

export function createPool(options: PoolOptions): Pool {
  const { program, workers = 1, queueLimit = 50, timeoutMs = 60_000, memoryLimitMb = 900 } = options;
  const slot = (lane: Lane): Slot => ({ lane, child: null, ready: false, job: null, timer: undefined, tasks: 0, rssMb: 0, startedAt: 0, short: 0 });
  const slots: Slot[] = [slot('fast'), ...Array.from({ length: workers }, () => slot('slow'))];
  const waiting: Record<Lane, Job[]> = { fast: [], slow: [] };
  const ending = new Set<ChildProcess>();
  let [closed, warm, lastId, renewed, died] = [false, false, 0, 0, 0];

  const finish = (of: Slot, outcome: Parameters<Job['settle']>[0]): void => {
    clearTimeout(of.timer);
    const job = of.job;
    of.job = null;
    job?.settle(outcome);
  };

  /** Takes the process away from its slot; its end is awaited by close(). */
  const end = (of: Slot, broken = false): void => {
    const child = of.child;
    // One that was ended for its size or its task had been able to work.
    of.short = broken && Date.now() - of.startedAt < LASTED_MS ? of.short + 1 : 0;
    [of.child, of.ready, of.tasks, of.rssMb] = [null, false, 0, 0];
    if (warm) setTimeout(() => { if (!closed && of.child === null) start(of); }, Math.min(RESTART_MS * 2 ** Math.max(0, of.short - 1), RESTART_MAX_MS)).unref();
    // Without a number there never was a process, and no exit will come.
    if (child === null || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    ending.add(child);
    child.once('exit', () => ending.delete(child));
    child.kill('SIGKILL');
  };

  const lost = (of: Slot, cause: unknown, broken = false): void => {
    end(of, broken);
    finish(of, { error: new AppError('INTERNAL', undefined, { cause }) });
    serve();
  };

  const send = (child: ChildProcess, request: PoolRequest): void => { child.send(request, () => undefined); };

  const begin = (of: Slot): void => {
    const { child, job } = of;
    if (child === null || !of.ready || job === null) return;
    clearTimeout(of.timer);
    of.timer = setTimeout(() => lost(of, 'time limit'), timeoutMs);
    send(child, { type: 'task', id: job.id, name: job.name, payload: job.payload });
  };

  const answered = (of: Slot, message: ProcessAnswer): void => {
    if (message.type === 'ready') {
      of.ready = true;
      begin(of);
      return;
    }
    if (message.id !== of.job?.id) return;
    of.tasks += 1;
    of.rssMb = message.rssMb;
    if (message.rssMb > memoryLimitMb) {
      renewed += 1;
      end(of);
    }
    finish(of, message.type === 'done' ? { result: message.result } : { error: new AppError(message.code, undefined, { cause: message.errorName }) });
    serve();
  };

  const start = (of: Slot): void => {
    let child: ChildProcess;
    of.startedAt = Date.now();
    try {
      child = fork(program, [of.lane], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'], env: { ...FEW_ARENAS, ...process.env }, windowsHide: true });
    } catch (error) {
      // Told after the caller has its promise.
      setImmediate(() => lost(of, (error as Error).name, true));
      return;
    }
    of.child = child;
    const gone = (cause: unknown): void => {
      if (of.child !== child) return;
      died += 1;
      lost(of, cause, true);
    };
    child.on('message', (message) => { if (of.child === child) answered(of, message as ProcessAnswer); });
    child.on('error', (error) => gone(error.name));
    child.on('exit', (code, signal) => gone(`process ended with ${signal ?? code}`));
    // A pool that nobody closes must not keep the program alive; whoever awaits a task does that.
    child.unref();
    child.channel?.unref();
  };

  const take = (lane: Lane): Job | undefined => waiting.fast.shift() ?? (lane === 'slow' ? waiting.slow.shift() : undefined);

  const serve = (): void => {
    for (const of of slots) {
      if (closed || of.job !== null) continue;
      const job = take(of.lane);
      if (job === undefined) continue;
      of.job = job;
      // A process that never gets ready is as dead as one that never answers.
      of.timer = setTimeout(() => lost(of, 'time limit'), timeoutMs);
      if (of.child === null) start(of);
      begin(of);
    }
  };

  const abandon = (job: Job, reason: unknown): void => {
    job.abandoned = true;
    job.settle({ error: reason });
    const at = waiting[job.lane].indexOf(job);
    if (at >= 0) {
      waiting[job.lane].splice(at, 1);
      return;
    }
    const of = slots.find((candidate) => candidate.job === job);
    if (of?.child === null || of === undefined) return;
    clearTimeout(of.timer);
    if (!of.ready) {
      // Nothing has been sent yet: the next task takes the process as soon as it is up.
      of.job = null;
      serve();
      return;
    }
    // A warm process is worth two seconds of patience; one that does not stop is ended.
    of.timer = setTimeout(() => lost(of, 'cancelled'), CANCEL_GRACE_MS);
    of.timer.unref();
    send(of.child, { type: 'cancel', id: job.id });
  };

  return {
    async run(name, payload, { lane, signal }) {
      signal?.throwIfAborted();
      if (closed || waiting[lane].length >= queueLimit) throw new AppError('OVERLOADED');
      // The wait for an answer is what keeps the program alive, not the process.
      const alive = setInterval(() => undefined, 1 << 30);
      let onAbort: (() => void) | undefined;
      try {
        return await new Promise<unknown>((resolve, reject) => {
          lastId += 1;
          const job: Job = { id: lastId, name, payload, lane, abandoned: false, settle: (outcome) => ('result' in outcome ? resolve(outcome.result) : reject(outcome.error)) };
          onAbort = () => abandon(job, signal?.reason);
          signal?.addEventListener('abort', onAbort, { once: true });
          waiting[lane].push(job);
          serve();
        });
      } finally {
        clearInterval(alive);
        if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
      }
    },
    keepWarm() {
      warm = true;
      for (const of of slots) if (!closed && of.child === null) start(of);
    },
    load: () => ({
      waiting: waiting.fast.length + waiting.slow.length,
      running: slots.filter((of) => of.job !== null && !of.job.abandoned).length,
      processes: slots.flatMap(({ child, lane, tasks, rssMb }) => (child?.pid === undefined ? [] : [{ pid: child.pid, lane, tasks, rssMb }])),
      renewed, died,
    }),
    async close() {
      closed = true;
      for (const job of [...waiting.fast.splice(0), ...waiting.slow.splice(0)]) job.settle({ error: new AppError('OVERLOADED') });
      for (const of of slots) {
        end(of);
        finish(of, { error: new AppError('OVERLOADED') });
      }
      // From here on a process keeps the program alive: it must be gone before we are.
      await Promise.all([...ending].map(async (child) => { child.ref(); await once(child, 'exit'); }));
    },
  };
}
