import type { FileStore } from '../evidence/index.ts';
import type { SegmentInfo, Side } from '../ports.ts';
import type { TrackClock } from './clock.ts';
import type { HostClock } from './hostclock.ts';
import type { HeldInterval, Journal, MissedInterval } from './journal.ts';
import type { RecorderTrack } from './port.ts';
import type { Backlog } from './backlog.ts';
import { CLUSTER_MS, createSegmentWriter } from './segmentwriter.ts';
import type { SegmentWriter } from './segmentwriter.ts';

/** Picture and sound are put in one order this long after they came: time for lost packets to come again. */
const HOLD_MS = 900;
export const SEGMENT_MS = 10_000;
/** The key frame for the next segment is asked for a little before it is due. */
const KEY_LEAD_MS = 400;
const VIDEO_SILENT_MS = 3_000;
const AUDIO_SILENT_MS = 1_500;
const AUDIO_WAIT_MS = 1_000;

/** One VP8 frame or Opus packet on its way into the file. */
export interface SideBlock {
  readonly track: RecorderTrack;
  readonly clock: TrackClock;
  readonly rtp: number;
  readonly key: boolean;
  readonly durationMs: number;
  readonly data: Uint8Array;
  readonly width?: number;
  readonly height?: number;
}
type Pending = SideBlock & { readonly order: number };

export interface SideEvents {
  onNeedKeyFrame(): void;
  onOpened(startMs: number): void;
  onHeld(held: readonly HeldInterval[]): void;
  onSegment(segment: SegmentInfo): void;
  /** This came and could not be kept: what waits for the store is at its limit. */
  onMissed(missed: MissedInterval): void;
  onTrouble(code: string): void;
  /** Why nothing is taken at this moment. */
  storeTrouble(): 'store_unavailable' | 'disk_full';
  onError(error: unknown): void;
}

/**
 * One side of a session: brings picture and sound into one order and cuts them into segments that open by themselves.
 * A segment begins at a key frame; without a picture it holds sound alone. When a track comes or goes a new segment begins,
 * because players want the same tracks from a file's first to its last second.
 */
