/** Straight edges through points of which many may be wrong. Pure. */
export interface Point { readonly x: number; readonly y: number }

/** a·x + b·y = c, and the share of points that lie on it. */
export interface Line { readonly a: number; readonly b: number; readonly c: number; readonly support: number }

const NEAR = 1.6;

/**
 * The line y = m·x + k that most points agree on (RANSAC over a fixed grid of pairs, then least squares).
 * @param leastSupport share of the points that must lie on it.
 * @param swapped the points' x and y were exchanged, for edges that stand upright.
 */
export function fitEdge(points: readonly Point[], swapped: boolean, leastSupport = 0.35): Line | null {
  const n = points.length;
  if (n < 12) return null;
  const sorted = [...points].sort((p, q) => p.x - q.x);
  let best: { m: number; k: number; count: number } | null = null;
  const step = Math.max(1, Math.floor(n / 24));
  for (let i = 0; i < n; i += step) {
    for (let j = n - 1; j > i; j -= step) {
      const [p, q] = [sorted[i] as Point, sorted[j] as Point];
      if (q.x - p.x < 0.25 * ((sorted[n - 1] as Point).x - (sorted[0] as Point).x)) continue;
      const m = (q.y - p.y) / (q.x - p.x);
      if (Math.abs(m) > 0.4) continue;
      const k = p.y - m * p.x;
      let count = 0;
      for (const point of sorted) if (Math.abs(point.y - m * point.x - k) < NEAR) count += 1;
      if (best === null || count > best.count) best = { m, k, count };
    }
  }
  if (best === null) return null;
  const { m, k } = leastSquares(sorted.filter((p) => Math.abs(p.y - best.m * p.x - best.k) < NEAR)) ?? best;
  const support = best.count / n;
  if (support < leastSupport) return null;
  return swapped ? { a: 1, b: -m, c: k, support } : { a: -m, b: 1, c: k, support };
}

function leastSquares(points: readonly Point[]): { m: number; k: number } | null {
  const n = points.length;
  const mx = points.reduce((sum, p) => sum + p.x, 0) / n;
  const my = points.reduce((sum, p) => sum + p.y, 0) / n;
  const xx = points.reduce((sum, p) => sum + (p.x - mx) ** 2, 0);
  if (xx === 0) return null;
  const m = points.reduce((sum, p) => sum + (p.x - mx) * (p.y - my), 0) / xx;
  return { m, k: my - m * mx };
}

export function intersect(p: Line, q: Line): Point | null {
  const det = p.a * q.b - q.a * p.b;
  if (Math.abs(det) < 1e-9) return null;
  return { x: (p.c * q.b - q.c * p.b) / det, y: (p.a * q.c - q.a * p.c) / det };
}
