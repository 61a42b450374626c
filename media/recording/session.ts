import { AppError } from '../../contracts/errors.ts';
import type { FileStore } from '../evidence/index.ts';
import type { Side } from '../ports.ts';
import { isFull, patiently } from './backlog.ts';
import type { Backlogs } from './backlog.ts';
import { decodeFrames, earlierPlaces } from './decode.ts';
import type { HostClock } from './hostclock.ts';
import type { FromRecorder, ReplyData } from './ipc.ts';
import { createJournal, readJournal } from './journal.ts';
import type { Journal, OpenSegment } from './journal.ts';
import type { HeldInterval, MissedInterval } from './journal.ts';
import { OWNER_EVERY_MS, claimSession } from './owner.ts';
import type { RecorderTrack } from './port.ts';
import { recoverSegment } from './recover.ts';
import { createSideRecorder } from './side.ts';
import type { SideRecorder } from './side.ts';
import { createTrackReceiver } from './track.ts';
import type { TrackReceiver } from './track.ts';

const TICK_MS = 50;
const KEY_EVERY_MS = 600;
/** Something waits and nothing was written for so long: the store is away, or too slow. */
const STORE_AWAY_MS = 3_000;
/** A frame the viewer has seen may still wait here for a lost packet of an earlier one. */
const FRAME_WAIT_MS = 2_500;

const delay = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Closes segments that were cut off, reports them. `failed`: of how many it could not be done now; `kept`: all but those that were opened and hold nothing; `begun`: when those began that are reported, now or later. */
async function recoverCut({ store, sessionId, caseId, journal, emit }: { store: FileStore; sessionId: string; caseId: string; journal: Journal; emit(message: FromRecorder): void }, cut: readonly OpenSegment[]): Promise<{ held: HeldInterval[]; failed: number; kept: OpenSegment[]; begun: number[] }> {
  const held: HeldInterval[] = [];
  const kept: OpenSegment[] = [];
  const begun: number[] = [];
  let failed = 0;
  for (const one of cut) {
    try {
      const found = await recoverSegment(store, caseId, one);
      if (!found) {
        // Its file stays where it is: nothing that a call left is deleted but with its case (R44).
        await journal.write({ type: 'nothing', segmentId: one.segmentId });
        continue;
      }
      kept.push(one);
      begun.push(one.startMs);
      await journal.write({ type: 'closed', ...found });
      held.push(...found.held);
      emit({ type: 'segment', sessionId, segment: found.segment });
    } catch (error) {
      // One damaged file must not keep the session from being recorded; it is named.
      emit({ type: 'fault', sessionId, code: error instanceof AppError ? error.code : 'INTERNAL' });
      if (!kept.includes(one)) kept.push(one);
      // A file that is gone does not come back: it is waited for no longer, and its number stays a hole.
      if (error instanceof AppError && error.code === 'NOT_FOUND') continue;
      failed += 1;
      begun.push(one.startMs);
    }
  }
  return { held, failed, kept, begun };
}

type Noted = Parameters<typeof recoverCut>[0] & { readonly dir: string };

/** What could not be closed before, for want of room or of the store, is closed now, or found by the next start. True: nothing is left. */
async function endNotes(options: Noted): Promise<boolean> {
  const { cut } = await readJournal(options.dir, options.sessionId);
  if ((await recoverCut(options, cut)).failed > 0) return false;
  await options.journal.write({ type: 'over' });
  return true;
}

/** Closes and tells again what an earlier life left of a session that nobody records now. True: it is over. */
export async function recoverOrphan(options: Omit<Noted, 'journal'> & { readonly over: boolean }): Promise<boolean> {
  const { journal, failed, over } = await recoverSession(options);
  if (failed > 0 || over || !options.over) return failed === 0 && over;
  await journal.write({ type: 'over' });
  return true;
}

