import type { FaceExamination } from '../../../contracts/face.ts';
import type { DocumentReading, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { Db, Photo } from '../../database/index.ts';
import { inTransaction } from '../../database/transact.ts';
import type { PhotoPatch } from '../../database/transact.ts';
import type { Services } from '../services.ts';

/** Who reads a photo has it for so long; then whoever began is taken for dead and another one reads it. */
export const READING_LEASE_MS = 30_000;

/** A photo that nobody reads just now, or whose reader's claim has run out. */
export const unclaimed = (at: Date) => ({ OR: [{ readingStartedAt: null }, { readingStartedAt: { lt: new Date(at.getTime() - READING_LEASE_MS) } }] });

/** One frame of the burst (连拍): the pressed one has no file here, it is the photo of record. */
export interface BurstShot {
  readonly rtpTimestamp: number;
  readonly mediaTimeMs: number;
  /** 0…1; null until it was judged. */
  readonly score: number | null;
  /** Of the one that was read; of the others until they are settled. */
  readonly fileId?: string;
  /** Of that file, salted. */
  readonly sha256?: string;
}
export type ReadFrom = 'record' | 'still' | 'burst';

/** What is kept encrypted beside a photo. */
export interface PhotoReading {
  readonly reading: DocumentReading | null;
  readonly findings: readonly Finding[];
  /** The picture that was read: its boxes are shares of that one. */
  readonly readFrom?: ReadFrom;
  /** The frames around the press, the pressed one first, with their scores (R20). */
  readonly burst?: readonly BurstShot[];
  readonly figures?: PhotoFigures;
  readonly face?: FaceExamination;
}

export const readingPlace = (applicationId: string, photoId: string) => ({ subject: applicationId, table: 'photo', column: 'reading_enc', row: photoId });

/** Opens what is kept encrypted beside a photo. */
export async function readPhoto(services: Services, photo: { id: string; applicationId: string; readingEnc: string | null }): Promise<PhotoReading> {
  if (!photo.readingEnc) return { reading: null, findings: [] };
  return services.cipher.openJson<PhotoReading>(readingPlace(photo.applicationId, photo.id), photo.readingEnc);
}

type PhotoChange = { readonly value: PhotoReading; readonly more?: PhotoPatch } | null;

/**
 * The one writer of what stands beside a photo: the row is locked before it is opened, so that the phone's still, the
 * reading and the examined face never undo each other. The session is locked first, in the order of who takes photos and decides.
 * @returns whether there was anything to change
 */
export async function editPhoto(services: Services, { id, sessionId, applicationId }: Pick<Photo, 'id' | 'sessionId' | 'applicationId'>, change: (tx: Db, now: Photo, kept: PhotoReading) => Promise<PhotoChange>): Promise<boolean> {
  return inTransaction(services.db, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "witness_session" WHERE "id" = ${sessionId}::uuid FOR SHARE`;
    await tx.$queryRaw`SELECT 1 FROM "photo" WHERE "id" = ${id}::uuid FOR UPDATE`;
    const now = await tx.photo.findUniqueOrThrow({ where: { id } });
    const changed = await change(tx, now, await readPhoto(services, now));
    if (changed === null) return false;
    const { value, more } = changed;
    const findingCodes = [...new Set([...value.findings, ...(value.reading?.findings ?? []), ...(value.face?.findings ?? [])].map((f) => f.code))];
    await tx.photo.update({ where: { id }, data: { ...more, readingEnc: await services.cipher.sealJson(readingPlace(applicationId, id), value), findingCodes } });
    return true;
  });
}
