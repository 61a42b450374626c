import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { constants, getPriority } from 'node:os';

import { createReader } from '../../review/checks/index.ts';
import type { Reader } from '../../review/checks/index.ts';
import { inventPerson, photographCard, renderCard } from '../support/cards/index.ts';

let photo: Buffer;
let reader: Reader;
beforeAll(async () => {
  photo = await photographCard(await renderCard({ ...inventPerson(1), side: 'emblem', heightPx: 900 }), { width: 1280, height: 960 });
  reader = createReader({ workers: 1 });
});
afterAll(async () => { await reader.close(); });

const alive = (pid: number): boolean => { try { return process.kill(pid, 0); } catch { return false; } };

describe('the processes that read (design: reading never slows calls or sockets)', () => {
  test('they stand behind everything else in line for the processor', async () => {
    await reader.read(photo);
    const [child] = reader.load().processes.filter(({ lane }) => lane === 'slow');
    expect(getPriority(child?.pid)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
    expect(child).toMatchObject({ tasks: expect.any(Number), rssMb: expect.any(Number) });
  });

  test('one that is killed is replaced, and its picture’s reader is told', async () => {
    const dying = reader.read(photo);
    const [child] = reader.load().processes.filter(({ lane }) => lane === 'slow');
    process.kill(child?.pid as number, 'SIGKILL');
    await expect(dying).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(reader.read(photo)).resolves.toMatchObject({ side: 'emblem' });
    expect(reader.load().died).toBe(1);
  });

  test('one that has grown above its limit is renewed after its task, and no picture is lost', async () => {
    const small = createReader({ workers: 1, memoryLimitMb: 50 });
    const readings = await Promise.all([small.read(photo), small.read(photo)]);
    expect(readings.map(({ side }) => side)).toEqual(['emblem', 'emblem']);
    expect(small.load().renewed).toBe(2);
    await small.close();
  });

  test('an uploaded photo is judged while readings wait (R21)', async () => {
    await reader.judge(photo, { kind: 'emblemSide' });
    const order: string[] = [];
    const readings = [1, 2, 3].map(async () => { await reader.read(photo); order.push('read'); });
    await reader.judge(photo, { kind: 'emblemSide' }).then(() => order.push('judged'));
    await Promise.all(readings);
    expect(order.indexOf('judged')).toBeLessThan(2);
  });

  test('what is judged and aligned in the background queues with the readings; a client’s own photo does not (R21)', async () => {
    const small = createReader({ workers: 1, queueLimit: 1 });
    const leave = new AbortController();
    const { signal } = leave;
    const gone = [small.read(photo, { signal }), small.judge(photo, { kind: 'emblemSide', background: true, signal })].map((work) => expect(work).rejects.toThrow('enough'));
    // The reading lasts until it is given up, however fast the machine is.
    process.kill(small.load().processes.find(({ lane }) => lane === 'slow')?.pid as number, 'SIGSTOP');
    for (const work of [small.judge(photo, { kind: 'emblemSide', background: true }), small.align(photo, photo, { background: true }), small.face({ live: photo, consent: false }), small.backgrounds({ one: photo, other: photo })]) {
      await expect(work).rejects.toMatchObject({ code: 'OVERLOADED' });
    }
    await expect(small.judge(photo, { kind: 'emblemSide' })).resolves.toMatchObject({ findings: [] });
    await expect(small.inspect(photo)).resolves.toMatchObject({ width: 1280 });
    await expect(small.align(photo, photo)).resolves.toMatchObject({ fits: true });
    expect(small.load().processes.find(({ lane }) => lane === 'fast')?.tasks).toBe(3);
    leave.abort(new Error('enough'));
    await Promise.all(gone);
    await small.close();
  }, 60_000);

  test('beyond the queue’s bound a reading is refused, an abandoned one ends, and closing twice is harmless', async () => {
    const small = createReader({ workers: 1, queueLimit: 1 });
    const abort = new AbortController();
    const first = small.read(photo, { signal: abort.signal });
    const second = small.read(photo);
    await expect(small.read(photo)).rejects.toMatchObject({ code: 'OVERLOADED' });
    abort.abort(new Error('the client went away'));
    await expect(first).rejects.toThrow('the client went away');
    await expect(second).resolves.toMatchObject({ side: 'emblem' });
    await expect(small.read(photo, { signal: AbortSignal.abort(new Error('gone before')) })).rejects.toThrow('gone before');
    const pids = small.load().processes.map(({ pid }) => pid);
    await small.close();
    await small.close();
    expect(pids.filter(alive)).toEqual([]);
    await expect(small.read(photo)).rejects.toMatchObject({ code: 'OVERLOADED' });
  });
});
