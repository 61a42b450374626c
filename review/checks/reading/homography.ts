/** Plane maps (homographies), as nine numbers row by row. Pure. */
import type { Point } from './lines.ts';

export type PlaneMap = readonly [number, number, number, number, number, number, number, number, number];

export function apply(m: PlaneMap, { x, y }: Point): Point {
  const w = m[6] * x + m[7] * y + m[8];
  return { x: (m[0] * x + m[1] * y + m[2]) / w, y: (m[3] * x + m[4] * y + m[5]) / w };
}

/** First `second`, then `first`. */
export function compose(first: PlaneMap, second: PlaneMap): PlaneMap {
  const out = new Array<number>(9).fill(0);
  for (let row = 0; row < 3; row += 1) {
    for (let column = 0; column < 3; column += 1) {
      for (let k = 0; k < 3; k += 1) out[row * 3 + column] = (out[row * 3 + column] as number) + (first[row * 3 + k] as number) * (second[k * 3 + column] as number);
    }
  }
  return out as unknown as PlaneMap;
}

export function invert(m: PlaneMap): PlaneMap {
  const [a, b, c, d, e, f, g, h, i] = m;
  const det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d]
    .map((value) => value / det) as unknown as PlaneMap;
}

export const scaling = (x: number, y: number): PlaneMap => [x, 0, 0, 0, y, 0, 0, 0, 1];

/** Two places that belong together; `weight` 1 unless it counts less; `only` y: how far along the row is not known. */
export interface Pair { readonly from: Point; readonly to: Point; readonly weight?: number; readonly only?: 'y' }

/** The turn, size and shift that takes two points onto two others. */
export function similarity(a: Pair, b: Pair): PlaneMap {
  const [dx, dy] = [b.from.x - a.from.x, b.from.y - a.from.y];
  const [ex, ey] = [b.to.x - a.to.x, b.to.y - a.to.y];
  const square = dx * dx + dy * dy;
  const cos = (dx * ex + dy * ey) / square;
  const sin = (dx * ey - dy * ex) / square;
  return [cos, -sin, a.to.x - cos * a.from.x + sin * a.from.y, sin, cos, a.to.y - sin * a.from.x - cos * a.from.y, 0, 0, 1];
}

/**
 * The map that fits the pairs best: affine by least squares, or with perspective. Few pairs bend a perspective wildly, so
 * `stiffness` (in the size of one pair) pulls its two perspective terms towards none.
 * @returns null when the pairs do not determine it.
 */
export function fitMap(pairs: readonly Pair[], perspective: boolean, stiffness = 0): PlaneMap | null {
  const unknowns = perspective ? 8 : 6;
  if (pairs.length * 2 < unknowns) return null;
  const from = normaliser(pairs.map((pair) => pair.from));
  const to = normaliser(pairs.map((pair) => pair.to));
  const normal = Array.from({ length: unknowns }, () => new Array<number>(unknowns + 1).fill(0));
  const add = (row: readonly number[], value: number, weight: number): void => {
    for (let i = 0; i < unknowns; i += 1) {
      for (let j = 0; j < unknowns; j += 1) (normal[i] as number[])[j] = ((normal[i] as number[])[j] as number) + weight * (row[i] as number) * (row[j] as number);
      (normal[i] as number[])[unknowns] = ((normal[i] as number[])[unknowns] as number) + weight * (row[i] as number) * value;
    }
  };
  for (const pair of pairs) {
    const p = apply(from, pair.from);
    const q = apply(to, pair.to);
    if (pair.only !== 'y') add([p.x, p.y, 1, 0, 0, 0, -q.x * p.x, -q.x * p.y], q.x, pair.weight ?? 1);
    add([0, 0, 0, p.x, p.y, 1, -q.y * p.x, -q.y * p.y], q.y, pair.weight ?? 1);
  }
  if (perspective) for (const i of [6, 7]) (normal[i] as number[])[i] = ((normal[i] as number[])[i] as number) + stiffness;
  const h = solve(normal);
  if (h === null) return null;
  const m = [...h, ...(perspective ? [] : [0, 0]), 1] as unknown as PlaneMap;
  return compose(invert(to), compose(m, from));
}

/** Shifts and scales points to about ±1, so that the equations stay well conditioned. */
function normaliser(points: readonly Point[]): PlaneMap {
  const [mx, my] = [points.reduce((sum, p) => sum + p.x, 0) / points.length, points.reduce((sum, p) => sum + p.y, 0) / points.length];
  const spread = Math.max(1e-9, points.reduce((most, p) => Math.max(most, Math.abs(p.x - mx), Math.abs(p.y - my)), 0));
  return [1 / spread, 0, -mx / spread, 0, 1 / spread, -my / spread, 0, 0, 1];
}

/** Gauss with pivots, on rows whose last column is the right side. */
function solve(rows: number[][]): number[] | null {
  const n = rows.length;
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < n; row += 1) if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    if (Math.abs(rows[pivot]![column]!) < 1e-12) return null;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let row = 0; row < n; row += 1) {
      if (row === column) continue;
      const factor = rows[row]![column]! / rows[column]![column]!;
      for (let k = column; k <= n; k += 1) rows[row]![k]! -= factor * rows[column]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

/** Whether a quadrilateral's corners turn all the same way: a map that folds the card over is none. */
export function isConvex(quad: readonly Point[]): boolean {
  const turns = quad.map((p, i) => {
    const [q, r] = [quad[(i + 1) % quad.length] as Point, quad[(i + 2) % quad.length] as Point];
    return Math.sign((q.x - p.x) * (r.y - q.y) - (q.y - p.y) * (r.x - q.x));
  });
  return turns.every((turn) => turn === turns[0] && turn !== 0);
}
