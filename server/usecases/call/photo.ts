import { AppError } from '../../../contracts/errors.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import type { ReceivedFrame, StoredFile } from '../../../media/ports.ts';
import { newId } from '../../database/crypto.ts';
import type { Photo } from '../../database/index.ts';
import { emit, inTransaction } from '../../database/transact.ts';
import type { CaptureOutcome, Services } from '../services.ts';
import { EARLIER_FRAMES, chooseBest, dropBurst, frameOf, keepBurst } from './burst.ts';
import { note } from './note.ts';
import { OPEN_STATES, changeFacts, ownSession } from './own.ts';
import { READING_LEASE_MS, editPhoto, readPhoto, readingPlace, unclaimed } from './photoNotes.ts';
import type { BurstShot, PhotoReading } from './photoNotes.ts';
import { dropUnread, settleLater } from './settle.ts';
import { tellWitness } from './tell.ts';

const sideOf = (kind: string): 'portrait' | 'emblem' => (kind === 'portraitSide' ? 'portrait' : 'emblem');

/**
 * Takes the frame that the agent saw out of what the server received (R20), judges it (R21), keeps it as the photo of
 * record and asks the phone for its own sharper still.
 * @throws AppError FRAME_TOO_OLD, FRAME_UNKNOWN, FRAME_INCOMPLETE, FRAME_NOT_OF_CLIENT_TRACK, PHOTO_UNDECODABLE, SESSION_NOT_LIVE
 */
export async function takePhoto(services: Services, options: { sessionId: string; staffId: string; kind: PhotoKind; producerId: string; rtpTimestamp: number }): Promise<{ applicationId: string; photoId: string }> {
  const { media, store, capture, hub } = services;
  const { sessionId, kind, producerId, rtpTimestamp } = options;
  const { applicationId } = await ownSession(services, { sessionId, staffId: options.staffId, states: ['live'] });
  const photoId = newId();
  // The phone is asked at once: its still should show the same moment.
  await hub.publish(`client:${applicationId}`, 'stillWanted', { photoId, kind });
  const frame = await media.frameAt({ sessionId, side: 'client', producerId, rtpTimestamp, earlier: kind === 'face' ? 0 : EARLIER_FRAMES });
  const judged = await capture.judge({ kind, image: frame.png });
  const file = await store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: frame.png });
  let earlier: BurstShot[] = [];
  let replaced: readonly Photo[];
  try {
    earlier = await keepBurst(services, applicationId, frame.earlier);
    replaced = await storePhoto(services, { photoId, applicationId, ...options, frame, judged, file, earlier });
  } catch (error) {
    // Decided, or dropped, while the frame was taken out, or not all of it could be kept: what no row names must not lie about.
    await store.remove({ caseId: applicationId, fileId: file.fileId });
    await dropBurst(services, applicationId, earlier);
    throw error;
  }
  // The photo is taken, whatever becomes of the frames of the one before it.
  for (const old of replaced) await dropUnread(services, old).catch((error: unknown) => services.log.error({ err: error, photoId: old.id }, 'the burst of a photo taken again was not dropped'));
  return { applicationId, photoId };
}

interface TakenPhoto {
  readonly photoId: string; readonly applicationId: string; readonly sessionId: string; readonly kind: PhotoKind; readonly producerId: string; readonly rtpTimestamp: number;
  readonly frame: ReceivedFrame; readonly judged: CaptureOutcome; readonly file: StoredFile; readonly earlier: readonly BurstShot[];
}

/** @returns the photos of this kind that it takes the place of */
async function storePhoto(services: Services, taken: TakenPhoto): Promise<Photo[]> {
  const { photoId, applicationId, sessionId, kind, producerId, rtpTimestamp, frame, judged, file, earlier } = taken;
  const receivedAt = new Date(frame.receivedAtMs);
  const burst = [{ rtpTimestamp, mediaTimeMs: frame.mediaTimeMs, score: null }, ...earlier];
  const reading: PhotoReading = { reading: null, findings: judged.findings, ...(judged.figures ? { figures: judged.figures } : {}), ...(kind === 'face' ? {} : { burst }) };
  const readingEnc = await services.cipher.sealJson(readingPlace(applicationId, photoId), reading);
  return inTransaction(services.db, async (tx) => {
    await changeFacts(tx, sessionId);
    const replaced = await tx.photo.updateManyAndReturn({ where: { sessionId, kind, supersededAt: null }, data: { supersededAt: services.now() } });
    await tx.photo.create({
      data: {
        id: photoId, sessionId, applicationId, kind, fileId: file.fileId, producerId, rtpTimestamp: BigInt(frame.rtpTimestamp), mediaTimeMs: frame.mediaTimeMs,
        receivedAt, sha256: file.saltedSha256, width: judged.width, height: judged.height, readingEnc, findingCodes: judged.findings.map((f) => f.code),
      },
    });
    await note(tx, { sessionId, at: receivedAt, type: 'photo', side: 'client', refId: photoId, codes: { kind, rtpTimestamp } });
    await emit(tx, { type: 'photo.taken', applicationId, sessionId, photoId, kind });
    return replaced;
  });
}

/**
 * The phone's own still: kept beside the photo of record, aligned with it, read when it fits (R20).
 * @param signal the client has left: a still that is not stored yet is not kept, the photo is read without it
 * @throws AppError NOT_FOUND when the photo is not of this client's case; STATE_NOT_ALLOWED when there is a still, a newer photo, or the call is over
 */
