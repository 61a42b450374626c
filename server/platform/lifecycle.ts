/** The little of a log that this file needs. */
export type LifecycleLog = { info(fields: object, message: string): void; error(fields: object, message: string): void };

export type Lifecycle = {
  /**
   * Starts one part and remembers how to stop it. When it fails, everything started before is stopped and the error goes on.
   * @param stop gets what `start` gave; it is called once
   */
  add<T>(name: string, start: () => Promise<T> | T, stop?: (part: T) => Promise<unknown> | unknown, limitMs?: number): Promise<T>;
  /** Stops all parts, the last first, each within its time. Never throws; calling it twice gives the same promise. */
  stop(): Promise<{ failed: string[] }>;
};

const STOP_LIMIT_MS = 10_000;

/** Somebody stopped the program before all of it had started: no fault. */
export class StoppedWhileStarting extends Error {
  constructor(part: string) {
    super(`${part} was stopped while starting`);
    this.name = 'StoppedWhileStarting';
  }
}

/** Start in order, stop in reverse: one place that shows who lives, for as long as the program. */
export function createLifecycle(log: LifecycleLog): Lifecycle {
  const parts: { name: string; stop: () => Promise<unknown> | unknown; limitMs: number }[] = [];
  let stopping: Promise<{ failed: string[] }> | undefined;
  let starting: Promise<unknown> = Promise.resolve();

  const stopAll = async (): Promise<{ failed: string[] }> => {
    const failed: string[] = [];
    // What is just starting is stopped with the others, and not left behind.
    await within(() => starting, STOP_LIMIT_MS).catch(() => failed.push('a part that was starting'));
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const began = Date.now();
      try {
        await within(part.stop, part.limitMs);
        log.info({ part: part.name, ms: Date.now() - began }, 'stopped');
      } catch (error) {
        // One part that hangs must not keep the others from stopping in good order.
        failed.push(part.name);
        log.error({ part: part.name, ms: Date.now() - began, err: error }, 'did not stop in order');
      }
    }
    return { failed };
  };

  const stop = (): Promise<{ failed: string[] }> => (stopping ??= stopAll());

  return {
    async add(name, start, stopPart, limitMs = STOP_LIMIT_MS) {
      if (stopping !== undefined) throw new StoppedWhileStarting(name);
      const began = Date.now();
      try {
        const work = (async () => {
          const part = await start();
          if (stopPart !== undefined) parts.push({ name, stop: () => stopPart(part), limitMs });
          return part;
        })();
        starting = work.catch(() => undefined);
        const part = await work;
        // A signal came while this part was starting: it goes the way of the others.
        if (stopping !== undefined) {
          await (stopping as Promise<unknown>);
          // It took longer than the others were given.
          await stopAll();
          throw new StoppedWhileStarting(name);
        }
        log.info({ part: name, ms: Date.now() - began }, 'started');
        return part;
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };
}

async function within(work: () => Promise<unknown> | unknown, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RangeError(`did not stop within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([(async () => work())(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Stops the program on SIGTERM or Ctrl-C, and when the process that supervises it is gone (its IPC channel closes):
 * nothing is left running behind a supervisor that was killed. A second signal ends at once.
 */
export function stopOnSignals(stop: () => Promise<unknown>, processLike: NodeJS.Process = process): void {
  let asked = false;
  const ask = (exitCode: number) => (): void => {
    if (asked) processLike.exit(130);
    asked = true;
    stop().then(
      () => processLike.exit(exitCode),
      () => processLike.exit(1),
    );
  };
  processLike.on('SIGTERM', ask(0));
  processLike.on('SIGINT', ask(0));
  if (processLike.channel) processLike.on('disconnect', ask(1));
}

/** Of `sysexits.h`: an internal fault. */
export const FAULT_EXIT_CODE = 70;

/**
 * A fault that nobody caught ends the program in good order with one line in the log: what Node would print by itself
 * holds the error's text, and with it what stood in the refused row (R43). A second one meanwhile is logged as well.
 */
export function stopOnFaults(log: { fatal(fields: object, message: string): void }, stop: () => Promise<unknown>, processLike: NodeJS.Process = process): void {
  let asked = false;
  processLike.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'not caught: the program stops');
    if (asked) return;
    asked = true;
    stop().then(() => processLike.exit(FAULT_EXIT_CODE), () => processLike.exit(FAULT_EXIT_CODE));
  });
}
