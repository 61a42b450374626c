import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { JOBS } from '../../contracts/jobs/index.ts';
import type { JobData, JobName } from '../../contracts/jobs/index.ts';

export const JOB_NAMES = Object.keys(JOBS) as JobName[];

export interface AddOptions {
  readonly delayMs?: number;
  /**
   * While a job with this id waits or runs, adding it again does nothing; a finished one is removed at once, so that the
   * same id can come again. Any text: what BullMQ does not allow in an id is replaced.
   */
  readonly id?: string;
  /** Jobs of this name with the same text become one: while it waits the new one is left out, and while it runs one more run follows. */
  readonly coalesce?: string;
}

export interface Queues {
  /** @throws ZodError when the data is not the job's */
  add<N extends JobName>(name: N, data: JobData<N>, options?: AddOptions): Promise<void>;
  /** Runs the job every so many ms, once in the whole system however many processes ask for it. */
  every<N extends JobName>(name: N, everyMs: number, data: JobData<N>): Promise<void>;
  /** Jobs by state, for metrics. */
  counts(): Promise<Record<JobName, Record<string, number>>>;
  /** Closing twice is harmless. */
  close(): Promise<void>;
}

export interface QueueOptions { readonly redisUrl: string; readonly prefix?: string }

export const DEFAULT_PREFIX = 'jobs';
/** Retried with growing pauses: 2, 4, 8, 16 s. */
export const RETRY_POLICY = { attempts: 5, backoff: { type: 'exponential', delay: 2_000 } } as const;
/** Failed jobs stay for a week to be looked at; done ones leave at once, else their id could not be used again. */
const KEEP = { removeOnComplete: true, removeOnFail: { age: 7 * 24 * 3600, count: 1000 } } as const;

/** BullMQ refuses `:` in a job id. */
export const jobId = (text: string): string => text.replaceAll(':', '-');

/** One BullMQ queue for each kind of job, so that slow kinds do not hold up the others. */
export const createQueues = ({ redisUrl, prefix = DEFAULT_PREFIX }: QueueOptions): Queues => {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queues = Object.fromEntries(JOB_NAMES.map((name) => {
    const queue = new Queue(name, { connection, prefix, defaultJobOptions: { ...RETRY_POLICY, ...KEEP } });
    // Without a listener a lost connection would end the process; ioredis connects again by itself.
    queue.on('error', () => undefined);
    return [name, queue];
  })) as Record<JobName, Queue>;
  connection.on('error', () => undefined);
  let closing: Promise<void> | undefined;

  return {
    add: async (name, data, options = {}) => {
      const parsed = JOBS[name].parse(data);
      const id = options.id === undefined ? undefined : jobId(options.id);
      if (id !== undefined) await removeFailed(queues[name], id);
      await queues[name].add(name, parsed, {
        ...(id === undefined ? {} : { jobId: id }), ...(options.coalesce === undefined ? {} : { deduplication: { id: jobId(options.coalesce), keepLastIfActive: true } }), ...(options.delayMs === undefined ? {} : { delay: Math.max(0, Math.round(options.delayMs)) }),
      });
    },
    every: async (name, everyMs, data) => {
      await queues[name].upsertJobScheduler(name, { every: everyMs }, { name, data: JOBS[name].parse(data), opts: { ...KEEP, attempts: 1 } });
    },
    counts: async () => Object.fromEntries(await Promise.all(JOB_NAMES.map(async (name) => [name, await queues[name].getJobCounts()]))) as Record<JobName, Record<string, number>>,
    close: () => (closing ??= (async () => {
      await Promise.all(JOB_NAMES.map((name) => queues[name].close()));
      connection.disconnect();
    })()),
  };
};

/** A failed job that is kept would swallow the new one of the same id, silently. */
const removeFailed = async (queue: Queue, id: string): Promise<void> => {
  const kept = await queue.getJob(id);
  if (kept !== undefined && (await kept.isFailed())) await kept.remove();
};
