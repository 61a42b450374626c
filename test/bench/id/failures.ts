/** Photos that were read or judged wrong, written down for whoever improves the reader. Invented persons only. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { DocumentReading, Finding } from '../../../contracts/reading.ts';
import type { Photo } from '../../support/cards/index.ts';
import type { Defect, QualityPhoto } from './sets.ts';
import { textsOf } from './score.ts';
import type { Scored } from './score.ts';

export type FailureSink = {
  reading(photo: Photo, reading: DocumentReading, scored: Scored): Promise<void>;
  quality(photo: QualityPhoto, wanted: Defect | 'good', findings: readonly Finding[]): Promise<void>;
};

const SILENT: FailureSink = { reading: async () => undefined, quality: async () => undefined };
const plainly = ({ code, field, said, expected }: Finding) => ({ code, field, said, expected });

/** Without a folder nothing is written. */
export async function failureSink(folder: string | null): Promise<FailureSink> {
  if (folder === null) return SILENT;
  await mkdir(folder, { recursive: true });
  const write = async (name: string, jpeg: Buffer, line: object): Promise<void> => {
    await writeFile(join(folder, `${name}.jpg`), jpeg);
    await appendFile(join(folder, 'failures.jsonl'), `${JSON.stringify({ file: `${name}.jpg`, ...line })}\n`);
  };
  return {
    reading: async ({ jpeg, truth }, reading, scored) => await write(`${truth.seed}-${scored.band}`, jpeg, {
      ms: Math.round(scored.ms), wrong: scored.wrong, truth: truth.fields, read: textsOf(reading), side: reading.side, kind: reading.kind, findings: reading.findings.map(plainly),
      textPx: truth.textPx, rare: truth.rare, corners: truth.corners, shot: truth.shot,
    }),
    quality: async (photo, wanted, findings) => await write(`${photo.seed}-${wanted}`, photo.jpeg, { wanted: photo.finding, said: findings.map(plainly) }),
  };
}
