import { AppError } from '../../../contracts/errors.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { FaceExamination } from '../../../contracts/face.ts';
import type { DocumentReading, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { emit, inTransaction } from '../../database/transact.ts';
import { newId } from '../../database/crypto.ts';
import type { Services } from '../services.ts';
import { note } from './note.ts';
import { ownSession } from './own.ts';
import { tellWitness } from './tell.ts';

/** How long the phone's sharper still is waited for before the photo of record itself is read. */
const STILL_WAIT_MS = 6_000;

/** What is kept encrypted beside a photo. */
export interface PhotoReading {
  readonly reading: DocumentReading | null;
  readonly findings: readonly Finding[];
  /** The picture that was read: its boxes are shares of that one. */
  readonly readFrom?: 'record' | 'still';
  readonly figures?: PhotoFigures;
  readonly face?: FaceExamination;
}

const sideOf = (kind: string): 'portrait' | 'emblem' => (kind === 'portraitSide' ? 'portrait' : 'emblem');

/**
 * Takes the frame that the agent saw out of what the server received (R20), judges it (R21), keeps it as the photo of
 * record and asks the phone for its own sharper still.
 * @throws AppError FRAME_TOO_OLD, FRAME_UNKNOWN, FRAME_INCOMPLETE, FRAME_NOT_OF_CLIENT_TRACK, PHOTO_UNDECODABLE, SESSION_NOT_LIVE
 */
export async function takePhoto(services: Services, options: { sessionId: string; staffId: string; kind: PhotoKind; producerId: string; rtpTimestamp: number }): Promise<{ applicationId: string; photoId: string }> {
  const { db, media, store, capture, cipher, hub, jobs } = services;
  const { sessionId, kind, producerId, rtpTimestamp } = options;
  const { applicationId } = await ownSession(services, { sessionId, staffId: options.staffId, states: ['live'] });
  const photoId = newId();
  // The phone is asked at once: its still should show the same moment.
  await hub.publish(`client:${applicationId}`, 'stillWanted', { photoId, kind });
  const frame = await media.frameAt({ sessionId, side: 'client', producerId, rtpTimestamp });
  const judged = await capture.judge({ kind, image: frame.png });
  const file = await store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: frame.png });
  const receivedAt = new Date(frame.receivedAtMs);
  const reading: PhotoReading = { reading: null, findings: judged.findings, ...(judged.figures ? { figures: judged.figures } : {}) };
  const readingEnc = await cipher.sealJson({ subject: applicationId, table: 'photo', column: 'reading_enc', row: photoId }, reading);
  await inTransaction(db, async (tx) => {
    await tx.photo.updateMany({ where: { sessionId, kind, supersededAt: null }, data: { supersededAt: services.now() } });
    await tx.photo.create({
      data: {
        id: photoId, sessionId, applicationId, kind, fileId: file.fileId, producerId, rtpTimestamp: BigInt(frame.rtpTimestamp), mediaTimeMs: frame.mediaTimeMs,
        receivedAt, sha256: file.saltedSha256, width: judged.width, height: judged.height, readingEnc, findingCodes: judged.findings.map((f) => f.code),
      },
    });
    await note(tx, { sessionId, at: receivedAt, type: 'photo', side: 'client', refId: photoId, codes: { kind, rtpTimestamp } });
    await emit(tx, { type: 'photo.taken', applicationId, sessionId, photoId, kind });
  });
  if (kind !== 'face') await jobs.add('photo.read', { applicationId, sessionId, photoId }, { delayMs: STILL_WAIT_MS, id: `${photoId}-late` });
  return { applicationId, photoId };
}

/**
 * The phone's own still: kept beside the photo of record, aligned with it, read when it fits (R20).
 * @throws AppError NOT_FOUND when the photo is not of this client's case, UPLOAD_…
 */
