import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { OutboxEvent } from '../../contracts/events/index.ts';
import { createRelay, listenToEvents } from '../../workflows/outbox/relay.ts';
import type { EventJob, OutboxRow } from '../../workflows/outbox/relay.ts';
import { createQueues, JOB_NAMES } from '../../workflows/queues/queues.ts';
import { defineHandler, startWorkers } from '../../workflows/queues/workers.ts';
import type { JobHandler, WorkerOptions } from '../../workflows/queues/workers.ts';
import { createTestRedis } from '../support/services/index.ts';
import type { TestRedis } from '../support/services/index.ts';

let store: TestRedis;
const open: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  open.push(thing);
  return thing;
};
const connect = (): Redis => {
  const redis = new Redis(store.url);
  keep({ close: async () => redis.disconnect() });
  return redis;
};
const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((done) => setTimeout(done, 20));
  expect(condition()).toBe(true);
};
beforeAll(async () => { store = await createTestRedis(); });
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });
afterAll(async () => { await store.drop(); });

const idle: JobHandler[] = JOB_NAMES.map((name) => ({ name, handle: async () => undefined }) as JobHandler);
const withHandler = (handler: JobHandler): JobHandler[] => [...idle.filter((h) => h.name !== handler.name), handler];

describe('jobs', () => {
  const setUp = async (handlers: JobHandler[], more: Partial<WorkerOptions> = {}) => {
    const prefix = `jobs-${randomUUID()}`;
    const queues = keep(createQueues({ redisUrl: store.url, prefix }));
    const workers = keep(await startWorkers({ redisUrl: store.url, prefix, handlers, ...more }));
    return { queues, workers, prefix };
  };

  test('the start fails when a job has no handler or two', async () => {
    await expect(startWorkers({ redisUrl: store.url, handlers: idle.slice(1) })).rejects.toThrow('batch.tick has no handler');
    await expect(startWorkers({ redisUrl: store.url, handlers: [...idle, idle[1]!] })).rejects.toThrow('account.open has 2 handlers');
  });

  test('a job reaches its handler; the same id can come again after it is done, colons or not', async () => {
    const seen: string[] = [];
    const { queues } = await setUp(withHandler(defineHandler({ name: 'account.open', handle: async ({ applicationId }) => void seen.push(applicationId) })));
    await queues.add('account.open', { applicationId: 'a' }, { id: 'open:a' });
    await until(() => seen.length === 1);
    await until(() => seen.length === 1);
    await new Promise((done) => setTimeout(done, 200));
    await queues.add('account.open', { applicationId: 'a' }, { id: 'open:a' });
    await until(() => seen.length === 2);
    await expect(queues.add('account.open', {} as { applicationId: string })).rejects.toThrow();
  });

  test('the events of one case make one run while it waits and one more while it runs, never two at once; each is followed by a run (R42)', async () => {
    const runs: { of: string; written: number }[] = [];
    let [written, atOnce, most] = [0, 0, 0];
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => { goOn = resolve; });
    const { queues } = await setUp(withHandler(defineHandler({
      name: 'evidence.record', concurrency: 4,
      handle: async ({ applicationId }) => {
        if (applicationId === 'a') most = Math.max(most, ++atOnce);
        runs.push({ of: applicationId, written });
        if (applicationId === 'a') await held;
        await new Promise((done) => setTimeout(done, 150));
        if (applicationId === 'a') atOnce--;
      },
    })));
    const event = async (of: string): Promise<void> => { written++; await queues.add('evidence.record', { applicationId: of }, { id: `${of}:${written}`, delayMs: 100, coalesce: of }); };
    for (let i = 0; i < 20; i++) await event('a');
    await event('b');
    await until(() => runs.some(({ of }) => of === 'a'));
    for (let i = 0; i < 20; i++) await event('a');
    goOn();
    await until(() => runs.some((run) => run.of === 'a' && run.written === 41));
    await new Promise((done) => setTimeout(done, 500));
    expect(runs.filter(({ of }) => of === 'a')).toHaveLength(2);
    expect(runs.filter(({ of }) => of === 'b')).toHaveLength(1);
    expect(most).toBe(1);
    // And another day again.
    await event('a');
    await until(() => runs.some(({ written: at }) => at === 42));
  });

  test('while a job waits, adding its id again makes no second one', async () => {
    const seen: string[] = [];
    const { queues } = await setUp(withHandler(defineHandler({ name: 'account.open', handle: async ({ applicationId }) => void seen.push(applicationId) })));
    for (let i = 0; i < 3; i++) await queues.add('account.open', { applicationId: 'a' }, { id: 'open-a', delayMs: 300 });
    await until(() => seen.length === 1);
    await new Promise((done) => setTimeout(done, 400));
    expect(seen).toHaveLength(1);
  });

  test('a job that fails is tried again; a poisoned one stops nobody (R54)', async () => {
    const seen: string[] = [];
    const failures: string[] = [];
    const { queues } = await setUp(withHandler(defineHandler({
      name: 'account.open',
      handle: async ({ applicationId }, { attempt }) => {
        seen.push(`${applicationId}${attempt}`);
        if (applicationId === 'bad' && attempt === 1) throw new Error('poisoned');
      },
    })), { onFailed: ({ name, attempt, final }) => void failures.push(`${name} ${attempt} ${final}`) });
    await queues.add('account.open', { applicationId: 'bad' });
    await queues.add('account.open', { applicationId: 'good' });
    await until(() => seen.includes('good1') && seen.includes('bad2'));
    expect(failures).toEqual(['account.open 1 false']);
  });

  test('a scheduled job runs again and again, once for all processes', async () => {
    let ticks = 0;
    const { queues } = await setUp(withHandler(defineHandler({ name: 'batch.tick', handle: async () => void (ticks += 1) })));
    await queues.every('batch.tick', 200, {});
    await queues.every('batch.tick', 200, {});
    await until(() => ticks >= 3);
    await queues.close();
    await queues.close();
  });
});

