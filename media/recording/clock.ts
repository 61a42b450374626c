/** Where RTP time (unwrapped) `rtp` lies on the host's clock. */
export interface ClockAnchor { readonly rtp: number; readonly wallMs: number }

/** Arrivals that are this much later than the anchor says, for the whole window, mean that the sender's clock jumped. */
const LATE_MS = 400;
const EARLY_MS = 200;
const WINDOW_SECONDS = 10;

/**
 * Maps a track's RTP time to Unix ms of this host. The earliest arrivals of the last 10 s are the least delayed ones, so
 * the anchor follows them; it moves only where a segment begins (or after a jump), so that time inside a segment is the sender's own.
 */
export const createTrackClock = (clockRate: number) => {
  const anchors: ClockAnchor[] = [];
  let version = 0;
  /** Per second of arrival the smallest (arrival − RTP time). */
  let minima: { second: number; offset: number }[] = [];

  const offsetOf = (anchor: ClockAnchor): number => anchor.wallMs - (anchor.rtp * 1000) / clockRate;
  const best = (): number => Math.min(...minima.map(({ offset }) => offset));

  return {
    /** Every packet's arrival. True when the sender's clock jumped and was set anew. */
    observe(rtp: number, arrivedAtMs: number): boolean {
      const offset = arrivedAtMs - (rtp * 1000) / clockRate;
      const last = anchors.at(-1);
      if (!last) {
        anchors.push({ rtp, wallMs: arrivedAtMs });
        minima = [{ second: Math.floor(arrivedAtMs / 1000), offset }];
        return false;
      }
      const second = Math.floor(arrivedAtMs / 1000);
      const current = minima.at(-1);
      if (current?.second === second) current.offset = Math.min(current.offset, offset);
      else minima.push({ second, offset });
      while (minima[0]!.second < second - WINDOW_SECONDS) minima.shift();
      const deviation = offset - offsetOf(last);
      if (deviation < -EARLY_MS) {
        this.reanchor(rtp);
        return true;
      }
      const recent = minima.slice(-3);
      const jumped = recent.length === 3 && recent.every((one) => one.offset - offsetOf(last) > LATE_MS);
      if (!jumped) return false;
      minima = recent;
      this.reanchor(rtp);
      return true;
    },
    /** Unix ms of an RTP time, by the anchor in force at that time. */
    wallOf(rtp: number): number {
      const anchor = anchors.findLast((one) => one.rtp <= rtp) ?? anchors[0];
      if (!anchor) throw new Error('no packet was observed yet');
      return anchor.wallMs + ((rtp - anchor.rtp) * 1000) / clockRate;
    },
    /** From `rtp` on the clock follows the earliest arrivals seen; returns the anchor in force there. */
    reanchor(rtp: number): ClockAnchor {
      const last = anchors.at(-1)!;
      // The writer runs behind the arrivals: a jump seen there meanwhile stands.
      if (last.rtp > rtp) return { rtp, wallMs: this.wallOf(rtp) };
      const wallMs = (rtp * 1000) / clockRate + best();
      const held = last.wallMs + ((rtp - last.rtp) * 1000) / clockRate;
      if (Math.abs(wallMs - held) < 2) return { rtp, wallMs: held };
      const anchor = { rtp, wallMs };
      anchors.push(anchor);
      version += 1;
      if (anchors.length > 8) anchors.shift();
      return anchor;
    },
    /** Changes whenever the anchor in force does. */
    version: (): number => version,
    clockRate,
  };
};
export type TrackClock = ReturnType<typeof createTrackClock>;
