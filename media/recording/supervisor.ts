import { AppError } from '../../contracts/errors.ts';
import type { CaseKeys, SessionObserver } from '../ports.ts';
import { startChild } from './child.ts';
import type { Notice } from './child.ts';
import { createHostClock } from './hostclock.ts';
import type { HostClock } from './hostclock.ts';
import type { ReplyData } from './ipc.ts';
import { keepProcess } from './keptprocess.ts';
import { createLive } from './live.ts';
import type { Live } from './live.ts';
import { createOrphans } from './orphans.ts';
import type { Recorder } from './port.ts';
import { createTold } from './told.ts';

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
  /** Takes what is told of sessions that are not open here: an earlier host's, or what came after the end. May repeat what is known. */
  readonly orphans?: Pick<SessionObserver, 'segment' | 'missed'>;
  /** Ids and codes only. */
  readonly log?: (line: string) => void;
}

/** The recorder with what tests and operations ask of it beyond the port. */
export interface SupervisedRecorder extends Recorder {
  readonly pid: number | undefined;
  stats(): Promise<ReplyData<'stats'>>;
}

const START_MS = 10_000;
/** What an earlier life left is waited for so long at the start; the rest follows beside the calls. */
const ORPHANS_MS = 20_000;
const STOP_MS = 8_000;
/** A call may end while the store is away: what waits for it in memory is written when it is back. */
const CLOSE_MS = 80_000;

/**
 * Keeps one recorder process up and is the `Recorder` that sessions see (R40, R41). Owned by the media host; `close` ends the process
 * after it has sealed what is open. A dead process is started again; its sessions are told to add their tracks again.
 */
