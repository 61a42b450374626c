/** What reads a line of print. Two engines stand behind it; who reads which field is decided in docs/decisions. */
import type { RgbImage } from '../locateCard.ts';

/** A recognised character. `x` is its middle as a share of the line's width, confidence 0…1. */
export interface LineGlyph {
  readonly text: string;
  readonly x: number;
  readonly confidence: number;
  /** What else the engine saw in a character that it was not sure of, likeliest first. */
  readonly others?: readonly { readonly text: string; readonly confidence: number }[];
}

export interface LineOptions {
  /** Only these characters may be answered. */
  readonly characters?: string;
}

export interface OcrEngine {
  readonly name: 'tesseract' | 'ppocr';
  /** Reads one upright line, in RGB. */
  readLine(line: RgbImage, options?: LineOptions): Promise<LineGlyph[]>;
  close(): Promise<void>;
}
