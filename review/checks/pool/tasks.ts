/** What the pool's processes can do, by name. Each task loads what it needs when it is first asked for, and keeps it. */
import type { PhotoKind } from '../../../contracts/script.ts';
import type { ReadOptions } from '../reading/readDocument.ts';

/** Throws when nobody waits for the task any more. */
export type Checkpoint = () => void;

export interface ReadTask { readonly image: Uint8Array; readonly expect?: ReadOptions['expect'] }
export interface JudgeTask { readonly image: Uint8Array; readonly kind: PhotoKind }
export interface AlignTask { readonly record: Uint8Array; readonly still: Uint8Array }

let engines: Promise<import('../reading/engines/engines.ts').Engines> | undefined;

export const TASKS: Readonly<Record<string, (payload: unknown, checkpoint: Checkpoint) => Promise<unknown>>> = {
  read: async (payload, checkpoint) => {
    const { image, expect } = payload as ReadTask;
    const [{ readDocument }, { createEngines }] = await Promise.all([import('../reading/readDocument.ts'), import('../reading/engines/engines.ts')]);
    engines ??= createEngines();
    return await readDocument(await engines, image, { expect, checkpoint });
  },
  judge: async (payload) => {
    const { image, kind } = payload as JudgeTask;
    const { judgePhoto } = await import('../../capture/judgePhoto.ts');
    return await judgePhoto({ kind, image });
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
