import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../contracts/errors.ts';
import { REPLIES, fromRecorder } from './ipc.ts';
import type { FromRecorder, ReplyData, RequestData, RequestName } from './ipc.ts';

/** What the process says unasked. */
export type Notice = Exclude<FromRecorder, { type: 'reply' | 'error' }>;

/** One life of the recorder process. */
export interface RecorderChild {
  readonly pid: number | undefined;
  /** Errors: the recorder's code; MEDIA_UNAVAILABLE when it is dead, or silent for `answerMs` (15 s). */
  request<N extends RequestName>(name: N, data: RequestData<N>, answerMs?: number): Promise<ReplyData<N>>;
  kill(): void;
}

const ANSWER_MS = 15_000;

/** Starts the process with a bare environment: the recorder gets keys by message, never a master key or a database address. */
export const startChild = (options: {
  dir: string; ffmpeg: string; backlogBytes?: number; nodeArgs: readonly string[]; onNotice(notice: Notice): void; onExit(): void; log(line: string): void;
}): RecorderChild => {
  const waiting = new Map<number, { resolve(data: unknown): void; reject(error: unknown): void; timer: NodeJS.Timeout }>();
  let nextId = 1;
  let dead = false;
  const child: ChildProcess = fork(fileURLToPath(new URL('./process.ts', import.meta.url)), [options.dir, options.ffmpeg, ...(options.backlogBytes === undefined ? [] : [String(options.backlogBytes)])], {
    execArgv: [...options.nodeArgs], serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'], ...(process.env['TZ'] ? { TZ: process.env['TZ'] } : {}) },
  });
  const take = (id: number) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one) clearTimeout(one.timer);
    return one;
  };
  const exited = (): void => {
    if (dead) return;
    dead = true;
    for (const id of [...waiting.keys()]) take(id)?.reject(new AppError('MEDIA_UNAVAILABLE'));
    options.onExit();
  };
  child.on('message', (message) => {
    const parsed = fromRecorder.safeParse(message);
    if (!parsed.success || dead) return;
    const notice = parsed.data;
    if (notice.type === 'reply') take(notice.id)?.resolve(notice.data);
    else if (notice.type === 'error') take(notice.id)?.reject(new AppError(notice.code));
    else options.onNotice(notice);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => text.split('\n').filter(Boolean).forEach(options.log));
  child.on('exit', exited);
  child.on('error', exited);
  return {
    pid: child.pid,
    async request(name, data, answerMs = ANSWER_MS) {
      if (dead || !child.connected) throw new AppError('MEDIA_UNAVAILABLE');
      const id = nextId;
      nextId += 1;
      const answer = await new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(() => take(id)?.reject(new AppError('MEDIA_UNAVAILABLE')), answerMs);
        waiting.set(id, { resolve, reject, timer });
        child.send({ request: name, id, data }, (error) => { if (error) take(id)?.reject(new AppError('MEDIA_UNAVAILABLE')); });
      });
      return REPLIES[name].parse(answer) as ReplyData<typeof name>;
    },
    kill: () => { child.kill('SIGKILL'); },
  };
};
