import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import { AppError } from '../../contracts/errors.ts';
import type { EvidenceStore, RecordedFrames, RecordedMoment, SegmentInfo, TrackAnchor } from '../ports.ts';
import { decodeFrames } from './decode.ts';
import { readJournal } from './journal.ts';
import { vp8FrameHeader } from './vp8.ts';
import type { Vp8Frame } from './vp8.ts';

/** A segment as far as it is written. */
type Segment = Pick<SegmentInfo, 'segmentId' | 'side' | 'fileId' | 'startMs' | 'tracks'>;

/** Times in a file are whole milliseconds: this near it is the same frame. */
const SAME_MS = 4;
/** Farther away it is another moment. */
const NEAR_MS = 500;
/** The second before, and with `wide` much more, to tell whether a photo is of another moment. */
const BEFORE_MS = [250, 500, 750, 1000] as const;
const WIDE_MS = 10_000;
const WIDE_STEP_MS = 500;

interface Placed { readonly segment: Segment; readonly atMs: number; readonly wallMs: number }
interface Frame extends Vp8Frame { readonly timeMs: number }

/** RTP time stamps count round in 32 bits. */
const ticksFrom = (from: number, to: number): number => {
  const delta = (to - from + 2 ** 32) % 2 ** 32;
  return delta >= 2 ** 31 ? delta - 2 ** 32 : delta;
};

/** Where a frame lies in a segment's file, by the last anchor of its track at or before it. */
function placeIn(segment: Segment, producerId: string, rtpTimestamp: number): Placed | undefined {
  const anchors = segment.tracks.filter((one) => one.kind === 'video' && one.producerId === producerId);
  const before = anchors.filter((one) => ticksFrom(one.rtpTimestamp, rtpTimestamp) >= 0);
  const anchor: TrackAnchor | undefined = before.at(-1);
  if (anchor === undefined) return undefined;
  const ms = (ticksFrom(anchor.rtpTimestamp, rtpTimestamp) * 1000) / anchor.clockRate;
  return { segment, atMs: anchor.fileSeconds * 1000 + ms, wallMs: anchor.wallClockMs + ms };
}

/** The picture's coded frames, as far as the file is whole; one that is still written ends where it ends. */
export async function codedFrames(webm: Uint8Array): Promise<Frame[]> {
  const input = new Input({ formats: [WEBM], source: new BufferSource(webm) });
  const frames: Frame[] = [];
  try {
    const track = await input.getPrimaryVideoTrack();
    let [width, height] = [0, 0];
    for await (const packet of track === null ? [] : new EncodedPacketSink(track).packets()) {
      const data = Buffer.from(packet.data);
      const header = vp8FrameHeader(data);
      if (header.key) [width, height] = [header.width ?? width, header.height ?? height];
      frames.push({ data, rtp: 0, key: header.key, width, height, receivedAtMs: 0, timeMs: Math.round(packet.timestamp * 1000) });
    }
  } catch {
    // The last cluster may be cut off: what came before it counts.
  } finally {
    input.dispose();
  }
  return frames;
}

/** @param segmentsOf the closed segments of a session that are known elsewhere; open ones are found in the recorder's own notes */
export function createRecordedFrames({ dir, store, segmentsOf, ffmpeg = 'ffmpeg' }: {
  readonly dir: string; readonly store: Pick<EvidenceStore, 'read'>; readonly ffmpeg?: string; segmentsOf(sessionId: string): Promise<readonly Segment[]>;
}): RecordedFrames {
  const framesOf = async (caseId: string, { fileId }: Segment): Promise<Frame[]> => {
    const found = await store.read({ caseId, fileId }).catch((error: unknown) => {
      // Noted, and not a byte written yet.
      if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    });
    return found === undefined ? [] : await codedFrames(found.bytes);
  };

  return {
    async momentAt({ caseId, sessionId, producerId, rtpTimestamp, wide = false }) {
      const [closed, notes] = await Promise.all([segmentsOf(sessionId), readJournal(dir, sessionId)]);
      const known = new Map([...closed, ...notes.closed, ...notes.cut].filter(({ side }) => side === 'client').map((one) => [one.segmentId, one]));
      const segments = [...known.values()].sort((a, b) => a.startMs - b.startMs);
      // The last one that had begun by then holds it; the one after may begin with a frame that is near.
      const placed = segments.flatMap((one) => placeIn(one, producerId, rtpTimestamp) ?? []);
      for (const place of placed.reverse().slice(0, 2)) {
        const frames = await framesOf(caseId, place.segment);
        const at = nearest(frames, place.atMs);
        if (at === undefined) continue;
        const distance = (frames[at] as Frame).timeMs - place.atMs;
        if (Math.abs(distance) > NEAR_MS) continue;
        const offsetMs = Math.abs(distance) <= SAME_MS ? 0 : Math.round(distance);
        const moment = await decodeMoment(frames, at, place, offsetMs, ffmpeg);
        return wide ? { ...moment, around: await lookAround(segments, place, (one) => framesOf(caseId, one), ffmpeg) } : moment;
      }
      return undefined;
    },
  };
}

