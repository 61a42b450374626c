/** Cuts upright pieces out of a picture through a plane map. Pure. */
import { apply, compose } from './homography.ts';
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

export const squareToQuad = (quad: readonly [Point, Point, Point, Point]): ((u: number, v: number) => Point) => {
  const map = quadMap(quad);
  return (u, v) => apply(map, { x: u, y: v });
};

/** Bilinear; what lies outside the picture repeats its edge. `corners` in pixels of `image`. */
export const straighten = (image: RgbImage, corners: readonly [Point, Point, Point, Point], width: number, height: number): RgbImage =>
  warp(image, compose(quadMap(corners), [1 / width, 0, 0, 0, 1 / height, 0, 0, 0, 1]), width, height);

/** A piece of `width` × `height` pixels; `map` takes its pixels to those of the picture. Bilinear, the edge repeats. */
export function warp(image: RgbImage, map: PlaneMap, width: number, height: number): RgbImage {
  const out = new Uint8Array(width * height * 3);
  const { data, width: across, height: down } = image;
  const [mostX, mostY] = [across - 1.001, down - 1.001];
  let o = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [x + 0.5, y + 0.5];
      const w = map[6] * u + map[7] * v + map[8];
      const sx = Math.min(Math.max((map[0] * u + map[1] * v + map[2]) / w - 0.5, 0), mostX);
      const sy = Math.min(Math.max((map[3] * u + map[4] * v + map[5]) / w - 0.5, 0), mostY);
      const x0 = Math.floor(sx);
      const y0 = Math.floor(sy);
      const fx = sx - x0;
      const fy = sy - y0;
      const p = (y0 * across + x0) * 3;
      const q = p + across * 3;
      for (let c = 0; c < 3; c += 1) {
        const upper = (data[p + c] as number) * (1 - fx) + (data[p + 3 + c] as number) * fx;
        const lower = (data[q + c] as number) * (1 - fx) + (data[q + 3 + c] as number) * fx;
        out[o++] = upper * (1 - fy) + lower * fy + 0.5;
      }
    }
  }
  return { data: out, width, height };
}
