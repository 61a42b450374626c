import { randomUUID } from 'node:crypto';
import { AppError } from '../../contracts/errors.ts';
import type { MediaKind, MediaRole, TransportOptions } from '../../contracts/signaling/media.ts';
import type { Consumer, DtlsParameters, MediaRouter, Producer, RtpCapabilities, RtpParameters, WebRtcTransport } from '../engine/port.ts';
import type { NotificationOf } from '../signaling/connection.ts';
import type { MediaNotification } from '../../contracts/signaling/media.ts';

/** The socket as a session sees it. */
export interface PeerChannel {
  notify<N extends MediaNotification>(name: N, data: NotificationOf<N>): void;
  close(code: number, reason?: string): void;
}

interface PeerMedia {
  readonly router: MediaRouter;
  readonly send: WebRtcTransport;
  readonly receive: WebRtcTransport;
  readonly rtpCapabilities: RtpCapabilities;
  readonly producers: Map<string, Producer>;
  /** Ids of the producers that are received or about to be: two events may ask for the same at once. */
  readonly wanted: Set<string>;
  readonly consumers: Map<string, Consumer>;
}

/** Someone in a session: owns two transports and, through them, producers and consumers. */
export class Peer {
  readonly id = randomUUID();
  readonly role: MediaRole;
  readonly personId: string;
  readonly channel: PeerChannel;
  #media: PeerMedia | undefined;
  #closed = false;

  constructor(options: { role: MediaRole; personId: string; channel: PeerChannel }) {
    this.role = options.role;
    this.personId = options.personId;
    this.channel = options.channel;
  }

  get closed(): boolean { return this.#closed; }
  get producers(): readonly Producer[] { return [...(this.#media?.producers.values() ?? [])]; }
  producer(kind: MediaKind): Producer | undefined { return this.producers.find((one) => one.kind === kind && !one.closed); }

  /** Both transports anew; what was before is closed. Errors: MEDIA_UNAVAILABLE when the router died meanwhile. */
  async setup(router: MediaRouter, rtpCapabilities: RtpCapabilities): Promise<{ send: TransportOptions; receive: TransportOptions }> {
    this.dropMedia();
    const [send, receive] = await Promise.all([router.createWebRtcTransport(), router.createWebRtcTransport()]);
    if (this.#closed || router.closed) {
      send.close();
      receive.close();
      throw new AppError('MEDIA_UNAVAILABLE');
    }
    this.#media = { router, send, receive, rtpCapabilities, producers: new Map(), wanted: new Set(), consumers: new Map() };
    return { send: transportOptions(send), receive: transportOptions(receive) };
  }

  async connectTransport(transportId: string, dtlsParameters: DtlsParameters): Promise<void> {
    await this.#transport(transportId).connect({ dtlsParameters });
  }

  async restartIce(transportId: string): Promise<{ iceParameters: Record<string, unknown> }> {
    return { iceParameters: { ...(await this.#transport(transportId).restartIce()) } };
  }

  /** One producer a kind: a new one ends the old one. Errors: ROLE_NOT_ALLOWED, BAD_REQUEST (simulcast, rotation by header). */
  async produce(transportId: string, kind: MediaKind, rtpParameters: RtpParameters): Promise<Producer> {
    if (this.role === 'listener') throw new AppError('ROLE_NOT_ALLOWED');
    const media = this.#requireMedia();
    if (media.send.id !== transportId) throw new AppError('NOT_FOUND');
    if ((rtpParameters.encodings?.length ?? 0) > 1) throw new AppError('BAD_REQUEST', { field: 'encodings' });
    if (rtpParameters.headerExtensions?.some(({ uri }) => uri === 'urn:3gpp:video-orientation')) throw new AppError('BAD_REQUEST', { field: 'headerExtensions' });
    this.producer(kind)?.close();
    const producer = await media.send.produce({ kind, rtpParameters });
    if (this.#media !== media) {
      producer.close();
      throw new AppError('MEDIA_UNAVAILABLE');
    }
    media.producers.set(producer.id, producer);
    producer.observer.once('close', () => media.producers.delete(producer.id));
    return producer;
  }

  ownProducer(producerId: string): Producer {
    const producer = this.#media?.producers.get(producerId);
    if (!producer) throw new AppError('NOT_FOUND');
    return producer;
  }

  /** Begins to receive another's producer, paused; nothing happens before `setup` or when this end cannot decode it. */
  async consume(producer: Producer, fromRole: MediaRole): Promise<void> {
    const media = this.#media;
    if (!media || producer.closed || media.wanted.has(producer.id)) return;
    const { router, receive, rtpCapabilities } = media;
    if (!router.canConsume({ producerId: producer.id, rtpCapabilities })) return;
    media.wanted.add(producer.id);
    const consumer = await receive.consume({ producerId: producer.id, rtpCapabilities, paused: true })
      .catch((error: unknown) => { media.wanted.delete(producer.id); throw error; });
    if (this.#media !== media) return consumer.close();
    media.consumers.set(consumer.id, consumer);
    consumer.observer.once('close', () => { media.consumers.delete(consumer.id); media.wanted.delete(producer.id); });
    consumer.once('producerclose', () => this.channel.notify('consumerClosed', { consumerId: consumer.id }));
    this.channel.notify('consumer', {
      consumerId: consumer.id, producerId: producer.id, peerRole: fromRole, kind: consumer.kind,
      rtpParameters: { ...consumer.rtpParameters }, paused: consumer.producerPaused,
    });
  }

  /** The receiver is ready; video begins with a key frame. */
  async resumeConsumer(consumerId: string): Promise<void> {
    const consumer = this.#media?.consumers.get(consumerId);
    if (!consumer) throw new AppError('NOT_FOUND');
    await consumer.resume();
    if (consumer.kind === 'video') await consumer.requestKeyFrame();
  }

  /** Closes the transports and all on them. Harmless twice. */
  dropMedia(): void {
    const media = this.#media;
    this.#media = undefined;
    media?.send.close();
    media?.receive.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.dropMedia();
  }

  #requireMedia(): PeerMedia {
    if (!this.#media) throw new AppError('MEDIA_UNAVAILABLE');
    return this.#media;
  }

  #transport(transportId: string): WebRtcTransport {
    const { send, receive } = this.#requireMedia();
    const transport = [send, receive].find(({ id }) => id === transportId);
    if (!transport) throw new AppError('NOT_FOUND');
    return transport;
  }
}

const transportOptions = (transport: WebRtcTransport): TransportOptions => ({
  id: transport.id,
  iceParameters: { ...transport.iceParameters },
  iceCandidates: transport.iceCandidates.map((candidate) => ({ ...candidate })),
  dtlsParameters: { ...transport.dtlsParameters },
});
