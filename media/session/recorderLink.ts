import type { Consumer, MediaRouter, PlainTransport, Producer } from '../engine/port.ts';
import type { Side } from '../ports.ts';
import type { MediaKind } from '../../contracts/signaling/media.ts';
import type { Recorder, RecorderListener } from '../recording/port.ts';

const RETRY_MS = 1_000;

interface Track {
  readonly side: Side;
  readonly producer: Producer;
  readonly router: MediaRouter;
  transport?: PlainTransport;
  consumer?: Consumer;
  retry?: NodeJS.Timeout;
  closed: boolean;
}

export interface RecorderLinkOptions {
  readonly sessionId: string;
  readonly caseId: string;
  readonly recorder: Recorder;
  readonly onRecording: RecorderListener['onRecording'];
  readonly onMissed: RecorderListener['onMissed'];
  readonly onMuted: (side: Side, kind: MediaKind, muted: boolean) => void;
  readonly onSegment: RecorderListener['onSegment'];
  readonly onFault: (error: unknown, where: string) => void;
}

/** Carries a session's tracks to the recorder over loopback, and does so again whenever the recorder comes back. */
export class RecorderLink {
  readonly #options: RecorderLinkOptions;
  readonly #tracks = new Map<string, Track>();
  #started = false;
  #closed: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: RecorderLinkOptions) {
    this.#options = options;
  }

  /** A recorder that is down does not hold up the call: it is tried again until it is there (R40 then holds back the approval). */
  async start(): Promise<void> {
    const { sessionId, caseId, recorder, onRecording, onMissed, onSegment } = this.#options;
    try {
      await recorder.startSession({
        sessionId, caseId,
        listener: {
          onNeedKeyFrame: (producerId) => this.#keyFrame(producerId),
          onRecording, onMissed, onSegment,
          onExit: () => this.#unplugAll(),
          onRestart: () => this.#plugAll(),
        },
      });
      if (this.#closed) return;
      this.#started = true;
      this.#plugAll();
    } catch (error) {
      if (this.#closed) return;
      this.#options.onFault(error, 'recorder.startSession');
      this.#retry = setTimeout(() => void this.start(), RETRY_MS);
    }
  }

  add(side: Side, producer: Producer, router: MediaRouter): void {
    if (this.#closed || producer.closed) return;
    const track: Track = { side, producer, router, closed: false };
    this.#tracks.set(producer.id, track);
    producer.observer.once('close', () => this.#remove(track));
    // A gap that the sender made is named so (muted), and not taken for a loss.
    producer.observer.on('pause', () => this.#setPaused(track, true));
    producer.observer.on('resume', () => this.#setPaused(track, false));
    if (this.#started) void this.#plug(track);
  }

  /** A side is gone until it sends again: what is missing meanwhile is named so. */
  away(side: Side, cause: 'peer_lost' | 'left' | 'worker_died'): void {
    if (this.#closed) return;
    this.#options.recorder.setAway({ sessionId: this.#options.sessionId, side, cause }).catch((error: unknown) => this.#options.onFault(error, 'recorder.setAway'));
  }

  /**
   * The recorder seals what it has; resolves when every segment was reported. With `goesOn` the call outlives this host: the
   * recorder keeps its notes, so that the recording continues where the call does. Harmless twice.
   */
  close({ goesOn = false }: { goesOn?: boolean } = {}): Promise<void> {
    this.#closed ??= this.#close(goesOn);
    return this.#closed;
  }

  async #close(goesOn: boolean): Promise<void> {
    clearTimeout(this.#retry);
    for (const track of this.#tracks.values()) this.#end(track);
    this.#tracks.clear();
    if (goesOn) return;
    try {
      await this.#options.recorder.stopSession(this.#options.sessionId);
    } catch (error) {
      this.#options.onFault(error, 'recorder.stopSession');
    }
  }

  #remove(track: Track): void {
    if (track.closed) return;
    this.#end(track);
    this.#tracks.delete(track.producer.id);
    this.#options.recorder.removeTrack({ sessionId: this.#options.sessionId, producerId: track.producer.id })
      .catch((error: unknown) => this.#options.onFault(error, 'recorder.removeTrack'));
  }

  #setPaused(track: Track, paused: boolean): void {
    if (track.closed) return;
    this.#options.onMuted(track.side, track.producer.kind, paused);
    this.#options.recorder.setPaused({ sessionId: this.#options.sessionId, producerId: track.producer.id, paused })
      .catch((error: unknown) => this.#options.onFault(error, 'recorder.setPaused'));
  }

  #end(track: Track): void {
    track.closed = true;
    unplug(track);
  }

  #plugAll(): void {
    for (const track of this.#tracks.values()) void this.#plug(track);
  }

  #unplugAll(): void {
    for (const track of this.#tracks.values()) unplug(track);
  }

  async #plug(track: Track): Promise<void> {
    unplug(track);
    let transport: PlainTransport | undefined;
    try {
      transport = await track.router.createLoopbackTransport();
      if (track.closed || track.transport) return transport.close();
      track.transport = transport;
      const consumer = await transport.consume({ producerId: track.producer.id, rtpCapabilities: track.router.recorderCapabilities, paused: true });
      track.consumer = consumer;
      const [codec] = consumer.rtpParameters.codecs;
      const ssrc = consumer.rtpParameters.encodings?.[0]?.ssrc;
      if (!codec || ssrc === undefined) throw new Error('a consumer without codec or ssrc');
      const cname = consumer.rtpParameters.rtcp?.cname;
      const { ip, port } = await this.#options.recorder.addTrack({
        sessionId: this.#options.sessionId,
        track: {
          side: track.side, kind: consumer.kind, producerId: track.producer.id, mimeType: codec.mimeType, clockRate: codec.clockRate,
          ...(codec.channels ? { channels: codec.channels } : {}), payloadType: codec.payloadType, ssrc, ...(cname ? { cname } : {}),
        },
      });
      await transport.connect({ ip, port });
      await consumer.resume();
      if (consumer.kind === 'video') await consumer.requestKeyFrame();
    } catch (error) {
      transport?.close();
      if (track.closed || this.#closed || track.router.closed || (transport && track.transport !== transport)) return;
      this.#options.onFault(error, 'recorder.addTrack');
      unplug(track);
      track.retry = setTimeout(() => void this.#plug(track), RETRY_MS);
    }
  }

  #keyFrame(producerId: string): void {
    const consumer = this.#tracks.get(producerId)?.consumer;
    if (!consumer || consumer.closed || consumer.kind !== 'video') return;
    consumer.requestKeyFrame().catch((error: unknown) => { if (!consumer.closed) this.#options.onFault(error, 'recorder.keyFrame'); });
  }
}

const unplug = (track: Track): void => {
  clearTimeout(track.retry);
  track.transport?.close();
  delete track.transport;
  delete track.consumer;
};
