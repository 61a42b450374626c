/** From the detector's map of print to line boxes that may lie at any angle. Pure. */
import type { PrintMap } from './engines/ppocr.ts';
import type { Point } from './lines.ts';

/** A line of print: its middle, the ends of its middle line, its height. Which end is left is only known upright. */
export interface TextBox {
  readonly from: Point;
  readonly to: Point;
  readonly height: number;
  /** Mean likelihood of print inside, 0…1. */
  readonly score: number;
}

const PRINT = 0.3;
const LEAST_SCORE = 0.5;
const LEAST_SIDE = 3;
/** The detector draws lines thinner than they are (DB's shrunk polygons); this grows them back. */
const GROW = 1.6;

/** @param scale pixels of the picture that one pixel of the map stands for. */
export function textBoxes(map: PrintMap, scale: number): TextBox[] {
  return parts(map).flatMap(({ hull, score }) => {
    if (score < LEAST_SCORE) return [];
    const box = smallestBox(hull);
    if (box === null || Math.min(box.length, box.height) < LEAST_SIDE) return [];
    const grow = (box.length * box.height * GROW) / (2 * (box.length + box.height));
    const [cos, sin] = [Math.cos(box.angle), Math.sin(box.angle)];
    const half = box.length / 2 + grow;
    const at = (sign: number): Point => ({ x: (box.middle.x + sign * half * cos) * scale, y: (box.middle.y + sign * half * sin) * scale });
    return [{ from: at(-1), to: at(1), height: (box.height + 2 * grow) * scale, score }];
  });
}

/** Connected pixels of print; only outer pixels of each row go into the hull. */
function parts({ data, width, height }: PrintMap): { hull: Point[]; score: number }[] {
  const seen = new Uint8Array(data.length);
  const stack = new Int32Array(data.length);
  const found: { hull: Point[]; score: number }[] = [];
  for (let start = 0; start < data.length; start += 1) {
    if (seen[start] === 1 || (data[start] as number) < PRINT) continue;
    const rows = new Map<number, [number, number]>();
    let [top, size, sum] = [0, 0, 0];
    stack[top++] = start;
    seen[start] = 1;
    while (top > 0) {
      const at = stack[--top] as number;
      const x = at % width;
      const y = (at - x) / width;
      size += 1;
      sum += data[at] as number;
      const row = rows.get(y);
      if (row === undefined) rows.set(y, [x, x]);
      else if (x < row[0]) row[0] = x;
      else if (x > row[1]) row[1] = x;
      for (let dy = -1; dy <= 1; dy += 1) {
        for (let dx = -1; dx <= 1; dx += 1) {
          const [nx, ny] = [x + dx, y + dy];
          if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
          const next = ny * width + nx;
          if (seen[next] === 1 || (data[next] as number) < PRINT) continue;
          seen[next] = 1;
          stack[top++] = next;
        }
      }
    }
    if (size < 12) continue;
    const outer: Point[] = [];
    for (const [y, [low, high]] of rows) outer.push({ x: low, y }, { x: low, y: y + 1 }, { x: high + 1, y }, { x: high + 1, y: y + 1 });
    found.push({ hull: convexHull(outer), score: sum / size });
  }
  return found;
}

export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (list: readonly Point[]): Point[] => {
    const hull: Point[] = [];
    for (const p of list) {
      while (hull.length >= 2 && cross(hull[hull.length - 2] as Point, hull[hull.length - 1] as Point, p) <= 0) hull.pop();
      hull.push(p);
    }
    return hull.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

const cross = (o: Point, a: Point, b: Point): number => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);

/** The smallest rectangle around a hull, its long side first. */
function smallestBox(hull: readonly Point[]): { middle: Point; angle: number; length: number; height: number } | null {
  let best: { middle: Point; angle: number; length: number; height: number; area: number } | null = null;
  hull.forEach((p, i) => {
    const q = hull[(i + 1) % hull.length] as Point;
    const edge = Math.hypot(q.x - p.x, q.y - p.y);
    if (edge < 1e-6) return;
    const [cos, sin] = [(q.x - p.x) / edge, (q.y - p.y) / edge];
    let [u0, u1, v0, v1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of hull) {
      const [u, v] = [x * cos + y * sin, -x * sin + y * cos];
      u0 = Math.min(u0, u);
      u1 = Math.max(u1, u);
      v0 = Math.min(v0, v);
      v1 = Math.max(v1, v);
    }
    const area = (u1 - u0) * (v1 - v0);
    if (best !== null && area >= best.area) return;
    const [u, v] = [(u0 + u1) / 2, (v0 + v1) / 2];
    const middle = { x: u * cos - v * sin, y: u * sin + v * cos };
    const along = u1 - u0 >= v1 - v0;
    best = { middle, angle: Math.atan2(sin, cos) + (along ? 0 : Math.PI / 2), length: Math.max(u1 - u0, v1 - v0), height: Math.min(u1 - u0, v1 - v0), area };
  });
  return best;
}
