/**
 * Takes the photos of a run on all cores, a batch at a time, and hands each over when the batch is done: while a photo is
 * read and timed, none is being made. Good photos are kept, since each is read, judged, and some read plainly.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';

import type { Photo } from '../../support/cards/index.ts';
import type { Defect, QualityPhoto, SetName, Wanted } from './sets.ts';

export type Order =
  | { readonly type: 'good'; readonly wanted: Wanted }
  | { readonly type: 'defect'; readonly set: SetName; readonly defect: Defect; readonly index: number }
  | { readonly type: 'face'; readonly set: SetName; readonly index: number };
export type Delivery = { readonly photo: Photo | QualityPhoto } | { readonly error: string };

export type Photographers = {
  good(wanted: Wanted): Promise<Photo>;
  defect(set: SetName, defect: Defect, index: number): Promise<QualityPhoto>;
  face(set: SetName, index: number): Promise<QualityPhoto>;
  close(): void;
};

/** Photos made before the first of them is used. */
const BATCH = 48;

/** Opened before anything is pinned: its processes use every core. */
export function openPhotographers(): Photographers {
  const idle: ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
    fork(new URL('./photographerProcess.ts', import.meta.url), [], { execArgv: ['--disable-warning=ExperimentalWarning'], serialization: 'advanced' }));
  const all = [...idle];
  const waiting: { order: Order; resolve(photo: Photo | QualityPhoto): void; reject(error: Error): void }[] = [];
  const kept = new Map<number, Promise<Photo>>();
  const next = (): void => {
    while (idle.length > 0 && waiting.length > 0) {
      const [child, job] = [idle.shift() as ChildProcess, waiting.shift() as (typeof waiting)[number]];
      const gone = (code: number | null): void => job.reject(new Error(`a photographer ended with ${code}`));
      child.once('exit', gone);
      child.once('message', (delivery: Delivery) => {
        child.off('exit', gone);
        idle.push(child);
        if ('error' in delivery) job.reject(new Error(delivery.error));
        else job.resolve(delivery.photo);
        next();
      });
      child.send(job.order);
    }
  };
  const order = async (wanted: Order): Promise<never> => await new Promise((resolve, reject) => {
    waiting.push({ order: wanted, resolve: resolve as never, reject });
    next();
  });
  return {
    async good(wanted) {
      const photo = kept.get(wanted.seed) ?? order({ type: 'good', wanted });
      kept.set(wanted.seed, photo);
      return await photo;
    },
    defect: async (set, defect, index) => await order({ type: 'defect', set, defect, index }),
    face: async (set, index) => await order({ type: 'face', set, index }),
    close: () => { for (const child of all) child.disconnect(); },
  };
}

/** Works through the list by batches: makes all of one, then uses them one by one. */
export async function inBatches<W, P>(list: readonly W[], make: (wanted: W) => Promise<P>, use: (made: P, wanted: W) => Promise<void>): Promise<void> {
  for (let from = 0; from < list.length; from += BATCH) {
    const batch = list.slice(from, from + BATCH);
    const made = await Promise.all(batch.map(make));
    for (const [i, wanted] of batch.entries()) await use(made[i] as P, wanted);
  }
}
