import { randomUUID } from 'node:crypto';
import type { MediaKind } from '../../contracts/signaling/media.ts';
import type { EvidenceWriter, FileStore } from '../evidence/index.ts';
import type { SegmentInfo, Side, TrackAnchor } from '../ports.ts';
import { patiently } from './backlog.ts';
import type { Backlog } from './backlog.ts';
import { TOLERANCE_MS, addInterval } from './coverage.ts';
import type { Interval } from './coverage.ts';
import type { HeldInterval, Journal, JournalLine } from './journal.ts';
import { TRACK_NUMBER, webmCluster, webmHeader, webmMimeType } from './webm.ts';
import type { WebmBlock, WebmTracks } from './webm.ts';

/** A cluster is sealed after this much media: what a crash takes at most, beside the time packets are waited for. */
export const CLUSTER_MS = 500;
/** Of what waits, so much goes to the store at once: a slow one catches up by fewer, larger writes. */
const AT_ONCE = 4 * 1024 * 1024;

export interface SegmentEvents {
  /** These stretches are now in the operating system's hands. */
  onHeld(held: readonly HeldInterval[]): void;
  onClosed(segment: SegmentInfo): void;
  /** The store failed; it is asked again, and what waits is kept. */
  onTrouble(code: string): void;
  /** This segment cannot be written on, ever. */
  onError(error: unknown): void;
}

/** What waits for the store, in order: a cluster, or a line of the notes. */
type Waiting = { readonly bytes: Buffer; readonly held: readonly HeldInterval[] } | { readonly line: JournalLine };

/**
 * One segment being written. Calls are synchronous and in order of media time; the bytes follow behind in a queue, however long the
 * store takes. Owned by its side; `close` twice is harmless.
 */
