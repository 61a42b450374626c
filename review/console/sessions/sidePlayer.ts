import { fetchPiece, isLoaded, nextToLoad, segmentAt } from './segments.ts';
import type { Range, SideSegment } from './segments.ts';

/** `nothing`: no recording of this side at that moment; `loading`: there is one, and it comes. */
export type SideStatus = 'media' | 'loading' | 'nothing';

export interface SidePlayer {
  status(ms: number): SideStatus;
  /** Puts the element where the clock is; small drifts are left alone while playing. */
  follow(ms: number, playing: boolean, rate: number): SideStatus;
  /** The moment that the element shows, while it really runs. */
  runningAt(): number | undefined;
  /** Harmless twice. */
  close(): void;
}

const KEEP_BEHIND_SECONDS = 20;
const DRIFT_SECONDS = 0.3;

/** One side of a recording on one video element by MediaSource: segments at their time on the session's clock, gaps left open. */
export function createSidePlayer(options: { video: HTMLVideoElement; segments: readonly SideSegment[]; durationMs: number; onError: (error: unknown) => void }): SidePlayer {
  const { video, segments, durationMs, onError } = options;
  const source = new MediaSource();
  const address = URL.createObjectURL(source);
  const stop = new AbortController();
  const loaded = new Set<SideSegment>();
  let wanted = 0;
  let buffer: SourceBuffer | undefined;

  const ranges = (): Range[] => Array.from({ length: video.buffered.length }, (_, i) => ({ start: video.buffered.start(i), end: video.buffered.end(i) }));
  const settled = (): Promise<void> => new Promise((resolve, reject) => {
    if (buffer?.updating !== true) { resolve(); return; }
    buffer.addEventListener('updateend', () => resolve(), { once: true });
    buffer.addEventListener('error', () => reject(new Error('the segment cannot be decoded')), { once: true });
  });

  /** A full buffer gives up what was seen; it is loaded again when the viewer goes back. */
  const makeRoom = async (): Promise<void> => {
    const until = video.currentTime - KEEP_BEHIND_SECONDS;
    for (const segment of [...loaded]) if (segment.startMs / 1000 < until) loaded.delete(segment);
    if (until > 0) buffer?.remove(0, until);
    await settled();
    await pause(500);
  };
  const append = async (bytes: ArrayBuffer): Promise<void> => {
    for (;;) {
      try {
        buffer?.appendBuffer(bytes);
        await settled();
        return;
      } catch (error) {
        if (stop.signal.aborted || !(error instanceof DOMException && error.name === 'QuotaExceededError')) throw error;
        await makeRoom();
      }
    }
  };
  const load = async (segment: SideSegment): Promise<void> => {
    if (!MediaSource.isTypeSupported(segment.mimeType)) throw new Error('this browser cannot play the recording');
    if (buffer === undefined) buffer = source.addSourceBuffer(segment.mimeType);
    else {
      buffer.abort();
      buffer.changeType(segment.mimeType);
    }
    source.duration = durationMs / 1000 + 1;
    buffer.timestampOffset = segment.startMs / 1000;
    for (let from = 0; from < segment.byteLength && !stop.signal.aborted;) {
      const bytes = await fetchPiece(segment, from, stop.signal);
      if (bytes.byteLength === 0) break;
      from += bytes.byteLength;
      await append(bytes);
    }
    loaded.add(segment);
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const next = nextToLoad(segments, loaded, wanted);
      if (next === undefined) await pause(200);
      else await load(next);
    }
  };

  source.addEventListener('sourceopen', () => {
    URL.revokeObjectURL(address);
    run().catch((error: unknown) => { if (!stop.signal.aborted) onError(error); });
  }, { once: true });
  video.src = address;
  video.preservesPitch = true;

  const status = (ms: number): SideStatus => {
    if (isLoaded(ranges(), ms / 1000)) return 'media';
    const segment = segmentAt(segments, ms);
    return segment === undefined || loaded.has(segment) ? 'nothing' : 'loading';
  };
  return {
    status,
    follow: (ms, playing, rate) => {
      // A jump back into what the browser has thrown away by itself: load it once more.
      if (ms < wanted - 1000) {
        const segment = segmentAt(segments, ms);
        if (segment !== undefined && !isLoaded(ranges(), ms / 1000)) loaded.delete(segment);
      }
      wanted = ms;
      const now = status(ms);
      const shown = now === 'media';
      video.style.visibility = shown ? 'visible' : 'hidden';
      if (shown) {
        if (!video.seeking && Math.abs(video.currentTime - ms / 1000) > (playing ? DRIFT_SECONDS * Math.max(1, rate) : 0.03)) video.currentTime = ms / 1000;
        video.playbackRate = rate;
      }
      if (shown && playing && video.paused) video.play().catch(() => undefined);
      else if (!(shown && playing) && !video.paused) video.pause();
      return now;
    },
    runningAt: () => (video.paused || video.seeking || video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA ? undefined : video.currentTime * 1000),
    close: () => {
      stop.abort();
      video.pause();
      video.removeAttribute('src');
      video.load();
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
