import { AppError } from '../../contracts/errors.ts';
import type { CaseKeys, SegmentInfo, StopCause } from '../ports.ts';
import { startChild } from './child.ts';
import type { RecorderChild } from './child.ts';
import { createHostClock } from './hostclock.ts';
import type { HostClock } from './hostclock.ts';
import type { FromRecorder, ReplyData } from './ipc.ts';
import { unfinishedSessions } from './journal.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import type { Recorder, RecorderListener } from './port.ts';

export interface SupervisorOptions {
  /** The evidence store's folder: the recorder writes into it by itself. */
  readonly dir: string;
  readonly keys: CaseKeys;
  readonly ffmpeg?: string;
  /** The clock of the program's own times: both must be the same. */
  readonly clock?: HostClock;
  /** How much of one side may wait in memory for the store; default 28 MB. */
  readonly backlogBytes?: number;
  /** More arguments for the process's Node. */
  readonly nodeArgs?: readonly string[];
  /** Segments that a crash of the whole host had cut off, found at the start; may repeat what is known: take them by `segmentId`. */
  readonly onRecovered?: (sessionId: string, segment: SegmentInfo) => void;
  /** Ids and codes only. */
  readonly log?: (line: string) => void;
}

/** The recorder with what tests and operations ask of it beyond the port. */
export interface SupervisedRecorder extends Recorder {
  readonly pid: number | undefined;
  stats(): Promise<ReplyData<'stats'>>;
}

interface Live {
  readonly caseId: string;
  readonly ledger: Ledger;
  readonly reported: Set<string>;
  listener: RecorderListener;
  running: boolean;
  /** Known to the present recorder process. */
  attached: boolean;
  attachedOnce: boolean;
  attaching: boolean;
}

const RESTART_MS = [200, 200, 500, 1_000, 2_000, 5_000];
/** Nothing reached the disk for so long: it does not record. */
const STALLED_MS = 4_000;
/** What a store says that has no room. */
const FULL: readonly string[] = ['STORE_FULL', 'ENOSPC', 'EDQUOT'];
const START_MS = 10_000;
const STOP_MS = 8_000;

/**
 * Keeps one recorder process up and is the `Recorder` that sessions see (R40, R41). Owned by the media host; `close` ends the process
 * after it has sealed what is open. A dead process is started again; its sessions are told to add their tracks again.
 */
