/** Which found lines make up which printed row. Pure. */
import type { Strip } from './cardView.ts';
import { ROWS } from './layout.ts';
import type { Zone } from './layout.ts';
import type { CardLine } from './register.ts';

/** Rows of one zone from top to bottom; each row's lines from left to right. */
export function rowsIn(lines: readonly CardLine[], zone: Zone, apart = 21): CardLine[][] {
  const rows: CardLine[][] = [];
  for (const line of lines.filter((candidate) => overlaps(candidate, zone)).sort((a, b) => a.y - b.y)) {
    const row = rows[rows.length - 1];
    if (row !== undefined && line.y - mean(row.map(({ y }) => y)) < apart) row.push(line);
    else rows.push([line]);
  }
  return rows.map((row) => row.sort((a, b) => a.left.x - b.left.x));
}

function overlaps({ left, right, y }: CardLine, zone: Zone): boolean {
  return y > zone.top && y < zone.bottom && Math.min(right.x, zone.right) - Math.max(left.x, zone.left) > Math.min(12, 0.5 * (right.x - left.x));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Print a little wider than found: the detector's ends are soft. */
export const MARGIN = { left: 8, right: 22 };

/** The strip that a row's lines cover inside a zone. */
export function stripOf(row: readonly CardLine[], zone: Zone, height: number): Strip {
  const [first, last] = [row[0] as CardLine, row.reduce((a, b) => (b.right.x > a.right.x ? b : a))];
  const run = last.right.x - first.left.x;
  const slope = Math.max(-0.12, Math.min(0.12, run > 60 ? (last.right.y - first.left.y) / run : 0));
  const y = mean(row.map((line) => line.y));
  const middle = mean(row.map((line) => (line.left.x + line.right.x) / 2));
  const from = Math.max(zone.left, first.left.x - MARGIN.left);
  const to = Math.max(from + 30, Math.min(zone.right, last.right.x + MARGIN.right));
  return { left: { x: from, y: y + slope * (from - middle) }, right: { x: to, y: y + slope * (to - middle) }, height };
}

/** Where a row stands by the design, for print that the detector missed. */
export const strip = (from: number, to: number, y: number, height: number): Strip => ({ left: { x: from, y }, right: { x: to, y }, height });

/** Height of a cut-out line for characters of this em. */
export const lineHeight = (em: number = ROWS.em): number => em * 1.36;
