import type { PhotoKind, ScriptAnswer, ScriptItemId } from '../../../contracts/script.ts';
import type { Photo, ScriptTick, WitnessSession } from '../../database/index.ts';
import { OPEN_STATES } from '../call/own.ts';
import { TRACKS, sessionGaps } from '../call/gaps.ts';
import type { Stretch } from '../call/gaps.ts';
import type { Services } from '../services.ts';

/** The seconds before a tick that belong to it: question and answer. */
export const TICK_MS = 3_000;
/** Around a photo's frame, about one frame: more would let recorded seconds before a gap vouch for a frame inside it. */
export const PHOTO_MS = 40;


/** Whether all of a stretch is recorded; the tail that the recorder has not yet put on disk counts while it runs. */
export type Recorded = (stretch: Stretch, tracks?: typeof TRACKS) => Promise<boolean>;

/** While the call is open the recorder is asked, afterwards its reports of when it ran. */
export async function recordedIn(services: Services, session: WitnessSession): Promise<Recorded> {
  if (OPEN_STATES.includes(session.state)) {
    return async ({ fromMs, toMs }, tracks = TRACKS) => {
      const answers = await Promise.all(tracks.map(([side, kind]) => services.media.coverage(session.id, side, kind, fromMs, toMs).catch(() => undefined)));
      return answers.every((c) => c?.status === 'covered');
    };
  }
  const gaps = await sessionGaps(services, session);
  return async ({ fromMs, toMs }, tracks = TRACKS) => !gaps.some((gap) => gap.fromMs < toMs && gap.toMs > fromMs && tracks.some(([side, kind]) => side === gap.side && kind === gap.kind));
}

export interface TickFact { readonly row: ScriptTick; readonly item: ScriptItemId; readonly answer: ScriptAnswer; readonly recorded: boolean }
export interface PhotoFact { readonly row: Photo; readonly kind: PhotoKind; readonly recorded: boolean }

/** The newest tick per item and photo per kind of a session, each with whether the recorder holds it (R28). */
export async function sessionFacts(services: Services, session: WitnessSession): Promise<{ ticks: TickFact[]; photos: PhotoFact[] }> {
  const [allTicks, photos, recorded] = await Promise.all([
    services.db.scriptTick.findMany({ where: { sessionId: session.id }, orderBy: { at: 'asc' } }),
    services.db.photo.findMany({ where: { sessionId: session.id, supersededAt: null }, orderBy: { createdAt: 'asc' } }),
    recordedIn(services, session),
  ]);
  const ticks = [...new Map(allTicks.map((t) => [t.item, t])).values()];
  const live = session.liveAt?.getTime() ?? 0;
  return {
    ticks: await Promise.all(ticks.map(async (row) => {
      const toMs = row.at.getTime();
      const fromMs = Math.min(toMs, Math.max(live, toMs - TICK_MS));
      return { row, item: row.item as ScriptItemId, answer: row.answer as ScriptAnswer, recorded: await recorded({ fromMs, toMs }) };
    })),
    photos: await Promise.all(photos.map(async (row) => {
      const at = row.receivedAt.getTime();
      return { row, kind: row.kind as PhotoKind, recorded: await recorded({ fromMs: at - PHOTO_MS, toMs: at + PHOTO_MS }, [['client', 'video']]) };
    })),
  };
}
