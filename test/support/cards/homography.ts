/** Plane projective maps, written apart from the program's own warp so that the two test each other. Pure. */
export type Point = { readonly x: number; readonly y: number };
/** Corners of a card in its own order: upper left, upper right, lower right, lower left as one reads it. */
export type Quad = readonly [Point, Point, Point, Point];

/** Row-major 3 × 3; maps (x, y, 1). */
export type Homography = readonly number[];

/** The map that takes each `from[i]` to `to[i]`: eight equations, Gauss with pivoting. */
export function homography(from: Quad, to: Quad): Homography {
  const rows: number[][] = [];
  for (let i = 0; i < 4; i += 1) {
    const [p, q] = [from[i] as Point, to[i] as Point];
    rows.push([p.x, p.y, 1, 0, 0, 0, -q.x * p.x, -q.x * p.y, q.x], [0, 0, 0, p.x, p.y, 1, -q.y * p.x, -q.y * p.y, q.y]);
  }
  return [...solve(rows), 1];
}

function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < n; row += 1) if (Math.abs(at(rows, row, column)) > Math.abs(at(rows, pivot, column))) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    for (let row = 0; row < n; row += 1) {
      if (row === column) continue;
      const factor = at(rows, row, column) / at(rows, column, column);
      for (let k = column; k <= n; k += 1) (rows[row] as number[])[k] = at(rows, row, k) - factor * at(rows, column, k);
    }
  }
  return rows.map((_, i) => at(rows, i, n) / at(rows, i, i));
}

const at = (rows: readonly number[][], row: number, column: number): number => (rows[row] as number[])[column] as number;

export function mapPoint(h: Homography, { x, y }: Point): Point {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, i = 0, j = 1] = h;
  const w = g * x + i * y + j;
  return { x: (a * x + b * y + c) / w, y: (d * x + e * y + f) / w };
}

export const rectangle = (width: number, height: number): Quad => [{ x: 0, y: 0 }, { x: width, y: 0 }, { x: width, y: height }, { x: 0, y: height }];

type Pixels = { readonly data: Uint8Array; readonly width: number; readonly height: number };

/**
 * Lays RGBA pixels on an RGB picture so that the layer's corners fall on `quad`: bilinear, pixel centres at half
 * coordinates, alpha respected. The layer should be about as large as it appears; one more than twice as large aliases.
 */
export function drawProjected(picture: Pixels, layer: Pixels, quad: Quad): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, i = 0, j = 1] = homography(quad, rectangle(layer.width, layer.height));
  const left = Math.max(0, Math.floor(Math.min(...quad.map((p) => p.x))));
  const right = Math.min(picture.width - 1, Math.ceil(Math.max(...quad.map((p) => p.x))));
  const top = Math.max(0, Math.floor(Math.min(...quad.map((p) => p.y))));
  const bottom = Math.min(picture.height - 1, Math.ceil(Math.max(...quad.map((p) => p.y))));
  const { data: from, width, height } = layer;
  const to = picture.data;
  // Written out with scalars: this is the inner loop of every photo.
  for (let y = top; y <= bottom; y += 1) {
    const py = y + 0.5;
    for (let x = left; x <= right; x += 1) {
      const px = x + 0.5;
      const w = 1 / (g * px + i * py + j);
      const u = (a * px + b * py + c) * w - 0.5;
      const v = (d * px + e * py + f) * w - 0.5;
      if (u < -0.5 || v < -0.5 || u > width - 0.5 || v > height - 0.5) continue;
      const u0 = u < 0 ? 0 : u | 0;
      const v0 = v < 0 ? 0 : v | 0;
      const fu = u < 0 ? 0 : u - u0;
      const fv = v < 0 ? 0 : v - v0;
      const p00 = (v0 * width + u0) * 4;
      const p10 = u0 + 1 < width ? p00 + 4 : p00;
      const down = v0 + 1 < height ? width * 4 : 0;
      const w11 = fu * fv;
      const w10 = fu - w11;
      const w01 = fv - w11;
      const w00 = 1 - fu - w01;
      const alpha = ((from[p00 + 3] as number) * w00 + (from[p10 + 3] as number) * w10 + (from[p00 + down + 3] as number) * w01 + (from[p10 + down + 3] as number) * w11) / 255;
      if (alpha <= 0) continue;
      const rest = 1 - alpha;
      const at3 = (y * picture.width + x) * 3;
      to[at3] = ((from[p00] as number) * w00 + (from[p10] as number) * w10 + (from[p00 + down] as number) * w01 + (from[p10 + down] as number) * w11) * alpha + (to[at3] as number) * rest + 0.5;
      to[at3 + 1] = ((from[p00 + 1] as number) * w00 + (from[p10 + 1] as number) * w10 + (from[p00 + down + 1] as number) * w01 + (from[p10 + down + 1] as number) * w11) * alpha + (to[at3 + 1] as number) * rest + 0.5;
      to[at3 + 2] = ((from[p00 + 2] as number) * w00 + (from[p10 + 2] as number) * w10 + (from[p00 + down + 2] as number) * w01 + (from[p10 + down + 2] as number) * w11) * alpha + (to[at3 + 2] as number) * rest + 0.5;
    }
  }
}
