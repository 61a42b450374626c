import type { WebSocket } from 'ws';
import { AppError } from '../../contracts/errors.ts';
import type { MediaKind } from '../../contracts/signaling/media.ts';
import { CLOSE_CODES } from '../../contracts/signaling/wire.ts';
import { createEngine } from '../engine/index.ts';
import type { Engine, EngineOptions } from '../engine/port.ts';
import type { Coverage, MediaHost, ReceivedFrame, SessionObserver, Side, TakeTicket } from '../ports.ts';
import type { Recorder } from '../recording/port.ts';
import { Connection, type ConnectionTiming } from '../signaling/connection.ts';
import type { Peer } from './peer.ts';
import { Session } from './session.ts';

/** A frame of record is at most so old (R20). */
export const FRAME_MAX_AGE_MS = 5_000;

export interface MediaHostOptions {
  readonly engine?: EngineOptions;
  /** Owned by the caller; the host closes its sessions there, not the recorder itself. */
  readonly recorder?: Recorder;
  readonly observer: SessionObserver;
  readonly takeTicket: TakeTicket;
  /** Our own faults, without personal data: where, in which session, the error. */
  readonly onFault?: (error: unknown, context: { where: string; sessionId?: string }) => void;
  readonly timing?: Partial<ConnectionTiming>;
}

export interface SignalingHost extends MediaHost {
  /** Takes an upgraded socket; the caller has checked Origin and path and limits the size (MEDIA_SOCKET_OPTIONS). */
  accept(socket: WebSocket): void;
  /** No new sessions from now on; the present ones go on. */
  drain(): void;
  sessions(): readonly { sessionId: string; live: boolean; workerPid: number | undefined }[];
  workers(): ReturnType<Engine['workers']>;
}

/** Starts the workers and waits for sessions. Owns the engine and all sessions, and closes them. */
export const createMediaHost = async (options: MediaHostOptions): Promise<SignalingHost> => {
  const onFault = options.onFault ?? (() => undefined);
  const engine = await createEngine({ onError: (message) => onFault(new Error(message), { where: 'engine' }), ...options.engine });
  return new Host(options, engine, onFault);
};

class Host implements SignalingHost {
  readonly #options: MediaHostOptions;
  readonly #engine: Engine;
  readonly #onFault: NonNullable<MediaHostOptions['onFault']>;
  readonly #opening = new Map<string, Promise<Session>>();
  readonly #sessions = new Map<string, Session>();
  readonly #connections = new Set<Connection>();
  #draining = false;
  #closed: Promise<void> | undefined;

  constructor(options: MediaHostOptions, engine: Engine, onFault: NonNullable<MediaHostOptions['onFault']>) {
    this.#options = options;
    this.#engine = engine;
    this.#onFault = onFault;
  }

