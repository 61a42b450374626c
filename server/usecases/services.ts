import type { EvidenceStore, MediaHost, RecordedFrames, RecordedMoment } from '../../media/ports.ts';
import type { FaceExamination, FaceReference } from '../../contracts/face.ts';
import type { DocumentReading, Finding, PhotoFigures } from '../../contracts/reading.ts';
import type { FrameComparison } from '../../contracts/sameFrame.ts';
import type { PhotoKind } from '../../contracts/script.ts';
import type { SeatState } from '../../contracts/signaling/desk.ts';
import type { LineSnapshot, Place } from '../../workflows/waiting/line.ts';
import type { JobData, JobName } from '../../contracts/jobs/index.ts';
import type { DocumentSide } from '../../contracts/http/common.ts';
import type { BlindIndex, FieldCipher } from '../database/crypto.ts';
import type { Database } from '../database/index.ts';
import type { Log } from '../platform/log.ts';
import type { Hub } from '../sockets/hub.ts';
import type { Tickets } from '../sockets/tickets.ts';
import type { SpaceWatch } from './call/space.ts';

/** What the line (排队) answers; implemented by workflows/waiting. */
export interface LinePort {
  /** `excluded` agents are never drawn for this client. */
  join(applicationId: string, more: { readonly excluded: readonly string[] }): Promise<Place>;
  leave(applicationId: string): Promise<void>;
  place(applicationId: string): Promise<Place | null>;
  accept(options: { sessionId: string; staffId: string }): Promise<boolean>;
  decline(options: { sessionId: string; staffId: string }): Promise<void>;
  /** The client's connection is gone: offered to nobody, the place kept for a while (R30). */
  away(applicationId: string): Promise<void>;
  online(staffId: string): Promise<SeatState>;
  /** False: this seat is not online any more. */
  heartbeat(staffId: string): Promise<boolean>;
  exit(staffId: string): Promise<void>;
  snapshot(): Promise<LineSnapshot>;
  /** The agent is free for the next client. */
  free(staffId: string): Promise<void>;
  /** An acceptance that came to nothing: the seat is free, the client stands in the old place again (`keep`) or is out of the line. */
  release(options: { sessionId: string; applicationId: string; staffId: string; keep: boolean }): Promise<void>;
  /** The call ended without a decision: the place is kept, for the same agent when possible (R30). */
  putBack(options: { applicationId: string; staffId: string }): Promise<void>;
}

/** Reads and judges pictures; knows no case. Implemented by review/checks. */
export interface ReaderPort {
  read(image: Buffer, options?: { expect?: DocumentSide; signal?: AbortSignal }): Promise<DocumentReading>;
  /** Whether a photo of a card is good enough to be read, within a second (R21). */
  judge(image: Buffer, options: { kind: PhotoKind; expect?: DocumentSide; signal?: AbortSignal | undefined; background?: boolean }): Promise<CaptureOutcome>;
  /** An upload made plain. @throws AppError UPLOAD_* */
  inspect(bytes: Buffer, options?: { signal?: AbortSignal | undefined }): Promise<{ jpeg: Buffer; width: number; height: number }>;
  /** Figures of a face; more than finding it only with consent (R17), and only then other pictures are handed over. */
  face(request: { live: Buffer; consent: boolean; against?: readonly { reference: FaceReference; image: Buffer }[] }): Promise<FaceExamination>;
  /** Whether two photos were taken in one place (R23). */
  backgrounds(pair: { one: Buffer; other: Buffer }): Promise<{ readonly findings: readonly Finding[] }>;
}

export interface CaptureOutcome { readonly width: number; readonly height: number; readonly findings: readonly Finding[]; readonly figures?: PhotoFigures | undefined }
/** Judging a photo of record and aligning the phone's still with it; implemented by review/capture. */
export interface CapturePort {
  /** `background`: nobody waits for it, clients who upload come first. */
  judge(options: { kind: string; image: Buffer; background?: boolean }): Promise<CaptureOutcome>;
  align(record: Buffer, still: Buffer, options?: { background?: boolean; signal?: AbortSignal | undefined }): Promise<{ fits: boolean; score: number }>;
  /** Whether a photo was in the recorded picture at its moment (R20). */
  compare(photo: Buffer, recorded: RecordedMoment): Promise<FrameComparison>;
}

export interface JobsPort { add<N extends JobName>(name: N, data: JobData<N>, options?: { delayMs?: number; id?: string }): Promise<void> }

/** What the use cases of call, review, replay and batch are handed; server/app.ts makes it. */
export interface Services {
  readonly db: Database;
  readonly cipher: FieldCipher;
  readonly blindIndex: BlindIndex;
  readonly store: EvidenceStore;
  readonly media: MediaHost;
  readonly recorded: RecordedFrames;
  readonly line: LinePort;
  readonly hub: Hub;
  readonly tickets: Tickets;
  readonly reader: ReaderPort;
  readonly capture: CapturePort;
  readonly jobs: JobsPort;
  readonly log: Log;
  readonly now: () => Date;
  /** Room in the evidence store; without it nothing is held back. */
  readonly space?: Pick<SpaceWatch, 'held'> | undefined;
  /** R10: the firm's upper age, if it has one. */
  readonly upperAge?: number | undefined;
}
