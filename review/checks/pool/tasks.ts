/** What the pool's processes can do, by name. Each task loads what it needs when it is first asked for, and keeps it. */
import type { PhotoKind } from '../../../contracts/script.ts';
import type { FaceRequest } from '../face/examineFace.ts';
import type { BackgroundPair } from '../quality/backgrounds.ts';
import type { Recorded } from '../recorded/sameFrame.ts';
import type { ReadOptions } from '../reading/readDocument.ts';

/** Throws when nobody waits for the task any more. */
export type Checkpoint = () => void;

export interface ReadTask { readonly image: Uint8Array; readonly expect?: ReadOptions['expect'] }
export interface JudgeTask { readonly image: Uint8Array; readonly kind: PhotoKind | 'document'; readonly expect?: ReadOptions['expect'] }
export type FaceTask = FaceRequest;
export type BackgroundsTask = BackgroundPair;
export interface AlignTask { readonly record: Uint8Array; readonly still: Uint8Array }

export interface SameFrameTask { readonly photo: Uint8Array; readonly recorded: Recorded }

/** Loaded once; a load that failed is tried again by the next who asks. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  }));
}

const loadedEngines = once(async () => await (await import('../reading/engines/engines.ts')).createEngines());
/** What judging and examining ask for. */
const MODELS = {
  ppocr: async () => (await loadedEngines()).ppocr,
  faces: once(async () => await (await import('../face/models.ts')).loadFaceModels()),
};

/** Three dark bars on white, about as much as "111": tesseract complains aloud about a picture without any print. */
const BARS = {
  width: 96, height: 48,
  data: Uint8Array.from({ length: 96 * 48 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 96, Math.floor(i / 3 / 96)];
    return x % 28 >= 12 && x % 28 < 16 && y > 10 && y < 38 ? 0 : 255;
  }),
};

/** What a process of this lane will need first: models read, compiled, and run once. */
export async function loadFor(lane: string | undefined): Promise<void> {
  const { ppocr, digits } = await loadedEngines();
  await ppocr.findPrint(BARS);
  if (lane === 'fast') await (await MODELS.faces()).find({ width: 320, height: 240, data: new Uint8Array(320 * 240 * 3).fill(128) });
  else await digits.readLine(BARS);
}

export const TASKS: Readonly<Record<string, (payload: unknown, checkpoint: Checkpoint) => Promise<unknown>>> = {
  read: async (payload, checkpoint) => {
    const { image, expect } = payload as ReadTask;
    const { readDocument } = await import('../reading/readDocument.ts');
    return await readDocument(await loadedEngines(), image, { expect, checkpoint });
  },
  judge: async (payload, checkpoint) => {
    const { image, ...options } = payload as JudgeTask;
    const { judgePhoto } = await import('../../capture/judgePhoto.ts');
    return await judgePhoto(MODELS, image, { ...options, checkpoint });
  },
  face: async (payload, checkpoint) => {
    const { examineFace } = await import('../face/examineFace.ts');
    return await examineFace(MODELS, payload as FaceTask, checkpoint);
  },
  backgrounds: async (payload) => {
    const { compareBackgrounds } = await import('../quality/backgrounds.ts');
    return await compareBackgrounds(MODELS, payload as BackgroundsTask);
  },
  align: async (payload) => {
    const { record, still } = payload as AlignTask;
    const { alignStill } = await import('../../capture/alignStill.ts');
    return await alignStill(record, still);
  },
  sameFrame: async (payload) => {
    const { photo, recorded } = payload as SameFrameTask;
    const { sameFrame } = await import('../recorded/sameFrame.ts');
    return await sameFrame(photo, recorded);
  },
  inspect: async (payload) => {
    const { inspectUpload } = await import('../upload.ts');
    return await inspectUpload((payload as { image: Uint8Array }).image);
  },
};
