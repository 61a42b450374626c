/** The first photo of the day must not wait for models to load: they are loaded before anybody takes one. */
import sharp from 'sharp';

import type { Reader } from './pool/reader.ts';

/** Judges a blank picture as a face and as a card; what comes of it does not matter. Never throws. */
export async function warmUp(reader: Pick<Reader, 'judge'>): Promise<void> {
  const blank = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#808080' } }).jpeg().toBuffer();
  for (const kind of ['portraitSide', 'face'] as const) await reader.judge(blank, { kind }).catch(() => undefined);
}
