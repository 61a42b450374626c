import { z } from 'zod';
import { mediaKind } from '../../../contracts/signaling/media.ts';
import type { MediaKind } from '../../../contracts/signaling/media.ts';
import type { Gap, Side } from '../../../media/ports.ts';
import { GAP_CAUSES, addInterval, coverageOf } from '../../../media/recording/coverage.ts';
import type { Causes, GapCause, Interval } from '../../../media/recording/coverage.ts';
import type { Db, WitnessSession } from '../../database/index.ts';
import type { Services } from '../services.ts';
import { OPEN_STATES } from './own.ts';

/** Every recorded track of a call. */
export const TRACKS: readonly (readonly [Side, MediaKind])[] = [['client', 'video'], ['client', 'audio'], ['witness', 'video'], ['witness', 'audio']];

export interface Stretch { readonly fromMs: number; readonly toMs: number }
export interface RecorderReport { readonly running: boolean; readonly at: Date; readonly cause?: string | null }
type Stop = Stretch & { readonly cause: GapCause };

const stretches = z.array(z.object({ kind: mediaKind, fromMs: z.number(), toMs: z.number() }));
const trackKinds = z.array(z.object({ kind: mediaKind }));
const missedCodes = z.object({ kind: mediaKind, cause: z.enum(GAP_CAUSES), fromMs: z.number(), toMs: z.number() });

/** What the rows say of a session's recording. */
export interface RecordingRows {
  readonly segments: readonly { readonly side: string; readonly startMs: number; readonly endMs: number; readonly held?: unknown; readonly tracks: unknown }[];
  readonly reports: readonly RecorderReport[];
  /** The session's events, oldest first. */
  readonly events: readonly { readonly type: string; readonly at: Date; readonly side: string | null; readonly codes: unknown }[];
}

/**
 * When the recorder did not run between the first report and `untilMs`, from what it reported (R28, R40). A recorder that
 * never came back leaves a gap up to the end; one that never reported, a gap over the whole.
 */
export function stopsOf(reports: readonly RecorderReport[], { fromMs, untilMs }: { fromMs: number; untilMs: number }): Stop[] {
  if (!reports.some((report) => report.running)) return untilMs > fromMs ? [{ fromMs, toMs: untilMs, cause: 'recorder_down' }] : [];
  const stops: Stop[] = [];
  let stopped: { at: number; cause: GapCause } | undefined;
  for (const { running, at, cause } of [...reports].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const time = Math.min(at.getTime(), untilMs);
    if (!running) stopped ??= { at: time, cause: cause === 'nothing_came' ? 'peer_lost' : GAP_CAUSES.find((known) => known === cause) ?? 'recorder_down' };
    else if (stopped !== undefined) {
      if (time > stopped.at) stops.push({ fromMs: stopped.at, toMs: time, cause: stopped.cause });
      stopped = undefined;
    }
  }
  return stopped !== undefined && untilMs > stopped.at ? [...stops, { fromMs: stopped.at, toMs: untilMs, cause: stopped.cause }] : stops;
}

/** From each `from` event to the next `until` event, or to the end. */
function between(events: RecordingRows['events'], untilMs: number, from: (event: RecordingRows['events'][number]) => GapCause | undefined, until: (event: RecordingRows['events'][number]) => boolean): Stop[] {
  const found: Stop[] = [];
  let open: { at: number; cause: GapCause } | undefined;
  for (const event of events) {
    const time = event.at.getTime();
    if (open && until(event)) {
      found.push({ fromMs: open.at, toMs: time, cause: open.cause });
      open = undefined;
    }
    const cause = from(event);
    if (cause !== undefined) open ??= { at: time, cause };
  }
  return open ? [...found, { fromMs: open.at, toMs: untilMs, cause: open.cause }] : found;
}

const code = (event: { codes: unknown }, name: string): unknown => (event.codes as Record<string, unknown> | null)?.[name];