export const createSideRecorder = (options: { store: FileStore; journal: Journal; caseId: string; side: Side; firstIndex: number; host: HostClock; backlog: Backlog; events: SideEvents }) => {
  const { events } = options;
  const pending: Pending[] = [];
  let segment: SegmentWriter | undefined;
  let index = options.firstIndex;
  /** The clock anchor last noted in this segment, per producer. */
  let noted = new Map<string, number>();
  let videoStarted = false;
  const last = { video: -Infinity, audio: -Infinity };
  let audioWaitsSince: number | undefined;
  let closing: Promise<void> | undefined;
  const writing = new Set<Promise<void>>();
  const open = new Set<SegmentWriter>();
  /** What is being refused because too much waits for the store already. */
  const missing = new Map<MissedInterval['kind'], MissedInterval>();

  const end = (untilMs?: number): void => {
    if (!segment) return;
    const done = segment.close(untilMs);
    const ended = segment;
    writing.add(done);
    void done.finally(() => { writing.delete(done); open.delete(ended); });
    segment = undefined;
  };

  const begin = (block: Pending): void => {
    const startMs = Math.max(block.clock.reanchor(block.rtp).wallMs, last.video, last.audio);
    end(startMs);
    const picture = block.track.kind === 'video' ? block : pending.find((one) => one.track.kind === 'video' && one.key);
    const sound = block.track.kind === 'audio' ? block : options.host.now() - heard.atMs < AUDIO_SILENT_MS ? heard : undefined;
    const made: SegmentWriter = createSegmentWriter({
      ...options, index, startMs,
      tracks: {
        ...(picture?.width && picture.height ? { video: { width: picture.width, height: picture.height } } : {}),
        ...(sound ? { audio: { channels: sound.track?.channels ?? 2 } } : {}),
      },
      events: {
        onHeld: events.onHeld,
        onClosed: events.onSegment,
        onTrouble: events.onTrouble,
        onError: (error) => { if (segment === made) segment = undefined; events.onError(error); },
      },
    });
    segment = made;
    open.add(segment);
    index += 1;
    noted = new Map();
    videoStarted = false;
    audioWaitsSince = undefined;
    events.onOpened(startMs);
  };

  const write = (block: Pending): void => {
    if (!segment) return;
    const { producerId, kind, ssrc, clockRate } = block.track;
    if (!noted.has(producerId) && segment.startMs < block.clock.wallOf(block.rtp)) block.clock.reanchor(block.rtp);
    const wallMs = block.clock.wallOf(block.rtp);
    const version = block.clock.version();
    if (noted.get(producerId) !== version) {
      noted.set(producerId, version);
      segment.anchor({
        kind, producerId, ssrc, clockRate, rtpTimestamp: block.rtp % 2 ** 32, wallClockMs: wallMs,
        fileSeconds: Math.round(wallMs - segment.startMs) / 1000,
      });
    }
    segment.block({ kind, wallMs, durationMs: block.durationMs, key: block.key, data: block.data });
    last[kind] = wallMs;
  };

  const video = (block: Pending, wallMs: number): void => {
    const age = segment ? wallMs - segment.startMs : 0;
    const soundStopped = segment?.tracks.audio && wallMs - Math.max(last.audio, segment.startMs) > AUDIO_SILENT_MS;
    const due = !segment?.tracks.video || age >= SEGMENT_MS - KEY_LEAD_MS || audioWaitsSince !== undefined || soundStopped;
    // A file has one size from its first to its last picture.
    const resized = block.key && segment?.tracks.video !== undefined && (block.width !== segment.tracks.video.width || block.height !== segment.tracks.video.height);
    if ((due || resized) && block.key) begin(block);
    else if (due) events.onNeedKeyFrame();
    if (!segment?.tracks.video || (!videoStarted && !block.key)) return;
    videoStarted = true;
    write(block);
  };

  const audio = (block: Pending, wallMs: number): void => {
    const age = segment ? wallMs - segment.startMs : 0;
    if (!segment) begin(block);
    else if (!segment.tracks.audio) {
      audioWaitsSince ??= wallMs;
      events.onNeedKeyFrame();
      if (wallMs - audioWaitsSince > AUDIO_WAIT_MS) begin(block);
    } else if (!segment.tracks.video ? age >= SEGMENT_MS : wallMs - Math.max(last.video, segment.startMs) > VIDEO_SILENT_MS) begin(block);
    if (segment?.tracks.audio) write(block);
  };

  /** Memory is bounded: beyond it the segment ends, and what comes is named as missing until there is room. */
  const refuse = ({ track: { kind }, order, durationMs }: Pending): void => {
    end();
    const known = missing.get(kind);
    missing.set(kind, { side: options.side, kind, fromMs: known?.fromMs ?? order, toMs: Math.max(known?.toMs ?? 0, order + durationMs), cause: known?.cause ?? events.storeTrouble() });
  };
  const tellMissing = (): void => {
    for (const one of missing.values()) events.onMissed(one);
    missing.clear();
  };
  const drain = (untilMs: number): void => {
    pending.sort((a, b) => a.order - b.order);
    while (pending[0] && pending[0].order <= untilMs) {
      const block = pending.shift()!;
      if (options.backlog.full) {
        refuse(block);
        continue;
      }
      if (missing.size > 0) tellMissing();
      (block.track.kind === 'video' ? video : audio)(block, block.order);
    }
  };

  const newest = { video: -Infinity, audio: -Infinity };
  /** The last sound that came, whether written yet or not. */
  const heard: { track: RecorderTrack | undefined; atMs: number } = { track: undefined, atMs: -Infinity };
  return {
    push(block: SideBlock): void {
      if (closing) return;
      // Decoding order is kept even where a clock was set back.
      const order = Math.max(block.clock.wallOf(block.rtp), newest[block.track.kind]);
      newest[block.track.kind] = order;
      pending.push({ ...block, order });
      if (block.track.kind !== 'audio') return;
      Object.assign(heard, { track: block.track, atMs: options.host.now() });
      // Sound that comes again needs a segment that has it, from the next key frame on: asked for now, not once it has been held.
      if (segment && !segment.tracks.audio && !pending.some(({ track, key }) => track.kind === 'video' && key)) events.onNeedKeyFrame();
    },
    tick(nowMs: number): void {
      if (closing) return;
      drain(nowMs - HOLD_MS);
      segment?.flushBefore(nowMs - HOLD_MS - CLUSTER_MS);
    },
    /** All tracks of the side are gone: writes what is there and closes the segment; a later track begins a new one. */
    rest(): void {
      drain(Infinity);
      end();
      newest.video = -Infinity;
      newest.audio = -Infinity;
    },
    close(): Promise<void> {
      closing ??= (async () => {
        drain(Infinity);
        end();
        tellMissing();
        await Promise.all(writing);
      })();
      return closing;
    },
    /** Another recorder has taken the session over: nothing more is written, whatever waits. */
    letGo(): Promise<void> {
      pending.length = 0;
      closing ??= Promise.all([...open].map((one) => one.letGo())).then(() => undefined);
      return closing;
    },
  };
};
export type SideRecorder = ReturnType<typeof createSideRecorder>;
