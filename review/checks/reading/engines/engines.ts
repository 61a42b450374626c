/** The engines of one process. */
import type { OcrEngine } from './port.ts';
import { createPpOcr } from './ppocr.ts';
import type { PpOcr } from './ppocr.ts';
import { createTesseract } from './tesseract.ts';

export interface Engines {
  readonly ppocr: PpOcr;
  /** tesseract.js for digits (`eng`) and for Chinese (`chi_sim`, started when first needed). */
  readonly digits: OcrEngine;
  readonly chinese: OcrEngine;
  close(): Promise<void>;
}

export async function createEngines(): Promise<Engines> {
  const ppocr = await createPpOcr();
  const [digits, chinese] = [createTesseract('eng'), createTesseract('chi_sim')];
  return { ppocr, digits, chinese, async close() { await Promise.allSettled([ppocr.close(), digits.close(), chinese.close()]); } };
}
