import type { FileStore } from '../evidence/index.ts';
import type { SegmentInfo } from '../ports.ts';
import type { HeldInterval, OpenSegment } from './journal.ts';
import { TRACK_NUMBER, scanWebm } from './webm.ts';

/**
 * Closes a segment that a crash cut off and says what it holds; undefined when no block of it reached the disk.
 * @throws AppError NOT_FOUND: its file, which was there before the notes spoke of it, is gone
 */
export const recoverSegment = async (store: FileStore, caseId: string, segment: OpenSegment): Promise<{ segment: SegmentInfo; held: HeldInterval[] } | undefined> => {
  const at = { caseId, fileId: segment.fileId };
  const stored = await store.recover(at);
  const tracks = scanWebm((await store.read(at)).bytes);
  if (tracks.size === 0) return undefined;
  const held = (['video', 'audio'] as const).flatMap((kind): HeldInterval[] => {
    const track = tracks.get(TRACK_NUMBER[kind]);
    const length = kind === 'video' ? 33 : 20;
    return track ? [{ side: segment.side, kind, fromMs: segment.startMs + track.firstMs, toMs: segment.startMs + track.lastMs + length }] : [];
  });
  const { startMs, segmentId, side, index, fileId, mimeType } = segment;
  const endMs = Math.max(...held.map(({ toMs }) => toMs));
  return {
    segment: { segmentId, side, index, fileId, startMs, endMs, mimeType, byteLength: stored.size, saltedSha256: stored.saltedSha256, tracks: segment.tracks, held: held.map(({ kind, fromMs, toMs }) => ({ kind, fromMs, toMs })) },
    held,
  };
};
