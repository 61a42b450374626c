/**
 * The yardstick: tesseract.js as anybody would call it, on the whole picture, with its usual data for chi_sim and eng,
 * and a search for the printed labels in what comes out.
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createWorker } from 'tesseract.js';

import type { FieldName } from '../../../contracts/reading.ts';

export type PlainReading = { readonly fields: Partial<Record<FieldName, string>> };
export type Plain = { read(image: Uint8Array): Promise<PlainReading>; close(): Promise<void> };

const LANGUAGES = ['chi_sim', 'eng'] as const;

export async function createPlain(): Promise<Plain> {
  // tesseract.js looks for all languages in one folder; npm brings one package each.
  const folder = await mkdtemp(join(tmpdir(), 'plain-tesseract-'));
  const require = createRequire(import.meta.url);
  for (const language of LANGUAGES) {
    const data = join(dirname(require.resolve(`@tesseract.js-data/${language}/package.json`)), '4.0.0_best_int');
    await copyFile(join(data, `${language}.traineddata.gz`), join(folder, `${language}.traineddata.gz`));
  }
  const worker = await createWorker([...LANGUAGES], undefined, { langPath: folder, cacheMethod: 'none' });
  return {
    async read(image) {
      const { data } = await worker.recognize(Buffer.from(image));
      return { fields: fieldsOf(data.text) };
    },
    async close() {
      await worker.terminate();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The number by its form, the rest by the label before it. */
export function fieldsOf(text: string): PlainReading['fields'] {
  const lines = text.split('\n').map((line) => line.normalize('NFKC').replace(/\s/g, ''));
  const all = lines.join('\n');
  const found = (pattern: RegExp): string | undefined => pattern.exec(all)?.[1];
  const birth = /(\d{4})年(\d{1,2})月(\d{1,2})日/.exec(all);
  const validity = /(\d{4})\.(\d\d)\.(\d\d)[-—–~](?:(\d{4})\.(\d\d)\.(\d\d)|(长期))/.exec(all);
  const fields: Record<string, string | undefined> = {
    idNumber: found(/(\d{17}[\dXx])/)?.toUpperCase(),
    name: found(/姓名(.+?)(?:性别|\n|$)/),
    sex: found(/性别(男|女)/),
    ethnicity: found(/民族(.+?)(?:\n|$)/),
    birthDate: birth === null ? undefined : `${birth[1]}-${birth[2]?.padStart(2, '0')}-${birth[3]?.padStart(2, '0')}`,
    address: found(/住址((?:.|\n)+?)(?:公民身份|$)/)?.replaceAll('\n', ''),
    authority: found(/签发机关(.+?)(?:\n|$)/),
    validFrom: validity === null ? undefined : `${validity[1]}-${validity[2]}-${validity[3]}`,
    validTo: validity === null ? undefined : validity[7] === undefined ? `${validity[4]}-${validity[5]}-${validity[6]}` : 'long-term',
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
