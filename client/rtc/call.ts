import { AppError, type ErrorCode } from '../../contracts/errors.ts';
import type { MediaKind } from '../../contracts/signaling/media.ts';
import { CLOSE_CODES } from '../../contracts/signaling/wire.ts';
import { MediaLink, type RemoteTrack } from './mediaLink.ts';
import type { QualityFigures } from './quality.ts';
import { ReconnectPolicy } from './reconnectPolicy.ts';
import { openSignaling, type Notification, type SignalingClient } from './signalingClient.ts';

/**
 * `ended`: hung up here or closed by the server (`reason`). `failed`: given up or refused (`code`).
 * `takenOver`: another device of this person went on with the call.
 */
export type CallState =
  | { readonly phase: 'connecting' | 'connected' | 'reconnecting' | 'takenOver' }
  | { readonly phase: 'ended'; readonly reason: string }
  | { readonly phase: 'failed'; readonly code: ErrorCode };

export interface Ticket { readonly ticket: string; readonly url?: string }

export interface CallOptions {
  /** `wss://…` of the media socket. */
  readonly url: string;
  readonly ticket: string;
  /** What to send; a listener has none. The caller owns and stops its tracks. */
  readonly localStream?: MediaStream;
  /** A fresh ticket for coming back. `undefined`: the call is over. What it throws is tried again. */
  readonly getTicket: () => Promise<Ticket | undefined>;
  readonly onState?: (state: CallState) => void;
  readonly onRemoteTrack: (remote: RemoteTrack) => void;
  readonly onRemoteTrackEnded?: (remote: RemoteTrack) => void;
  readonly onNotification?: (notification: Notification) => void;
  /** Every 2 s; the server hears the same. */
  readonly onQuality?: (figures: QualityFigures) => void;
  readonly protocols?: readonly ('udp' | 'tcp')[];
  readonly policy?: ReconnectPolicy;
}

export interface Call {
  readonly state: CallState;
  /** Leaves for good. Harmless twice. */
  hangUp(): Promise<void>;
  /** Goes without a word, as a page does that is closed: an interruption, the client can come back (R30). Harmless twice. */
  close(): void;
  /** Silence or black, still sent, so that the recording has no hole. */
  setEnabled(kind: MediaKind, enabled: boolean): void;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  producerId(kind: MediaKind): string | undefined;
  rawStats(): Promise<{ send: Record<string, unknown>[]; receive: Record<string, unknown>[] }>;
}

const QUALITY_MS = 2_000;

/** Joins a session and stays in it: through lost sockets, dead workers and changed networks, until someone ends it. */
export const createCall = (options: CallOptions): Call => {
  const call = new LivingCall(options);
  void call.start();
  return call;
};

