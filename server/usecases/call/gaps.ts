import type { MediaKind } from '../../../contracts/signaling/media.ts';
import type { Side } from '../../../media/ports.ts';
import type { Database, WitnessSession } from '../../database/index.ts';

/** Every recorded track of a call. */
export const TRACKS: readonly (readonly [Side, MediaKind])[] = [['client', 'video'], ['client', 'audio'], ['witness', 'video'], ['witness', 'audio']];

/** `cause`: where the recorder's stop had a known one; else it was down. */
export interface Stretch { readonly fromMs: number; readonly toMs: number; readonly cause?: string }
export interface RecorderReport { readonly running: boolean; readonly cause?: string | null; readonly at: Date }
export const gapCause = ({ cause }: Stretch): string => cause ?? 'recorder_down';

/**
 * When the recorder did not run between the first report and `untilMs`, from what it reported (R28, R40). A recorder that
 * never came back leaves a gap up to the end; one that never reported, a gap over the whole.
 */
export function gapsOf(reports: readonly RecorderReport[], { fromMs, untilMs }: { fromMs: number; untilMs: number }): Stretch[] {
  if (!reports.some((report) => report.running)) return untilMs > fromMs ? [{ fromMs, toMs: untilMs }] : [];
  const gaps: Stretch[] = [];
  let stoppedAt: number | undefined;
  let why: string | null = null;
  const gap = (fromMs: number, toMs: number): Stretch => ({ fromMs, toMs, ...(why === null ? {} : { cause: why }) });
  for (const { running, at, cause } of [...reports].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const time = Math.min(at.getTime(), untilMs);
    if (!running) { if (stoppedAt === undefined) why = cause ?? null; stoppedAt ??= time; }
    else if (stoppedAt !== undefined) {
      if (time > stoppedAt) gaps.push(gap(stoppedAt, time));
      stoppedAt = undefined;
    }
  }
  return stoppedAt !== undefined && untilMs > stoppedAt ? [...gaps, gap(stoppedAt, untilMs)] : gaps;
}

/** The gaps of a session's recording; of one that goes on, up to now. */
export async function sessionGaps(services: { readonly db: Database; readonly now: () => Date }, session: Pick<WitnessSession, 'id' | 'acceptedAt' | 'liveAt' | 'offeredAt' | 'endedAt'>): Promise<Stretch[]> {
  const reports = await services.db.recorderFact.findMany({ where: { sessionId: session.id }, select: { running: true, cause: true, at: true } });
  const from = session.liveAt ?? session.acceptedAt ?? session.offeredAt;
  return gapsOf(reports, { fromMs: from.getTime(), untilMs: (session.endedAt ?? services.now()).getTime() });
}