export const createRecorderSupervisor = async (options: SupervisorOptions): Promise<SupervisedRecorder> => {
  const log = options.log ?? (() => undefined);
  const clock = options.clock ?? createHostClock();
  const sessions = new Map<string, Live>();
  let child: RecorderChild | undefined;
  let up = Promise.withResolvers<void>();
  let isUp = false;
  let failures = 0;
  let restartTimer: NodeJS.Timeout | undefined;
  let closing: Promise<void> | undefined;

  const setRunning = (live: Live, running: boolean, at: number, cause?: StopCause): void => {
    if (live.running === running) return;
    live.running = running;
    live.listener.onRecording(running, new Date(at), cause);
  };
  /** The process is gone, or has let go of the session. */
  const detach = (live: Live): void => {
    const now = clock.now();
    live.attached = false;
    live.ledger.recorderDown(now);
    setRunning(live, false, now, 'recorder_down');
    live.listener.onExit();
  };

  const onNotice = (notice: Exclude<FromRecorder, { type: 'reply' | 'error' }>): void => {
    if (notice.type === 'ready') {
      void childReady();
      return;
    }
    const live = sessions.get(notice.sessionId);
    if (notice.type === 'fault') log(`recorder: session ${notice.sessionId}: ${notice.code}`);
    if (notice.type === 'storeAway') log(`recorder: session ${notice.sessionId}: the store takes nothing (${notice.code}); what comes is kept and written later`);
    if (!live) {
      if (notice.type === 'segment') options.onRecovered?.(notice.sessionId, notice.segment);
      return;
    }
    if (notice.type === 'needKeyFrame') live.listener.onNeedKeyFrame(notice.producerId);
    if (notice.type === 'fault' && notice.code === 'RECORDED_ELSEWHERE') detach(live);
    if (notice.type === 'storeAway') live.ledger.storeAway(notice.sinceMs, FULL.includes(notice.code) ? 'disk_full' : 'store_unavailable');
    if (notice.type === 'missed') {
      live.ledger.missed(notice.missed);
      live.listener.onMissed(notice.missed);
    }
    if (notice.type === 'opened') live.ledger.opened(notice.startMs);
    if (notice.type === 'held') {
      const now = clock.now();
      live.ledger.held(notice.held, now);
      live.ledger.recorderUp(Math.min(now, ...notice.held.map(({ fromMs }) => fromMs)));
      setRunning(live, true, now);
    }
    if (notice.type === 'segment' && !live.reported.has(notice.segment.segmentId)) {
      live.reported.add(notice.segment.segmentId);
      live.listener.onSegment(notice.segment);
    }
  };

  const attach = async (sessionId: string, live: Live): Promise<void> => {
    if (!child) throw new AppError('MEDIA_UNAVAILABLE');
    const { keyId, key } = await options.keys.keyFor(live.caseId);
    const { startedAt, held, missed } = await child.request('startSession', { sessionId, caseId: live.caseId, keyId, key, clockOffsetMs: clock.offsetMs });
    // What is held already and is not known here was recorded by an earlier host: it ended where that broke off.
    if (live.ledger.startedAt === undefined && held.length > 0) live.ledger.hostLost(Math.max(...held.map(({ toMs }) => toMs)));
    if (startedAt !== undefined) live.ledger.opened(startedAt);
    live.ledger.held(held);
    if (!live.attachedOnce) for (const one of missed) live.ledger.missed(one);
    live.attachedOnce = true;
    live.attached = true;
  };

  /** Sessions that the present process does not know yet. One that fails is tried again by the watch. */
  const attachAll = async (): Promise<void> => {
    for (const [sessionId, live] of [...sessions]) {
      if (live.attached || live.attaching) continue;
      live.attaching = true;
      try {
        await attach(sessionId, live);
        if (sessions.get(sessionId) === live) live.listener.onRestart();
      } catch (error) {
        log(`recorder: session ${sessionId} could not be taken up again: ${error instanceof AppError ? error.code : 'INTERNAL'}`);
      } finally {
        live.attaching = false;
      }
    }
  };

  const childReady = (): Promise<void> => {
    isUp = true;
    up.resolve();
    return attachAll();
  };

  const onExit = (): void => {
    child = undefined;
    if (isUp) up = Promise.withResolvers<void>();
    isUp = false;
    for (const live of sessions.values()) detach(live);
    if (closing) return;
    const wait = RESTART_MS[Math.min(failures, RESTART_MS.length - 1)]!;
    failures += 1;
    log(`recorder: process ended, starting again in ${wait} ms`);
    restartTimer = setTimeout(launch, wait);
  };

  const launch = (): void => {
    child = startChild({ dir: options.dir, ffmpeg: options.ffmpeg ?? 'ffmpeg', nodeArgs: options.nodeArgs ?? [], ...(options.backlogBytes === undefined ? {} : { backlogBytes: options.backlogBytes }), onNotice, onExit, log });
  };

  /** Waits for a process that takes requests; MEDIA_UNAVAILABLE after `ms`. */
  const waitUp = async (ms: number): Promise<RecorderChild> => {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => timeout.reject(new AppError('MEDIA_UNAVAILABLE')), ms);
    try { await Promise.race([up.promise, timeout.promise]); } finally { clearTimeout(timer); }
    if (!child) throw new AppError('MEDIA_UNAVAILABLE');
    return child;
  };
  const running = (): RecorderChild => {
    if (!child || !isUp || closing) throw new AppError('MEDIA_UNAVAILABLE');
    return child;
  };
  const liveOf = (sessionId: string): Live => {
    const live = sessions.get(sessionId);
    if (!live) throw new AppError('SESSION_NOT_FOUND');
    return live;
  };

  let aheadSeen = 0;
  const watch = setInterval(() => {
    // Nothing is recorded: the machine's clock is followed, whoever set it.
    if (sessions.size === 0) clock.follow();
    const now = clock.now();
    for (const live of sessions.values()) if (live.running && now - live.ledger.lastHeldMs > STALLED_MS) setRunning(live, false, now, live.ledger.storeTrouble ?? 'nothing_came');
    if (isUp && [...sessions.values()].some((live) => live.running)) failures = 0;
    if (isUp && !closing) void attachAll();
    const ahead = Math.round(clock.aheadMs() / 1000);
    if (ahead !== aheadSeen && sessions.size > 0) log(`recorder: the machine's clock is ${ahead} s ahead of the calls under way, which keep their time`);
    aheadSeen = ahead;
  }, 1_000);
  watch.unref();

  const recoverOld = async (): Promise<void> => {
    for (const { sessionId, caseId } of await unfinishedSessions(options.dir)) {
      try {
        if (sessions.has(sessionId)) continue;
        const { keyId, key } = await options.keys.keyFor(caseId);
        await running().request('recover', { sessionId, caseId, keyId, key });
      } catch (error) {
        log(`recorder: session ${sessionId} could not be recovered: ${error instanceof AppError ? error.code : 'INTERNAL'}`);
      }
    }
  };

  launch();
  await waitUp(START_MS);
  await recoverOld();

  return {
    get pid() { return child?.pid; },
    stats: () => running().request('stats', {}),
    async startSession({ sessionId, caseId, listener }) {
      const known = sessions.get(sessionId);
      if (known) {
        known.listener = listener;
        if (!known.attached) await attach(sessionId, known);
        return;
      }
      running();
      // Up to the moment.
      if (sessions.size === 0) clock.follow();
      const live: Live = { caseId, ledger: createLedger(), reported: new Set(), listener, running: false, attached: false, attachedOnce: false, attaching: true };
      sessions.set(sessionId, live);
      try {
        await attach(sessionId, live);
      } catch (error) {
        if (!isUp) throw error;
        sessions.delete(sessionId);
        throw error;
      } finally {
        live.attaching = false;
      }
    },
    async addTrack({ sessionId, track }) {
      const live = liveOf(sessionId);
      const { port } = await running().request('addTrack', { sessionId, track });
      live.ledger.trackAdded(track, clock.now());
      return { ip: '127.0.0.1', port };
    },
    async removeTrack({ sessionId, producerId }) {
      const live = sessions.get(sessionId);
      live?.ledger.trackRemoved(producerId, clock.now());
      if (live && child && isUp) await child.request('removeTrack', { sessionId, producerId });
    },
    async setPaused({ sessionId, producerId, paused }) {
      sessions.get(sessionId)?.ledger.paused(producerId, paused, clock.now());
    },
    async setAway({ sessionId, side, cause }) {
      sessions.get(sessionId)?.ledger.away(side, cause, clock.now());
    },
    async stopSession(sessionId) {
      const live = sessions.get(sessionId);
      if (!live) return;
      try {
        // While the process is being started again its crash-cut segments are still to be reported: wait for that.
        const up = await waitUp(STOP_MS);
        if (!live.attached) await attach(sessionId, live);
        await up.request('stopSession', { sessionId });
      } finally {
        // What was not sealed now is recovered from its journal at the next start.
        setRunning(live, false, clock.now());
        sessions.delete(sessionId);
      }
    },
    async frameAt({ sessionId, side, producerId, rtpTimestamp, earlier = 0 }) {
      const live = liveOf(sessionId);
      const { wallMs, png, earlier: before, ...frame } = await running().request('frameAt', { sessionId, side, producerId, rtpTimestamp, earlier });
      const mediaTimeOf = (atMs: number): number => Math.round(atMs - (live.ledger.startedAt ?? atMs));
      return {
        ...frame, png: bufferOf(png), producerId, rtpTimestamp, mediaTimeMs: mediaTimeOf(wallMs),
        earlier: before.map((one) => ({ jpeg: bufferOf(one.jpeg), rtpTimestamp: one.rtpTimestamp, mediaTimeMs: mediaTimeOf(one.wallMs) })),
      };
    },
    async coverage(sessionId, side, kind, fromMs, toMs) {
      const live = liveOf(sessionId);
      return live.ledger.coverage(side, kind, { fromMs, toMs }, clock.now(), live.running);
    },
    now: () => clock.now(),
    running: (sessionId) => isUp && (sessions.get(sessionId)?.running ?? false),
    startedAt: (sessionId) => sessions.get(sessionId)?.ledger.startedAt,
    close() {
      closing ??= (async () => {
        clearTimeout(restartTimer);
        clearInterval(watch);
        const last = child;
        if (last) {
          await last.request('shutdown', {}).catch(() => undefined);
          const now = clock.now();
          for (const live of sessions.values()) setRunning(live, false, now);
          last.kill();
        }
        sessions.clear();
      })();
      return closing;
    },
  };
};

/** Bytes that came over the channel are no Buffer of this realm. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