/** Closes what a crash left of this session and reports it; says what was held before and which index follows. */
const recoverSession = async (options: { store: FileStore; dir: string; sessionId: string; caseId: string; emit(message: FromRecorder): void }) => {
  const { dir, sessionId, emit } = options;
  const before = await readJournal(dir, sessionId);
  const journal = await createJournal(dir, sessionId);
  const held: HeldInterval[] = [...before.held];
  const nextIndex: Record<Side, number> = { client: 0, witness: 0 };
  // A report may have died on its way with the process: all are told again, the supervisor knows which are new.
  for (const segment of before.closed) emit({ type: 'segment', sessionId, segment });
  for (const one of before.missed) emit({ type: 'missed', sessionId, missed: one });
  const closed = await recoverCut({ ...options, journal }, before.cut);
  held.push(...closed.held);
  // The last number that was opened and holds nothing is given again, so that a crash leaves no hole in them.
  for (const { side, index } of [...before.closed, ...closed.kept]) nextIndex[side] = Math.max(nextIndex[side], index + 1);
  return { journal, held, failed: closed.failed, over: before.over, nextIndex, begun: [...before.closed.map(({ startMs }) => startMs), ...closed.begun], known: before.caseId !== undefined };
};

/** One recorded session inside the recorder process: owns its ports, sides and open segments; `close` seals them. */
export const createRecordedSession = async (options: {
  store: FileStore; dir: string; sessionId: string; caseId: string; ffmpeg: string; host: HostClock; backlogs: Backlogs; emit(message: FromRecorder): void;
  /** Another recorder has taken the session over; this one has let go of it. */
  onTaken(): void;
}) => {
  const { store, sessionId, caseId, host, emit } = options;
  const ownership = await claimSession(options.dir, sessionId);
  const recovered = await recoverSession(options).catch(async (error: unknown) => { await ownership.release(); throw error; });
  const { journal } = recovered;
  // Told anew where the session goes on after its end.
  if (!recovered.known || recovered.over) await journal.write({ type: 'session', sessionId, caseId });
  const tracks = new Map<string, TrackReceiver>();
  const askedAt = new Map<string, number>();
  let closing: Promise<boolean> | undefined;

  const needKeyFrame = (producerId: string): void => {
    const now = host.now();
    if (now - (askedAt.get(producerId) ?? -Infinity) < KEY_EVERY_MS) return;
    askedAt.set(producerId, now);
    emit({ type: 'needKeyFrame', sessionId, producerId });
  };
  /** Named to the supervisor; the session goes on. */
  const fault = (error: unknown): void => emit({ type: 'fault', sessionId, code: error instanceof AppError ? error.code : (error as NodeJS.ErrnoException).code ?? 'INTERNAL' });
  const ofSide = (side: Side): TrackReceiver[] => [...tracks.values()].filter(({ track }) => track.side === side);

  const backlog: Record<Side, ReturnType<Backlogs['side']>> = { client: options.backlogs.side(), witness: options.backlogs.side() };
  const missed = (one: MissedInterval): void => {
    emit({ type: 'missed', sessionId, missed: one });
    // It comes when the disk is full: tried until there is room, or the session is over.
    patiently(() => journal.write({ type: 'missed', missed: one }), { onTrouble: () => undefined, givenUp: () => closing !== undefined }).catch(fault);
  };
  /** When the store last took something, or nothing was waiting. */
  let tookAtMs = host.now();
  let trouble = 'SLOW';
  const createSide = (side: Side): SideRecorder => createSideRecorder({
    store, journal, caseId, side, host, backlog: backlog[side], firstIndex: recovered.nextIndex[side],
    events: {
      onNeedKeyFrame: () => ofSide(side).filter(({ track }) => track.kind === 'video').forEach(({ track }) => needKeyFrame(track.producerId)),
      onOpened: (startMs) => emit({ type: 'opened', sessionId, side, startMs }),
      onHeld: (held) => {
        tookAtMs = host.now();
        trouble = 'SLOW';
        emit({ type: 'held', sessionId, held: [...held] });
      },
      onMissed: missed,
      onTrouble: (code) => { trouble = code; },
      storeTrouble: () => (isFull(trouble) ? 'disk_full' : 'store_unavailable'),
      onSegment: (segment) => emit({ type: 'segment', sessionId, segment }),
      onError: fault,
    },
  });
  const sides: Record<Side, SideRecorder> = { client: createSide('client'), witness: createSide('witness') };

  let toldAtMs = -Infinity;
  const timer = setInterval(() => {
    const now = host.now();
    for (const receiver of tracks.values()) receiver.tick(now);
    sides.client.tick(now);
    sides.witness.tick(now);
    if (backlog.client.bytes + backlog.witness.bytes === 0) tookAtMs = now;
    else if (now - tookAtMs > STORE_AWAY_MS && now - toldAtMs > STORE_AWAY_MS) {
      toldAtMs = now;
      emit({ type: 'storeAway', sessionId, code: trouble, sinceMs: tookAtMs });
    }
  }, TICK_MS);
  const guard = setInterval(() => {
    // A store that does not answer says nothing of who has the session.
    ownership.holds().then((mine) => { if (!mine) letGo(); }, () => undefined);
  }, OWNER_EVERY_MS);
  const letGo = (): void => {
    if (closing) return;
    fault(new AppError('RECORDED_ELSEWHERE'));
    for (const receiver of tracks.values()) receiver.close();
    tracks.clear();
    clearInterval(timer);
    clearInterval(guard);
    closing = Promise.all([sides.client.letGo(), sides.witness.letGo()]).then(() => false);
    options.onTaken();
  };

  const removeTrack = (producerId: string): void => {
    const receiver = tracks.get(producerId);
    if (!receiver) return;
    receiver.close();
    tracks.delete(producerId);
    if (ofSide(receiver.track.side).length === 0) sides[receiver.track.side].rest();
  };

  return {
    tracks,
    /** When what was recorded before began, Unix ms. */
    startedAt: recovered.begun.length > 0 ? Math.min(...recovered.begun) : undefined,
    held: recovered.held,
    async addTrack(track: RecorderTrack): Promise<number> {
      removeTrack(track.producerId);
      for (const old of ofSide(track.side)) if (old.track.kind === track.kind) {
        old.close();
        tracks.delete(old.track.producerId);
      }
      const receiver = await createTrackReceiver({
        track, host, onBlock: (block) => sides[track.side].push(block), onNeedKeyFrame: () => needKeyFrame(track.producerId),
        onLoss: (stretch) => missed({ side: track.side, kind: track.kind, ...stretch, cause: 'loss' }),
      });
      if (closing) {
        receiver.close();
        throw new AppError('SESSION_NOT_FOUND');
      }
      tracks.set(track.producerId, receiver);
      return receiver.port;
    },
    removeTrack,
    async frameAt({ side, producerId, rtpTimestamp, earlier }: { side: Side; producerId: string; rtpTimestamp: number; earlier: number }): Promise<ReplyData<'frameAt'>> {
      const receiver = tracks.get(producerId);
      if (!receiver || receiver.track.side !== side || receiver.track.kind !== 'video') throw new AppError('FRAME_NOT_OF_CLIENT_TRACK');
      const until = host.now() + FRAME_WAIT_MS;
      let found = receiver.ring.find(rtpTimestamp, host.now());
      while (!found && host.now() < until) {
        await delay(20);
        found = receiver.ring.find(rtpTimestamp, host.now());
      }
      if (!found) throw new AppError('FRAME_UNKNOWN');
      const { frame, lead } = found;
      const wide = [...lead, ...found.chain];
      const places = earlierPlaces(wide, earlier);
      // The frames before it must never cost the photo of record: if they cannot be had, it comes alone.
      const withBurst = places.length === 0 ? undefined : await decodeFrames(wide, places, options.ffmpeg).catch(fault);
      const { png, jpegs } = withBurst ?? await decodeFrames(found.chain, [], options.ffmpeg);
      return {
        png, width: frame.width, height: frame.height, receivedAtMs: frame.receivedAtMs, wallMs: receiver.clock.wallOf(frame.rtp),
        earlier: jpegs.map((jpeg, i) => {
          const { rtp } = wide[places[i]!]!;
          return { jpeg, rtpTimestamp: rtp % 2 ** 32, wallMs: receiver.clock.wallOf(rtp) };
        }),
      };
    },
    /**
     * Waits for the store as long as there is something to write. `finished`: the session is over, and the notes say so when everything
     * is sealed; otherwise it goes on in the next life. True: it is over.
     */
    close(finished: boolean): Promise<boolean> {
      closing ??= (async () => {
        for (const receiver of tracks.values()) receiver.close();
        tracks.clear();
        await Promise.all([sides.client.close(), sides.witness.close()]);
        clearInterval(timer);
        clearInterval(guard);
        const over = finished && await endNotes({ ...options, journal }).catch((error: unknown) => { fault(error); return false; });
        await ownership.release().catch(() => undefined);
        return over;
      })();
      return closing;
    },
  };
};
export type RecordedSession = Awaited<ReturnType<typeof createRecordedSession>>;
