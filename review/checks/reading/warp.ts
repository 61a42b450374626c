/** Cuts upright pieces out of a picture through a plane map. Pure. */
import { compose } from './homography.ts';
import type { PlaneMap } from './homography.ts';
import type { Point } from './lines.ts';
import type { RgbImage } from './locateCard.ts';

/** Maps the unit square onto a quadrilateral given clockwise from the origin's corner (Heckbert's closed form). */
export function quadMap([p0, p1, p2, p3]: readonly [Point, Point, Point, Point]): PlaneMap {
  const dx1 = p1.x - p2.x;
  const dx2 = p3.x - p2.x;
  const dy1 = p1.y - p2.y;
  const dy2 = p3.y - p2.y;
  const sx = p0.x - p1.x + p2.x - p3.x;
  const sy = p0.y - p1.y + p2.y - p3.y;
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  return [p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x, p1.y - p0.y + g * p1.y, p3.y - p0.y + h * p3.y, p0.y, g, h, 1];
}

/** Bilinear; what lies outside the picture repeats its edge. `corners` in pixels of `image`. */
export const straighten = (image: RgbImage, corners: readonly [Point, Point, Point, Point], width: number, height: number): RgbImage =>
  warp(image, compose(quadMap(corners), [1 / width, 0, 0, 0, 1 / height, 0, 0, 0, 1]), width, height);

/** A piece of `width` × `height` pixels; `map` takes its pixels to those of the picture. Bilinear, the edge repeats. */
export function warp(image: RgbImage, map: PlaneMap, width: number, height: number): RgbImage {
  const out = new Uint8Array(width * height * 3);
  const { data, width: across, height: down } = image;
  const [mostX, mostY, below] = [across - 1.001, down - 1.001, across * 3];
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = map;
  let o = 0;
  for (let y = 0; y < height; y += 1) {
    const v = y + 0.5;
    for (let x = 0; x < width; x += 1) {
      const u = x + 0.5;
      const w = m6 * u + m7 * v + m8;
      const sx = Math.min(Math.max((m0 * u + m1 * v + m2) / w - 0.5, 0), mostX);
      const sy = Math.min(Math.max((m3 * u + m4 * v + m5) / w - 0.5, 0), mostY);
      const x0 = sx | 0;
      const y0 = sy | 0;
      const fx = sx - x0;
      const fy = sy - y0;
      const p = (y0 * across + x0) * 3;
      const q = p + below;
      // Written out for the three channels: this is run for every pixel of every line that is read.
      const [a, b, c, d] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      out[o] = (data[p] as number) * a + (data[p + 3] as number) * b + (data[q] as number) * c + (data[q + 3] as number) * d + 0.5;
      out[o + 1] = (data[p + 1] as number) * a + (data[p + 4] as number) * b + (data[q + 1] as number) * c + (data[q + 4] as number) * d + 0.5;
      out[o + 2] = (data[p + 2] as number) * a + (data[p + 5] as number) * b + (data[q + 2] as number) * c + (data[q + 5] as number) * d + 0.5;
      o += 3;
    }
  }
  return { data: out, width, height };
}
