import { AppError } from '../../contracts/errors.ts';
import type { RecorderChild } from './child.ts';

const RESTART_MS = [200, 200, 500, 1_000, 2_000, 5_000];

/** Keeps one recorder process up: a dead one is started again after a pause that grows while it does not record. Owned by the supervisor. */
export const keepProcess = ({ start, onDown, log }: { start(onExit: () => void): RecorderChild; onDown(): void; log(line: string): void }) => {
  let child: RecorderChild | undefined;
  let up = Promise.withResolvers<void>();
  let isUp = false;
  let failures = 0;
  let restart: NodeJS.Timeout | undefined;
  let ended = false;

  const launch = (): void => { child = start(onExit); };
  const onExit = (): void => {
    child = undefined;
    if (isUp) up = Promise.withResolvers<void>();
    isUp = false;
    onDown();
    if (ended) return;
    const wait = RESTART_MS[Math.min(failures, RESTART_MS.length - 1)]!;
    failures += 1;
    log(`recorder: process ended, starting again in ${wait} ms`);
    restart = setTimeout(launch, wait);
  };
  launch();

  return {
    get pid() { return child?.pid; },
    get isUp() { return isUp; },
    /** It takes requests. */
    ready(): void {
      isUp = true;
      up.resolve();
    },
    /** It records: the next restart is a quick one. */
    isWell(): void { failures = 0; },
    /** Waits for a process that takes requests; MEDIA_UNAVAILABLE after `ms`. */
    async waitUp(ms: number): Promise<RecorderChild> {
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new AppError('MEDIA_UNAVAILABLE')), ms);
      try { await Promise.race([up.promise, late.promise]); } finally { clearTimeout(timer); }
      return this.running();
    },
    /** @throws AppError MEDIA_UNAVAILABLE */
    running(): RecorderChild {
      if (!child || !isUp || ended) throw new AppError('MEDIA_UNAVAILABLE');
      return child;
    },
    /** Not started again from now on; answers what still runs. */
    end(): RecorderChild | undefined {
      ended = true;
      clearTimeout(restart);
      return child;
    },
  };
};
