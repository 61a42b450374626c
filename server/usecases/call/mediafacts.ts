import type { Missed, SegmentInfo, SessionObserver, TrackAnchor } from '../../../media/ports.ts';
import { whileAway } from '../../database/away.ts';
import { newId } from '../../database/crypto.ts';
import type { Db } from '../../database/index.ts';
import { changeSession, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { note } from './note.ts';
import type { Note } from './note.ts';

type Waiting = Pick<Services, 'db' | 'hub' | 'log' | 'now'> & {
  /** Whether nothing more can be written to the store at this moment. */
  readonly storeFull?: () => Promise<boolean>;
};

/** What is told again by who keeps notes of it waits so long for a database that is away; everything else as long as it takes. */
const PATIENCE_MS = 120_000;

/**
 * Turns the facts that media reports into rows: session states, recording segments, when the recorder ran and the replay's events.
 * Facts of one session are written in their order, each once, and wait while the database is away; an error of another kind is logged
 * and that fact given up. `idle()` resolves when all that were reported are written.
 */
export function createMediaFacts(services: Waiting, { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {}): SessionObserver & { idle(): Promise<void> } {
  const { db, hub, log, now } = services;
  const queues = new Map<string, Promise<boolean>>();
  const system = { kind: 'system' } as const;

  /** @returns whether it was written */
  const inOrder = (sessionId: string, work: () => Promise<void>, untilMs = Infinity): Promise<boolean> => {
    const onAway = (error: unknown): void => log.warn({ err: error, sessionId }, 'media facts wait for the database');
    const before = queues.get(sessionId) ?? Promise.resolve(true);
    const after = before.then(() => whileAway(work, { untilMs, onAway })).then(() => true, (error: unknown) => {
      log.error({ err: error, sessionId }, 'media fact not written');
      return false;
    });
    queues.set(sessionId, after);
    void after.then(() => { if (queues.get(sessionId) === after) queues.delete(sessionId); });
    return after;
  };
  /** An event, and what changes with it, under an id taken now: a try whose answer was lost is found, and not written again. */
  const written = (sessionId: string, event: Omit<Note, 'id' | 'sessionId'>, change: (tx: Db) => Promise<unknown> = async () => undefined): (() => Promise<void>) => {
    const id = newId();
    return () => inTransaction(db, async (tx) => {
      if ((await tx.sessionEvent.count({ where: { id } })) > 0) return;
      await change(tx);
      await note(tx, { id, sessionId, ...event });
    });
  };

  /** Both pages look again. That they did not hear of it takes nothing from what is written. */
  const tell = async (sessionId: string): Promise<void> => {
    try {
      const { applicationId, witnessId } = await db.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { applicationId: true, witnessId: true } });
      await Promise.all([hub.publish(`staff:${witnessId}`, 'changed', { applicationId }), hub.publish(`client:${applicationId}`, 'changed', {})]);
    } catch (error) {
      log.warn({ err: error, sessionId }, 'a change in the call was not told');
    }
  };

  /** Changes the state only from where it makes sense; a late fact of a closed session is no error. */
  const change = (sessionId: string, at: Date, type: string, events: Partial<Record<string, 'both_joined' | 'resume' | 'interrupt'>>, codes?: Record<string, string>): void => {
    const write = written(sessionId, { at, type, side: 'server', ...(codes ? { codes } : {}) }, async (tx) => {
      const { state } = await tx.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { state: true } });
      const event = events[state];
      if (event) await changeSession(tx, { sessionId, event, actor: system }, event === 'both_joined' ? { liveAt: at } : { interruptedAt: event === 'interrupt' ? at : null });
    });
    void inOrder(sessionId, write).then((done) => (done ? tell(sessionId) : undefined));
  };
  /** Asked at once: later the disk may be another. */
  const fullNow = (): Promise<'disk_full' | null> => services.storeFull?.().then((full) => (full ? 'disk_full' as const : null), () => null) ?? Promise.resolve(null);

  return {
    joined: (sessionId, role) => void inOrder(sessionId, written(sessionId, { at: now(), type: 'joined', ...(role === 'listener' ? {} : { side: role }), codes: { role } })),
    // Who hangs up before the decision has dropped the call as well: the way back stays open (R30).
    left: (sessionId, role, interrupted) => change(sessionId, now(), interrupted ? 'lost' : 'left', interrupted || role === 'listener' ? {} : { live: 'interrupt' }, { role }),
    live: (sessionId) => change(sessionId, now(), 'live', { joining: 'both_joined', interrupted: 'resume' }),
    interrupted: (sessionId, cause) => change(sessionId, now(), 'interrupted', { live: 'interrupt' }, { cause }),
    rebuilt: (sessionId) => void inOrder(sessionId, written(sessionId, { at: now(), type: 'rebuilt', side: 'server' })),
    recording: (sessionId, running, at, cause) => {
      const reason = cause === undefined && !running ? fullNow() : Promise.resolve(cause ?? null);
      const id = newId();
      void inOrder(sessionId, async () => {
        const why = await reason;
        await inTransaction(db, async (tx) => {
          if ((await tx.recorderFact.count({ where: { id } })) > 0) return;
          await tx.recorderFact.create({ data: { id, sessionId, running, at, cause: why } });
          if (running) await tx.witnessSession.updateMany({ where: { id: sessionId, recordingStartedAt: null }, data: { recordingStartedAt: at } });
          await note(tx, { sessionId, at, type: running ? 'recorder_on' : 'recorder_off', side: 'server', ...(why === null ? {} : { codes: { cause: why } }) });
        });
      }).then((done) => (done ? tell(sessionId) : undefined));
    },
    segment: (sessionId, segment) => inOrder(sessionId, () => keepSegment(db, sessionId, segment), Date.now() + patienceMs),
    missed: (sessionId, missed) => inOrder(sessionId, () => keepMissed(db, sessionId, missed), Date.now() + patienceMs),
    muted: (sessionId, side, kind, muted) => void inOrder(sessionId, written(sessionId, { at: now(), type: muted ? 'muted' : 'unmuted', side, codes: { kind } })),
    quality: (sessionId, role, figures) => {
      const data = [{ id: newId(), sessionId, role, figures, at: now() }];
      void inOrder(sessionId, async () => { await db.qualitySample.createMany({ data, skipDuplicates: true }); });
    },
    async idle() { await Promise.all([...queues.values()]); },
  };
}

