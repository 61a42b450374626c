import { randomUUID } from 'node:crypto';
import type { MediaKind } from '../../contracts/signaling/media.ts';
import type { EvidenceWriter, FileStore } from '../evidence/index.ts';
import type { SegmentInfo, Side, TrackAnchor } from '../ports.ts';
import { TOLERANCE_MS, addInterval } from './coverage.ts';
import type { Interval } from './coverage.ts';
import type { HeldInterval, Journal } from './journal.ts';
import { TRACK_NUMBER, webmCluster, webmHeader, webmMimeType } from './webm.ts';
import type { WebmBlock, WebmTracks } from './webm.ts';

/** A cluster is sealed after this much media: what a crash takes at most, beside the time packets are waited for. */
export const CLUSTER_MS = 500;

export interface SegmentEvents {
  /** These stretches are now in the operating system's hands. */
  onHeld(held: readonly HeldInterval[]): void;
  onClosed(segment: SegmentInfo): void;
  onError(error: unknown): void;
}

/**
 * One segment being written. Calls are synchronous and in order of media time; the bytes follow behind in a queue.
 * Owned by its side; `close` twice is harmless.
 */
export const createSegmentWriter = (options: {
  store: FileStore; journal: Journal; caseId: string; side: Side; index: number; startMs: number; tracks: WebmTracks; events: SegmentEvents;
}) => {
  const { side, index, startMs, tracks, events, journal } = options;
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

  const opening: Promise<EvidenceWriter> = (async () => {
    const writer = await options.store.openWriter({ caseId: options.caseId, kind: 'segment', contentType: mimeType });
    journal.write({ type: 'open', segmentId, side, index, fileId: writer.fileId, startMs, mimeType });
    await writer.append(webmHeader(tracks, startMs)).catch(async (error: unknown) => { await writer.abort(); throw error; });
    return writer;
  })();
  // Told by the first block that waits for it; without one nothing is lost.
  opening.catch(() => undefined);
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (work: (writer: EvidenceWriter) => Promise<void> | void): void => {
    queue = queue.then(async () => {
      if (!failed) await work(await opening);
    }).catch(async (error: unknown) => {
      if (!failed) events.onError(error);
      failed = true;
      await opening.then((writer) => writer.abort()).catch(() => undefined);
    });
  };

  const flush = (): void => {
    if (cluster.length === 0) return;
    const bytes = webmCluster(cluster);
    const now = clusterHeld;
    cluster = [];
    clusterHeld = [];
    enqueue(async (writer) => {
      await writer.append(bytes);
      await writer.flush();
      for (const one of now) held[one.kind] = addInterval(held[one.kind], one, TOLERANCE_MS[one.kind]);
      events.onHeld(now);
    });
  };

  return {
    segmentId, index, startMs, tracks,
    get failed() { return failed; },
    /** Where a track's RTP time lies in this file; noted at its first block and whenever its clock was set anew. */
    anchor(anchor: TrackAnchor): void {
      anchors.push(anchor);
      enqueue(() => journal.write({ type: 'anchor', segmentId, anchor }));
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
    /** `untilMs`: where the next segment begins, when it follows without a pause. */
    close(untilMs?: number): Promise<void> {
      closing ??= (async () => {
        flush();
        enqueue(async (writer) => {
          const stored = await writer.close();
          const segment: SegmentInfo = {
            segmentId, side, index, fileId: stored.fileId, startMs, endMs: untilMs === undefined ? endMs : Math.max(untilMs, startMs), mimeType,
            byteLength: stored.size, saltedSha256: stored.saltedSha256, tracks: anchors,
          };
          const intervals = (['video', 'audio'] as const).flatMap((kind) => held[kind].map((one) => ({ side, kind, ...one })));
          journal.write({ type: 'closed', segment, held: intervals });
          events.onClosed(segment);
        });
        await queue;
      })();
      return closing;
    },
  };
};
export type SegmentWriter = ReturnType<typeof createSegmentWriter>;
