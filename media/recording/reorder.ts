import { createUnwrapper } from './rtp.ts';
import type { RtpPacket } from './rtp.ts';
import type { OrderedPacket } from './vp8.ts';

export type ReorderEvent = { readonly type: 'packet'; readonly packet: OrderedPacket } | { readonly type: 'gap'; readonly packets: number };

interface ReorderOptions {
  /** How long a hole is waited for before it is given up. */
  readonly holdMs: number;
  /** Pause between two requests for the same packet. */
  readonly nackEveryMs: number;
  readonly maxNacks: number;
}

export const VIDEO_REORDER: ReorderOptions = { holdMs: 800, nackEveryMs: 60, maxNacks: 12 };
export const AUDIO_REORDER: ReorderOptions = { holdMs: 300, nackEveryMs: 80, maxNacks: 3 };

/** Ticks further apart than this mean that this process itself stood still. */
const AWAKE_MS = 100;
/** More missing than this at once is a new stream, not a loss that could be repaired. */
const MAX_HOLE = 1000;

/** Puts packets in order, says which to ask for again, and gives a hole up after `holdMs`. No clock, no I/O of its own. */
export const createReorderBuffer = (options: ReorderOptions) => {
  const unwrapSequence = createUnwrapper(16);
  const unwrapTime = createUnwrapper(32);
  const held = new Map<number, OrderedPacket>();
  const holes = new Map<number, { sinceMs: number; askedAtMs: number; asked: number }>();
  let next: number | undefined;
  let highest = 0;
  let lastTickMs: number | undefined;
  const stats = { received: 0, late: 0, repaired: 0, lost: 0 };

  const release = (out: ReorderEvent[]): void => {
    while (next !== undefined) {
      const packet = held.get(next);
      if (!packet) return;
      held.delete(next);
      out.push({ type: 'packet', packet });
      next += 1;
    }
  };

  /** Jumps over everything missing before the first packet that is held. */
  const giveUp = (out: ReorderEvent[]): void => {
    const first = Math.min(...held.keys());
    if (next === undefined || first <= next) return;
    const packets = first - next;
    stats.lost += packets;
    for (let sequence = next; sequence < first; sequence += 1) holes.delete(sequence);
    out.push({ type: 'gap', packets });
    next = first;
    release(out);
  };

  /** While this process stood still the repair may have come and waits in the socket: that time counts against no hole. */
  const forgiveSleep = (nowMs: number): void => {
    const sleptMs = lastTickMs === undefined ? 0 : nowMs - lastTickMs - AWAKE_MS;
    lastTickMs = nowMs;
    if (sleptMs > 0) for (const hole of holes.values()) hole.sinceMs = Math.min(hole.sinceMs + sleptMs, nowMs);
  };

  return {
    stats,
    push(packet: RtpPacket, nowMs: number): ReorderEvent[] {
      const out: ReorderEvent[] = [];
      const sequence = unwrapSequence(packet.sequence);
      stats.received += 1;
      if (next !== undefined && (sequence < next || held.has(sequence))) {
        stats.late += 1;
        return out;
      }
      const ordered = { packet, rtp: unwrapTime(packet.timestamp), arrivedAtMs: nowMs };
      if (next === undefined) {
        next = sequence;
        highest = sequence - 1;
      }
      if (sequence - highest > MAX_HOLE) {
        out.push({ type: 'gap', packets: sequence - next });
        stats.lost += sequence - next;
        held.clear();
        holes.clear();
        next = sequence;
      } else {
        for (let missing = highest + 1; missing < sequence; missing += 1) holes.set(missing, { sinceMs: nowMs, askedAtMs: -Infinity, asked: 0 });
      }
      if (holes.delete(sequence)) stats.repaired += 1;
      highest = Math.max(highest, sequence);
      held.set(sequence, ordered);
      release(out);
      return out;
    },
    /** Gives up holes that were waited for long enough. */
    tick(nowMs: number): ReorderEvent[] {
      const out: ReorderEvent[] = [];
      forgiveSleep(nowMs);
      for (;;) {
        const hole = next === undefined ? undefined : holes.get(next);
        if (!hole || nowMs - hole.sinceMs < options.holdMs || held.size === 0) return out;
        giveUp(out);
      }
    },
    /** 16-bit sequence numbers to ask for now, in order. */
    nacks(nowMs: number): number[] {
      const wanted: number[] = [];
      for (const [sequence, hole] of holes) {
        if (hole.asked >= options.maxNacks || nowMs - hole.askedAtMs < options.nackEveryMs) continue;
        hole.asked += 1;
        hole.askedAtMs = nowMs;
        wanted.push(sequence & 0xffff);
      }
      return wanted;
    },
    /** At the end: everything held, holes or not. */
    drain(): ReorderEvent[] {
      const out: ReorderEvent[] = [];
      while (held.size > 0) giveUp(out);
      return out;
    },
  };
};
