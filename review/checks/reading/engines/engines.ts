/** The engines of one process. */
import type { OcrEngine } from './port.ts';
import { createPpOcr } from './ppocr.ts';
import type { PpOcr } from './ppocr.ts';
import { createTesseract } from './tesseract.ts';

export interface Engines {
  readonly ppocr: PpOcr;
  /** tesseract.js, the second reader of the ID number (why of nothing else: decision 17). */
  readonly digits: OcrEngine;
  close(): Promise<void>;
}

export async function createEngines(): Promise<Engines> {
  const ppocr = await createPpOcr();
  const digits = createTesseract();
  return { ppocr, digits, async close() { await Promise.allSettled([ppocr.close(), digits.close()]); } };
}
