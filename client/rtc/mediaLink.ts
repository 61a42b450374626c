import { Device } from 'mediasoup-client';
import type { Consumer, Producer, RtpCapabilities, RtpParameters, Transport, TransportOptions as DeviceTransportOptions } from 'mediasoup-client/types';
import type { MediaKind, MediaRole, TransportOptions } from '../../contracts/signaling/media.ts';
import { qualityOf, type QualityCounters, type QualityFigures } from './quality.ts';
import type { NotificationData, SignalingClient } from './signalingClient.ts';
import { applyDetail, VIDEO_OPTIONS } from './videoSender.ts';

/** The other end's track. Nothing flows until `attached` is called: then the picture begins with a key frame. */
export interface RemoteTrack {
  readonly role: MediaRole;
  readonly kind: MediaKind;
  readonly producerId: string;
  readonly track: MediaStreamTrack;
  /** The track is on its element; ask for the media. */
  attached(): Promise<void>;
}

export interface MediaLinkOptions {
  readonly signaling: SignalingClient;
  readonly routerRtpCapabilities: Record<string, unknown>;
  readonly localStream?: MediaStream;
  readonly detail: boolean;
  /** Which candidates to use; default both. */
  readonly protocols?: readonly ('udp' | 'tcp')[];
  readonly onRemoteTrack: (remote: RemoteTrack) => void;
  readonly onRemoteTrackEnded: (remote: RemoteTrack) => void;
  /** Connected for the first time or again after a restart. */
  readonly onConnected: () => void;
  /** An ICE restart did not help: the caller makes a new link. */
  readonly onBroken: () => void;
}

/** How long a connection may stay `disconnected` before ICE starts again, and how long that may take. */
const ICE = { graceMs: 1_000, restartMs: 10_000 } as const;

/** Device, two transports and what runs on them: everything that must be made anew after a loss. */
export class MediaLink {
  readonly #options: MediaLinkOptions;
  readonly #remotes = new Map<string, { consumer: Consumer; remote: RemoteTrack }>();
  readonly #producers = new Map<MediaKind, Producer>();
  readonly #timers = new Map<Transport, ReturnType<typeof setTimeout>>();
  #send: Transport | undefined;
  #receive: Transport | undefined;
  #detail: boolean;
  #queue: Promise<unknown>;
  #counters: QualityCounters | undefined;
  #closed = false;

  constructor(options: MediaLinkOptions) {
    this.#options = options;
    this.#detail = options.detail;
    this.#queue = Promise.resolve();
  }