export const createRecorderSupervisor = async (options: SupervisorOptions): Promise<SupervisedRecorder> => {
  const { dir, keys } = options;
  const log = options.log ?? (() => undefined);
  const clock = options.clock ?? createHostClock();
  const sessions = new Map<string, Live>();
  let closing: Promise<void> | undefined;
  let attempts = 0;

  const told = createTold({ dir, log, goesOn: (sessionId) => sessions.has(sessionId) });
  const nobody = async (): Promise<boolean> => false;
  const tell = (notice: Extract<Notice, { type: 'segment' | 'missed' }>): void => {
    const { sessionId } = notice;
    const live = sessions.get(sessionId);
    if (notice.type === 'segment') {
      const { segment } = notice;
      told.tell(sessionId, segment.segmentId, () => sessions.get(sessionId)?.listener.onSegment(segment) ?? options.orphans?.segment(sessionId, segment) ?? nobody());
      return;
    }
    const { missed } = notice;
    const { side, kind, fromMs, toMs } = missed;
    told.tell(sessionId, `${side}/${kind}/${fromMs}/${toMs}`, () => sessions.get(sessionId)?.listener.onMissed(missed) ?? options.orphans?.missed(sessionId, missed) ?? nobody());
    // What was told before the session was open here is no news to who writes it down, but it is to the ledger (R28).
    live?.ledger.missed(missed);
  };
  const onNotice = (notice: Notice): void => {
    if (notice.type === 'ready') {
      kept.ready();
      void attachAll();
      return;
    }
    const { sessionId } = notice;
    if (notice.type === 'fault') log(`recorder: session ${sessionId}: ${notice.code}`);
    if (notice.type === 'storeAway') log(`recorder: session ${sessionId}: the store takes nothing (${notice.code}); what comes is kept and written later`);
    if (notice.type === 'segment' || notice.type === 'missed') tell(notice);
    else sessions.get(sessionId)?.notice(notice);
  };
  const kept = keepProcess({
    start: (onExit) => startChild({ dir, ffmpeg: options.ffmpeg ?? 'ffmpeg', nodeArgs: options.nodeArgs ?? [], ...(options.backlogBytes === undefined ? {} : { backlogBytes: options.backlogBytes }), onNotice, onExit, log }),
    onDown: () => { for (const live of sessions.values()) live.detach(); },
    log,
  });

  const attach = async (sessionId: string, live: Live): Promise<void> => {
    const { keyId, key } = await keys.keyFor(live.caseId);
    const attempt = (attempts += 1);
    const child = kept.running();
    const { startedAt, held } = await child.request('startSession', { sessionId, caseId: live.caseId, keyId, key, clockOffsetMs: clock.offsetMs, attempt }).catch((error: unknown) => {
      // It may still open when a store that hangs goes on: nobody would ever close it.
      child.request('abandonSession', { sessionId, attempt }, CLOSE_MS).catch(() => undefined);
      throw error;
    });
    // What is held already and is not known here was recorded by an earlier host: it ended where that broke off.
    if (!live.known && held.length > 0) live.ledger.hostLost(Math.max(...held.map(({ toMs }) => toMs)));
    if (startedAt !== undefined) live.ledger.begun(startedAt);
    live.ledger.held(held);
    [live.attached, live.known] = [true, true];
    live.refused = false;
  };
  /** One that fails is tried again by the watch. */
  const attachAgain = async (sessionId: string, live: Live): Promise<void> => {
    live.attaching = true;
    try {
      await attach(sessionId, live);
      if (sessions.get(sessionId) === live) live.listener.onRestart();
    } catch (error) {
      if (!live.refused) log(`recorder: session ${sessionId} could not be taken up again yet: ${error instanceof AppError ? error.code : 'INTERNAL'}`);
      live.refused = true;
    } finally {
      live.attaching = false;
    }
  };
  /** Sessions that the present process does not know yet, all at once: none waits for another's cut files to be read. */
  const attachAll = (): Promise<unknown> => Promise.all([...sessions].filter(([, live]) => !live.attached && !live.attaching).map(([sessionId, live]) => attachAgain(sessionId, live)));

  const orphans = createOrphans({
    dir, log,
    isLive: (sessionId) => sessions.has(sessionId),
    async recover({ sessionId, caseId, over: ended }) {
      const { keyId, key } = await keys.keyFor(caseId);
      const { over } = await kept.running().request('recover', { sessionId, caseId, keyId, key, over: ended });
      if (over) told.over(sessionId);
      return over || !ended;
    },
  });

  let aheadSeen = 0;
  const watch = setInterval(() => {
    // Nothing is recorded: the machine's clock is followed, whoever set it.
    if (sessions.size === 0) clock.follow();
    const now = clock.now();
    for (const live of sessions.values()) live.checkStalled(now);
    if (kept.isUp && [...sessions.values()].some((live) => live.running)) kept.isWell();
    if (kept.isUp && !closing) {
      void attachAll();
      void orphans.round();
    }
    const ahead = Math.round(clock.aheadMs() / 1000);
    if (ahead !== aheadSeen && sessions.size > 0) log(`recorder: the machine's clock is ${ahead} s ahead of the calls under way, which keep their time`);
    aheadSeen = ahead;
  }, 1_000);
  watch.unref();

  const liveOf = (sessionId: string): Live => {
    const live = sessions.get(sessionId);
    if (!live) throw new AppError('SESSION_NOT_FOUND');
    return live;
  };
  const stop = async (sessionId: string, live: Live): Promise<void> => {
    // While the process is being started again its crash-cut segments are still to be reported: wait for that.
    const child = await kept.waitUp(STOP_MS);
    if (!live.attached) await attach(sessionId, live);
    const { over } = await child.request('stopSession', { sessionId }, CLOSE_MS);
    if (!over) throw new AppError('MEDIA_UNAVAILABLE');
  };

  await kept.waitUp(START_MS);
  await Promise.race([orphans.round(), new Promise<void>((resolve) => { setTimeout(resolve, ORPHANS_MS).unref(); })]);

  return {
    get pid() { return kept.pid; },
    stats: () => kept.running().request('stats', {}),
    async startSession({ sessionId, caseId, listener }) {
      const known = sessions.get(sessionId);
      if (known) {
        known.listener = listener;
        if (!known.attached) await attach(sessionId, known);
        return;
      }
      kept.running();
      // Up to the moment.
      if (sessions.size === 0) clock.follow();
      const live = createLive({ caseId, listener, clock });
      live.attaching = true;
      sessions.set(sessionId, live);
      try {
        await told.again(sessionId);
        await attach(sessionId, live);
      } catch (error) {
        if (kept.isUp) sessions.delete(sessionId);
        throw error;
      } finally {
        live.attaching = false;
      }
    },
    async addTrack({ sessionId, track }) {
      const live = liveOf(sessionId);
      const { port } = await kept.running().request('addTrack', { sessionId, track });
      live.ledger.trackAdded(track, clock.now());
      return { ip: '127.0.0.1', port };
    },
    async removeTrack({ sessionId, producerId }) {
      const live = sessions.get(sessionId);
      live?.ledger.trackRemoved(producerId, clock.now());
      if (live && kept.isUp) await kept.running().request('removeTrack', { sessionId, producerId });
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
      const failed = await stop(sessionId, live).then(() => undefined, (error: unknown) => ({ error }));
      live.stopped();
      sessions.delete(sessionId);
      if (!failed) {
        told.over(sessionId);
        return;
      }
      // Closed when the store and the process are there again, now or at the next start.
      if (!closing) orphans.add(sessionId, live.caseId, true);
      throw failed.error;
    },
    async frameAt({ sessionId, side, producerId, rtpTimestamp, earlier = 0 }) {
      const live = liveOf(sessionId);
      const { wallMs, png, earlier: before, ...frame } = await kept.running().request('frameAt', { sessionId, side, producerId, rtpTimestamp, earlier });
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
    running: (sessionId) => kept.isUp && (sessions.get(sessionId)?.running ?? false),
    startedAt: (sessionId) => sessions.get(sessionId)?.ledger.startedAt,
    close() {
      closing ??= (async () => {
        clearInterval(watch);
        orphans.clear();
        const last = kept.end();
        if (last) {
          await last.request('shutdown', {}).catch(() => undefined);
          for (const live of sessions.values()) live.stopped();
          last.kill();
        }
        told.close();
        sessions.clear();
      })();
      return closing;
    },
  };
};

/** Bytes that came over the channel are no Buffer of this realm. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
