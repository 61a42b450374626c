/** A bounded pool of reading threads. It knows no case: a picture goes in, a reading comes out. */
import { Worker } from 'node:worker_threads';

import { AppError } from '../../../contracts/errors.ts';
import type { DocumentReading } from '../../../contracts/reading.ts';
import type { ReadAnswer, ReadRequest } from './readerThread.ts';

export interface ReaderOptions {
  /** Threads; each needs about 250 MB and one core while it reads (default 1). */
  readonly workers?: number;
  /** Pictures that may wait; beyond it a read is refused with OVERLOADED (default 50). */
  readonly queueLimit?: number;
  /** A reading that takes longer ends its thread (default 60 s). */
  readonly timeoutMs?: number;
}

export interface ReadOptions {
  /** The side that should be there: another one is a finding. */
  readonly expect?: 'portrait' | 'emblem' | undefined;
  /** Ends waiting or reading; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface Reader {
  /**
   * Reads a picture of an ID card (R14).
   * @throws AppError UPLOAD_NOT_AN_IMAGE when it does not decode, OVERLOADED when too many wait or the reader is closed,
   * INTERNAL when reading broke.
   */
  read(image: Uint8Array, options?: ReadOptions): Promise<DocumentReading>;
  /** Pictures waiting and being read. */
  load(): { readonly waiting: number; readonly reading: number };
  /** Ends all threads; what was waiting is refused. Twice is harmless. */
  close(): Promise<void>;
}

interface Job {
  readonly id: number;
  readonly image: Uint8Array;
  readonly expect: ReadOptions['expect'];
  settle(outcome: { reading: DocumentReading } | { error: unknown }): void;
}

interface Slot { thread: Worker | null; ready: boolean; job: Job | null; timer: NodeJS.Timeout | undefined }

/** Threads start with the first picture, and a thread that dies is replaced with the next. */
export function createReader(options: ReaderOptions = {}): Reader {
  const { workers = 1, queueLimit = 50, timeoutMs = 60_000 } = options;
  const slots: Slot[] = Array.from({ length: workers }, () => ({ thread: null, ready: false, job: null, timer: undefined }));
  const waiting: Job[] = [];
  let closed = false;
  let lastId = 0;

  const finish = (slot: Slot, outcome: Parameters<Job['settle']>[0]): void => {
    clearTimeout(slot.timer);
    const job = slot.job;
    slot.job = null;
    job?.settle(outcome);
  };

  const drop = (slot: Slot, error: unknown): void => {
    const thread = slot.thread;
    slot.thread = null;
    slot.ready = false;
    finish(slot, { error });
    void thread?.terminate();
  };

  const begin = (slot: Slot): void => {
    if (slot.thread === null || !slot.ready || slot.job === null) return;
    const { id, image, expect } = slot.job;
    slot.timer = setTimeout(() => { drop(slot, new AppError('INTERNAL')); serve(); }, timeoutMs);
    slot.thread.postMessage({ id, image, expect } satisfies ReadRequest);
  };

  const start = (slot: Slot): void => {
    const thread = new Worker(new URL('./readerThread.ts', import.meta.url));
    slot.thread = thread;
    thread.on('message', (message: ReadAnswer) => {
      if (slot.thread !== thread) return;
      if (message.type === 'ready') {
        slot.ready = true;
        begin(slot);
        return;
      }
      if (message.id === slot.job?.id) {
        finish(slot, message.type === 'done' ? { reading: message.reading }
          : { error: message.reason === 'undecodable' ? new AppError('UPLOAD_NOT_AN_IMAGE') : new AppError('INTERNAL', undefined, { cause: message.errorName }) });
      }
      serve();
    });
    const died = (cause: unknown): void => {
      if (slot.thread !== thread) return;
      drop(slot, new AppError('INTERNAL', undefined, { cause }));
      serve();
    };
    thread.on('error', died);
    thread.on('exit', (code) => died(`reading thread ended with ${code}`));
    // A reader that nobody closes must not keep the program alive.
    thread.unref();
  };

  const serve = (): void => {
    for (const slot of slots) {
      if (closed || slot.job !== null) continue;
      const job = waiting.shift();
      if (job === undefined) return;
      slot.job = job;
      if (slot.thread === null) start(slot);
      begin(slot);
    }
  };

  const abandon = (job: Job, reason: unknown): void => {
    const at = waiting.indexOf(job);
    if (at >= 0) {
      waiting.splice(at, 1);
      job.settle({ error: reason });
      return;
    }
    const slot = slots.find((candidate) => candidate.job === job);
    // The engine cannot be interrupted inside a zone: its thread goes, and a new one comes with the next picture.
    if (slot !== undefined) drop(slot, reason);
    serve();
  };

  return {
    async read(image, { expect, signal } = {}) {
      signal?.throwIfAborted();
      if (closed || waiting.length >= queueLimit) throw new AppError('OVERLOADED');
      // The wait for an answer is what keeps the program alive, not the thread.
      const alive = setInterval(() => undefined, 1 << 30);
      let onAbort: (() => void) | undefined;
      try {
        return await new Promise<DocumentReading>((resolve, reject) => {
          lastId += 1;
          const job: Job = { id: lastId, image, expect, settle: (outcome) => ('reading' in outcome ? resolve(outcome.reading) : reject(outcome.error)) };
          onAbort = () => abandon(job, signal?.reason);
          signal?.addEventListener('abort', onAbort, { once: true });
          waiting.push(job);
          serve();
        });
      } finally {
        clearInterval(alive);
        if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
      }
    },
    load: () => ({ waiting: waiting.length, reading: slots.filter((slot) => slot.job !== null).length }),
    async close() {
      if (closed) return;
      closed = true;
      for (const job of waiting.splice(0)) job.settle({ error: new AppError('OVERLOADED') });
      await Promise.all(slots.map(async (slot) => {
        const thread = slot.thread;
        drop(slot, new AppError('OVERLOADED'));
        await thread?.terminate();
      }));
    },
  };
}