  async openSession({ sessionId, caseId }: { sessionId: string; caseId: string }): Promise<void> {
    const known = this.#opening.get(sessionId);
    if (known) return void (await known);
    if (this.#draining || this.#closed) throw new AppError('MEDIA_UNAVAILABLE');
    const { recorder, observer } = this.#options;
    const opening = Session.create({
      sessionId, caseId, engine: this.#engine, observer, ...(recorder ? { recorder } : {}),
      onFault: (error, where) => this.#onFault(error, { where, sessionId }),
    });
    this.#opening.set(sessionId, opening);
    try {
      this.#sessions.set(sessionId, await opening);
    } catch (error) {
      this.#opening.delete(sessionId);
      throw error;
    }
  }

  async closeSession(sessionId: string, reason: string): Promise<void> {
    const session = await this.#opening.get(sessionId)?.catch(() => undefined);
    if (!session) return;
    this.#sessions.delete(sessionId);
    await session.close(reason);
    this.#opening.delete(sessionId);
  }

  accept(socket: WebSocket): void {
    let joined: { session: Session; peer: Peer } | undefined;
    const connection: Connection = new Connection(socket, {
      ...(this.#options.timing ? { timing: this.#options.timing } : {}),
      onJoin: async ({ ticket }) => {
        const { session, peer, answer } = await this.#join(ticket, connection);
        joined = { session, peer };
        if (connection.closed) session.lost(peer);
        return answer;
      },
      onRequest: (method, data) => {
        if (!joined) throw new AppError('TICKET_INVALID');
        return joined.session.handle(joined.peer, method, data);
      },
      onClose: () => {
        this.#connections.delete(connection);
        if (joined) joined.session.lost(joined.peer);
      },
      onFault: (error, where) => this.#onFault(error, { where, ...(joined ? { sessionId: joined.session.id } : {}) }),
    });
    this.#connections.add(connection);
    if (this.#closed) connection.close(CLOSE_CODES.shutdown, 'shutdown');
  }

  async frameAt(options: { sessionId: string; side: Side; producerId?: string; rtpTimestamp: number; earlier?: number }): Promise<ReceivedFrame> {
    const { sessionId, side, rtpTimestamp } = options;
    const session = this.#require(sessionId);
    const producer = session.videoProducer(side);
    if (!producer) throw new AppError('SESSION_NOT_LIVE');
    if (options.producerId !== undefined && options.producerId !== producer.id) throw new AppError('FRAME_NOT_OF_CLIENT_TRACK');
    if (!Number.isInteger(rtpTimestamp) || rtpTimestamp < 0 || rtpTimestamp > 0xffff_ffff) throw new AppError('BAD_REQUEST', { field: 'rtpTimestamp' });
    const recorder = this.#recorder();
    const asked = recorder.now();
    const frame = await recorder.frameAt({ sessionId, side, producerId: producer.id, rtpTimestamp, earlier: options.earlier ?? 0 });
    if (asked - frame.receivedAtMs > FRAME_MAX_AGE_MS) throw new AppError('FRAME_TOO_OLD');
    return frame;
  }

  coverage(sessionId: string, side: Side, kind: MediaKind, fromMs: number, toMs: number): Promise<Coverage> {
    return this.#recorder().coverage(sessionId, side, kind, fromMs, toMs);
  }

  recorderRunning(sessionId: string): boolean {
    return this.#options.recorder?.running(sessionId) ?? false;
  }

  recordingStartedAt(sessionId: string): number | undefined {
    return this.#options.recorder?.startedAt(sessionId);
  }

  setDetail(sessionId: string, detail: boolean): void {
    this.#require(sessionId).setDetail(detail);
  }

  drain(): void {
    this.#draining = true;
  }

  sessions(): readonly { sessionId: string; live: boolean; workerPid: number | undefined }[] {
    return [...this.#sessions.values()].map(({ id, live, workerPid }) => ({ sessionId: id, live, workerPid }));
  }

  workers(): ReturnType<Engine['workers']> {
    return this.#engine.workers();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const sessions = await Promise.all([...this.#opening.values()].map((opening) => opening.catch(() => undefined)));
    await Promise.all(sessions.filter((session) => session !== undefined).map((session) => session.close('shutdown', CLOSE_CODES.shutdown)));
    for (const connection of this.#connections) connection.close(CLOSE_CODES.shutdown, 'shutdown');
    this.#sessions.clear();
    this.#opening.clear();
    await this.#engine.close();
  }

  async #join(ticket: string, connection: Connection) {
    const holder = await this.#options.takeTicket(ticket);
    if (!holder) throw new AppError('TICKET_INVALID');
    const session = this.#require(holder.sessionId);
    return { session, ...(await session.join({ role: holder.role, personId: holder.personId, channel: connection })) };
  }

  #require(sessionId: string): Session {
    const session = this.#sessions.get(sessionId);
    if (!session) throw new AppError('SESSION_NOT_FOUND');
    return session;
  }

  #recorder(): Recorder {
    if (!this.#options.recorder) throw new AppError('RECORDING_MISSING');
    return this.#options.recorder;
  }
}