/** Why a side's track may be missing, and when, as the events of the session tell it. */
function reasonsOf({ events, reports }: RecordingRows, side: Side, kind: MediaKind, window: { fromMs: number; untilMs: number }): Stop[] {
  const own = (event: RecordingRows['events'][number]): boolean => code(event, 'role') === side;
  const muted = (event: RecordingRows['events'][number]): boolean => event.side === side && code(event, 'kind') === kind;
  return [
    ...stopsOf(reports, window),
    ...between(events, window.untilMs, (e) => (!own(e) ? undefined : e.type === 'lost' ? 'peer_lost' : e.type === 'left' ? 'left' : undefined), (e) => e.type === 'joined' && own(e)),
    ...between(events, window.untilMs, (e) => (e.type !== 'interrupted' ? undefined : code(e, 'cause') === 'worker_died' ? 'worker_died' : code(e, 'cause') === 'host_lost' ? 'host_lost' : undefined), (e) => e.type === 'live'),
    ...between(events, window.untilMs, (e) => (e.type === 'muted' && muted(e) ? 'muted' : undefined), (e) => (e.type === 'unmuted' && muted(e)) || ((e.type === 'lost' || e.type === 'left') && own(e))),
    ...events.filter((e) => e.type === 'not_recorded' && e.side === side).flatMap((e) => {
      const missed = missedCodes.safeParse(e.codes);
      return missed.success && missed.data.kind === kind ? [missed.data] : [];
    }),
  ];
}

/** What a segment holds of a kind; one from before that was noted holds all of its time. */
function heldOf({ held, tracks, startMs, endMs }: RecordingRows['segments'][number], kind: MediaKind): Interval[] {
  const noted = stretches.safeParse(held);
  if (noted.success) return noted.data.filter((one) => one.kind === kind);
  const kinds = trackKinds.safeParse(tracks);
  return !kinds.success || kinds.data.some((one) => one.kind === kind) ? [{ fromMs: startMs, toMs: endMs }] : [];
}

/**
 * Every missing stretch of a call's recording with side, kind and cause (R28, R40), from what was written down of it: it can be
 * worked out again from the same rows at any time. Pure. Without a segment that says what it holds the recorder's reports have to do.
 */
export function gapsOf(rows: RecordingRows, window: { fromMs: number; untilMs: number }): Gap[] {
  const { fromMs, untilMs } = window;
  if (!rows.segments.some(({ held }) => stretches.safeParse(held).success)) {
    return stopsOf(rows.reports, window).flatMap((stop) => TRACKS.map(([side, kind]) => ({ side, kind, ...stop })));
  }
  if (untilMs <= fromMs) return [];
  return TRACKS.flatMap(([side, kind]) => {
    const recorded = rows.segments.filter((one) => one.side === side).flatMap((one) => heldOf(one, kind)).reduce<Interval[]>((list, one) => addInterval(list, one, 1), []);
    // Before its first packet the side had nothing to record; afterwards what does not come was lost on its way.
    const causes: Causes = { reasons: reasonsOf(rows, side, kind, window), tracks: recorded[0] ? [{ fromMs: recorded[0].fromMs, toMs: untilMs }] : [] };
    return coverageOf({ side, kind, recorded, wanted: { fromMs, toMs: untilMs }, causes }).gaps;
  });
}

export async function recordingRows(db: Db, sessionId: string): Promise<RecordingRows> {
  const [segments, reports, events] = await Promise.all([
    db.recordingSegment.findMany({ where: { sessionId }, select: { side: true, startMs: true, endMs: true, held: true, tracks: true } }),
    db.recorderFact.findMany({ where: { sessionId }, select: { running: true, at: true, cause: true } }),
    db.sessionEvent.findMany({ where: { sessionId }, orderBy: { at: 'asc' }, select: { type: true, at: true, side: true, codes: true } }),
  ]);
  return { segments, reports, events };
}

/** The gaps of a session's recording; of one that goes on, up to now, as the recorder knows them. */
export async function sessionGaps(services: Pick<Services, 'db' | 'now' | 'media'>, session: Pick<WitnessSession, 'id' | 'state' | 'acceptedAt' | 'liveAt' | 'offeredAt' | 'endedAt'>): Promise<Gap[]> {
  const fromMs = (session.liveAt ?? session.acceptedAt ?? session.offeredAt).getTime();
  const untilMs = (session.endedAt ?? services.now()).getTime();
  if (OPEN_STATES.includes(session.state)) {
    const asked = await askRecorder(services, session.id, { fromMs, untilMs });
    if (asked) return asked;
  }
  return gapsOf(await recordingRows(services.db, session.id), { fromMs, untilMs });
}

/** Undefined where this host does not have the call. */
async function askRecorder({ media }: Pick<Services, 'media'>, sessionId: string, { fromMs, untilMs }: { fromMs: number; untilMs: number }): Promise<Gap[] | undefined> {
  try {
    return (await Promise.all(TRACKS.map(([side, kind]) => media.coverage(sessionId, side, kind, fromMs, untilMs)))).flatMap(({ gaps }) => gaps);
  } catch {
    return undefined;
  }
}
