import { createWorker, type types } from 'mediasoup';
import { forRecorder, MEDIA_CODECS, withoutRotation } from './capabilities.ts';
import type { MediaRouter } from './port.ts';

export interface SlotOptions {
  readonly port: number;
  readonly listenIp: string;
  readonly announcedAddress: string;
  readonly protocols: readonly ('udp' | 'tcp')[];
  readonly workerBin?: string;
}

interface OpenRouter { readonly router: types.Router; readonly onWorkerDied: () => void }

/** One living mediasoup worker with its one port. When it dies it is dead for good: the engine makes another. */
export class WorkerSlot {
  readonly #worker: types.Worker;
  readonly #server: types.WebRtcServer;
  readonly #options: SlotOptions;
  readonly #routers = new Set<OpenRouter>();
  #dead = false;

  private constructor(worker: types.Worker, server: types.WebRtcServer, options: SlotOptions) {
    this.#worker = worker;
    this.#server = server;
    this.#options = options;
  }

  /** Starts the process and opens its port. `onDied` fires once when the process ends by itself. */
  static async create(options: SlotOptions, onDied: (slot: WorkerSlot, routers: number) => void): Promise<WorkerSlot> {
    const worker = await createWorker({ logLevel: 'error', ...(options.workerBin ? { workerBin: options.workerBin } : {}) });
    // Before anything else: mediasoup throws nothing for a died worker, but nobody would know.
    let slot: WorkerSlot | undefined;
    worker.on('died', () => { if (slot) slot.#died(onDied); });
    try {
      const server = await worker.createWebRtcServer({
        listenInfos: options.protocols.map((protocol) => ({ protocol, ip: options.listenIp, announcedAddress: options.announcedAddress, port: options.port })),
      });
      slot = new WorkerSlot(worker, server, options);
      return slot;
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  get pid(): number { return this.#worker.pid; }
  get port(): number { return this.#options.port; }
  get routers(): number { return this.#routers.size; }
  get dead(): boolean { return this.#dead || this.#worker.closed; }

  async openRouter(onWorkerDied: () => void): Promise<MediaRouter> {
    const router = await this.#worker.createRouter({ mediaCodecs: MEDIA_CODECS });
    const entry: OpenRouter = { router, onWorkerDied };
    this.#routers.add(entry);
    router.observer.once('close', () => { if (!this.dead) this.#routers.delete(entry); });
    const server = this.#server;
    const workerPid = this.#worker.pid;
    return {
      workerPid,
      get closed() { return router.closed; },
      rtpCapabilities: withoutRotation(router.rtpCapabilities),
      recorderCapabilities: forRecorder(router.rtpCapabilities),
      canConsume: (options) => router.canConsume(options),
      createWebRtcTransport: () => router.createWebRtcTransport({ webRtcServer: server, enableUdp: this.#options.protocols.includes('udp'), enableTcp: this.#options.protocols.includes('tcp'), preferUdp: true, initialAvailableOutgoingBitrate: 1_000_000 }),
      createLoopbackTransport: () => router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' }, rtcpMux: true, comedia: false }),
      close: () => router.close(),
    };
  }

  close(): Promise<void> {
    if (this.#worker.subprocessClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#worker.once('subprocessclose', () => resolve());
      this.#worker.close();
    });
  }

  #died(onDied: (slot: WorkerSlot, routers: number) => void): void {
    if (this.#dead) return;
    this.#dead = true;
    const entries = [...this.#routers];
    this.#routers.clear();
    onDied(this, entries.length);
    for (const entry of entries) entry.onWorkerDied();
  }
}
