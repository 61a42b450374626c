/**
 * A process of its own, pinned to one core where the system can, that reads one photo at a time: the reader with one
 * worker, its quality judgement, or plain tesseract.js. The pool's processes are its children and share the core.
 */
import { fork, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

import type { JudgedPhoto } from '../../../review/capture/index.ts';
import type { DocumentReading } from '../../../contracts/reading.ts';
import type { PlainReading } from './plain.ts';

export type Timed<T> = { readonly ms: number; readonly result: T };
export type StationTask =
  | { readonly type: 'read'; readonly image: Uint8Array; readonly expect?: 'portrait' | 'emblem' }
  | { readonly type: 'judge'; readonly image: Uint8Array; readonly kind: 'portraitSide' | 'emblemSide' | 'face' }
  | { readonly type: 'upload'; readonly image: Uint8Array }
  | { readonly type: 'plain'; readonly image: Uint8Array };
export type StationAnswer = { readonly id: number; readonly ms: number } & ({ readonly result: unknown } | { readonly error: string });

/** Codes of errors are results too: a photo that cannot be read is counted with its time, not a crash of the bench. */
export class StationError extends Error {
  readonly ms: number;
  constructor(message: string, ms: number) {
    super(message);
    this.ms = ms;
  }
}

export type Station = {
  /** The core that everything here runs on, or null when nothing could pin it. */
  readonly core: number | null;
  read(image: Uint8Array, expect?: 'portrait' | 'emblem'): Promise<Timed<DocumentReading>>;
  judge(image: Uint8Array, kind: 'portraitSide' | 'emblemSide' | 'face'): Promise<Timed<JudgedPhoto>>;
  /** As an upload: made plain, then read. */
  upload(image: Uint8Array): Promise<Timed<DocumentReading>>;
  plain(image: Uint8Array): Promise<Timed<PlainReading>>;
  close(): Promise<void>;
};

const canPin = (): boolean => cpus().length > 1 && spawnSync('taskset', ['--version']).error === undefined;

/** Keeps this process off the measured core. */
export function leaveCore(core: number): void {
  spawnSync('taskset', ['-acp', `0-${core - 1}`, String(process.pid)]);
}

export function openStation(): Station {
  const core = canPin() ? cpus().length - 1 : null;
  if (core !== null) leaveCore(core);
  const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
  const command = core === null ? node : ['taskset', '-c', String(core), ...node];
  const child = fork(new URL('./stationProcess.ts', import.meta.url), [], { execPath: command[0] as string, execArgv: command.slice(1), serialization: 'advanced' });
  const waiting = new Map<number, { resolve(answer: Timed<unknown>): void; reject(error: Error): void }>();
  let last = 0;
  child.on('message', (answer: StationAnswer) => {
    const job = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) job?.reject(new StationError(answer.error, answer.ms));
    else job?.resolve({ ms: answer.ms, result: answer.result });
  });
  child.on('exit', (code) => {
    for (const job of waiting.values()) job.reject(new Error(`the reading process ended with ${code}`));
    waiting.clear();
  });
  const ask = async (task: StationTask): Promise<Timed<never>> => await new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve: resolve as never, reject });
    child.send({ id: last, ...task });
  });
  return {
    core,
    read: async (image, expect) => await ask({ type: 'read', image, ...(expect === undefined ? {} : { expect }) }),
    judge: async (image, kind) => await ask({ type: 'judge', image, kind }),
    upload: async (image) => await ask({ type: 'upload', image }),
    plain: async (image) => await ask({ type: 'plain', image }),
    close: async () => await new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.disconnect();
    }),
  };
}