export const createSegmentWriter = (options: {
  store: FileStore; journal: Journal; caseId: string; side: Side; index: number; startMs: number; tracks: WebmTracks; backlog: Backlog; events: SegmentEvents;
}) => {
  const { side, index, startMs, tracks, backlog, events, journal } = options;
  const segmentId = randomUUID();
  const mimeType = webmMimeType(tracks);
  const anchors: TrackAnchor[] = [];
  const held: Record<MediaKind, Interval[]> = { video: [], audio: [] };
  let cluster: WebmBlock[] = [];
  let clusterHeld: HeldInterval[] = [];
  let lastMs = 0;
  const lastOf = { video: -1, audio: -1 };
  let endMs = startMs;
  let failed = false;
  let closing: Promise<void> | undefined;
  const queue: Waiting[] = [];

  const patient = <T>(work: () => Promise<T>): Promise<T> => patiently(work, { onTrouble: events.onTrouble, givenUp: () => failed });
  const opening: Promise<EvidenceWriter> = (async () => {
    const writer = await patient(() => options.store.openWriter({ caseId: options.caseId, kind: 'segment', contentType: mimeType }));
    await patient(() => journal.write({ type: 'open', segmentId, side, index, fileId: writer.fileId, startMs, mimeType }));
    await put(writer, [webmHeader(tracks, startMs)]);
    return writer;
  })();
  // Told by whoever waits for it; without anything to write nothing is lost.
  opening.catch(() => undefined);
  /** What `append` took stays in the writer, whether the store took it or not: `flush` brings it there. */
  async function put(writer: EvidenceWriter, pieces: readonly Buffer[]): Promise<void> {
    for (const bytes of pieces) await writer.append(bytes).catch(() => undefined);
    await patient(() => writer.flush());
  }

  /** Takes clusters from the head of the queue, as many as go at once. */
  const takeClusters = (): Extract<Waiting, { bytes: Buffer }>[] => {
    const taken: Extract<Waiting, { bytes: Buffer }>[] = [];
    for (let bytes = 0, next = queue[0]; next && 'bytes' in next && bytes < AT_ONCE; next = queue[0]) {
      taken.push(next);
      bytes += next.bytes.length;
      queue.shift();
    }
    return taken;
  };
  const writeOn = async (): Promise<void> => {
    const writer = await opening;
    while (queue[0] && !failed) {
      if ('line' in queue[0]) {
        const { line } = queue[0];
        await patient(() => journal.write(line));
        queue.shift();
        continue;
      }
      const taken = takeClusters();
      try {
        await put(writer, taken.map(({ bytes }) => bytes));
      } finally {
        for (const { bytes } of taken) backlog.written(bytes.length);
      }
      const now = taken.flatMap((one) => one.held);
      for (const one of now) held[one.kind] = addInterval(held[one.kind], one, TOLERANCE_MS[one.kind]);
      events.onHeld(now);
    }
  };
  let writing: Promise<void> | undefined;
  const write = (): Promise<void> => (writing ??= writeOn().catch(fail).finally(() => {
    writing = undefined;
    if (queue.length > 0 && !failed) void write();
  }));
  async function fail(error: unknown): Promise<void> {
    if (!failed) events.onError(error);
    failed = true;
    for (const one of queue.splice(0)) if ('bytes' in one) backlog.written(one.bytes.length);
    await opening.then((writer) => writer.abort()).catch(() => undefined);
  }

  const flush = (): void => {
    if (cluster.length === 0) return;
    const bytes = webmCluster(cluster);
    backlog.add(bytes.length);
    queue.push({ bytes, held: clusterHeld });
    cluster = [];
    clusterHeld = [];
    void write();
  };
  const finish = async (): Promise<void> => {
    const writer = await opening;
    const stored = await patient(() => writer.close());
    const intervals = (['video', 'audio'] as const).flatMap((kind) => held[kind].map((one) => ({ kind, ...one })));
    const segment: SegmentInfo = {
      segmentId, side, index, fileId: stored.fileId, startMs, endMs, mimeType, byteLength: stored.size, saltedSha256: stored.saltedSha256, tracks: anchors, held: intervals,
    };
    await patient(() => journal.write({ type: 'closed', segment, held: intervals.map((one) => ({ side, ...one })) }));
    events.onClosed(segment);
  };

  return {
    segmentId, index, startMs, tracks,
    get failed() { return failed; },
    /** Where a track's RTP time lies in this file; noted at its first block and whenever its clock was set anew. */
    anchor(anchor: TrackAnchor): void {
      anchors.push(anchor);
      queue.push({ line: { type: 'anchor', segmentId, anchor } });
      void write();
    },
    /** `wallMs` Unix ms; time never falls inside the file, whatever the network did. */
    block(block: { kind: MediaKind; wallMs: number; durationMs: number; key: boolean; data: Uint8Array }): void {
      if (closing || failed) return;
      const timeMs = Math.max(lastMs, lastOf[block.kind] + 1, Math.round(block.wallMs - startMs));
      lastOf[block.kind] = timeMs;
      if (cluster[0] && timeMs - cluster[0].timeMs >= CLUSTER_MS) flush();
      cluster.push({ track: TRACK_NUMBER[block.kind], timeMs, key: block.key, data: block.data });
      lastMs = timeMs;
      const interval = { fromMs: startMs + timeMs, toMs: startMs + timeMs + block.durationMs };
      const known = clusterHeld.find(({ kind }) => kind === block.kind);
      clusterHeld = [
        ...clusterHeld.filter(({ kind }) => kind !== block.kind),
        { side, kind: block.kind, fromMs: known?.fromMs ?? interval.fromMs, toMs: interval.toMs },
      ];
      endMs = Math.max(endMs, interval.toMs);
    },
    /** Seals an open cluster whose first block is older than `beforeMs`, when the next one does not come. */
    flushBefore(beforeMs: number): void {
      if (cluster[0] && startMs + cluster[0].timeMs < beforeMs) flush();
    },
    /** Lets the file go as the store has it: another recorder has taken over. Harmless twice. */
    letGo(): Promise<void> {
      failed = true;
      return fail(undefined);
    },
    /** `untilMs`: where the next segment begins, when it follows without a pause. */
    close(untilMs?: number): Promise<void> {
      closing ??= (async () => {
        flush();
        if (untilMs !== undefined) endMs = Math.max(untilMs, startMs);
        await write();
        while (writing) await writing;
        if (!failed) await finish().catch(fail);
      })();
      return closing;
    },
  };
};
export type SegmentWriter = ReturnType<typeof createSegmentWriter>;
