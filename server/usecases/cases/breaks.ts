import type { BreakView } from '../../../contracts/http/staff.ts';
import { gapCause } from '../call/gaps.ts';
import type { Stretch } from '../call/gaps.ts';

export interface CallEvent { readonly type: string; readonly at: Date; readonly codes: unknown }

/**
 * When a call was broken off, and when only its recording was, by time (R28, R30). Pure.
 * @param events the session's, oldest first @param gaps of its recording, Unix ms @param endedAt what comes at or after it is the end, no interruption
 */
export function breaksOf(events: readonly CallEvent[], gaps: readonly Stretch[], endedAt: Date | null): BreakView[] {
  const calls: { from: number; to: number | null; cause: string }[] = [];
  let cause: string | undefined;
  let wasLive = false;
  for (const { type, at, codes } of events) {
    const time = at.getTime();
    if (endedAt && time >= endedAt.getTime()) break;
    const { role, cause: said } = (codes ?? {}) as { role?: string; cause?: string };
    const open = calls.findLast((one) => one.to === null);
    const byPeer = (type === 'lost' || type === 'left') && role !== undefined && role !== 'listener' ? `${role}_${type}` : undefined;
    if (type === 'live') {
      if (open) open.to = time;
      cause = undefined;
      wasLive = true;
    } else if (type === 'interrupted' || (type === 'left' && byPeer)) {
      // Who was lost is said just before the interruption; only then is it known which end it was.
      if (!open && wasLive) calls.push({ from: time, to: null, cause: said && said !== 'peer_lost' ? said : byPeer ?? cause ?? said ?? 'peer_lost' });
    } else if (byPeer) cause = byPeer;
  }
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  const end = endedAt?.getTime() ?? null;
  return [
    ...calls.map((one) => ({ what: 'call' as const, ...one, to: one.to ?? end })),
    ...gaps.map((gap) => ({ what: 'recording' as const, cause: gapCause(gap), from: gap.fromMs, to: gap.toMs })),
  ].sort((a, b) => a.from - b.from).map(({ what, cause: why, from, to }) => ({ what, cause: why, from: iso(from)!, to: iso(to) }));
}
