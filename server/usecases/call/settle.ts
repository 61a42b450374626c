import { AppError } from '../../../contracts/errors.ts';
import type { Photo } from '../../database/index.ts';
import type { Services } from '../services.ts';
import { dropBurst, scoreShot } from './burst.ts';
import { editPhoto, readPhoto, unclaimed } from './photoNotes.ts';
import type { BurstShot } from './photoNotes.ts';
import { tellWitness } from './tell.ts';

/**
 * What becomes of a burst (连拍) when it is no longer needed. A file goes first, its name afterwards: a process that
 * dies in between leaves a name without a file, which the next one clears, never a file that no row names.
 */

/** Shots whose files may go: all but the one that was read. */
const unneeded = (burst: readonly BurstShot[], readFileId: string | null): BurstShot[] => burst.filter(({ fileId }) => fileId !== undefined && fileId !== readFileId);

const withoutFiles = (burst: readonly BurstShot[], gone: readonly BurstShot[]): BurstShot[] =>
  burst.map((shot) => (gone.some(({ fileId }) => fileId === shot.fileId) ? { rtpTimestamp: shot.rtpTimestamp, mediaTimeMs: shot.mediaTimeMs, score: shot.score } : shot));

/** Sees to it that the rest of a read photo's burst gets its scores and goes; asked for twice is harmless. */
export async function settleLater(services: Services, { id, applicationId, sessionId }: Photo): Promise<void> {
  const photo = await services.db.photo.findUniqueOrThrow({ where: { id } });
  const { burst = [] } = await readPhoto(services, photo);
  if (unneeded(burst, photo.readFileId).length > 0) await services.jobs.add('photo.score', { applicationId, sessionId, photoId: id }, { id: `${id}-score` });
}

/** The job `photo.score`: frames of a burst that were not needed for reading get their score, and their files go (R20). */
export async function scorePhotoJob(services: Services, { photoId }: { photoId: string }): Promise<void> {
  const photo = await services.db.photo.findUniqueOrThrow({ where: { id: photoId } });
  if (!photo.readAt) return;
  const { burst = [] } = await readPhoto(services, photo);
  const left = unneeded(burst, photo.readFileId);
  const scores = new Map<string, number>();
  for (const { fileId, score } of left) {
    if (!fileId || score !== null) continue;
    // A frame that cannot be scored must not keep pictures of the card lying about: it goes without.
    const got = await scoreShot(services, photo, fileId).catch((error: unknown) => { if (isBusy(error)) throw error; services.log.warn({ err: error, photoId }, 'a frame of a burst was not scored'); });
    if (got !== undefined) scores.set(fileId, got);
  }
  await editPhoto(services, photo, async (_tx, _now, kept) => (scores.size === 0 || kept.burst === undefined ? null
    : { value: { ...kept, burst: kept.burst.map((shot) => ({ ...shot, score: scores.get(shot.fileId ?? '') ?? shot.score })) } }));
  await forget(services, photo, left);
  await tellWitness(services, photo.sessionId);
}

/** The queue tries again. */
const isBusy = (error: unknown): boolean => error instanceof AppError && error.code === 'OVERLOADED';

/** The burst of a photo that was taken again before anybody read it goes. False: somebody is reading it just now. */
export async function dropUnread(services: Services, { id }: Photo): Promise<boolean> {
  // Claimed like by a reader: one that is late finds that the claim is no longer its own.
  const at = services.now();
  const { count } = await services.db.photo.updateMany({ where: { id, readAt: null, ...unclaimed(at) }, data: { readingStartedAt: at } });
  const photo = await services.db.photo.findUniqueOrThrow({ where: { id } });
  if (count === 0) return photo.readAt !== null;
  const { burst = [] } = await readPhoto(services, photo);
  await forget(services, photo, unneeded(burst, null));
  return true;
}

async function forget(services: Services, photo: Photo, gone: readonly BurstShot[]): Promise<void> {
  if (gone.length === 0) return;
  await dropBurst(services, photo.applicationId, gone);
  await editPhoto(services, photo, async (_tx, _now, { burst = [], ...kept }) => ({ value: { ...kept, burst: withoutFiles(burst, gone) } }));
}
