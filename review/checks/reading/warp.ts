/** Straightens the card: the plane map (homography) of its four corners onto an upright rectangle. Pure. */
import type { Point } from './lines.ts';
import type { RgbImage } from './locateCard.ts';

/** Maps the unit square onto a quadrilateral given clockwise from the origin's corner (Heckbert's closed form). */
export function squareToQuad([p0, p1, p2, p3]: readonly [Point, Point, Point, Point]): (u: number, v: number) => Point {
  const dx1 = p1.x - p2.x;
  const dx2 = p3.x - p2.x;
  const dy1 = p1.y - p2.y;
  const dy2 = p3.y - p2.y;
  const sx = p0.x - p1.x + p2.x - p3.x;
  const sy = p0.y - p1.y + p2.y - p3.y;
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  const a = p1.x - p0.x + g * p1.x;
  const b = p3.x - p0.x + h * p3.x;
  const d = p1.y - p0.y + g * p1.y;
  const e = p3.y - p0.y + h * p3.y;
  return (u, v) => {
    const w = g * u + h * v + 1;
    return { x: (a * u + b * v + p0.x) / w, y: (d * u + e * v + p0.y) / w };
  };
}

/** Bilinear; what lies outside the picture repeats its edge. `corners` in pixels of `image`. */
export function straighten(image: RgbImage, corners: readonly [Point, Point, Point, Point], width: number, height: number): RgbImage {
  const map = squareToQuad(corners);
  const out = new Uint8Array(width * height * 3);
  const { data } = image;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = map((x + 0.5) / width, (y + 0.5) / height);
      const sx = Math.min(Math.max(at.x - 0.5, 0), image.width - 1.001);
      const sy = Math.min(Math.max(at.y - 0.5, 0), image.height - 1.001);
      const x0 = Math.floor(sx);
      const y0 = Math.floor(sy);
      const fx = sx - x0;
      const fy = sy - y0;
      const p = (y0 * image.width + x0) * 3;
      const q = p + image.width * 3;
      const o = (y * width + x) * 3;
      for (let c = 0; c < 3; c += 1) {
        const upper = (data[p + c] as number) * (1 - fx) + (data[p + 3 + c] as number) * fx;
        const lower = (data[q + c] as number) * (1 - fx) + (data[q + 3 + c] as number) * fx;
        out[o + c] = upper * (1 - fy) + lower * fy + 0.5;
      }
    }
  }
  return { data: out, width, height };
}

/** The same sheet turned by 180°. */
export function upsideDown(image: RgbImage): RgbImage {
  const out = new Uint8Array(image.data.length);
  const pixels = image.width * image.height;
  for (let i = 0; i < pixels; i += 1) {
    const from = 3 * (pixels - 1 - i);
    out[3 * i] = image.data[from] as number;
    out[3 * i + 1] = image.data[from + 1] as number;
    out[3 * i + 2] = image.data[from + 2] as number;
  }
  return { data: out, width: image.width, height: image.height };
}
