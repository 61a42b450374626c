import { AppError } from '../../contracts/errors.ts';
import type { MediaMethod, MediaNotification, MediaRole } from '../../contracts/signaling/media.ts';
import { CLOSE_CODES } from '../../contracts/signaling/wire.ts';
import type { DtlsParameters, Engine, MediaRouter, Producer, RtpCapabilities, RtpParameters } from '../engine/port.ts';
import type { SessionObserver, Side, StopCause } from '../ports.ts';
import type { Recorder } from '../recording/port.ts';
import type { NotificationOf, RequestOf, ResponseOf } from '../signaling/connection.ts';
import { Peer, type PeerChannel } from './peer.ts';
import { RecorderLink } from './recorderLink.ts';

/** Pause between two tries to get a router on another worker. */
const REBUILD_EVERY_MS = 500;

export interface SessionOptions {
  readonly sessionId: string;
  readonly caseId: string;
  readonly engine: Engine;
  readonly recorder?: Recorder;
  readonly observer: SessionObserver;
  readonly onFault: (error: unknown, where: string) => void;
}

type PeerMethod = Exclude<MediaMethod, 'join'>;

/** A witness session (见证会话) as a living thing: one router, its peers, the recorder's tracks. It has no database. */
export class Session {
  readonly id: string;
  readonly caseId: string;
  readonly #options: SessionOptions;
  readonly #peers = new Map<MediaRole, Peer>();
  readonly #recorder: RecorderLink | undefined;
  #router: MediaRouter | undefined;
  #rebuilding: Promise<void> | undefined;
  #detail = false;
  #live = false;
  #recording = false;
  #closed: Promise<void> | undefined;

