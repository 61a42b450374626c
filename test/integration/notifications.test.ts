import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { OutboxEvent } from '../../contracts/events/index.ts';
import { createHub } from '../../server/sockets/hub.ts';
import { eventChannel, listenToEvents } from '../../workflows/outbox/relay.ts';
import { createTestRedis } from '../support/services/index.ts';
import type { TestRedis } from '../support/services/index.ts';

let store: TestRedis;
let redis: Redis;
const until = async (done: () => boolean): Promise<void> => { for (const end = Date.now() + 5_000; !done() && Date.now() < end;) await sleep(10); };

beforeAll(async () => {
  store = await createTestRedis();
  redis = new Redis(store.url);
});
afterAll(async () => {
  redis?.disconnect();
  await store?.drop();
});

describe('a message between processes that is not what the contract says', () => {
  test('is dropped with a line that holds none of it, and the next one arrives (R43)', async () => {
    const [heard, dropped]: [unknown[], string[]] = [[], []];
    const hub = await createHub(redis, (reason) => void dropped.push(reason));
    hub.attach('staff:zhang', { notify: () => { throw new Error('a socket that fails'); } });
    hub.attach('staff:zhang', { notify: (name, data) => void heard.push([name, data]) });
    const channel = `notify-${redis.options.db ?? 0}`;
    const bad = ['{"to":"staff:zhang","na', 'null', JSON.stringify({ to: 'staff:zhang', name: 'seat', data: { state: '王小明' } }), JSON.stringify({ to: 'staff:zhang', name: 'toString', data: {} }), JSON.stringify({ to: 'all', name: 'changed', data: {} })];
    for (const text of bad) await redis.publish(channel, text);
    await hub.publish('staff:zhang', 'changed', { applicationId: 'a' });
    await until(() => heard.length > 0);
    expect(heard).toEqual([['changed', { applicationId: 'a' }]]);
    expect(dropped).toEqual([...bad.map(() => 'not of the contract'), 'listener failed']);
    await hub.close();
  });

  test('of the outbox is passed over, and the next event arrives', async () => {
    const heard: OutboxEvent[] = [];
    let dropped = 0;
    const ears = redis.duplicate();
    const listening = await listenToEvents({ redis: ears, prefix: 'broken', onEvent: (event) => void heard.push(event), onDropped: () => { dropped += 1; } });
    const event: OutboxEvent = { type: 'application.changed', applicationId: 'a', event: 'submit', from: 'draft', to: 'submitted' };
    for (const text of ['no JSON', 'null', '{"event":{"type":"application.changed"}}', JSON.stringify({ id: '1', event })]) await redis.publish(eventChannel('a', 'broken'), text);
    await until(() => heard.length > 0);
    expect([heard, dropped]).toEqual([[event], 3]);
    await listening.close();
    ears.disconnect();
  });
});
