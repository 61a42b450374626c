import type { FieldBox } from './reading.ts';

const WHOLE: FieldBox = { x: 0, y: 0, width: 1, height: 1 };
/** Around a field, in shares of its own size: enough to see the print beside it. Never more than this share of the picture: a card needs no table around it. */
const MARGIN = { x: 0.06, y: 0.35, most: 0.04 } as const;

/** The part of a picture to show of a place that a finding speaks of: the place with a margin, inside the picture; without a place the whole. Shares 0…1. */
export function cropOf(box: FieldBox | undefined): FieldBox {
  if (box === undefined) return WHOLE;
  const aside = Math.min(MARGIN.most, box.width * MARGIN.x);
  const above = Math.min(MARGIN.most, box.height * MARGIN.y);
  const left = Math.max(0, box.x - aside);
  const top = Math.max(0, box.y - above);
  const right = Math.min(1, box.x + box.width + aside);
  const bottom = Math.min(1, box.y + box.height + above);
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : WHOLE;
}

/** How to place the whole picture inside a frame that shows only the crop: moved by shares of its own size, since a pixel of the frame's border would be many of a thin crop's. */
export function placement(crop: FieldBox): { width: string; transform: string } {
  return { width: `${100 / crop.width}%`, transform: `translate(${-crop.x * 100}%, ${-crop.y * 100}%)` };
}

/** Where a place lies on the whole picture, as a style of a mark over it. */
export const markOn = (box: FieldBox): { left: string; top: string; width: string; height: string } =>
  ({ left: `${box.x * 100}%`, top: `${box.y * 100}%`, width: `${box.width * 100}%`, height: `${box.height * 100}%` });
