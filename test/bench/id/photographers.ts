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

/** To be opened before anything is pinned: its processes use every core. @param wanted false: this run takes no photos */
export function openPhotographers({ wanted }: { wanted: boolean }): Photographers {
  type Job = { readonly order: Order; resolve(photo: Photo | QualityPhoto): void; reject(error: Error): void };
  const busy = new Map<ChildProcess, Job | null>();
  const waiting: Job[] = [];
  const kept = new Map<number, Promise<Photo>>();
  const gone = (child: ChildProcess, why: string): void => {
    const job = busy.get(child);
    busy.delete(child);
    job?.reject(new Error(`a photographer ended: ${why}`));
    if (busy.size === 0) for (const left of waiting.splice(0)) left.reject(new Error(`no photographer is left: ${why}`));
  };
  const hire = (): void => {
    const child = fork(new URL('./photographerProcess.ts', import.meta.url), [], { execArgv: ['--disable-warning=ExperimentalWarning'], serialization: 'advanced' });
    busy.set(child, null);
    child.on('exit', (code) => gone(child, String(code)));
    child.on('error', (error) => gone(child, error.message));
    child.on('message', (delivery: Delivery) => {
      const job = busy.get(child);
      busy.set(child, null);
      if ('error' in delivery) job?.reject(new Error(delivery.error));
      else job?.resolve(delivery.photo);
      next();
    });
  };
  const next = (): void => {
    for (const [child, job] of busy) {
      const given = job === null ? waiting.shift() : undefined;
      if (given === undefined) continue;
      busy.set(child, given);
      child.send(given.order);
    }
  };
  for (let i = 0; wanted && i < availableParallelism(); i += 1) hire();
  const order = async (ordered: Order): Promise<never> => await new Promise((resolve, reject) => {
    if (busy.size === 0) return reject(new Error('no photographer is there'));
    waiting.push({ order: ordered, resolve: resolve as never, reject });
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
    close() {
      kept.clear();
      for (const child of busy.keys()) if (child.connected) child.disconnect();
    },
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
