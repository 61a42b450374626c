/** What a picture shows that is neither side of an ID card: another document by what it says, or nothing of the kind. */
import { makeFinding } from '../../../contracts/reading.ts';
import type { Finding } from '../../../contracts/reading.ts';
import type { PpOcr } from './engines/ppocr.ts';
import type { Located } from './locateDocument.ts';
import type { RgbImage } from './locateCard.ts';
import { shrink } from './picture.ts';
import { textBoxes } from './textBoxes.ts';
import type { TextBox } from './textBoxes.ts';
import { quadMap, warp } from './warp.ts';
import { compose, scaling } from './homography.ts';

/** Words on documents that people hold up instead; a machine-readable zone has its `<<`. */
const OTHER = /<<|护照|PASSPORT|驾驶|行驶证|户口簿|常住人口|社会保障|通行证(?!号)|学生证|工作证|银联|UNIONPAY|借记卡|信用卡|结婚证|军官证|IDENTITY|IDENTIFICATION|LICENCE|LICENSE|VISA|REPUBLIC|NATIONAL|永久居留/i;
const LONGEST_READ = 3;
/** The beginning of a line is enough to know the document by. */
const MOST_PIXELS = 440;

export async function whatElse(ppocr: PpOcr, picture: RgbImage, located: Located): Promise<Finding> {
  if (await isOtherDocument(ppocr, picture, located)) return makeFinding('OTHER_DOCUMENT');
  return makeFinding(located.document === null ? 'CARD_NOT_FOUND' : 'SIDE_UNKNOWN');
}

/** Reads the longest lines of print in the picture: a few line readings, so only for what is no ID card beyond doubt. */
export async function isOtherDocument(ppocr: PpOcr, picture: RgbImage, located: Located): Promise<boolean> {
  const look = await shrink(picture, 736, 736);
  const boxes = located.print.length > 0 ? located.print : textBoxes(await ppocr.findPrint(look), picture.width / look.width);
  const longest = [...boxes].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, LONGEST_READ);
  for (const box of longest) {
    for (const turned of [false, true]) {
      const glyphs = await ppocr.readLine(upright(picture, box, turned));
      if (OTHER.test(glyphs.map((glyph) => glyph.text).join(''))) return true;
    }
  }
  return false;
}

const lengthOf = ({ from, to }: TextBox): number => Math.hypot(to.x - from.x, to.y - from.y);

function upright(picture: RgbImage, box: TextBox, turned: boolean): RgbImage {
  const [a, end] = (box.from.x <= box.to.x) !== turned ? [box.from, box.to] : [box.to, box.from];
  const whole = lengthOf(box);
  const length = Math.min(whole, (box.height * MOST_PIXELS) / 48);
  const b = { x: a.x + ((end.x - a.x) * length) / whole, y: a.y + ((end.y - a.y) * length) / whole };
  const [nx, ny] = [(-(b.y - a.y) / length) * (box.height / 2), ((b.x - a.x) / length) * (box.height / 2)];
  const width = Math.max(48, Math.round((length / box.height) * 48));
  const quad = [{ x: a.x - nx, y: a.y - ny }, { x: b.x - nx, y: b.y - ny }, { x: b.x + nx, y: b.y + ny }, { x: a.x + nx, y: a.y + ny }] as const;
  return warp(picture, compose(quadMap(quad), scaling(1 / width, 1 / 48)), width, 48);
}