/** Told again by a recorder that started anew: the same stretch counts once. */
async function keepMissed(db: Waiting['db'], sessionId: string, { side, kind, fromMs, toMs, cause }: Missed): Promise<void> {
  const event = { sessionId, at: new Date(toMs), type: 'not_recorded', side } as const;
  const codes = { kind, cause, fromMs: Math.round(fromMs), toMs: Math.round(toMs) };
  await inTransaction(db, async (tx) => {
    if ((await tx.sessionEvent.count({ where: { ...event, codes: { equals: codes } } })) === 0) await note(tx, { ...event, codes });
  });
}

async function keepSegment(db: Waiting['db'], sessionId: string, segment: SegmentInfo): Promise<void> {
  const { segmentId, tracks, held, ...rest } = segment;
  const data = { ...rest, sessionId, tracks: tracks.map((t) => ({ ...t })), ...(held ? { held: held.map((one) => ({ ...one })) } : {}) };
  // A segment that a crash cut off is reported again after the restart, as it was found.
  await db.recordingSegment.upsert({ where: { id: segmentId }, create: { id: segmentId, ...data }, update: data });
  // The recorder tells that it runs a little after the first instant that it holds: that one is every media time's zero (R46).
  if (rest.index === 0) await db.witnessSession.updateMany({ where: { id: sessionId, recordingStartedAt: { gt: new Date(rest.startMs) } }, data: { recordingStartedAt: new Date(rest.startMs) } });
}

/** The client's closed segments with the clocks of their tracks, in their order. */
export async function clientSegments(db: Waiting['db'], sessionId: string): Promise<SegmentInfo[]> {
  const rows = await db.recordingSegment.findMany({ where: { sessionId, side: 'client' }, orderBy: { index: 'asc' } });
  return rows.map(({ id, tracks, held: _, ...row }) => ({ ...row, segmentId: id, side: 'client', tracks: tracks as unknown as TrackAnchor[] }));
}
