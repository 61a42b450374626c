import type { PlayableSegment } from './player.ts';
import type { Asking } from './retries.ts';
import { createSegmentBytes } from './stillbytes.ts';
import type { StillOrder, StillReport } from './stillworker.ts';

/** One side's picture while the clock stands: a canvas over the element, filled from a decoder of its own. Times are media ms. */
export interface Still {
  /** Whether it can show this instant, be it that there is nothing to show. */
  able(mediaMs: number): boolean;
  /** The picture of this instant is wanted; told with every tick. `far`: the key frame before it comes first. */
  want(mediaMs: number, far: boolean): void;
  /** What was wanted is on the screen, or cannot be had. */
  settled(): boolean;
  /** Of the picture on the canvas; undefined when there is none. */
  frameMs(): number | undefined;
  /** Where the next or the last picture of this side begins, over segments and gaps; undefined when there is none. */
  neighbour(mediaMs: number, direction: 1 | -1): Promise<number | undefined>;
  /** The element shows that instant now. */
  hide(): void;
  /** Nothing is wanted for now; what is on the canvas stays there. */
  rest(): void;
  troubled(): boolean;
  retry(): void;
  grow(segments: readonly PlayableSegment[]): void;
  close(): void;
}

/** A decoder that gives nothing for so long is given up: the element takes over. */
const PATIENCE_MS = 10_000;
/** Two times this close are one. */
const SAME_MS = 0.5;
const NO_BROWSER = typeof Worker === 'undefined' || typeof VideoDecoder === 'undefined' || typeof HTMLVideoElement === 'undefined' || !('requestVideoFrameCallback' in HTMLVideoElement.prototype);

/** `forGood`: also when it is asked for anew. */
interface Stretch { readonly fromMs: number; readonly untilMs: number; readonly forGood: boolean }
interface Wish { readonly id: number; readonly mediaMs: number; readonly segment: PlayableSegment | undefined; readonly far: boolean; /** All of its bytes are there, or it was made. */ since: number; done: boolean }

