import { UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { JOBS } from '../../contracts/jobs/index.ts';
import type { JobData, JobName } from '../../contracts/jobs/index.ts';
import { DEFAULT_PREFIX, JOB_NAMES } from './queues.ts';

export interface JobHandler<N extends JobName = JobName> {
  readonly name: N;
  /** How many of this kind run at once in this process; 1 when absent. */
  readonly concurrency?: number;
  /** Throwing has it tried again by the retry policy, unless this attempt is the `last`. */
  handle(data: JobData<N>, job: { readonly id: string; readonly attempt: number; readonly last: boolean }): Promise<void>;
}

/** Keeps the payload's type beside its name. */
export const defineHandler = <N extends JobName>(handler: JobHandler<N>): JobHandler => handler as unknown as JobHandler;

export interface WorkerOptions {
  readonly redisUrl: string;
  readonly prefix?: string;
  readonly handlers: readonly JobHandler[];
  /** Told of each failure by name and id; payloads are ids, but stay out of it all the same. */
  readonly onFailed?: (failure: { readonly name: JobName; readonly id: string; readonly attempt: number; readonly final: boolean; readonly error: Error }) => void;
}

export interface Workers {
  /** Waits for running jobs. Closing twice is harmless. */
  close(): Promise<void>;
}

/** @throws Error naming every job that has no handler or more than one */
export const checkHandlers = (handlers: readonly JobHandler[]): void => {
  const problems = JOB_NAMES.flatMap((name) => {
    const count = handlers.filter((handler) => handler.name === name).length;
    return count === 1 ? [] : [`${name} has ${count === 0 ? 'no handler' : `${count} handlers`}`];
  });
  const strangers = handlers.filter((handler) => !JOB_NAMES.includes(handler.name)).map((handler) => `${handler.name} is no job`);
  if (problems.length + strangers.length > 0) throw new Error(`Jobs cannot start: ${[...problems, ...strangers].join('; ')}`);
};

/** Starts one worker for each kind of job. @throws Error when a job has no handler or two */
export const startWorkers = async (options: WorkerOptions): Promise<Workers> => {
  checkHandlers(options.handlers);
  const connection = new Redis(options.redisUrl, { maxRetriesPerRequest: null });
  connection.on('error', () => undefined);
  const workers = options.handlers.map((handler) => {
    const worker = new Worker(handler.name, async (job) => {
      const data = JOBS[handler.name].safeParse(job.data);
      // Data that is wrong once is wrong every time.
      if (!data.success) throw new UnrecoverableError(`the data of ${handler.name} is not what the contract says`);
      const attempt = job.attemptsMade + 1;
      await handler.handle(data.data as JobData<JobName>, { id: job.id ?? '', attempt, last: attempt >= (job.opts.attempts ?? 1) });
    }, { connection, prefix: options.prefix ?? DEFAULT_PREFIX, concurrency: handler.concurrency ?? 1 });
    worker.on('error', () => undefined);
    worker.on('failed', (job, error) => {
      const attempt = job?.attemptsMade ?? 0;
      options.onFailed?.({ name: handler.name, id: job?.id ?? '', attempt, final: error instanceof UnrecoverableError || attempt >= (job?.opts.attempts ?? 1), error });
    });
    return worker;
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  let closing: Promise<void> | undefined;
  return {
    close: () => (closing ??= (async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      connection.disconnect();
    })()),
  };
};