describe('the outbox', () => {
  const changed = (applicationId: string, n: number): OutboxEvent => ({ type: 'photo.taken', applicationId, sessionId: 's', photoId: String(n), kind: 'face' });
  const readPhoto = (event: OutboxEvent): EventJob[] =>
    event.type === 'photo.taken' ? [{ name: 'photo.read', data: { applicationId: event.applicationId, sessionId: event.sessionId, photoId: event.photoId } }] : [];
  const outbox = () => {
    const rows: (OutboxRow & { published: boolean })[] = [];
    return {
      rows,
      write: (payload: unknown) => void rows.push({ id: randomUUID(), payload, published: false }),
      repository: {
        unpublished: async (limit: number) => rows.filter((row) => !row.published).slice(0, limit),
        markPublished: async (ids: readonly string[]) => { for (const row of rows) if (ids.includes(row.id)) row.published = true; },
      },
    };
  };

  test('two relays carry every event, in the order of each application, and as jobs', async () => {
    const prefix = `events-${randomUUID()}`;
    const heard: OutboxEvent[] = [];
    keep(await listenToEvents({ redis: connect(), prefix, onEvent: (event) => void heard.push(event) }));
    const box = outbox();
    const jobs = new Set<string>();
    const make = () => keep(createRelay({
      redis: connect(), repository: box.repository, prefix, batchSize: 7, everyMs: 20,
      jobsOf: readPhoto,
      addJob: async (_job, id) => void jobs.add(id),
    }));
    const [first] = [make(), make()];
    for (let n = 0; n < 60; n++) {
      box.write(changed(n % 2 === 0 ? 'a' : 'b', n));
      if (n % 10 === 0) await first!.run();
    }
    await until(() => box.rows.every((row) => row.published));
    await until(() => new Set(heard.map((e) => (e as { photoId: string }).photoId)).size === 60);
    for (const id of ['a', 'b']) {
      const order = heard.filter((e) => e.applicationId === id).map((e) => Number((e as { photoId: string }).photoId));
      expect(order).toEqual([...order].sort((x, y) => x - y));
    }
    expect(jobs.size).toBe(60);
  });

  test('an event whose job could not be added stays and is delivered later; nothing overtakes it', async () => {
    const box = outbox();
    let broken = true;
    const added: string[] = [];
    const relay = keep(createRelay({
      redis: connect(), repository: box.repository, prefix: `events-${randomUUID()}`, everyMs: 0,
      jobsOf: readPhoto,
      addJob: async (job) => {
        const { photoId } = job.data as { photoId: string };
        if (broken && photoId === '1') throw new Error('Redis is away');
        added.push(photoId);
      },
    }));
    for (let n = 0; n < 3; n++) box.write(changed('a', n));
    await expect(relay.run()).rejects.toThrow('Redis is away');
    expect(box.rows.map((row) => row.published)).toEqual([true, false, false]);
    broken = false;
    expect(await relay.run()).toBe(2);
    expect(added).toEqual(['0', '1', '2']);
  });

  test('a row that is not what the contract says is told of and stops nobody', async () => {
    const box = outbox();
    const errors: (string | null)[] = [];
    const relay = keep(createRelay({ redis: connect(), repository: box.repository, prefix: `events-${randomUUID()}`, everyMs: 0, jobsOf: () => [], addJob: async () => undefined, onError: (_e, id) => void errors.push(id) }));
    box.write({ type: 'nonsense' });
    box.write(changed('a', 1));
    expect(await relay.run()).toBe(2);
    expect(errors).toEqual([box.rows[0]!.id]);
    await relay.close();
    await relay.close();
  });
});
