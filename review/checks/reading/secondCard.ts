/** Whether a second card, or the other side, lies beside the one that was found (R14). */
import { viewCard } from './cardView.ts';
import type { PpOcr } from './engines/ppocr.ts';
import type { Located } from './locateDocument.ts';
import type { OpenedPicture } from './picture.ts';
import { readEmblemSide, readLabels } from './readSides.ts';
import type { SideReader } from './readSides.ts';

/** Print beside the card may lie as a card's does; only its words tell. Costs nothing where nothing lies there. */
export async function showsSecondCard(ppocr: PpOcr, picture: OpenedPicture, { second }: Located, checkpoint: () => void): Promise<boolean> {
  if (second === null) return false;
  const reader: SideReader = { engines: { ppocr }, view: await viewCard(picture, second), lines: second.lines, checkpoint };
  return second.side === 'portrait' ? /[姓名].*址|公民|身份|号码/.test(await readLabels(reader)) : (await readEmblemSide(reader)).kind !== 'unknown';
}
