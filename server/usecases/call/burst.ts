import type { PhotoFigures } from '../../../contracts/reading.ts';
import type { EarlierFrame } from '../../../media/ports.ts';
import { pickBest } from '../../../review/capture/index.ts';
import type { BurstFrame } from '../../../review/capture/index.ts';
import type { Photo } from '../../database/index.ts';
import type { CaptureOutcome, Services } from '../services.ts';

/** Frames of the second before the press that are looked at beside it. */
export const EARLIER_FRAMES = 3;

/** One frame of the burst (连拍): the pressed one has no file here, it is the photo of record. */
export interface BurstShot {
  readonly rtpTimestamp: number;
  readonly mediaTimeMs: number;
  /** 0…1; null until it was judged. */
  readonly score: number | null;
  /** Until it was judged; afterwards of the best one only. */
  readonly fileId?: string;
}
export type ReadFrom = 'record' | 'still' | 'burst';

/** Keeps the frames before the pressed one until they are judged. */
export async function keepBurst({ store }: Pick<Services, 'store'>, applicationId: string, frames: readonly EarlierFrame[]): Promise<BurstShot[]> {
  return Promise.all(frames.map(async ({ jpeg, rtpTimestamp, mediaTimeMs }) => {
    const { fileId } = await store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/jpeg', bytes: jpeg });
    return { rtpTimestamp, mediaTimeMs, score: null, fileId };
  }));
}

export async function dropBurst({ store }: Pick<Services, 'store'>, applicationId: string, shots: readonly BurstShot[]): Promise<void> {
  await Promise.all(shots.map(async ({ fileId }) => { if (fileId) await store.remove({ caseId: applicationId, fileId }); }));
}

export interface Chosen { readonly from: ReadFrom; readonly bytes: Buffer; readonly burst: readonly BurstShot[]; readonly fileId: string; readonly dropped: readonly BurstShot[] }

/**
 * The best picture of a card to read (R20, R21): the phone's still when it fits, else the best frame of the burst. All are
 * judged and keep their score; a still that is worse than a frame, because the hand moved, is left.
 * @param record what judging the photo of record found
 */
export async function chooseBest(services: Pick<Services, 'store' | 'capture'>, photo: Photo, shots: readonly BurstShot[], record: BurstFrame): Promise<Chosen> {
  const { store, capture } = services;
  const read = async (fileId: string): Promise<Buffer> => (await store.read({ caseId: photo.applicationId, fileId })).bytes;
  const judged = async (fileId: string): Promise<{ fileId: string; bytes: Buffer; frame: BurstFrame }> => {
    const bytes = await read(fileId);
    return { fileId, bytes, frame: frameOf(await capture.judge({ kind: photo.kind, image: bytes })) };
  };
  const fileOf = (shot: BurstShot): string => shot.fileId ?? photo.fileId;
  const still = photo.stillFits && photo.stillFileId ? await judged(photo.stillFileId) : null;
  const frames: { fileId: string; bytes?: Buffer; frame: BurstFrame }[] = [];
  for (const shot of shots) frames.push(shot.fileId ? await judged(shot.fileId) : { fileId: photo.fileId, frame: record });
  const candidates = [...(still ? [still] : []), ...frames];
  const { best, scores } = pickBest(candidates.map(({ frame }) => frame));
  const chosen = candidates[best] ?? { fileId: photo.fileId };
  const from: ReadFrom = chosen === still ? 'still' : chosen.fileId === photo.fileId ? 'record' : 'burst';
  const scored = shots.map(({ rtpTimestamp, mediaTimeMs, fileId }, i) => ({ rtpTimestamp, mediaTimeMs, score: scores[i + (still ? 1 : 0)] ?? null, ...(fileId === chosen.fileId ? { fileId } : {}) }));
  return { from, bytes: ('bytes' in chosen ? chosen.bytes : undefined) ?? await read(photo.fileId), burst: scored, fileId: chosen.fileId, dropped: shots.filter((shot) => fileOf(shot) !== photo.fileId && shot.fileId !== chosen.fileId) };
}

export const frameOf = ({ figures, findings }: Pick<CaptureOutcome, 'findings'> & { figures?: PhotoFigures | undefined }): BurstFrame => ({ figures, blocking: findings.filter(({ blocks }) => blocks).length });
