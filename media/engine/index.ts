import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../contracts/errors.ts';
import type { Engine, EngineOptions, MediaRouter } from './port.ts';
import { freePort } from './ports.ts';
import { WorkerSlot, type SlotOptions } from './workerSlot.ts';

export type * from './port.ts';

const RETRY_MS = { first: 100, longest: 5_000 } as const;
/** How long a session waits for a worker when all have died at once. */
const WORKER_WAIT_MS = 10_000;

/** Starts the workers. A dead one is reported, replaced on the same port, and ends no other process. */
export const createEngine = async (options: EngineOptions = {}): Promise<Engine> => {
  const places = await placesOf(options);
  const engine = new WorkerPool(options);
  try {
    await Promise.all(places.map((place) => engine.start(place)));
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
};

const placesOf = async (options: EngineOptions): Promise<SlotOptions[]> => {
  const announcedAddress = options.announcedAddress ?? '127.0.0.1';
  // A socket on 0.0.0.0 answers a browser of this machine from the machine's outer address, and the browser, having
  // asked 127.0.0.1, drops that answer: UDP would then never connect.
  const listenIp = options.listenIp ?? (isLoopback(announcedAddress) ? '127.0.0.1' : '0.0.0.0');
  const places: SlotOptions[] = [];
  for (let index = 0; index < (options.workers ?? 1); index += 1) {
    const port = options.port ? options.port + index : await freePort(listenIp, places.map((place) => place.port));
    places.push({ port, listenIp, announcedAddress, protocols: options.protocols ?? ['udp', 'tcp'], ...(options.workerBin ? { workerBin: options.workerBin } : {}) });
  }
  return places;
};

const isLoopback = (address: string): boolean => address === 'localhost' || /^127\./.test(address);

class WorkerPool implements Engine {
  readonly #options: EngineOptions;
  readonly #slots = new Set<WorkerSlot>();
  readonly #waiting = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #replacing = new Set<Promise<void>>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  async start(place: SlotOptions): Promise<void> {
    const slot = await WorkerSlot.create(place, (dead, routers) => this.#onDied(dead, routers, place));
    if (this.#stop.signal.aborted) return slot.close();
    this.#slots.add(slot);
    for (const wake of this.#waiting) wake();
  }

  workers(): readonly { pid: number; port: number; routers: number }[] {
    return [...this.#slots].map(({ pid, port, routers }) => ({ pid, port, routers }));
  }

  async openRouter({ onWorkerDied }: { onWorkerDied: () => void }): Promise<MediaRouter> {
    const deadline = Date.now() + WORKER_WAIT_MS;
    while (!this.#stop.signal.aborted) {
      const slot = [...this.#slots].filter(({ dead }) => !dead).sort((a, b) => a.routers - b.routers)[0];
      if (slot) {
        try {
          return await slot.openRouter(onWorkerDied);
        } catch (error) {
          if (!slot.dead) throw new AppError('MEDIA_UNAVAILABLE', undefined, { cause: error });
        }
      }
      if (Date.now() >= deadline) break;
      await this.#slotChange(deadline - Date.now());
    }
    throw new AppError('MEDIA_UNAVAILABLE');
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const wake of this.#waiting) wake();
    await Promise.all([...this.#slots].map((slot) => slot.close()));
    this.#slots.clear();
    await Promise.all(this.#replacing);
  }

  #onDied(slot: WorkerSlot, routers: number, place: SlotOptions): void {
    if (this.#stop.signal.aborted) return;
    const { pid, port } = slot;
    this.#slots.delete(slot);
    this.#options.onWorkerDied?.({ pid, port, routers });
    const replacing: Promise<void> = this.#replace(place).finally(() => this.#replacing.delete(replacing));
    this.#replacing.add(replacing);
  }

  async #replace(place: SlotOptions): Promise<void> {
    for (let wait: number = RETRY_MS.first; !this.#stop.signal.aborted; wait = Math.min(wait * 2, RETRY_MS.longest)) {
      try {
        return await this.start(place);
      } catch (error) {
        this.#options.onError?.(`a media worker did not start on port ${place.port}: ${error instanceof Error ? error.message : String(error)}`);
        await delay(wait, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  #slotChange(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => { clearTimeout(timer); this.#waiting.delete(done); resolve(); };
      const timer = setTimeout(done, Math.min(ms, 500));
      this.#waiting.add(done);
    });
  }
}
