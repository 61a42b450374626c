/** What the pool's processes can do, by name. Each task loads what it needs when it is first asked for, and keeps it. */
import type { PhotoKind } from '../../../contracts/script.ts';
import type { FaceRequest } from '../face/examineFace.ts';
import type { BackgroundPair } from '../quality/backgrounds.ts';
import type { ReadOptions } from '../reading/readDocument.ts';

/** Throws when nobody waits for the task any more. */
export type Checkpoint = () => void;

export interface ReadTask { readonly image: Uint8Array; readonly expect?: ReadOptions['expect'] }
export interface JudgeTask { readonly image: Uint8Array; readonly kind: PhotoKind | 'document'; readonly expect?: ReadOptions['expect'] }
export type FaceTask = FaceRequest;
export type BackgroundsTask = BackgroundPair;
export interface AlignTask { readonly record: Uint8Array; readonly still: Uint8Array }

let engines: Promise<import('../reading/engines/engines.ts').Engines> | undefined;
let faceModels: Promise<import('../face/models.ts').FaceModels> | undefined;

const loadedEngines = async (): Promise<import('../reading/engines/engines.ts').Engines> => await (engines ??= import('../reading/engines/engines.ts').then(({ createEngines }) => createEngines()));
/** What judging and examining ask for. */
const MODELS = {
  ppocr: async () => (await loadedEngines()).ppocr,
  faces: async () => await (faceModels ??= import('../face/models.ts').then(({ loadFaceModels }) => loadFaceModels())),
};

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
  inspect: async (payload) => {
    const { inspectUpload } = await import('../upload.ts');
    return await inspectUpload((payload as { image: Uint8Array }).image);
  },
};
