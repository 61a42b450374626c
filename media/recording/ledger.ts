import type { MediaKind } from '../../contracts/signaling/media.ts';
import type { Coverage, Side } from '../ports.ts';
import { TOLERANCE_MS, addInterval, coverageOf } from './coverage.ts';
import type { GapCause, Interval } from './coverage.ts';
import type { HeldInterval, MissedInterval } from './journal.ts';
import type { RecorderTrack } from './port.ts';

/** Packets are this far from the disk at most while the recorder lives: they count as in its hands. */
const IN_HANDS_MS = 2_500;

/** What the supervisor knows of a session's recording, whichever recorder process wrote it. No I/O; times are Unix ms. */
export const createLedger = () => {
  const held = new Map<string, Interval[]>();
  const tracks: { track: Pick<RecorderTrack, 'side' | 'kind' | 'producerId'>; fromMs: number; toMs: number | undefined }[] = [];
  const mutes: { producerId: string; fromMs: number; toMs: number | undefined }[] = [];
  /** Whose side was away, and why. */
  const aways: { side: Side; kind: MediaKind; cause: GapCause; fromMs: number; toMs: number | undefined }[] = [];
  const missed: MissedInterval[] = [];
  const stores: { fromMs: number; toMs: number | undefined; cause: 'store_unavailable' | 'disk_full' }[] = [];
  const downs: { fromMs: number; toMs: number | undefined }[] = [];
  const hosts: { fromMs: number; toMs: number | undefined }[] = [];
  /** Of the earliest segment that holds something, and of each side's first one while that has still to reach the disk. */
  let begunMs = Infinity;
  const opening = new Map<Side, number>();
  let lastHeldMs = -Infinity;

  const closed = (list: readonly { fromMs: number; toMs: number | undefined }[], nowMs: number): Interval[] =>
    list.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs ?? nowMs }));

  return {
    /** Zero of media times: a segment that a crash leaves empty has never been. */
    get startedAt() {
      const first = Math.min(begunMs, ...opening.values());
      return Number.isFinite(first) ? first : undefined;
    },
    /** When bytes of this session last reached the disk. */
    get lastHeldMs() { return lastHeldMs; },
    opened(side: Side, startMs: number): void { opening.set(side, Math.min(startMs, opening.get(side) ?? Infinity)); },
    /** What is held of it begins there. */
    begun(startMs: number): void { begunMs = Math.min(begunMs, startMs); },
    held(intervals: readonly HeldInterval[], atMs?: number): void {
      for (const { side, kind, fromMs, toMs } of intervals) {
        const known = held.get(`${side}/${kind}`) ?? [];
        // What a dead recorder or host missed is a gap however short it was: nothing is joined over it.
        const before = known.findLast((one) => one.toMs < fromMs);
        const acrossDown = before !== undefined && [...downs, ...hosts].some((down) => down.fromMs < fromMs && (down.toMs ?? Infinity) > before.toMs);
        held.set(`${side}/${kind}`, addInterval(known, { fromMs, toMs }, acrossDown ? 0 : TOLERANCE_MS[kind]));
      }
      if (atMs === undefined) return;
      for (const { side } of intervals) {
        this.begun(opening.get(side) ?? Infinity);
        opening.delete(side);
      }
      lastHeldMs = atMs;
      for (const one of stores) one.toMs ??= atMs;
      const from = Math.min(...intervals.map(({ fromMs }) => fromMs));
      for (const one of hosts) one.toMs ??= Math.max(one.fromMs, from);
    },
    trackAdded(track: RecorderTrack, atMs: number): void {
      this.trackRemoved(track.producerId, atMs);
      for (const one of aways) if (one.side === track.side && one.kind === track.kind) one.toMs ??= atMs;
      for (const one of tracks) if (one.toMs === undefined && one.track.side === track.side && one.track.kind === track.kind) one.toMs = atMs;
      tracks.push({ track, fromMs: atMs, toMs: undefined });
    },
    trackRemoved(producerId: string, atMs: number): void {
      for (const one of tracks) if (one.track.producerId === producerId) one.toMs ??= atMs;
    },
    paused(producerId: string, paused: boolean, atMs: number): void {
      const open = mutes.find((one) => one.producerId === producerId && one.toMs === undefined);
      if (paused && !open) mutes.push({ producerId, fromMs: atMs, toMs: undefined });
      if (!paused && open) open.toMs = atMs;
    },
    /** A side is gone until it sends again. */
    away(side: Side, cause: GapCause, atMs: number): void {
      for (const kind of ['video', 'audio'] as const) aways.push({ side, kind, cause, fromMs: atMs, toMs: undefined });
    },
    /** May be told again: the same stretch counts once. */
    missed(one: MissedInterval): void {
      if (!missed.some(({ side, kind, fromMs, toMs }) => side === one.side && kind === one.kind && fromMs === one.fromMs && toMs === one.toMs)) missed.push(one);
    },
    /** The store takes nothing; ends when something is held again. */
    storeAway(atMs: number, cause: 'store_unavailable' | 'disk_full'): void {
      if (!stores.some((one) => one.toMs === undefined)) stores.push({ fromMs: atMs, toMs: undefined, cause });
    },
    /** Why the store takes nothing at this moment. */
    get storeTrouble() { return stores.find((one) => one.toMs === undefined)?.cause; },
    /** What an earlier host recorded ends there. */
    hostLost(fromMs: number): void { hosts.push({ fromMs, toMs: undefined }); },
    /** The process died: all ports are gone until tracks are added again. */
    recorderDown(atMs: number): void {
      opening.clear();
      if (downs.at(-1)?.toMs === undefined && downs.length > 0) return;
      downs.push({ fromMs: atMs, toMs: undefined });
    },
    recorderUp(atMs: number): void {
      const open = downs.at(-1);
      if (open) open.toMs ??= atMs;
    },
    coverage(side: Side, kind: MediaKind, wanted: Interval, nowMs: number, running: boolean): Coverage {
      const recorded = held.get(`${side}/${kind}`) ?? [];
      const newest = recorded.at(-1);
      const inHands = running && newest && nowMs - newest.toMs < IN_HANDS_MS
        ? addInterval(recorded, { fromMs: newest.toMs, toMs: nowMs }, 0) : recorded;
      const ofKind = tracks.filter(({ track }) => track.side === side && track.kind === kind);
      const ofTrack = (one: { side: Side; kind: MediaKind }): boolean => one.side === side && one.kind === kind;
      const named = (cause: GapCause, list: Parameters<typeof closed>[0]) => closed(list, nowMs).map((one) => ({ ...one, cause }));
      const ids = new Set(ofKind.map(({ track }) => track.producerId));
      return coverageOf({
        side, kind, recorded: inHands, wanted,
        // Nothing is recorded while the recorder or its host is dead, however short that was.
        not: closed([...downs, ...hosts], nowMs),
        causes: {
          // A track that has still to bring its first packet is none yet.
          tracks: closed(ofKind, nowMs).map((one) => ({ fromMs: Math.max(one.fromMs, recorded.find(({ toMs }) => toMs > one.fromMs)?.fromMs ?? one.fromMs), toMs: one.toMs })),
          reasons: [
            ...named('host_lost', hosts), ...named('recorder_down', downs), ...stores.map(({ cause, fromMs, toMs }) => ({ cause, fromMs, toMs: toMs ?? nowMs })),
            ...named('muted', mutes.filter(({ producerId }) => ids.has(producerId))),
            ...aways.filter(ofTrack).map(({ cause, fromMs, toMs }) => ({ cause, fromMs, toMs: toMs ?? nowMs })),
            ...missed.filter(ofTrack).map(({ cause, fromMs, toMs }) => ({ cause, fromMs, toMs })),
          ],
        },
      });
    },
  };
};
