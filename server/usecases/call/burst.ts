import type { PhotoFigures } from '../../../contracts/reading.ts';
import type { EarlierFrame } from '../../../media/ports.ts';
import { pickBest } from '../../../review/capture/index.ts';
import type { BurstFrame } from '../../../review/capture/index.ts';
import type { Photo } from '../../database/index.ts';
import type { CaptureOutcome, Services } from '../services.ts';

/** Frames of the second before the press that are looked at beside it. */
export const EARLIER_FRAMES = 3;
/** From here on a frame can hardly be beaten by its neighbours: it is read at once, and they get their score afterwards. */
export const GOOD_SCORE = 0.9;

/** One frame of the burst (连拍): the pressed one has no file here, it is the photo of record. */
export interface BurstShot {
  readonly rtpTimestamp: number;
  readonly mediaTimeMs: number;
  /** 0…1; null until it was judged. */
  readonly score: number | null;
  /** Until it was judged; afterwards of the one that was read only. */
  readonly fileId?: string;
  /** Of that file, salted. */
  readonly sha256?: string;
}
export type ReadFrom = 'record' | 'still' | 'burst';

/** Keeps the frames before the pressed one until they are judged: all of them, or none when one cannot be kept. */
export async function keepBurst(services: Pick<Services, 'store'>, applicationId: string, frames: readonly EarlierFrame[]): Promise<BurstShot[]> {
  const puts = await Promise.allSettled(frames.map(async ({ jpeg, rtpTimestamp, mediaTimeMs }): Promise<BurstShot> => {
    const { fileId, saltedSha256 } = await services.store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/jpeg', bytes: jpeg });
    return { rtpTimestamp, mediaTimeMs, score: null, fileId, sha256: saltedSha256 };
  }));
  const kept = puts.flatMap((put) => (put.status === 'fulfilled' ? [put.value] : []));
  const failed = puts.find((put) => put.status === 'rejected');
  if (failed === undefined) return kept;
  await dropBurst(services, applicationId, kept);
  throw failed.reason;
}

export async function dropBurst({ store }: Pick<Services, 'store'>, applicationId: string, shots: readonly BurstShot[]): Promise<void> {
  await Promise.all(shots.map(async ({ fileId }) => { if (fileId) await store.remove({ caseId: applicationId, fileId }); }));
}

export interface Chosen {
  readonly from: ReadFrom;
  readonly bytes: Buffer;
  readonly burst: readonly BurstShot[];
  readonly fileId: string;
  /** Salted, of the bytes that are read. */
  readonly sha256: string | null;
  readonly dropped: readonly BurstShot[];
}

interface Candidate { readonly from: ReadFrom; readonly fileId: string; readonly sha256: string | null; readonly bytes: Buffer; readonly frame: BurstFrame }

/**
 * The best picture of a card to read (R20, R21): the phone's still when it fits, else the best frame of the burst that
 * shows the scene of the photo of record. All are judged and keep their score, unless the photo of record is as good as
 * can be; a still that is worse than a frame, because the hand moved, is left.
 * @param record what judging the photo of record found
 */
export async function chooseBest(services: Pick<Services, 'store' | 'capture'>, photo: Photo, shots: readonly BurstShot[], record: BurstFrame): Promise<Chosen> {
  const { store, capture } = services;
  const read = async (fileId: string): Promise<Buffer> => (await store.read({ caseId: photo.applicationId, fileId })).bytes;
  // Nobody waits at a screen for these: clients who upload come first.
  const judged = async (from: ReadFrom, fileId: string, sha256: string | null): Promise<Candidate> => {
    const bytes = await read(fileId);
    return { from, fileId, sha256, bytes, frame: frameOf(await capture.judge({ kind: photo.kind, image: bytes, background: true })) };
  };
  const pressed: Candidate = { from: 'record', fileId: photo.fileId, sha256: photo.sha256, bytes: await read(photo.fileId), frame: record };
  const still = photo.stillFits && photo.stillFileId ? [await judged('still', photo.stillFileId, photo.stillSha256)] : [];
  const frames: Candidate[] = [];
  const good = scoreOf(record) >= GOOD_SCORE;
  for (const shot of good ? [] : shots) frames.push(shot.fileId ? await judged('burst', shot.fileId, shot.sha256 ?? null) : pressed);
  const all = [...still, ...(frames.length > 0 ? frames : [pressed])];
  const scored = good
    ? shots.map((shot) => (shot.fileId ? shot : { ...shot, score: scoreOf(record) }))
    : shots.map(({ rtpTimestamp, mediaTimeMs }, i) => ({ rtpTimestamp, mediaTimeMs, score: scoreOf((frames[i] ?? pressed).frame) }));
  const chosen = await bestThatFits(all, async (one) => one.from !== 'burst' || (await capture.align(pressed.bytes, one.bytes, { background: true })).fits) ?? pressed;
  return {
    from: chosen.from, bytes: chosen.bytes, fileId: chosen.fileId, sha256: chosen.sha256,
    burst: scored.map((shot, i) => (chosen.from === 'burst' && frames[i] === chosen ? { ...shot, fileId: chosen.fileId } : shot)),
    dropped: good ? [] : shots.filter(({ fileId }) => fileId !== undefined && fileId !== chosen.fileId),
  };
}

const scoreOf = (frame: BurstFrame): number => pickBest([frame]).scores[0] ?? 0;

/** Frames whose score nobody waited for: judged, so that they can go. */
export async function scoreRest({ store, capture }: Pick<Services, 'store' | 'capture'>, photo: Photo, shots: readonly BurstShot[]): Promise<BurstShot[]> {
  const scored: BurstShot[] = [];
  for (const { rtpTimestamp, mediaTimeMs, score, fileId } of shots) {
    if (score !== null || !fileId) continue;
    const { bytes } = await store.read({ caseId: photo.applicationId, fileId });
    scored.push({ rtpTimestamp, mediaTimeMs, score: scoreOf(frameOf(await capture.judge({ kind: photo.kind, image: bytes, background: true }))) });
  }
  return scored;
}

/** The best of them; one of another scene is left and the next best taken. */
async function bestThatFits<T extends { readonly frame: BurstFrame }>(candidates: readonly T[], fits: (one: T) => Promise<boolean>): Promise<T | undefined> {
  const left = [...candidates];
  while (left.length > 0) {
    const { best } = pickBest(left.map(({ frame }) => frame));
    const [one] = left.splice(best, 1);
    if (one !== undefined && (await fits(one))) return one;
  }
  return undefined;
}

export const frameOf = ({ figures, findings }: Pick<CaptureOutcome, 'findings'> & { figures?: PhotoFigures | undefined }): BurstFrame => ({ figures, blocking: findings.filter(({ blocks }) => blocks).length });