  private constructor(options: SessionOptions) {
    this.id = options.sessionId;
    this.caseId = options.caseId;
    this.#options = options;
    const { recorder, sessionId, caseId, observer, onFault } = options;
    if (recorder) {
      this.#recorder = new RecorderLink({
        sessionId, caseId, recorder, onFault,
        onRecording: (running, at, cause) => this.#onRecording(running, at, cause),
        onMissed: (missed) => observer.missed(sessionId, missed),
        onMuted: (side, kind, muted) => observer.muted(sessionId, side, kind, muted),
        onSegment: (segment) => observer.segment(sessionId, segment),
      });
    }
  }

  /** Opens the router and tells the recorder. Errors: MEDIA_UNAVAILABLE. */
  static async create(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    await session.#openRouter();
    await session.#recorder?.start();
    return session;
  }

  get closed(): boolean { return this.#closed !== undefined; }
  get live(): boolean { return this.#live; }
  get workerPid(): number | undefined { return this.#router?.workerPid; }
  videoProducer(side: Side): Producer | undefined { return this.#peers.get(side)?.producer('video'); }

  /** One peer a role: a second one takes the place and the first is told. Waits while the session is being rebuilt. */
  async join(options: { role: MediaRole; personId: string; channel: PeerChannel }): Promise<{ peer: Peer; answer: ResponseOf<'join'> }> {
    await this.#rebuilding;
    const router = this.#requireRouter();
    const before = this.#peers.get(options.role);
    if (before) {
      this.#drop(before, true);
      before.channel.close(CLOSE_CODES.takenOver, 'takenOver');
    }
    const peer = new Peer(options);
    this.#peers.set(peer.role, peer);
    this.#options.observer.joined(this.id, peer.role);
    if (peer.role !== 'listener') this.#tellOthers(peer, 'peerJoined', { role: peer.role });
    return {
      peer,
      answer: { sessionId: this.id, role: peer.role, peerId: peer.id, routerRtpCapabilities: { ...router.rtpCapabilities }, detail: this.#detail },
    };
  }

  /** A parsed request of a peer. Errors: codes of the catalogue; a router that died meanwhile is MEDIA_UNAVAILABLE. */
  async handle(peer: Peer, method: PeerMethod, data: unknown): Promise<object> {
    if (peer.closed || this.closed) throw new AppError('SESSION_NOT_FOUND');
    const router = this.#requireRouter();
    try {
      return await this.#dispatch(peer, router, method, data);
    } catch (error) {
      throw this.#asAppError(error, router);
    }
  }

  /** The socket broke: the place is kept, the rest is told (R30). */
  lost(peer: Peer): void {
    this.#drop(peer, true);
  }

  /** Card steps: the client's sender goes for width (`contentHint = 'detail'`). */
  setDetail(detail: boolean): void {
    if (this.closed || this.#detail === detail) return;
    this.#detail = detail;
    this.#peers.get('client')?.channel.notify('contentHint', { detail });
  }

  /** Peers are told, everything below closes; resolves when the recorder has sealed. Harmless twice. */
  close(reason: string, code: number = CLOSE_CODES.sessionClosed): Promise<void> {
    this.#closed ??= this.#close(reason, code);
    return this.#closed;
  }

  async #close(reason: string, code: number): Promise<void> {
    for (const peer of this.#peers.values()) {
      peer.channel.notify('closed', { reason });
      peer.close();
      peer.channel.close(code, reason);
    }
    this.#peers.clear();
    // A host that stops ends no call (R30): it goes on after the start, and its recording with it.
    await this.#recorder?.close({ goesOn: code === CLOSE_CODES.shutdown });
    this.#router?.close();
  }

  async #dispatch(peer: Peer, router: MediaRouter, method: PeerMethod, data: unknown): Promise<object> {
    switch (method) {
      case 'setup': return this.#setup(peer, router, data as RequestOf<'setup'>);
      case 'connectTransport': {
        const { transportId, dtlsParameters } = data as RequestOf<'connectTransport'>;
        await peer.connectTransport(transportId, dtlsParameters as unknown as DtlsParameters);
        return {};
      }
      case 'restartIce': return peer.restartIce((data as RequestOf<'restartIce'>).transportId);
      case 'produce': return this.#produce(peer, router, data as RequestOf<'produce'>);
      case 'closeProducer': peer.ownProducer((data as RequestOf<'closeProducer'>).producerId).close(); return {};
      case 'pauseProducer': await peer.ownProducer((data as RequestOf<'pauseProducer'>).producerId).pause(); return {};
      case 'resumeProducer': await peer.ownProducer((data as RequestOf<'resumeProducer'>).producerId).resume(); return {};
      case 'resumeConsumer': await peer.resumeConsumer((data as RequestOf<'resumeConsumer'>).consumerId); return {};
      case 'reportQuality': this.#options.observer.quality(this.id, peer.role, { ...(data as RequestOf<'reportQuality'>) }); return {};
      case 'leave':
        this.#drop(peer, false);
        setImmediate(() => peer.channel.close(1000, 'left'));
        return {};
    }
  }

  async #setup(peer: Peer, router: MediaRouter, { rtpCapabilities }: RequestOf<'setup'>): Promise<ResponseOf<'setup'>> {
    const answer = await peer.setup(router, rtpCapabilities as unknown as RtpCapabilities);
    // Behind the answer, so that the peer knows its transports when the first consumer is told.
    setImmediate(() => void this.#receiveAll(peer));
    // The client too sees whether the call is being recorded (R40).
    if (this.#recorder) peer.channel.notify('recorder', { running: this.#recording });
    if (peer.role === 'client' && this.#detail) peer.channel.notify('contentHint', { detail: true });
    return answer;
  }

  async #receiveAll(peer: Peer): Promise<void> {
    for (const other of this.#peers.values()) {
      if (other === peer) continue;
      for (const producer of other.producers) await this.#consume(peer, producer, other.role);
    }
  }

  async #produce(peer: Peer, router: MediaRouter, request: RequestOf<'produce'>): Promise<ResponseOf<'produce'>> {
    const producer = await peer.produce(request.transportId, request.kind, request.rtpParameters as unknown as RtpParameters);
    if (peer.role === 'client' || peer.role === 'witness') this.#recorder?.add(peer.role, producer, router);
    for (const other of this.#peers.values()) {
      if (other !== peer) await this.#consume(other, producer, peer.role);
    }
    this.#checkLive();
    return { producerId: producer.id };
  }

  async #consume(peer: Peer, producer: Producer, fromRole: MediaRole): Promise<void> {
    try {
      await peer.consume(producer, fromRole);
    } catch (error) {
      if (!producer.closed && !peer.closed && !this.#router?.closed) this.#options.onFault(error, 'consume');
    }
  }

  #checkLive(): void {
    if (this.#live || this.closed) return;
    const sends = (['client', 'witness'] as const).every((role) => this.#peers.get(role)?.producer('audio') && this.#peers.get(role)?.producer('video'));
    if (!sends) return;
    this.#live = true;
    this.#options.observer.live(this.id);
  }

  #drop(peer: Peer, interrupted: boolean): void {
    if (peer.closed) return;
    peer.close();
    if (this.#peers.get(peer.role) === peer) this.#peers.delete(peer.role);
    if (this.closed) return;
    this.#options.observer.left(this.id, peer.role, interrupted);
    if (peer.role === 'listener') return;
    this.#recorder?.away(peer.role, interrupted ? 'peer_lost' : 'left');
    this.#tellOthers(peer, 'peerLeft', { role: peer.role, interrupted });
    const wasLive = this.#live;
    this.#live = false;
    if (!wasLive || !interrupted) return;
    this.#options.observer.interrupted(this.id, 'peer_lost');
    this.#tellOthers(peer, 'interrupted', { cause: 'peer_lost' });
  }

  #onRecording(running: boolean, at: Date, cause?: StopCause): void {
    this.#recording = running;
    this.#options.observer.recording(this.id, running, at, cause);
    for (const peer of this.#peers.values()) peer.channel.notify('recorder', { running });
  }

  async #openRouter(): Promise<void> {
    const router = await this.#options.engine.openRouter({ onWorkerDied: () => this.#workerDied() });
    if (this.closed) return router.close();
    this.#router = router;
  }

  #workerDied(): void {
    if (this.closed) return;
    this.#router = undefined;
    this.#live = false;
    for (const peer of this.#peers.values()) peer.dropMedia();
    for (const side of ['client', 'witness'] as const) this.#recorder?.away(side, 'worker_died');
    this.#options.observer.interrupted(this.id, 'worker_died');
    this.#tellAll('interrupted', { cause: 'worker_died' });
    // A second death while rebuilding starts after the first rebuild has ended.
    this.#rebuilding = (this.#rebuilding ?? Promise.resolve()).then(() => this.#rebuild());
  }

  async #rebuild(): Promise<void> {
    while (!this.closed && !this.#router) {
      try {
        await this.#openRouter();
      } catch (error) {
        this.#options.onFault(error, 'rebuild');
        await new Promise((resolve) => { setTimeout(resolve, REBUILD_EVERY_MS); });
      }
    }
    if (this.closed || !this.#router) return;
    this.#options.observer.rebuilt(this.id);
    this.#tellAll('rebuilt', { routerRtpCapabilities: { ...this.#router.rtpCapabilities } });
  }

  #requireRouter(): MediaRouter {
    if (this.closed) throw new AppError('SESSION_NOT_FOUND');
    if (!this.#router || this.#router.closed) throw new AppError('MEDIA_UNAVAILABLE');
    return this.#router;
  }

  #asAppError(error: unknown, router: MediaRouter): unknown {
    if (error instanceof AppError) return error;
    if (router.closed || router !== this.#router) return new AppError('MEDIA_UNAVAILABLE', undefined, { cause: error });
    // mediasoup checks the structures that pass through us.
    const ofTheirs = error instanceof Error && ['TypeError', 'UnsupportedError'].includes(error.name);
    return ofTheirs ? new AppError('BAD_REQUEST', undefined, { cause: error }) : error;
  }

  #tellOthers<N extends MediaNotification>(peer: Peer, name: N, data: NotificationOf<N>): void {
    for (const other of this.#peers.values()) if (other !== peer) other.channel.notify(name, data);
  }

  #tellAll<N extends MediaNotification>(name: N, data: NotificationOf<N>): void {
    for (const peer of this.#peers.values()) peer.channel.notify(name, data);
  }
}
