import type { DocumentReading, FieldBox } from '../../../contracts/reading.ts';

/** Middles of two fields on the card, and where the head of the printed portrait is; tenths of a millimetre (GA 490: 85.6 × 54 mm). */
const SEX = { x: 172, y: 148 } as const;
const NUMBER = { x: 505, y: 466 } as const;
const PORTRAIT = { left: 552, top: 56, right: 802, bottom: 320 } as const;

interface Point { readonly x: number; readonly y: number }
const middle = ({ x, y, width, height }: FieldBox, size: Size): Point => ({ x: (x + width / 2) * size.width, y: (y + height / 2) * size.height });
interface Size { readonly width: number; readonly height: number }

/**
 * Where on a picture of the portrait side the head of the printed portrait lies, by the design of the card and two fields that were
 * read, however the card is turned; undefined when they were not. Good enough to be looked at, never measured with.
 * @param size of the picture, pixels
 */
export function portraitBox(reading: DocumentReading | null | undefined, size: Size): FieldBox | undefined {
  const [sex, number] = [reading?.fields.sex?.box, reading?.fields.idNumber?.box];
  if (sex === undefined || number === undefined) return undefined;
  const [from, to] = [middle(sex, size), middle(number, size)];
  // Rotation and scale as one complex number: picture = from + turn · (card − SEX).
  const card = { x: NUMBER.x - SEX.x, y: NUMBER.y - SEX.y };
  const seen = { x: to.x - from.x, y: to.y - from.y };
  const square = card.x ** 2 + card.y ** 2;
  const turn = { x: (seen.x * card.x + seen.y * card.y) / square, y: (seen.y * card.x - seen.x * card.y) / square };
  const place = (x: number, y: number): Point => {
    const [dx, dy] = [x - SEX.x, y - SEX.y];
    return { x: (from.x + turn.x * dx - turn.y * dy) / size.width, y: (from.y + turn.x * dy + turn.y * dx) / size.height };
  };
  const corners = [place(PORTRAIT.left, PORTRAIT.top), place(PORTRAIT.right, PORTRAIT.top), place(PORTRAIT.right, PORTRAIT.bottom), place(PORTRAIT.left, PORTRAIT.bottom)];
  const inside = (share: number): number => Math.min(1, Math.max(0, share));
  const [left, right] = [Math.min, Math.max].map((pick) => inside(pick(...corners.map((c) => c.x)))) as [number, number];
  const [top, bottom] = [Math.min, Math.max].map((pick) => inside(pick(...corners.map((c) => c.y)))) as [number, number];
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}
