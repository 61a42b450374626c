import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { createPool } from '../../review/checks/pool/pool.ts';
import type { Pool, PoolOptions } from '../../review/checks/pool/pool.ts';

const program = new URL('./pool.process.ts', import.meta.url);
const pools: Pool[] = [];
const poolOf = (options: Partial<PoolOptions> = {}): Pool => {
  const pool = createPool({ program, ...options });
  pools.push(pool);
  return pool;
};
afterEach(async () => { await Promise.all(pools.splice(0).map((pool) => pool.close())); });

describe('two lanes: what nobody waits for never delays what somebody waits for (design: reading never slows an upload)', () => {
  test('while the slow lane is full, whoever uploads is answered long before it, again and again', async () => {
    const pool = poolOf({ queueLimit: 3 });
    await Promise.all([pool.run('who', {}, { lane: 'fast' }), pool.run('who', {}, { lane: 'slow' })]);
    let slowDone = 0;
    const slow = Array.from({ length: 4 }, () => pool.run('patient', {}, { lane: 'slow' }).then(() => { slowDone += 1; }, () => undefined));
    for (let i = 0; i < 8; i += 1) {
      await pool.run('who', {}, { lane: 'fast' });
    }
    // The slow lane's first task alone takes five seconds.
    expect([slowDone, pool.load().waiting]).toEqual([0, 3]);
    await pool.close();
    await Promise.all(slow);
  }, 20_000);

  test('a full lane says so with its code, the other one still takes work, and whoever leaves makes room without ever being served', async () => {
    const pool = poolOf({ queueLimit: 2 });
    const leave = new AbortController();
    const lasting = pool.run('patient', 'first', { lane: 'slow', signal: leave.signal });
    const left = new AbortController();
    const waiting = [pool.run('seen', 'left', { lane: 'slow', signal: left.signal }), pool.run('seen', 'stayed', { lane: 'slow' })];
    await expect(pool.run('seen', 'too many', { lane: 'slow' })).rejects.toMatchObject({ code: 'OVERLOADED' });
    await expect(pool.run('seen', 'other lane', { lane: 'fast' })).resolves.toEqual(['other lane']);
    left.abort(new Error('the client went away'));
    await expect(waiting[0]).rejects.toThrow('the client went away');
    expect(pool.load().waiting).toBe(1);
    const next = pool.run('seen', 'next', { lane: 'slow' });
    leave.abort(new Error('the client went away'));
    await expect(lasting).rejects.toThrow('the client went away');
    await waiting[1];
    expect(await next).toEqual(expect.arrayContaining(['stayed', 'next']));
    expect(await next).not.toContain('left');
    expect(await next).not.toContain('too many');
  }, 20_000);
});

describe('a task that nobody waits for any more', () => {
  const inTheMiddle = async (pool: Pool, name: string): Promise<{ before: unknown; after: unknown; ms: number }> => {
    const before = await pool.run('who', {}, { lane: 'slow' });
    const abort = new AbortController();
    const running = pool.run(name, {}, { lane: 'slow', signal: abort.signal });
    await delay(300);
    abort.abort(new Error('the client went away'));
    await expect(running).rejects.toThrow('the client went away');
    const began = Date.now();
    return { before, after: await pool.run('who', {}, { lane: 'slow' }), ms: Date.now() - began };
  };

  test('stops at its next step, and its warm process takes the next one', async () => {
    const pool = poolOf();
    const { before, after, ms } = await inTheMiddle(pool, 'patient');
    expect(after).toBe(before);
    expect(ms).toBeLessThan(1_500);
  });

  test('is ended with its process when it does not stop, and the next one is served', async () => {
    const pool = poolOf();
    const { before, after } = await inTheMiddle(pool, 'deaf');
    expect(after).not.toBe(before);
  }, 20_000);
});

describe('the life of a process', () => {
  test('a process that never gets ready is given up in its time, and the caller is told', async () => {
    const pool = poolOf({ program: new URL('./pool.silent.ts', import.meta.url), timeoutMs: 700 });
    await expect(pool.run('who', {}, { lane: 'slow' })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('a program that cannot be started is an error for the caller, and closing still ends', async () => {
    const pool = poolOf({ program: new URL('./nowhere.ts', import.meta.url) });
    await expect(pool.run('who', {}, { lane: 'slow' })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('kept warm, a process that died is there again before anybody asks', async () => {
    const pool = poolOf();
    pool.keepWarm();
    const pids = () => pool.load().processes.map(({ pid }) => pid);
    const first = pids();
    expect(first).toHaveLength(2);
    process.kill(first[1]!, 'SIGKILL');
    for (let tries = 0; tries < 400 && (pids().length < 2 || pids()[1] === first[1]); tries += 1) await delay(50);
    expect(pids()).toEqual([first[0], expect.any(Number)]);
    expect(pids()[1]).not.toBe(first[1]);
  });

  test('kept warm, a program that cannot start is tried ever more rarely, not twice a second for ever', async () => {
    const pool = poolOf({ program: new URL('./pool.dying.ts', import.meta.url) });
    pool.keepWarm();
    await delay(5_000);
    // Two processes: at 0, 0.5, 1.5 and 3.5 s at the most; without a growing pause it were twenty.
    expect(pool.load().died).toBeGreaterThan(2);
    expect(pool.load().died).toBeLessThanOrEqual(8);
  });

  test('kept warm, one that was renewed for its size is there again by itself, without the growing pause of a fault, however often: to have grown is no fault', async () => {
    const pool = poolOf();
    pool.keepWarm();
    const slowPid = () => pool.load().processes.find(({ lane }) => lane === 'slow')?.pid;
    for (let i = 0; i < 4; i += 1) {
      const before = await pool.run('large', {}, { lane: 'slow' });
      const began = Date.now();
      while ((slowPid() ?? before) === before && Date.now() - began < 8_000) await delay(20);
      expect([i, Date.now() - began < 3_000]).toEqual([i, true]);
    }
    expect(pool.load()).toMatchObject({ renewed: 4, died: 0 });
  }, 40_000);

  test('renewed for its size while others wait, the next one is served at once, not after a pause', async () => {
    const pool = poolOf();
    const [large, next] = [pool.run('large', {}, { lane: 'slow' }), pool.run('who', {}, { lane: 'slow' })];
    expect(await next).not.toBe(await large);
    expect(pool.load().renewed).toBe(1);
  }, 20_000);
});
