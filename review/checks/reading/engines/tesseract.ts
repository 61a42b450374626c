/** tesseract.js with the language data of its npm packages: nothing is downloaded, nothing is cached on disk. */
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { createWorker, OEM } from 'tesseract.js';
import type { Worker } from 'tesseract.js';

/** A recognised character in pixels of the picture it was read from. */
export interface OcrSymbol { readonly text: string; readonly confidence: number; readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }

export type Script = 'chi_sim' | 'eng';
export interface OcrOptions {
  /** One text line, or a block of lines. */
  readonly layout: 'line' | 'block';
  readonly whitelist?: string;
}

export interface Ocr {
  recognise(script: Script, png: Buffer, options: OcrOptions): Promise<OcrSymbol[]>;
  close(): Promise<void>;
}

const dataFolder = (script: Script): string =>
  join(dirname(createRequire(import.meta.url).resolve(`@tesseract.js-data/${script}/package.json`)), '4.0.0_best_int');

/** Two engines, one a script; each works on one picture at a time. */
export async function createOcr(): Promise<Ocr> {
  const start = async (script: Script): Promise<Worker> =>
    await createWorker(script, OEM.LSTM_ONLY, {
      langPath: dataFolder(script),
      cacheMethod: 'none',
      gzip: true,
      // Without a handler tesseract.js throws inside its message loop; the failed job rejects anyway.
      errorHandler: () => undefined,
    });
  const [chi, eng] = await Promise.all([start('chi_sim'), start('eng')]);
  const workers: Record<Script, Worker> = { chi_sim: chi, eng };
  return {
    async recognise(script, png, options) {
      const parameters = { tessedit_pageseg_mode: options.layout === 'line' ? '7' : '6', tessedit_char_whitelist: options.whitelist ?? '', user_defined_dpi: '300' };
      const { data } = await workers[script].recognize(png, parameters as object, { text: false, blocks: true });
      const lines = (data.blocks ?? []).flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines));
      return lines.flatMap((line) => line.words.flatMap((word) => word.symbols.map((symbol) => ({
        text: symbol.text, confidence: symbol.confidence / 100,
        left: symbol.bbox.x0, right: symbol.bbox.x1, top: symbol.bbox.y0, bottom: symbol.bbox.y1,
      }))));
    },
    async close() {
      await Promise.allSettled([chi.terminate(), eng.terminate()]);
    },
  };
}
