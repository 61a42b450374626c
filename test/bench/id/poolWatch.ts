/** The program's own event loop and the pool's memory while eight photos are read at once. */
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { createReader } from '../../../review/checks/index.ts';
import { photographFace } from '../../support/cards/index.ts';
import { take } from './sets.ts';
import type { Wanted } from './sets.ts';
import type { Progress } from '../progress.ts';

export type PoolOutcome = {
  /** Of each round of eight: 99th percentile and largest delay of a timer of 1 ms, that millisecond included. */
  readonly lagP99: readonly number[];
  readonly lagMax: number;
  /** Seconds for the eight, per round. */
  readonly seconds: readonly number[];
  /** Largest sum of the resident memory of the pool's processes, and the peak of each (null where there is no /proc). */
  readonly rssMb: number | null;
  readonly peaksMb: readonly number[];
  readonly ownRssMb: number;
  readonly processes: number;
};

const AT_ONCE = 8;

/** As the program runs it: one worker, and the fast lane's process beside it, each with all it may have to load. */
export async function watchPool(photos: readonly Wanted[], rounds: number, progress: Progress): Promise<PoolOutcome> {
  const taken = await Promise.all(photos.slice(0, AT_ONCE).map(take));
  const reader = createReader({ workers: 1 });
  try {
    // Starting the processes and loading the models is not reading.
    const { jpeg: first } = taken[0] as (typeof taken)[number];
    const { jpeg: face } = await photographFace(990_003);
    await reader.read(first);
    await reader.judge(first, { kind: 'document' });
    await reader.judge(face, { kind: 'face' });
    await reader.face({ live: face, consent: true, against: [{ reference: 'upload', image: first }] });
    await reader.backgrounds({ one: first, other: first });
    const lagP99: number[] = [];
    const seconds: number[] = [];
    let lagMax = 0;
    let rssMb: number | null = null;
    const peaks = new Map<number, number>();
    for (let round = 0; round < rounds; round += 1) {
      // What the last round left behind is not this round's.
      await sleep(300);
      const lag = monitorEventLoopDelay({ resolution: 1 });
      const began = performance.now();
      let reading = true;
      lag.enable();
      const all = Promise.allSettled(taken.map(async ({ jpeg, truth }) => {
        await Promise.all([reader.read(jpeg, { expect: truth.side }), reader.judge(jpeg, { kind: 'document', expect: truth.side })]);
        progress.tick();
      })).then(() => { reading = false; });
      while (reading) {
        const memory = await Promise.all(reader.load().processes.map(async ({ pid }) => ({ pid, ...(await memoryOf(pid)) })));
        const sum = memory.reduce((total, { rss }) => total + rss, 0);
        if (sum > 0) rssMb = Math.max(rssMb ?? 0, sum);
        for (const { pid, peak } of memory) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peak));
        await Promise.race([all, sleep(500)]);
      }
      lag.disable();
      seconds.push((performance.now() - began) / 1000);
      lagP99.push(lag.percentile(99) / 1e6);
      lagMax = Math.max(lagMax, lag.max / 1e6);
    }
    return {
      lagP99, lagMax, seconds, rssMb: rssMb === null ? null : Math.round(rssMb), peaksMb: [...peaks.values()].filter((mb) => mb > 0).map(Math.round),
      ownRssMb: Math.round(process.memoryUsage.rss() / 2 ** 20), processes: reader.load().processes.length,
    };
  } finally {
    await reader.close();
  }
}

/** MiB resident now and at most, of one process; zeros when the system does not say. */
export async function memoryOf(pid: number): Promise<{ rss: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return { rss: kb('VmRSS'), peak: kb('VmHWM') };
}