export async function keepStill(services: Services, { applicationId, photoId, image }: { applicationId: string; photoId: string; image: { bytes: Buffer; width: number; height: number } }): Promise<void> {
  const { db, store, capture, jobs } = services;
  const photo = await waitForPhoto(services, applicationId, photoId);
  if (photo.stillAt) throw new AppError('STATE_NOT_ALLOWED');
  const record = await store.read({ caseId: applicationId, fileId: photo.fileId });
  const [{ fits }, file] = await Promise.all([
    capture.align(record.bytes, image.bytes),
    store.put({ caseId: applicationId, kind: 'still', contentType: 'image/jpeg', bytes: image.bytes }),
  ]);
  const kept = await readPhoto(services, photo);
  const findings = fits ? kept.findings : [...kept.findings, makeFinding('STILL_DOES_NOT_FIT')];
  await savePhotoReading(services, photo, { ...kept, findings }, {
    stillFileId: file.fileId, stillSha256: file.saltedSha256, stillWidth: image.width, stillHeight: image.height, stillFits: fits, stillAt: services.now(),
  });
  if (photo.kind !== 'face') await jobs.add('photo.read', { applicationId, sessionId: photo.sessionId, photoId }, { id: `${photoId}-still` });
  await tellWitness(services, photo.sessionId);
  await db.sessionEvent.create({ data: { sessionId: photo.sessionId, type: 'still', side: 'client', refId: photoId, codes: { fits } } });
}

/** The still often arrives before the server has decoded its own frame. */
async function waitForPhoto(services: Services, applicationId: string, photoId: string) {
  for (let tries = 0; ; tries++) {
    const photo = await services.db.photo.findFirst({ where: { id: photoId, applicationId } });
    if (photo) return photo;
    if (tries >= 20) throw new AppError('NOT_FOUND');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

type PhotoRow = Awaited<ReturnType<typeof waitForPhoto>>;

/** The job `photo.read`: reads the still when it fits, else the photo of record; once, whichever of its two jobs comes first. */
export async function readPhotoJob(services: Services, { photoId }: { photoId: string }): Promise<void> {
  const { db, store, reader } = services;
  const { count } = await db.photo.updateMany({ where: { id: photoId, readAt: null, supersededAt: null }, data: { readAt: services.now() } });
  if (count === 0) return;
  const photo = await db.photo.findUniqueOrThrow({ where: { id: photoId } });
  try {
    const readFrom = photo.stillFits && photo.stillFileId ? 'still' : 'record';
    const { bytes } = await store.read({ caseId: photo.applicationId, fileId: readFrom === 'still' ? photo.stillFileId! : photo.fileId });
    const reading = await reader.read(bytes, { expect: sideOf(photo.kind) });
    // Written again from the row as it is now: the still may have come while reading.
    const now = await db.photo.findUniqueOrThrow({ where: { id: photoId } });
    const kept = await readPhoto(services, now);
    await savePhotoReading(services, now, { ...kept, reading, readFrom });
  } catch (error) {
    // The queue tries again.
    await db.photo.updateMany({ where: { id: photoId }, data: { readAt: null } });
    throw error;
  }
  await db.sessionEvent.create({ data: { sessionId: photo.sessionId, type: 'read', side: 'server', refId: photoId, codes: { kind: photo.kind } } });
  await tellWitness(services, photo.sessionId);
}

/** Opens what is kept encrypted beside a photo. */
export async function readPhoto(services: Services, photo: { id: string; applicationId: string; readingEnc: string | null }): Promise<PhotoReading> {
  if (!photo.readingEnc) return { reading: null, findings: [] };
  return services.cipher.openJson<PhotoReading>({ subject: photo.applicationId, table: 'photo', column: 'reading_enc', row: photo.id }, photo.readingEnc);
}

export async function savePhotoReading(services: Services, photo: PhotoRow, value: PhotoReading, more: object = {}): Promise<void> {
  const readingEnc = await services.cipher.sealJson({ subject: photo.applicationId, table: 'photo', column: 'reading_enc', row: photo.id }, value);
  const findingCodes = [...new Set([...value.findings, ...(value.reading?.findings ?? []), ...(value.face?.findings ?? [])].map((f) => f.code))];
  await services.db.photo.update({ where: { id: photo.id }, data: { readingEnc, findingCodes, ...more } });
}