const nearest = (frames: readonly Frame[], atMs: number): number | undefined =>
  frames.reduce<number | undefined>((best, { timeMs }, i) => (best === undefined || Math.abs(timeMs - atMs) < Math.abs((frames[best] as Frame).timeMs - atMs) ? i : best), undefined);

const keyBefore = (frames: readonly Frame[], at: number): number => frames.findLastIndex((one, i) => i <= at && one.key);

async function decodeMoment(frames: readonly Frame[], at: number, place: Placed, offsetMs: number, ffmpeg: string): Promise<RecordedMoment> {
  // From the last key frame before the second that is looked at, where the picture had that size already.
  const target = frames[at] as Frame;
  const wanted = keyBefore(frames, Math.max(0, frames.findIndex(({ timeMs }) => timeMs >= target.timeMs - (BEFORE_MS.at(-1) as number))));
  const from = wanted >= 0 && (frames[wanted] as Frame).width === target.width && (frames[wanted] as Frame).height === target.height ? wanted : keyBefore(frames, at);
  if (from < 0) throw new AppError('EVIDENCE_DAMAGED');
  const chain = frames.slice(from, at + 1);
  const places = [...new Set(BEFORE_MS.flatMap((ms) => {
    const i = chain.findLastIndex(({ timeMs }) => timeMs <= target.timeMs - ms);
    return i >= 0 ? [i] : [];
  }))];
  const { png, jpegs } = await decodeFrames(chain, places, ffmpeg);
  return {
    segmentId: place.segment.segmentId, png, offsetMs, wallMs: place.wallMs + offsetMs,
    around: jpegs.map((jpeg, i) => ({ jpeg, offsetMs: Math.round((chain[places[i] as number] as Frame).timeMs - place.atMs) })),
  };
}

/** A picture each half second of the segment itself and its neighbours, in parts of one size. */
async function lookAround(segments: readonly Segment[], place: Placed, framesOf: (one: Segment) => Promise<Frame[]>, ffmpeg: string): Promise<RecordedMoment['around'][number][]> {
  const i = segments.findIndex(({ segmentId }) => segmentId === place.segment.segmentId);
  const found: RecordedMoment['around'][number][] = [];
  for (const segment of segments.slice(Math.max(0, i - 1), i + 2)) {
    const frames = await framesOf(segment);
    // By the wall clock, on which all segments stand.
    const zero = segment.startMs - (place.segment.startMs + place.atMs);
    for (const part of partsOf(frames)) {
      const places = spaced(part, zero);
      if (places.length === 0) continue;
      const { jpegs } = await decodeFrames(part, places, ffmpeg);
      found.push(...jpegs.map((jpeg, at) => ({ jpeg, offsetMs: Math.round((part[places[at] as number] as Frame).timeMs + zero) })));
    }
  }
  return found;
}

/** Stretches of one size, each beginning with a key frame. */
function partsOf(frames: readonly Frame[]): Frame[][] {
  const parts: Frame[][] = [];
  for (const frame of frames) {
    const part = parts.at(-1);
    if (part !== undefined && part[0]?.width === frame.width && part[0].height === frame.height) part.push(frame);
    else if (frame.key) parts.push([frame]);
  }
  return parts;
}

/** The newest first, as the decoder gives them. */
function spaced(part: readonly Frame[], zero: number): number[] {
  const places: number[] = [];
  let next = -Infinity;
  part.forEach(({ timeMs }, i) => {
    const offset = timeMs + zero;
    if (Math.abs(offset) > WIDE_MS || offset < next) return;
    places.push(i);
    next = offset + WIDE_STEP_MS;
  });
  return places.reverse();
}
