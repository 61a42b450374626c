/** Reads and judges pictures in processes of their own. It knows no case: a picture goes in, a reading comes out. */
import type { DocumentReading } from '../../../contracts/reading.ts';
import type { FaceExamination } from '../../../contracts/face.ts';
import type { FrameComparison } from '../../../contracts/sameFrame.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import type { Alignment, JudgedPhoto } from '../../capture/index.ts';
import type { FaceRequest } from '../face/examineFace.ts';
import type { BackgroundComparison, BackgroundPair } from '../quality/backgrounds.ts';
import type { InspectedUpload } from '../upload.ts';
import type { Recorded } from '../recorded/sameFrame.ts';
import { createPool } from './pool.ts';
import type { PoolLoad, PoolOptions } from './pool.ts';
import type { AlignTask, BackgroundsTask, FaceTask, JudgeTask, ReadTask, SameFrameTask } from './tasks.ts';

export type ReaderOptions = Omit<PoolOptions, 'program'>;

export interface WaitOptions {
  /** Ends waiting or reading; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** `background`: nobody waits for it at a screen; whoever uploads a photo comes first. */
export interface LaneOptions extends WaitOptions { readonly background?: boolean | undefined }

export interface ReadOptions extends WaitOptions {
  /** The side that should be there: another one is a finding. */
  readonly expect?: 'portrait' | 'emblem' | undefined;
}

/** All of them throw AppError OVERLOADED when too many wait or the reader is closed, and INTERNAL when the work broke. */
export interface Reader {
  /**
   * Reads a picture of an ID card (R14).
   * @throws AppError UPLOAD_NOT_AN_IMAGE, UPLOAD_TRUNCATED, UPLOAD_FORMAT_NOT_SUPPORTED, UPLOAD_TOO_MANY_PIXELS
   */
  read(image: Uint8Array, options?: ReadOptions): Promise<DocumentReading>;
  /** R21, before readings that wait. @throws AppError PHOTO_UNDECODABLE */
  judge(image: Uint8Array, options: ReadOptions & LaneOptions & { readonly kind: PhotoKind | 'document' }): Promise<JudgedPhoto>;
  /** R17, R20: advice on a face; without consent only what keeps no template. @throws AppError UPLOAD_* */
  face(request: FaceRequest, options?: WaitOptions): Promise<FaceExamination>;
  /** R23: whether two photos of cards were taken in one place. @throws AppError UPLOAD_* */
  backgrounds(pair: BackgroundPair, options?: WaitOptions): Promise<BackgroundComparison>;
  /** R20: whether the phone's still shows the scene of the frame. @throws AppError INTERNAL when one does not decode */
  align(record: Uint8Array, still: Uint8Array, options?: LaneOptions): Promise<Alignment>;
  /** R20: whether a photo was in the recorded picture at its moment. @throws AppError INTERNAL when one does not decode */
  sameFrame(photo: Uint8Array, recorded: Recorded, options?: WaitOptions): Promise<FrameComparison>;
  /** An upload made plain, see {@link inspectUpload}, out of reach of the program's own memory. @throws AppError UPLOAD_* */
  inspect(image: Uint8Array, options?: WaitOptions): Promise<InspectedUpload>;
  /** Starts all processes now, models and all, and again whenever one ends. */
  keepWarm(): void;
  /** Pictures waiting and at work, and the processes. */
  load(): PoolLoad;
  /** Ends all processes; what was waiting is refused. Twice is harmless. */
  close(): Promise<void>;
}

const laneOf = (background: boolean | undefined): 'fast' | 'slow' => (background === true ? 'slow' : 'fast');

export function createReader(options: ReaderOptions = {}): Reader {
  const pool = createPool({ ...options, program: new URL('./process.ts', import.meta.url) });
  return {
    read: async (image, { expect, signal } = {}) => await pool.run('read', { image, expect } satisfies ReadTask, { lane: 'slow', signal }) as DocumentReading,
    judge: async (image, { kind, expect, signal, background }) => await pool.run('judge', { image, kind, expect } satisfies JudgeTask, { lane: laneOf(background), signal }) as JudgedPhoto,
    face: async (request, { signal } = {}) => await pool.run('face', request satisfies FaceTask, { lane: 'slow', signal }) as FaceExamination,
    backgrounds: async (pair, { signal } = {}) => await pool.run('backgrounds', pair satisfies BackgroundsTask, { lane: 'slow', signal }) as BackgroundComparison,
    align: async (record, still, { signal, background } = {}) => await pool.run('align', { record, still } satisfies AlignTask, { lane: laneOf(background), signal }) as Alignment,
    sameFrame: async (photo, recorded, { signal } = {}) => await pool.run('sameFrame', { photo, recorded } satisfies SameFrameTask, { lane: 'slow', signal }) as FrameComparison,
    async inspect(image, { signal } = {}) {
      const inspected = await pool.run('inspect', { image }, { lane: 'fast', signal }) as InspectedUpload;
      // A Buffer crosses the channel as plain bytes.
      return { ...inspected, jpeg: Buffer.from(inspected.jpeg) };
    },
    keepWarm: () => pool.keepWarm(),
    load: () => pool.load(),
    close: async () => { await pool.close(); },
  };
}
