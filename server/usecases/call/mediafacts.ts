import type { SegmentInfo, SessionObserver, TrackAnchor } from '../../../media/ports.ts';
import { changeSession, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { note } from './note.ts';

type Waiting = Pick<Services, 'db' | 'hub' | 'log' | 'now'> & {
  /** Whether nothing more can be written to the store at this moment. */
  readonly storeFull?: () => Promise<boolean>;
};

/**
 * Turns the facts that media reports into rows: session states, recording segments, when the recorder ran and the replay's events.
 * Facts of one session are written in their order; `idle()` resolves when all that were reported are written.
 */
export function createMediaFacts(services: Waiting): SessionObserver & { idle(): Promise<void> } {
  const { db, hub, log, now } = services;
  const queues = new Map<string, Promise<void>>();
  const system = { kind: 'system' } as const;

  const inOrder = (sessionId: string, work: () => Promise<void>): void => {
    const before = queues.get(sessionId) ?? Promise.resolve();
    const after = before.then(work).catch((error: unknown) => log.error({ err: error, sessionId }, 'media fact not written'));
    queues.set(sessionId, after);
    void after.then(() => { if (queues.get(sessionId) === after) queues.delete(sessionId); });
  };

  const tell = async (sessionId: string): Promise<void> => {
    const { applicationId, witnessId } = await db.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { applicationId: true, witnessId: true } });
    await Promise.all([hub.publish(`staff:${witnessId}`, 'changed', { applicationId }), hub.publish(`client:${applicationId}`, 'changed', {})]);
  };

  /** Changes the state only from where it makes sense; a late fact of a closed session is no error. */
  const change = (sessionId: string, at: Date, type: string, events: Partial<Record<string, 'both_joined' | 'resume' | 'interrupt'>>, codes?: Record<string, string>): Promise<void> =>
    inTransaction(db, async (tx) => {
      const { state } = await tx.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { state: true } });
      const event = events[state];
      if (event) await changeSession(tx, { sessionId, event, actor: system }, event === 'both_joined' ? { liveAt: at } : { interruptedAt: event === 'interrupt' ? at : null });
      await note(tx, { sessionId, at, type, side: 'server', ...(codes ? { codes } : {}) });
    }).then(() => tell(sessionId));

  return {
    joined: (sessionId, role) => { const at = now(); inOrder(sessionId, () => note(db, { sessionId, at, type: 'joined', ...(role === 'listener' ? {} : { side: role }), codes: { role } })); },
    left: (sessionId, role, interrupted) => {
      const at = now();
      // Who hangs up before the decision has dropped the call as well: the way back stays open (R30).
      const events = interrupted || role === 'listener' ? {} : { live: 'interrupt' as const };
      inOrder(sessionId, () => change(sessionId, at, interrupted ? 'lost' : 'left', events, { role }));
    },
    live: (sessionId) => { const at = now(); inOrder(sessionId, () => change(sessionId, at, 'live', { joining: 'both_joined', interrupted: 'resume' })); },
    interrupted: (sessionId, cause) => { const at = now(); inOrder(sessionId, () => change(sessionId, at, 'interrupted', { live: 'interrupt' }, { cause })); },
    rebuilt: (sessionId) => { const at = now(); inOrder(sessionId, () => note(db, { sessionId, at, type: 'rebuilt', side: 'server' })); },
    recording: (sessionId, running, at, cause) => inOrder(sessionId, async () => {
      const why = cause ?? (!running && await services.storeFull?.() === true ? 'disk_full' : null);
      await inTransaction(db, async (tx) => {
        await tx.recorderFact.create({ data: { sessionId, running, at, cause: why } });
        if (running) await tx.witnessSession.updateMany({ where: { id: sessionId, recordingStartedAt: null }, data: { recordingStartedAt: at } });
        await note(tx, { sessionId, at, type: running ? 'recorder_on' : 'recorder_off', side: 'server', ...(why === null ? {} : { codes: { cause: why } }) });
      });
      await tell(sessionId);
    }),
    segment: (sessionId, segment) => inOrder(sessionId, () => keepSegment(db, sessionId, segment)),
    missed: (sessionId, { side, kind, fromMs, toMs, cause }) => inOrder(sessionId, () =>
      note(db, { sessionId, at: new Date(toMs), type: 'not_recorded', side, codes: { kind, cause, fromMs: Math.round(fromMs), toMs: Math.round(toMs) } })),
    muted: (sessionId, side, kind, muted) => { const at = now(); inOrder(sessionId, () => note(db, { sessionId, at, type: muted ? 'muted' : 'unmuted', side, codes: { kind } })); },
    quality: (sessionId, role, figures) => { const at = now(); inOrder(sessionId, async () => { await db.qualitySample.create({ data: { sessionId, role, figures, at } }); }); },
    async idle() { await Promise.all([...queues.values()]); },
  };
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