class LivingCall implements Call {
  readonly #options: CallOptions;
  readonly #policy: ReconnectPolicy;
  #state: CallState = { phase: 'connecting' };
  #signaling: SignalingClient | undefined;
  #link: MediaLink | undefined;
  #detail = false;
  #capabilities: Record<string, unknown> | undefined;
  #qualityTimer: ReturnType<typeof setInterval> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #relinkTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#policy = options.policy ?? new ReconnectPolicy();
  }

  get state(): CallState { return this.#state; }

  async start(): Promise<void> {
    await this.#connect({ ticket: this.#options.ticket });
  }

  async hangUp(): Promise<void> {
    if (this.#over) return;
    const signaling = this.#signaling;
    this.#finish({ phase: 'ended', reason: 'hangUp' }, async () => { await signaling?.request('leave', {}).catch(() => undefined); });
  }

  close(): void { this.#finish({ phase: 'ended', reason: 'closed' }); }

  setEnabled(kind: MediaKind, enabled: boolean): void {
    for (const track of this.#options.localStream?.getTracks() ?? []) if (track.kind === kind) track.enabled = enabled;
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    const { localStream } = this.#options;
    for (const old of localStream?.getTracks() ?? []) if (old.kind === track.kind && old !== track) localStream?.removeTrack(old);
    localStream?.addTrack(track);
    await this.#link?.replaceTrack(track);
  }

  producerId(kind: MediaKind): string | undefined { return this.#link?.producer(kind)?.id; }

  async rawStats(): Promise<{ send: Record<string, unknown>[]; receive: Record<string, unknown>[] }> {
    return (await this.#link?.rawStats()) ?? { send: [], receive: [] };
  }

  get #over(): boolean { return ['ended', 'failed', 'takenOver'].includes(this.#state.phase); }

  async #connect({ ticket, url }: Ticket): Promise<void> {
    let mine: SignalingClient | undefined;
    let gone = false;
    try {
      mine = await openSignaling({
        url: url ?? this.#options.url,
        onNotification: (notification) => { if (this.#signaling === mine) this.#onNotification(notification); },
        onClose: (code) => { gone = true; if (this.#signaling === mine && mine) this.#onSocketClosed(code); },
      });
      if (this.#over) return mine.close();
      this.#signaling = mine;
      const joined = await mine.request('join', { ticket });
      this.#detail = joined.detail;
      this.#capabilities = joined.routerRtpCapabilities;
      await this.#openLink();
    } catch (error) {
      // A socket that closed by itself has already been handled by its close code.
      if (gone || this.#over) return;
      const code = error instanceof AppError ? error.code : undefined;
      // A first ticket that is refused is refused; one on the way back may have aged while the network was slow.
      if (code === 'TICKET_INVALID' && this.#state.phase === 'connecting') return this.#finish({ phase: 'failed', code });
      if (code === 'SESSION_NOT_FOUND') {
        // The server was started anew since this ticket: asking for the next one opens the room again, or says that the call is over.
        this.#signaling = undefined;
        mine?.close();
        return this.#retry();
      }
      if (mine) mine.close();
      else this.#retry();
    }
  }

  async #openLink(): Promise<void> {
    const signaling = this.#signaling;
    if (!signaling || !this.#capabilities || this.#over) return;
    clearTimeout(this.#relinkTimer);
    this.#link?.close();
    const { localStream, protocols, onRemoteTrack, onRemoteTrackEnded } = this.#options;
    const link = new MediaLink({
      signaling, routerRtpCapabilities: this.#capabilities, detail: this.#detail,
      ...(localStream ? { localStream } : {}), ...(protocols ? { protocols } : {}),
      onRemoteTrack, onRemoteTrackEnded: onRemoteTrackEnded ?? (() => undefined),
      onConnected: () => { if (this.#link === link && link.connected) this.#connected(); },
      onBroken: () => { if (this.#link === link) this.#relink(); },
    });
    this.#link = link;
    try {
      await link.open();
      if (this.#link !== link) return;
      // A listener in an empty room has nothing to connect yet, but is there.
      if (!localStream) this.#connected();
      this.#watchQuality();
    } catch {
      // The worker died on the way (`rebuilt` follows) or the socket (its close follows); else once more.
      if (this.#link === link && this.#signaling === signaling) this.#relink();
    }
  }

  /** The socket is well, the media is not: new transports, under the same limit of time. */
  #relink(): void {
    if (this.#over) return;
    const wait = this.#policy.next(Date.now());
    if (wait === undefined) return this.#finish({ phase: 'failed', code: 'MEDIA_UNAVAILABLE' });
    this.#setState({ phase: 'reconnecting' });
    clearTimeout(this.#relinkTimer);
    this.#relinkTimer = setTimeout(() => void this.#openLink(), wait);
  }

  #connected(): void {
    if (this.#over) return;
    this.#policy.reset();
    this.#setState({ phase: 'connected' });
  }

  #onNotification(notification: Notification): void {
    const { name, data } = notification;
    switch (name) {
      case 'consumer': this.#link?.consume(data); break;
      case 'consumerClosed': this.#link?.consumerClosed(data.consumerId); break;
      case 'contentHint':
        this.#detail = data.detail;
        void this.#link?.setDetail(data.detail);
        break;
      case 'interrupted':
        if (data.cause === 'worker_died') {
          this.#link?.close();
          this.#setState({ phase: 'reconnecting' });
        }
        break;
      case 'rebuilt':
        this.#capabilities = data.routerRtpCapabilities;
        void this.#openLink();
        break;
      case 'closed': if (data.reason !== 'shutdown') this.#finish({ phase: 'ended', reason: data.reason }); break;
      default: break;
    }
    this.#options.onNotification?.(notification);
  }

  #onSocketClosed(code: number): void {
    this.#signaling = undefined;
    this.#link?.close();
    this.#link = undefined;
    clearInterval(this.#qualityTimer);
    clearTimeout(this.#relinkTimer);
    if (this.#over) return;
    if (code === CLOSE_CODES.takenOver) return this.#finish({ phase: 'takenOver' });
    if (code === CLOSE_CODES.sessionClosed) return this.#finish({ phase: 'ended', reason: 'closed' });
    if (code === CLOSE_CODES.ticketInvalid && this.#state.phase === 'connecting') return this.#finish({ phase: 'failed', code: 'TICKET_INVALID' });
    this.#retry();
  }

  #retry(): void {
    if (this.#over) return;
    const wait = this.#policy.next(Date.now());
    if (wait === undefined) return this.#finish({ phase: 'failed', code: 'MEDIA_UNAVAILABLE' });
    this.#setState({ phase: 'reconnecting' });
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#comeBack(), wait);
  }

  async #comeBack(): Promise<void> {
    try {
      const ticket = await this.#options.getTicket();
      if (this.#over) return;
      if (!ticket) return this.#finish({ phase: 'ended', reason: 'closed' });
      await this.#connect(ticket);
    } catch (error) {
      if (error instanceof AppError && ['SESSION_NOT_FOUND', 'CASE_NOT_YOURS', 'DEVICE_TAKEN_OVER'].includes(error.code)) return this.#finish({ phase: 'failed', code: error.code });
      this.#retry();
    }
  }

  #watchQuality(): void {
    clearInterval(this.#qualityTimer);
    this.#qualityTimer = setInterval(() => void this.#reportQuality(), QUALITY_MS);
  }

  /** Also the heartbeat of this end: an unanswered report is how a browser notices a dead network. */
  async #reportQuality(): Promise<void> {
    const figures = (await this.#link?.quality().catch(() => undefined)) ?? {};
    this.#options.onQuality?.(figures);
    await this.#signaling?.request('reportQuality', figures).catch(() => undefined);
  }

  #finish(state: CallState, before: () => Promise<void> = async () => undefined): void {
    if (this.#over) return;
    clearInterval(this.#qualityTimer);
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#relinkTimer);
    const signaling = this.#signaling;
    this.#signaling = undefined;
    this.#link?.close();
    this.#link = undefined;
    this.#setState(state);
    void before().finally(() => signaling?.close());
  }

  #setState(state: CallState): void {
    if (this.#over || (state.phase === this.#state.phase)) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
