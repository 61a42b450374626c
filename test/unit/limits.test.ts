import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createLimit } from '../../server/auth/limits.ts';

describe('while Redis is away', () => {
  let redis: Redis;
  beforeAll(() => {
    // Nobody listens on the discard port; the connection is made as the program makes it.
    redis = new Redis('redis://127.0.0.1:9', { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
  });
  afterAll(() => { redis.disconnect(); });

  test('tries are counted in this process: log-ins do not hang, and guessing stays limited (R15)', async () => {
    const limit = createLimit(redis, 'staff-name', 2, 60);
    await limit.take('zhangmin');
    await limit.take('zhangmin');
    await expect(limit.take('zhangmin')).rejects.toMatchObject({ code: 'TOO_MANY_TRIES', detail: { retryAfterSeconds: expect.any(Number) } });
    await limit.take('lihua');
    await limit.reset('zhangmin');
    await limit.take('zhangmin');
  }, 3_000);
});
