import { AppError } from '../../../contracts/errors.ts';
import type { PhotoFigures } from '../../../contracts/reading.ts';
import type { EarlierFrame } from '../../../media/ports.ts';
import { pickBest } from '../../../review/capture/index.ts';
import type { BurstFrame } from '../../../review/capture/index.ts';
import type { Photo } from '../../database/index.ts';
import type { CaptureOutcome, Services } from '../services.ts';
import type { BurstShot, ReadFrom } from './photoNotes.ts';

/** Frames of the second before the press that are looked at beside it. */
export const EARLIER_FRAMES = 3;
/** From here on a frame can hardly be beaten by its neighbours: it is read at once, and they get their score afterwards. */
export const GOOD_SCORE = 0.9;

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
  /** The shots with the scores they got; their files are still there, and named. */
  readonly burst: readonly BurstShot[];
  readonly fileId: string;
  /** Salted, of the bytes that are read. */
  readonly sha256: string | null;
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
  const judged = async (from: ReadFrom, fileId: string, sha256: string | null): Promise<Candidate> => {
    const bytes = await read(fileId);
    return { from, fileId, sha256, bytes, frame: await judgeShot(services, photo, bytes) };
  };
  const pressed: Candidate = { from: 'record', fileId: photo.fileId, sha256: photo.sha256, bytes: await read(photo.fileId), frame: record };
  const still = photo.stillFits && photo.stillFileId ? [await judged('still', photo.stillFileId, photo.stillSha256)] : [];
  const good = scoreOf(record) >= GOOD_SCORE;
  const frames: Candidate[] = [];
  for (const shot of good ? [] : shots) frames.push(shot.fileId ? await judged('burst', shot.fileId, shot.sha256 ?? null) : pressed);
  const all = [...still, ...(frames.length > 0 ? frames : [pressed])];
  const chosen = await bestThatFits(all, async (one) => one.from !== 'burst' || (await capture.align(pressed.bytes, one.bytes, { background: true })).fits) ?? pressed;
  return {
    from: chosen.from, bytes: chosen.bytes, fileId: chosen.fileId, sha256: chosen.sha256,
    burst: shots.map((shot, i) => (good && shot.fileId ? shot : { ...shot, score: scoreOf((frames[i] ?? pressed).frame) })),
  };
}

const scoreOf = (frame: BurstFrame): number => pickBest([frame]).scores[0] ?? 0;

/** A frame that nobody can decode is the worst there is: it must not cost the reading of the others. */
const UNDECODABLE: BurstFrame = { figures: undefined, blocking: 1 };

/** Nobody waits at a screen for these: clients who upload come first. */
async function judgeShot({ capture }: Pick<Services, 'capture'>, photo: Photo, image: Buffer): Promise<BurstFrame> {
  try {
    return frameOf(await capture.judge({ kind: photo.kind, image, background: true }));
  } catch (error) {
    if (error instanceof AppError && error.code === 'PHOTO_UNDECODABLE') return UNDECODABLE;
    throw error;
  }
}

/** The score of one shot that nobody waited for. */
export async function scoreShot(services: Pick<Services, 'store' | 'capture'>, photo: Photo, fileId: string): Promise<number> {
  const { bytes } = await services.store.read({ caseId: photo.applicationId, fileId });
  return scoreOf(await judgeShot(services, photo, bytes));
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
