/** tesseract.js with the language data of its npm package: nothing is downloaded, nothing is cached on disk. */
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { createWorker, OEM } from 'tesseract.js';
import type { Worker } from 'tesseract.js';

import type { RgbImage } from '../locateCard.ts';
import type { LineGlyph, OcrEngine } from './port.ts';

const LANGUAGE = 'eng';
const dataFolder = join(dirname(createRequire(import.meta.url).resolve(`@tesseract.js-data/${LANGUAGE}/package.json`)), '4.0.0_best_int');

/** White around a line, in pixels: the engine loses characters that touch the edge. */
const BORDER = 12;

/** Digits and Latin letters; works on one line at a time. Starts with the first line it is given. */
export function createTesseract(): OcrEngine {
  let started: Promise<Worker> | undefined;
  const start = async (): Promise<Worker> =>
    await createWorker(LANGUAGE, OEM.LSTM_ONLY, {
      langPath: dataFolder,
      cacheMethod: 'none',
      gzip: true,
      // Without a handler tesseract.js throws inside its message loop; the failed job rejects anyway.
      errorHandler: () => undefined,
    });
  return {
    name: 'tesseract',
    async readLine(line, { characters } = {}) {
      started ??= start().catch((error: unknown) => { started = undefined; throw error; });
      const worker = await started;
      await worker.setParameters({ tessedit_pageseg_mode: '7' as never, tessedit_char_whitelist: characters ?? '', user_defined_dpi: '300' });
      const { data } = await worker.recognize(await pictureOf(line), {}, { text: false, blocks: true });
      const width = line.width + 2 * BORDER;
      const lines = (data.blocks ?? []).flatMap((block) => block.paragraphs.flatMap((paragraph) => paragraph.lines));
      return lines.flatMap((of) => of.words.flatMap((word) => word.symbols.map((symbol): LineGlyph => ({
        text: symbol.text, confidence: symbol.confidence / 100,
        x: (((symbol.bbox.x0 + symbol.bbox.x1) / 2 / width) * width - BORDER) / line.width,
      }))));
    },
    async close() { await (await started)?.terminate(); },
  };
}

/** Grey, with paper and its faint print stretched to white and ink to black. */
async function pictureOf({ data, width, height }: RgbImage): Promise<Buffer> {
  const grey = await sharp(data, { raw: { width, height, channels: 3 } }).greyscale().raw().toBuffer();
  return await sharp(wiped(grey), { raw: { width, height, channels: 1 } })
    .extend({ top: BORDER, bottom: BORDER, left: BORDER, right: BORDER, extendWith: 'copy' }).png({ compressionLevel: 1 }).toBuffer();
}

function wiped(grey: Uint8Array): Uint8Array {
  const sorted = Uint8Array.from(grey).sort();
  const ink = sorted[Math.floor(sorted.length * 0.01)] as number;
  const paper = sorted[Math.floor(sorted.length * 0.7)] as number;
  const white = paper - 0.22 * (paper - ink);
  const scale = 255 / Math.max(40, white - ink);
  return grey.map((value) => Math.min(255, Math.max(0, (value - ink) * scale)));
}