const coverOf = (video: HTMLVideoElement): HTMLCanvasElement => {
  const canvas = document.createElement('canvas');
  canvas.hidden = true;
  Object.assign(canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%', objectFit: 'contain', background: 'var(--video, #000)' });
  video.after(canvas);
  return canvas;
};

/** Undefined where the browser cannot decode by itself. The canvas stands right behind the element and says in `data-still` whose instant it shows. */
export const createStill = (options: Asking & { video: HTMLVideoElement; segments: readonly PlayableSegment[]; wake(): void }): Still | undefined => {
  if (NO_BROWSER) return undefined;
  let segments = options.segments;
  const canvas = coverOf(options.video);
  const context = canvas.getContext('2d');
  /** What of which segment does not decode, ms in it. */
  const unable = new Map<string, readonly Stretch[]>();
  const indices = new Map<string, readonly number[]>();
  let broken = context === null;
  let wish: Wish | undefined;
  let shownMs: number | undefined;
  let count = 0;
  /** A neighbour is looked for here: its bytes go before those of the wish, which is on the screen. */
  let searched: PlayableSegment | undefined;
  let closed = false;

  const worker = new Worker(new URL('./stillworker.ts', import.meta.url), { type: 'module' });
  const order = (message: StillOrder, transfer: Transferable[] = []): void => worker.postMessage(message, transfer);
  const bytes = createSegmentBytes({
    ...options,
    give: (segmentId, buffer, last) => { order({ do: 'bytes', segmentId, bytes: buffer, last }, [buffer]); options.wake(); },
    forget: (segmentId) => { indices.delete(segmentId); order({ do: 'forget', segmentId }); },
  });
  const at = (mediaMs: number): PlayableSegment | undefined => segments.find((one) => one.startMs <= mediaMs && mediaMs < one.endMs);

  const blank = (): void => {
    context?.clearRect(0, 0, canvas.width, canvas.height);
    shownMs = undefined;
    delete canvas.dataset['still'];
    canvas.hidden = false;
  };
  const hide = (): void => {
    shownMs = undefined;
    delete canvas.dataset['still'];
    canvas.hidden = true;
  };
  const draw = (frame: VideoFrame, mediaMs: number): void => {
    const [width, height] = [frame.displayWidth, frame.displayHeight];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context?.drawImage(frame, 0, 0, width, height);
    shownMs = mediaMs;
    canvas.dataset['still'] = String(mediaMs);
    canvas.hidden = false;
  };
  const cannot = ({ segmentId, startMs }: PlayableSegment, mediaMs: number): boolean =>
    unable.get(segmentId)?.some(({ fromMs, untilMs }) => fromMs <= mediaMs - startMs && mediaMs - startMs < untilMs) === true;
  const giveUp = (segmentId: string, wishId: number | undefined, stretch: Stretch): void => {
    unable.set(segmentId, [...unable.get(segmentId) ?? [], stretch]);
    if (wish === undefined || (wish.id !== wishId && !(wish.segment?.segmentId === segmentId && cannot(wish.segment, wish.mediaMs)))) return;
    wish = undefined;
    hide();
  };
  worker.addEventListener('message', ({ data }: MessageEvent<StillReport>) => {
    if (data.is === 'index') indices.set(data.segmentId, data.timesMs);
    else if (data.is === 'failed') giveUp(data.segmentId, data.wish, data);
    else {
      if (!closed && wish?.segment !== undefined && data.wish === wish.id) {
        draw(data.frame, wish.segment.startMs + data.atMs);
        wish.done = data.exact;
      }
      data.frame.close();
    }
    if (!closed) options.wake();
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    broken = true;
    wish = undefined;
    hide();
    options.wake();
  });

  /** When the pictures of a segment begin; none where it cannot be had or shown, undefined when that is given up. */
  const timesOf = async (segment: PlayableSegment, wanted: () => boolean): Promise<readonly number[] | undefined> => {
    searched = segment;
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end && wanted() && !closed && !broken;) {
      const { segmentId, startMs, endMs } = segment;
      if (bytes.passedOver(segmentId) || unable.get(segmentId)?.some((one) => one.fromMs === 0 && one.untilMs === Infinity)) return [];
      const index = indices.get(segmentId);
      // Where two segments overlap the later one is shown.
      if (index !== undefined) return index.map((ms) => startMs + ms).filter((ms) => ms < endMs && !cannot(segment, ms));
      bytes.want(segment);
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    return undefined;
  };
  const after = async (mediaMs: number, wanted: () => boolean): Promise<number | undefined> => {
    for (const segment of segments.filter(({ endMs }) => endMs > mediaMs)) {
      const times = await timesOf(segment, wanted);
      if (times === undefined) return undefined;
      // Where a segment's first picture has not begun it is shown already.
      const shown = segment.segmentId === at(mediaMs)?.segmentId ? Math.max(mediaMs, times[0] ?? mediaMs) : mediaMs;
      const found = times.find((ms) => ms > shown + SAME_MS);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const before = async (mediaMs: number, wanted: () => boolean): Promise<number | undefined> => {
    // Of the picture that stands there it is the one before.
    let below = mediaMs;
    for (const segment of segments.filter(({ startMs }) => startMs <= mediaMs).reverse()) {
      const times = await timesOf(segment, wanted);
      if (times === undefined) return undefined;
      if (segment.segmentId === at(mediaMs)?.segmentId) below = times.findLast((ms) => ms <= mediaMs + SAME_MS) ?? times[0] ?? mediaMs;
      const found = times.findLast((ms) => ms < below - SAME_MS);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const able = (mediaMs: number): boolean => {
    const segment = at(mediaMs);
    return !broken && (segment === undefined || !cannot(segment, mediaMs));
  };
  return {
    able,
    want(mediaMs, far) {
      const segment = at(mediaMs);
      if (wish?.mediaMs !== mediaMs || wish.segment?.segmentId !== segment?.segmentId) {
        count += 1;
        // The time line tells one press more than once: the second must not take the key frame of the first away.
        wish = { id: count, mediaMs, segment, far: far || (wish?.done === false && wish.far), since: performance.now(), done: segment === undefined };
        searched = undefined;
        if (segment === undefined) blank();
        else order({ do: 'show', wish: count, segmentId: segment.segmentId, atMs: mediaMs - segment.startMs, keyFirst: wish.far });
      }
      if (segment === undefined) return;
      bytes.want(wish.done ? searched ?? segment : segment);
      if (wish.done) return;
      if (bytes.passedOver(segment.segmentId)) { wish.done = true; blank(); }
      else if (!indices.has(segment.segmentId)) wish.since = performance.now();
      else if (performance.now() - wish.since > PATIENCE_MS) giveUp(segment.segmentId, wish.id, { fromMs: 0, untilMs: Infinity, forGood: false });
    },
    settled: () => wish?.done === true,
    frameMs: () => shownMs,
    async neighbour(mediaMs, direction) {
      const asked = wish;
      const wanted = (): boolean => wish === asked;
      const found = await (direction === 1 ? after : before)(mediaMs, wanted);
      return wanted() ? found : undefined;
    },
    hide,
    rest() { wish = undefined; searched = undefined; order({ do: 'rest' }); },
    troubled: () => bytes.troubled,
    retry() {
      bytes.retry();
      for (const [segmentId, stretches] of unable) unable.set(segmentId, stretches.filter(({ forGood }) => forGood));
      // What could not be had is wished for anew.
      if (shownMs === undefined) wish = undefined;
    },
    grow(longer) { segments = longer; },
    close() {
      closed = true;
      bytes.close();
      worker.terminate();
      canvas.remove();
    },
  };
};
