/** How far a flat document leans away from the camera, told from how its sides are shortened (R21). Pure. */
import { apply } from '../reading/homography.ts';
import type { PlaneMap } from '../reading/homography.ts';

/**
 * Degrees, 0 (straight above) to 90. Seen at an angle, a circle on the sheet becomes an ellipse whose axes are as the
 * angle's cosine: no focal length is needed, only the sheet's true proportions.
 * @param map sheet units (any, equal in both directions) to pixels of the picture
 * @param middle of the sheet, in its units
 */
export function leanDeg(map: PlaneMap, middle: { readonly x: number; readonly y: number }, step: number): number {
  const at = (dx: number, dy: number): { x: number; y: number } => apply(map, { x: middle.x + dx, y: middle.y + dy });
  const [left, right, up, down] = [at(-step, 0), at(step, 0), at(0, -step), at(0, step)];
  const [a, b, c, d] = [right.x - left.x, down.x - up.x, right.y - left.y, down.y - up.y];
  // Singular values of the map's derivative.
  const sum = a * a + b * b + c * c + d * d;
  const root = Math.sqrt(Math.max(0, sum * sum - 4 * (a * d - b * c) ** 2));
  return (Math.acos(Math.sqrt(Math.max(0, (sum - root) / (sum + root)))) * 180) / Math.PI;
}