export async function keepStill(services: Services, { applicationId, photoId, image }: { applicationId: string; photoId: string; image: { bytes: Buffer; width: number; height: number } }, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
  const { store, capture, jobs } = services;
  const photo = await waitForPhoto(services, { applicationId, photoId, signal });
  if (photo.stillAt || photo.supersededAt) throw new AppError('STATE_NOT_ALLOWED');
  const record = await store.read({ caseId: applicationId, fileId: photo.fileId });
  // Stored after it was looked at: of a still that nobody waits for, or that cannot be looked at, no file is left.
  const { fits } = await capture.align(record.bytes, image.bytes, { signal });
  const file = await store.put({ caseId: applicationId, kind: 'still', contentType: 'image/jpeg', bytes: image.bytes });
  try {
    await editPhoto(services, photo, async (tx, now, kept) => {
      // Aligning took a second or more: the call may have been decided, the photo taken again, a still have come twice.
      const { state } = await tx.witnessSession.findUniqueOrThrow({ where: { id: photo.sessionId }, select: { state: true } });
      if (!OPEN_STATES.includes(state) || now.supersededAt || now.stillAt) throw new AppError('STATE_NOT_ALLOWED');
      await note(tx, { sessionId: photo.sessionId, at: services.now(), type: 'still', side: 'client', refId: photoId, codes: { fits } });
      return {
        value: fits ? kept : { ...kept, findings: [...kept.findings, makeFinding('STILL_DOES_NOT_FIT')] },
        more: { stillFileId: file.fileId, stillSha256: file.saltedSha256, stillWidth: image.width, stillHeight: image.height, stillFits: fits, stillAt: services.now() },
      };
    });
  } catch (error) {
    await store.remove({ caseId: applicationId, fileId: file.fileId });
    throw error;
  }
  await jobs.add('photo.compare', { applicationId, sessionId: photo.sessionId, photoId }, { id: `${photoId}-compare-still` });
  if (photo.kind !== 'face') await jobs.add('photo.read', { applicationId, sessionId: photo.sessionId, photoId }, { id: `${photoId}-still` });
  await tellWitness(services, photo.sessionId);
}

/** The still often arrives before the server has decoded its own frame. */
async function waitForPhoto(services: Services, { applicationId, photoId, signal }: { applicationId: string; photoId: string; signal: AbortSignal | undefined }) {
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    const photo = await services.db.photo.findFirst({ where: { id: photoId, applicationId } });
    if (photo) return photo;
    if (tries >= 20) throw new AppError('NOT_FOUND');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/**
 * The job `photo.read`: reads the best of still and burst; once, whichever of its jobs comes first.
 * Read is what was stored: a process that dies in between leaves the photo to the next one, once its claim has run out.
 */
export async function readPhotoJob(services: Services, { photoId }: { photoId: string }): Promise<void> {
  const { db, reader } = services;
  const at = services.now();
  const { count } = await db.photo.updateMany({ where: { id: photoId, readAt: null, supersededAt: null, ...unclaimed(at) }, data: { readingStartedAt: at } });
  const photo = await db.photo.findUniqueOrThrow({ where: { id: photoId } });
  if (count === 0) return lookAgain(services, photo);
  try {
    const { burst = [], ...before } = await readPhoto(services, photo);
    const chosen = await chooseBest(services, photo, burst, frameOf(before));
    const reading = await reader.read(chosen.bytes, { expect: sideOf(photo.kind) });
    const stored = await editPhoto(services, photo, async (tx, now, kept) => {
      // Taken again meanwhile, and the claim has run out and is another's: its burst may be gone already.
      if (now.readAt || (now.supersededAt && now.readingStartedAt?.getTime() !== at.getTime())) return null;
      await note(tx, { sessionId: photo.sessionId, at: services.now(), type: 'read', side: 'server', refId: photoId, codes: { kind: photo.kind, from: chosen.from } });
      return { value: { ...kept, reading, readFrom: chosen.from, burst: chosen.burst }, more: { readAt: services.now(), readFileId: chosen.fileId, readSha256: chosen.sha256 } };
    });
    // Another frame than the pressed one was read: it has to have been in the picture too.
    if (stored && chosen.from === 'burst') await services.jobs.add('photo.compare', { applicationId: photo.applicationId, sessionId: photo.sessionId, photoId }, { id: `${photoId}-compare-read` });
    // Of two who read it, the one that came first has kept what it read.
    await (stored ? settleLater(services, photo) : lookAgain(services, await db.photo.findUniqueOrThrow({ where: { id: photoId } })));
  } catch (error) {
    // The queue tries again.
    await db.photo.updateMany({ where: { id: photoId, readingStartedAt: at }, data: { readingStartedAt: null } });
    throw error;
  }
  await tellWitness(services, photo.sessionId);
}

/** Somebody else reads it, or nobody any more; comes back when that one's claim has run out, in case it died. */
async function lookAgain(services: Services, photo: Photo): Promise<void> {
  const { id: photoId, applicationId, sessionId, readAt, supersededAt } = photo;
  // Whoever read it may have died before the frames around it were looked after.
  if (readAt) return settleLater(services, photo);
  if (supersededAt && (await dropUnread(services, photo))) return;
  await services.jobs.add('photo.read', { applicationId, sessionId, photoId }, { delayMs: READING_LEASE_MS + 1_000 });
}
