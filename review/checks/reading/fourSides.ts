/** The four straight sides of a convex shape with rounded or nibbled corners, however it leans. Pure. */
import type { Point } from './lines.ts';

const cross = (o: Point, a: Point, b: Point): number => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);

export const areaOf = (shape: readonly Point[]): number => Math.abs(shape.reduce((sum, p, i) => {
  const q = shape[(i + 1) % shape.length] as Point;
  return sum + p.x * q.y - q.x * p.y;
}, 0)) / 2;

/** Drops the side that adds least area when its neighbours are drawn out until they meet, until four are left; null when they never meet. */
export function fourSides(hull: readonly Point[]): [Point, Point, Point, Point] | null {
  let shape = [...hull];
  while (shape.length > 4) {
    let best: { i: number; at: Point; adds: number } | null = null;
    for (let i = 0; i < shape.length; i += 1) {
      const [o, p, q, r] = [0, 1, 2, 3].map((k) => shape[(i + k) % shape.length]) as [Point, Point, Point, Point];
      const at = meeting(o, p, q, r);
      if (at === null) continue;
      const adds = Math.abs(cross(p, at, q)) / 2;
      if (best === null || adds < best.adds) best = { i, at, adds };
    }
    if (best === null) return null;
    const { i, at } = best;
    const [p, q] = [(i + 1) % shape.length, (i + 2) % shape.length];
    shape = shape.flatMap((point, k) => (k === p ? [at] : k === q ? [] : [point]));
  }
  return shape.length === 4 ? shape as [Point, Point, Point, Point] : null;
}

/** Where o→p, drawn on beyond p, meets r→q, drawn on beyond q. */
function meeting(o: Point, p: Point, q: Point, r: Point): Point | null {
  const [ux, uy, vx, vy] = [p.x - o.x, p.y - o.y, q.x - r.x, q.y - r.y];
  const det = ux * vy - uy * vx;
  if (Math.abs(det) < 1e-9) return null;
  const t = ((q.x - p.x) * vy - (q.y - p.y) * vx) / det;
  const s = ((q.x - p.x) * uy - (q.y - p.y) * ux) / det;
  return t >= 0 && s >= 0 ? { x: p.x + t * ux, y: p.y + t * uy } : null;
}
