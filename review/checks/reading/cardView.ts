/** A located card, to cut lines of print out of it. */
import type { FieldBox } from '../../../contracts/reading.ts';
import { apply, compose, scaling } from './homography.ts';
import type { PlaneMap } from './homography.ts';
import { CARD_UNITS } from './layout.ts';
import type { Zone } from './layout.ts';
import type { Point } from './lines.ts';
import type { LocatedDocument } from './locateDocument.ts';
import type { RgbImage } from './locateCard.ts';
import { shrink } from './picture.ts';
import type { OpenedPicture } from './picture.ts';
import { warp } from './warp.ts';

/** Where a line of print lies: the ends of its middle line and its height, in card units. */
export interface Strip { readonly left: Point; readonly right: Point; readonly height: number }

/** The recogniser's own height: every line is cut out at it, by one single interpolation from the photo. */
export const LINE_PIXELS = 48;

export interface CardView {
  cut(strip: Strip, options?: { pixels?: number; stretch?: number }): RgbImage;
  /** The part of the upright picture, in shares, that holds a strip or zone. */
  boxOf(zone: Zone): FieldBox;
}

/** A line is about 40 card units high and becomes 48 pixels: more than this in a card's width is only noise. */
const CARD_PIXELS = 1250;

export async function viewCard(picture: OpenedPicture, document: LocatedDocument): Promise<CardView> {
  const { pixels, shrunk } = picture;
  const width = widthOf(document.map);
  const { source, map } = shrunk > 1.15 && width < 900 ? await closerLook(picture, document) : await fromWhole(pixels, document.map, width);
  return {
    cut(strip, { pixels: high = LINE_PIXELS, stretch = 1 } = {}) {
      const length = Math.hypot(strip.right.x - strip.left.x, strip.right.y - strip.left.y);
      const across = Math.max(8, Math.round((length / strip.height) * high * stretch));
      return warp(source, compose(map, stripMap(strip, length, across, high)), across, high);
    },
    boxOf: (zone) => boxIn(document.map, zone, pixels),
  };
}

export const widthOf = (map: PlaneMap): number => {
  const [a, b] = [apply(map, { x: 0, y: CARD_UNITS.height / 2 }), apply(map, { x: CARD_UNITS.width, y: CARD_UNITS.height / 2 })];
  return Math.hypot(b.x - a.x, b.y - a.y);
};

async function fromWhole(pixels: RgbImage, map: PlaneMap, width: number): Promise<{ source: RgbImage; map: PlaneMap }> {
  if (width <= 1.25 * CARD_PIXELS) return { source: pixels, map };
  const source = await shrink(pixels, (pixels.width * CARD_PIXELS) / width);
  return { source, map: compose(scaling(source.width / pixels.width, source.height / pixels.height), map) };
}

/** A small card in a large photo: its part is decoded again at full size. */
async function closerLook({ pixels, closer }: OpenedPicture, { corners, map }: LocatedDocument): Promise<{ source: RgbImage; map: PlaneMap }> {
  const [xs, ys] = [corners.map((p) => p.x), corners.map((p) => p.y)];
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const part = { left: clamp(Math.min(...xs) - 0.01), top: clamp(Math.min(...ys) - 0.01), right: clamp(Math.max(...xs) + 0.01), bottom: clamp(Math.max(...ys) + 0.01) };
  const source = await closer(part, 2000);
  const scale = source.width / ((part.right - part.left) * pixels.width);
  const scaleY = source.height / ((part.bottom - part.top) * pixels.height);
  return { source, map: compose(compose(scaling(scale, scaleY), [1, 0, -part.left * pixels.width, 0, 1, -part.top * pixels.height, 0, 0, 1]), map) };
}

/** Pixels of the cut-out line to card units. */
function stripMap({ left, right, height }: Strip, length: number, across: number, high: number): PlaneMap {
  const [ux, uy] = [(right.x - left.x) / length, (right.y - left.y) / length];
  const [sx, sy] = [length / across, height / high];
  return [ux * sx, -uy * sy, left.x + (uy * height) / 2, uy * sx, ux * sy, left.y - (ux * height) / 2, 0, 0, 1];
}

function boxIn(map: PlaneMap, zone: Zone, { width, height }: RgbImage): FieldBox {
  const corners = [[zone.left, zone.top], [zone.right, zone.top], [zone.right, zone.bottom], [zone.left, zone.bottom]].map(([x = 0, y = 0]) => apply(map, { x, y }));
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  const [xs, ys] = [corners.map((p) => p.x / width), corners.map((p) => p.y / height)];
  const [x, y] = [clamp(Math.min(...xs)), clamp(Math.min(...ys))];
  return { x, y, width: clamp(Math.max(...xs)) - x, height: clamp(Math.max(...ys)) - y };
}
