import { AppError } from '../../contracts/errors.ts';
import type { Vp8Frame } from './vp8.ts';

const KEEP_MS = 6_000;
const MAX_AGE_MS = 5_000;
const MAX_BYTES = 48 * 1024 * 1024;

type Entry = { readonly lost: false; readonly frame: Vp8Frame } | { readonly lost: true; readonly rtp: number | undefined };

/**
 * A frame with everything needed to decode it: from the last key frame up to it, in `chain`; before it, where it was received
 * in the same size, `lead`: with it the chain reaches back a second. A chain begins with a key frame, so either can be decoded.
 */
export interface DecodableFrame { readonly frame: Vp8Frame; readonly chain: readonly Vp8Frame[]; readonly lead: readonly Vp8Frame[] }
/** One second of the video clock. */
const SECOND_RTP = 90_000;

/** The last frames of one video track, in memory: from a key frame at least 6 s back up to now. */
export const createFrameRing = () => {
  let entries: Entry[] = [];
  let bytes = 0;

  /** Everything before the last key frame that is older than 6 s may go, but the last two key frames stay. */
  const trim = (nowMs: number): void => {
    const keys = entries.flatMap((entry, i) => (!entry.lost && entry.frame.key ? [i] : []));
    const old = keys.slice(0, -1).filter((i) => {
      const entry = entries[i]!;
      return !entry.lost && entry.frame.receivedAtMs < nowMs - KEEP_MS;
    });
    const from = bytes > MAX_BYTES ? keys.at(-1) ?? 0 : old.at(-1) ?? 0;
    if (from === 0) return;
    for (const entry of entries.slice(0, from)) bytes -= entry.lost ? 0 : entry.frame.data.length;
    entries = entries.slice(from);
  };

  return {
    add(frame: Vp8Frame): void {
      entries.push({ lost: false, frame });
      bytes += frame.data.length;
      if (frame.key) trim(frame.receivedAtMs);
    },
    /** A frame that came in part, or cannot be decoded; `rtp` undefined: not even its time stamp is known. */
    lost(rtp: number | undefined): void {
      entries.push({ lost: true, rtp });
    },
    /** Undefined: not here yet. Errors: FRAME_TOO_OLD, FRAME_INCOMPLETE, FRAME_UNKNOWN. `rtpTimestamp` is the 32-bit one. */
    find(rtpTimestamp: number, nowMs: number): DecodableFrame | undefined {
      const same = (rtp: number | undefined): boolean => rtp !== undefined && rtp % 2 ** 32 === rtpTimestamp;
      const at = entries.findLastIndex((entry) => same(entry.lost ? entry.rtp : entry.frame.rtp));
      if (at < 0) return absent(entries, rtpTimestamp);
      const entry = entries[at]!;
      if (entry.lost) throw new AppError('FRAME_INCOMPLETE');
      if (nowMs - entry.frame.receivedAtMs > MAX_AGE_MS) throw new AppError('FRAME_TOO_OLD');
      let from = keyBefore(entries, at + 1);
      if (from < 0) throw new AppError('FRAME_INCOMPLETE');
      const chain = whole(entries.slice(from, at + 1));
      if (chain.length !== at + 1 - from) throw new AppError('FRAME_INCOMPLETE');
      let lead: Vp8Frame[] = [];
      while (entry.frame.rtp - (lead[0] ?? chain[0]!).rtp < SECOND_RTP && (from = keyBefore(entries, from)) >= 0) {
        // What follows begins with a key frame: whatever was lost right before it, it can be decoded after these.
        const before = whole(entries.slice(from, entries.findIndex((one, i) => i > from && !one.lost && one.frame.key)));
        if (before[0]!.width !== entry.frame.width || before[0]!.height !== entry.frame.height) break;
        lead = [...before, ...lead];
      }
      return { frame: entry.frame, chain, lead };
    },
    get bytes() { return bytes; },
    get length() { return entries.length; },
  };
};

const keyBefore = (entries: readonly Entry[], end: number): number => entries.findLastIndex((one, i) => i < end && !one.lost && one.frame.key);

/** The frames up to the first loss. */
const whole = (entries: readonly Entry[]): Vp8Frame[] => {
  const loss = entries.findIndex((one) => one.lost);
  return (loss < 0 ? entries : entries.slice(0, loss)).flatMap((one) => (one.lost ? [] : [one.frame]));
};

/** Why a time stamp is not here: before what is kept, between two frames (never a frame), or still to come. */
const absent = (entries: readonly Entry[], rtpTimestamp: number): undefined => {
  const known = entries.flatMap((entry) => (entry.lost ? (entry.rtp === undefined ? [] : [entry.rtp]) : [entry.frame.rtp]));
  const newest = known.at(-1);
  if (newest === undefined) return undefined;
  let delta = (rtpTimestamp - (newest % 2 ** 32) + 2 ** 32) % 2 ** 32;
  if (delta >= 2 ** 31) delta -= 2 ** 32;
  // More than 5 s ahead of the newest frame of a 90 kHz clock is no frame on its way.
  if (delta > 0) {
    if (delta > 5 * 90_000) throw new AppError('FRAME_UNKNOWN');
    return undefined;
  }
  const wanted = newest + delta;
  if (wanted < known[0]!) throw new AppError(delta < -MAX_AGE_MS * 90 ? 'FRAME_TOO_OLD' : 'FRAME_UNKNOWN');
  // A hole without time stamps around the wanted one may have held it.
  const next = entries.findIndex((entry) => !entry.lost && entry.frame.rtp > wanted);
  const before = entries[next - 1];
  throw new AppError(before?.lost ? 'FRAME_INCOMPLETE' : 'FRAME_UNKNOWN');
};