  get connected(): boolean {
    return [this.#send, this.#receive].every((transport) => transport === undefined || ['connected', 'new'].includes(transport.connectionState));
  }

  producer(kind: MediaKind): Producer | undefined { return this.#producers.get(kind); }

  /** Sets up both directions and sends what there is to send. Throws what the server answers. */
  async open(): Promise<void> {
    const { signaling, routerRtpCapabilities, localStream } = this.#options;
    const opening = this.#createTransports(signaling, routerRtpCapabilities as unknown as RtpCapabilities);
    this.#queue = opening.catch(() => undefined);
    await opening;
    // Sound first: it is light, and the picture's start bitrate then finds the connection warm.
    for (const track of [...(localStream?.getAudioTracks() ?? []), ...(localStream?.getVideoTracks() ?? [])]) await this.#produce(track);
  }

  consume(data: NotificationData<'consumer'>): void {
    this.#queue = this.#queue.then(() => this.#consume(data)).catch(() => undefined);
  }

  consumerClosed(consumerId: string): void {
    this.#queue = this.#queue.then(() => this.#end(consumerId));
  }

  async setDetail(detail: boolean): Promise<void> {
    this.#detail = detail;
    const producer = this.#producers.get('video');
    if (producer) await applyDetail(producer, detail);
  }

  /** Another camera or microphone, without a new producer. */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    const producer = this.#producers.get(track.kind as MediaKind);
    if (!producer) return this.#produce(track);
    await producer.replaceTrack({ track });
    if (track.kind === 'video') await applyDetail(producer, this.#detail);
  }

  /** Figures since the last call. */
  async quality(): Promise<QualityFigures> {
    const [send, receive] = await Promise.all([statsOf(this.#send), statsOf(this.#receive)]);
    const { figures, counters } = qualityOf(send, receive, performance.now(), this.#counters);
    this.#counters = counters;
    return figures;
  }

  async rawStats(): Promise<{ send: Record<string, unknown>[]; receive: Record<string, unknown>[] }> {
    return { send: await statsOf(this.#send), receive: await statsOf(this.#receive) };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const id of [...this.#remotes.keys()]) this.#end(id);
    this.#send?.close();
    this.#receive?.close();
  }

  async #createTransports(signaling: SignalingClient, routerRtpCapabilities: RtpCapabilities): Promise<void> {
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities });
    const { send, receive } = await signaling.request('setup', { rtpCapabilities: { ...device.recvRtpCapabilities } });
    if (this.#closed) return;
    this.#receive = this.#watch(device.createRecvTransport(this.#transportOptions(receive)));
    if (!this.#options.localStream) return;
    this.#send = this.#watch(device.createSendTransport(this.#transportOptions(send)));
    this.#send.on('produce', ({ kind, rtpParameters }, done, fail) => {
      signaling.request('produce', { transportId: send.id, kind, rtpParameters: { ...rtpParameters } }).then(({ producerId }) => done({ id: producerId }), fail);
    });
  }

  #transportOptions(options: TransportOptions): DeviceTransportOptions {
    const { protocols } = this.#options;
    const iceCandidates = protocols ? options.iceCandidates.filter(({ protocol }) => (protocols as readonly unknown[]).includes(protocol)) : options.iceCandidates;
    return { ...options, iceCandidates } as unknown as DeviceTransportOptions;
  }

  #watch(transport: Transport): Transport {
    const { signaling } = this.#options;
    transport.on('connect', ({ dtlsParameters }, done, fail) => {
      signaling.request('connectTransport', { transportId: transport.id, dtlsParameters: { ...dtlsParameters } }).then(() => done(), fail);
    });
    transport.on('connectionstatechange', (state) => {
      if (this.#closed) return;
      if (state === 'connected') {
        this.#clear(transport);
        this.#options.onConnected();
      }
      if (state === 'connecting') this.#later(transport, ICE.restartMs, () => this.#options.onBroken());
      if (state === 'disconnected') this.#later(transport, ICE.graceMs, () => void this.#restartIce(transport));
      if (state === 'failed') void this.#restartIce(transport);
    });
    return transport;
  }

  async #restartIce(transport: Transport): Promise<void> {
    this.#later(transport, ICE.restartMs, () => this.#options.onBroken());
    try {
      const { iceParameters } = await this.#options.signaling.request('restartIce', { transportId: transport.id });
      if (!this.#closed) await transport.restartIce({ iceParameters: iceParameters as unknown as DeviceTransportOptions['iceParameters'] });
    } catch {
      // The socket is gone as well (then its loss is what is handled), or the time above runs out.
    }
  }

  async #produce(track: MediaStreamTrack): Promise<void> {
    const transport = this.#send;
    if (this.#closed || !transport || track.readyState === 'ended') return;
    const video = track.kind === 'video';
    if (video) track.contentHint = this.#detail ? 'detail' : 'motion';
    const producer = await transport.produce({ track, stopTracks: false, disableTrackOnPause: false, ...(video ? VIDEO_OPTIONS : { codecOptions: { opusFec: true, opusStereo: false } }) });
    this.#producers.set(track.kind as MediaKind, producer);
    if (video) await applyDetail(producer, this.#detail);
  }

  async #consume({ consumerId, producerId, kind, rtpParameters, peerRole }: NotificationData<'consumer'>): Promise<void> {
    if (this.#closed || !this.#receive) return;
    const consumer = await this.#receive.consume({ id: consumerId, producerId, kind, rtpParameters: rtpParameters as unknown as RtpParameters, streamId: peerRole });
    if (this.#closed) return consumer.close();
    const attached = async (): Promise<void> => {
      if (!this.#closed) await this.#options.signaling.request('resumeConsumer', { consumerId });
    };
    const remote: RemoteTrack = { role: peerRole, kind, producerId, track: consumer.track, attached };
    this.#remotes.set(consumerId, { consumer, remote });
    this.#options.onRemoteTrack(remote);
  }

  #end(consumerId: string): void {
    const entry = this.#remotes.get(consumerId);
    if (!entry) return;
    this.#remotes.delete(consumerId);
    entry.consumer.close();
    this.#options.onRemoteTrackEnded(entry.remote);
  }

  #later(transport: Transport, ms: number, action: () => void): void {
    this.#clear(transport);
    this.#timers.set(transport, setTimeout(() => { if (!this.#closed && transport.connectionState !== 'connected') action(); }, ms));
  }

  #clear(transport: Transport): void {
    clearTimeout(this.#timers.get(transport));
  }
}

const statsOf = async (transport: Transport | undefined): Promise<Record<string, unknown>[]> => {
  if (!transport || transport.closed) return [];
  const stats: Record<string, unknown>[] = [];
  (await transport.getStats()).forEach((stat) => stats.push(stat as Record<string, unknown>));
  return stats;
};
