import type { FindingCode } from '../../../contracts/findings.ts';
import type { JobData } from '../../../contracts/jobs/index.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { VERDICT_FINDINGS } from '../../../contracts/sameFrame.ts';
import type { ComparedPicture, FrameComparison, FrameVerdict } from '../../../contracts/sameFrame.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import type { RecordedMoment } from '../../../media/ports.ts';
import { isAway } from '../../database/away.ts';
import { newId } from '../../database/crypto.ts';
import { isConflict } from '../../database/index.ts';
import type { Photo, PhotoComparison } from '../../database/index.ts';
import { inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { factsCame } from './own.ts';
import { note } from './note.ts';
import { readPhoto } from './photoNotes.ts';
import type { PhotoReading } from './photoNotes.ts';
import { tellWitness } from './tell.ts';
import { mediaZero } from './zero.ts';

/** The recorder writes a frame about 1.5 s after it came; who looks sooner comes back. */
export const COMPARE_AFTER_MS = 2_000;
const AGAIN_MS = 1_000;
/** What is not on the disk by then was not recorded. */
const GIVEN_UP_MS = 20_000;
/** While the database or the store cannot be reached. */
const AWAY_MS = 5_000;
/** The recorder's memory lasts for no longer than this: what then waits for the store still was refused. */
const UNWRITTEN_MS = 10 * 60_000;
/** A database or a store that fails for longer is a fault for people. */
const PATIENCE_MS = 60 * 60_000;
const STORE_AWAY = /^(EIO|ENOSPC|EDQUOT|EROFS|ESTALE|ENXIO|ENODEV|ENOTCONN|EAGAIN|EBUSY|EMFILE|ENFILE|ETIMEDOUT|EHOSTDOWN|EHOSTUNREACH|ENETUNREACH|STORE_FULL)$/;
/** A photo whose row tells another time than its frame has is not of that time; a network's delay is none. */
const CLOCKS_MS = 3_000;

/** A picture of a photo that is to be compared, and the frame of the recording that it claims to be. */
interface Claimed { readonly picture: ComparedPicture; readonly fileId: string; readonly sha256: string; readonly rtpTimestamp: number; readonly mediaTimeMs: number }

/** What of a photo counts: the photo of record, and whatever was read in its place (R20). */
function claimedBy(photo: Photo, { readFrom, burst = [] }: Pick<PhotoReading, 'readFrom' | 'burst'>): Claimed[] {
  const record = { picture: 'record' as const, fileId: photo.fileId, sha256: photo.sha256, rtpTimestamp: Number(photo.rtpTimestamp), mediaTimeMs: photo.mediaTimeMs };
  const still = photo.stillFileId !== null && photo.stillFits === true ? [{ ...record, picture: 'still' as const, fileId: photo.stillFileId, sha256: photo.stillSha256 ?? '' }] : [];
  const shot = readFrom === 'burst' ? burst.find(({ fileId }) => fileId !== undefined && fileId === photo.readFileId) : undefined;
  // Read from a frame that its notes do not know: claimed as of the photo's own moment, where it will not be found.
  const read = readFrom === 'burst' && photo.readFileId !== null
    ? [{ picture: 'read' as const, fileId: photo.readFileId, sha256: photo.readSha256 ?? '', rtpTimestamp: shot?.rtpTimestamp ?? record.rtpTimestamp, mediaTimeMs: shot?.mediaTimeMs ?? record.mediaTimeMs }] : [];
  return [record, ...still, ...read];
}

const comparedAs = (made: readonly PhotoComparison[], photo: Photo, { picture, fileId, sha256 }: Claimed): PhotoComparison | undefined =>
  made.find((one) => one.photoId === photo.id && one.picture === picture && one.fileId === fileId && one.sha256 === sha256);

/** What comparing says of a photo, and whether something of it is still to be compared. The file that was compared must be the one that is there. */
export function comparisonsOf(photo: Photo, kept: Pick<PhotoReading, 'readFrom' | 'burst'>, made: readonly PhotoComparison[]): { readonly findings: Finding[]; readonly pending: boolean } {
  const claimed = claimedBy(photo, kept).map((one) => ({ one, row: comparedAs(made, photo, one) }));
  return { pending: claimed.some(({ row }) => row === undefined), findings: claimed.flatMap(({ one, row }) => (row === undefined ? [] : findingsOf(photo.kind as PhotoKind, one.picture, row))) };
}

function findingsOf(kind: PhotoKind, picture: ComparedPicture, row: PhotoComparison): Finding[] {
  const verdict = row.verdict as FrameVerdict;
  const code: FindingCode | null = picture === 'still' && verdict !== 'same' && verdict !== 'undecidable' ? 'STILL_NOT_IN_RECORDING' : VERDICT_FINDINGS[verdict];
  if (code === null) return [];
  const box = (row.figures as Partial<FrameComparison>).box;
  return [makeFinding(code, {
    evidence: { picture: `call.${kind}`, ...(picture === 'record' ? { record: true } : {}), ...(box ? { box } : {}) },
    ...(row.recordedFileId === null ? {} : { againstEvidence: { picture: `recorded.${kind}`, ...(box ? { box } : {}) } }),
  })];
}

/**
 * The job `photo.compare`: each picture of a photo beside the recorded frame of its moment (R20, R42). It may run as often as it
 * likes: what was compared stays as it was found, what is not on the disk yet is looked for again. While the database or the store
 * is away it is put off: nothing is said of a photo that could not be compared.
 */
export async function comparePhotoJob(services: Services, data: JobData<'photo.compare'>): Promise<void> {
  const { jobs, log, now } = services;
  try {
    if (await comparePhoto(services, data)) await jobs.add('photo.compare', data, { delayMs: AGAIN_MS });
  } catch (error) {
    const nowMs = now().getTime();
    const firstAwayMs = data.firstAwayMs ?? nowMs;
    if (!(isAway(error) || isStoreAway(error)) || nowMs - firstAwayMs >= PATIENCE_MS) throw error;
    log.warn({ err: error, photoId: data.photoId }, 'the comparison of a photo waits for database or store');
    await jobs.add('photo.compare', { ...data, firstAwayMs, lastAwayMs: nowMs }, { delayMs: AWAY_MS });
  }
}

const isStoreAway = (error: unknown): boolean => STORE_AWAY.test(String((error as { code?: unknown } | null)?.code));

/** @returns whether something of it is not on the disk yet */
async function comparePhoto(services: Services, { photoId, lastAwayMs = 0 }: JobData<'photo.compare'>): Promise<boolean> {
  const photo = await services.db.photo.findUniqueOrThrow({ where: { id: photoId }, include: { comparisons: true } });
  let waits = false;
  for (const one of claimedBy(photo, await readPhoto(services, photo))) {
    if (comparedAs(photo.comparisons, photo, one) === undefined && !await compareOne(services, photo, one, lastAwayMs)) waits = true;
  }
  await tellWitness(services, photo.sessionId);
  return waits;
}

/** Whether a frame may still come to the disk: it came just now, or the recorder keeps it for a store that takes nothing, or did so until just now. */
async function mayStillCome({ db, now }: Services, { sessionId, receivedAt }: Photo, lastAwayMs: number): Promise<boolean> {
  const nowMs = now().getTime();
  const last = await db.recorderFact.findFirst({ where: { sessionId }, orderBy: [{ at: 'desc' }, { id: 'desc' }] });
  const waitsForStore = last?.running === false && (last.cause === 'store_unavailable' || last.cause === 'disk_full');
  if (waitsForStore && nowMs - receivedAt.getTime() < UNWRITTEN_MS) return true;
  return nowMs - Math.max(receivedAt.getTime(), lastAwayMs, last?.running === true ? last.at.getTime() : 0) < GIVEN_UP_MS;
}

/** @returns false: not on the disk yet */
async function compareOne(services: Services, photo: Photo, claimed: Claimed, lastAwayMs: number): Promise<boolean> {
  const { recorded, store } = services;
  const { applicationId, sessionId, producerId } = photo;
  const at = { caseId: applicationId, sessionId, producerId, rtpTimestamp: claimed.rtpTimestamp };
  // Read first: a store that has lost the photo itself says nothing of the recording.
  const { bytes } = await store.read({ caseId: applicationId, fileId: claimed.fileId });
  const moment = await recorded.momentAt(at);
  // The very frame may come yet.
  if ((moment === undefined || moment.offsetMs !== 0) && await mayStillCome(services, photo, lastAwayMs)) return false;
  if (moment === undefined) {
    await keep(services, photo, claimed, { verdict: 'undecidable', similarity: null, worst: null, usual: null });
    return true;
  }
  const zero = await mediaZero(services, await services.db.witnessSession.findUniqueOrThrow({ where: { id: sessionId } }));
  const mediaTimeMs = moment.wallMs - zero;
  const found = claimed.picture === 'still' ? await compareStill(services, bytes, moment) : await compareFrame(services, bytes, moment, () => recorded.momentAt({ ...at, wide: true }));
  // It was recorded, but not when the row says.
  const receivedMs = photo.receivedAt.getTime() + claimed.mediaTimeMs - photo.mediaTimeMs;
  const late = [mediaTimeMs - claimed.mediaTimeMs, moment.wallMs - receivedMs].find((ms) => Math.abs(ms) > CLOCKS_MS);
  const comparison: FrameComparison = found.verdict === 'same' && late !== undefined ? { ...found, verdict: 'elsewhen', offsetMs: Math.round(late) } : found;
  await keep(services, photo, claimed, comparison, { moment, mediaTimeMs });
  return true;
}

/** Nearly always it is the same bits; where it is not, the seconds before and after are looked through as well. */
async function compareFrame({ capture }: Services, photo: Buffer, moment: RecordedMoment, wide: () => Promise<RecordedMoment | undefined>): Promise<FrameComparison> {
  const first = await capture.compare(photo, moment);
  if (first.verdict === 'same' && first.similarity === 1) return first;
  const more = await wide();
  return more === undefined ? first : await capture.compare(photo, more);
}

/** The phone's still is of a moment soon after the frame, from another camera path: it has to show the same scene. */
async function compareStill({ capture }: Services, still: Buffer, moment: RecordedMoment): Promise<FrameComparison> {
  const { fits, score } = await capture.align(moment.png, still, { background: true });
  return { verdict: fits ? 'same' : 'other', similarity: score, worst: null, usual: null };
}

async function keep(services: Services, photo: Photo, { picture, fileId, sha256 }: Claimed, { verdict, ...figures }: FrameComparison, from?: { moment: RecordedMoment; mediaTimeMs: number }): Promise<void> {
  const { db, store, now } = services;
  const { id: photoId, applicationId, sessionId } = photo;
  // Where a person has to look at both, the recorded frame is evidence of its own.
  const file = from === undefined || verdict === 'same' ? undefined : await store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: from.moment.png });
  const at = now();
  try {
    await inTransaction(db, async (tx) => {
      await factsCame(tx, { applicationId });
      await tx.photoComparison.create({ data: {
        id: newId(), applicationId, sessionId, photoId, picture, fileId, sha256, verdict, figures: { ...figures }, at,
        segmentId: from?.moment.segmentId ?? null, mediaTimeMs: from?.mediaTimeMs ?? null, recordedFileId: file?.fileId ?? null, recordedSha256: file?.saltedSha256 ?? null,
      } });
      await note(tx, { sessionId, at, type: 'compared', side: 'server', refId: photoId, codes: { picture, verdict } });
    });
  } catch (error) {
    // With its answer lost, the row may be there, and names the file.
    if (isAway(error)) throw error;
    if (file !== undefined) await store.remove({ caseId: applicationId, fileId: file.fileId });
    // Somebody else was faster.
    if (!isConflict(error)) throw error;
  }
}
