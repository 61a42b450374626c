import type { Db, WitnessSession } from '../../database/index.ts';
import type { Services } from '../services.ts';
import { OPEN_STATES } from './own.ts';

type Begun = Pick<WitnessSession, 'id' | 'state' | 'recordingStartedAt' | 'liveAt' | 'acceptedAt' | 'offeredAt'>;

/**
 * The one zero of a session's media times (R46): Unix ms of the first recorded instant, whichever side it is of. Before the first
 * segment is closed the recorder is asked, so that the zero of a call that goes on does not move; a session without a recording begins with the call.
 */
export async function mediaZero({ db, media }: { readonly db: Db } & Pick<Services, 'media'>, session: Begun): Promise<number> {
  const { _min: { startMs } } = await db.recordingSegment.aggregate({ where: { sessionId: session.id }, _min: { startMs: true } });
  const told = OPEN_STATES.includes(session.state) ? media.recordingStartedAt(session.id) : undefined;
  const first = Math.min(startMs ?? Infinity, told ?? Infinity);
  return Number.isFinite(first) ? Math.floor(first) : (session.recordingStartedAt ?? session.liveAt ?? session.acceptedAt ?? session.offeredAt).getTime();
}
