import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { outboxEvent } from '../../contracts/events/index.ts';
import type { OutboxEvent } from '../../contracts/events/index.ts';
import type { JobData, JobName } from '../../contracts/jobs/index.ts';

export interface OutboxRow { readonly id: string; readonly payload: unknown }

/** What the relay needs of the database. */
export interface OutboxRepository {
  /** The oldest rows that are not published yet, in the order in which they were written. */
  unpublished(limit: number): Promise<readonly OutboxRow[]>;
  markPublished(ids: readonly string[]): Promise<void>;
}

export type EventJob = { [N in JobName]: { readonly name: N; readonly data: JobData<N>; readonly delayMs?: number; readonly coalesce?: string } }[JobName];

export interface RelayOptions {
  readonly redis: Redis;
  readonly repository: OutboxRepository;
  /** Which jobs follow from an event. */
  readonly jobsOf: (event: OutboxEvent) => readonly EventJob[];
  readonly addJob: (job: EventJob, id: string) => Promise<void>;
  readonly prefix?: string;
  readonly batchSize?: number;
  /** How often rows are looked for without being told, in ms; 0: only when `run` is called. */
  readonly everyMs?: number;
  /** A row that cannot be published is skipped and told of; a poisoned row stops nobody. */
  readonly onError?: (error: unknown, rowId: string | null) => void;
}

export interface Relay {
  /** Publishes all that is there; answers how many. Does nothing while another process is at it. */
  run(): Promise<number>;
  /** Closing twice is harmless; waits for a run under way. */
  close(): Promise<void>;
}

/** The channel of one application's events on Redis pub/sub. */
export const eventChannel = (applicationId: string, prefix = 'events'): string => `${prefix}:${applicationId}`;

const LOCK_MS = 10_000;
/** Release and prolong only what is still ours. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;
const PROLONG = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;

/**
 * Carries events out of the outbox, at least once and in order: each to its application's channel, and as jobs with an id
 * of the event's own, so that a second delivery makes no second job while the first is there.
 */
export const createRelay = (options: RelayOptions): Relay => {
  const { redis, repository, prefix = 'events', batchSize = 100, onError = () => undefined } = options;
  const lockKey = `${prefix}:relay`;
  let running: Promise<number> | undefined;
  let again = false;
  let closed = false;

  const publish = async (row: OutboxRow): Promise<void> => {
    const parsed = outboxEvent.safeParse(row.payload);
    if (!parsed.success) return onError(new Error('an outbox row is not what the contract says'), row.id);
    const event = parsed.data;
    for (const job of options.jobsOf(event)) await options.addJob(job, `${row.id}-${job.name}`);
    await redis.publish(eventChannel(event.applicationId, prefix), JSON.stringify({ id: row.id, event }));
  };

  const drain = async (): Promise<number> => {
    const token = randomUUID();
    if ((await redis.set(lockKey, token, 'PX', LOCK_MS, 'NX')) === null) return 0;
    let count = 0;
    try {
      while (!closed) {
        const rows = await repository.unpublished(batchSize);
        if (rows.length === 0) return count;
        const published: string[] = [];
        try {
          for (const row of rows) {
            await publish(row);
            published.push(row.id);
          }
        } finally {
          if (published.length > 0) await repository.markPublished(published);
        }
        count += published.length;
        // The lock was lost (a long pause): another relay goes on from here.
        if ((await redis.eval(PROLONG, 1, lockKey, token, LOCK_MS)) === 0) return count;
      }
      return count;
    } finally {
      await redis.eval(RELEASE, 1, lockKey, token);
    }
  };

  const run = async (): Promise<number> => {
    if (running !== undefined) {
      // Something was written after the run under way last looked: it looks once more.
      again = true;
      return running;
    }
    running = (async () => {
      let total = 0;
      do {
        again = false;
        total += await drain();
      } while (again && !closed);
      return total;
    })().finally(() => { running = undefined; });
    return running;
  };

  const everyMs = options.everyMs ?? 1000;
  const clock = everyMs === 0 ? undefined : setInterval(() => void run().catch((error: unknown) => onError(error, null)), everyMs).unref();

  return {
    run,
    close: async () => {
      closed = true;
      clearInterval(clock);
      await running?.catch(() => undefined);
    },
  };
};

/** What was published, or undefined when it is not what the contract says. */
const readEvent = (text: string): OutboxEvent | undefined => {
  try {
    return outboxEvent.safeParse((JSON.parse(text) as { event?: unknown } | null)?.event).data;
  } catch {
    return undefined;
  }
};

export interface ListenOptions {
  /** A connection of its own. */
  readonly redis: Redis;
  readonly prefix?: string;
  readonly onEvent: (event: OutboxEvent) => void;
  /** A message that is no event was passed over. */
  readonly onDropped?: () => void;
}

/** Hears the events of all applications, for the sockets of this process. */
export const listenToEvents = async (options: ListenOptions): Promise<{ close(): Promise<void> }> => {
  const pattern = eventChannel('*', options.prefix);
  const hear = (_pattern: string, _channel: string, text: string): void => {
    const event = readEvent(text);
    if (event === undefined) return options.onDropped?.();
    options.onEvent(event);
  };
  options.redis.on('pmessage', hear);
  await options.redis.psubscribe(pattern);
  let closed = false;
  return {
    close: async () => {
      if (closed) return;
      closed = true;
      options.redis.off('pmessage', hear);
      await options.redis.punsubscribe(pattern).catch(() => undefined);
    },
  };
};
