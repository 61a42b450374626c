/** What `npm run bench:recording` can be told. */
import { parseArgs } from 'node:util';

export const PARTS = ['sessions', 'kills', 'loss', 'skew', 'keyframes', 'muxers'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly quick: boolean;
  readonly parts: ReadonlySet<Part>;
  /** Numbers of sessions recorded at once, and for how long each is measured. */
  readonly sessions: readonly number[];
  readonly measureMs: number;
  readonly kills: number;
  readonly lossMs: number;
  readonly skewMs: number;
}

export const HELP = `npm run bench:recording -- [--quick] [--only ${PARTS.join(',')}] [--sessions 1,10,40] [--kills N] [--skew SECONDS]`;

/** @throws Error that says which option is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, sessions: { type: 'string' }, kills: { type: 'string' }, skew: { type: 'string' } },
  });
  const { quick } = values;
  const count = (text: string, name: string): number => {
    if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} takes whole numbers above 0, not "${text}"`);
    return Number(text);
  };
  const only = values.only?.split(',') ?? PARTS;
  for (const part of only) if (!PARTS.includes(part as Part)) throw new Error(`--only knows ${PARTS.join(', ')}, not "${part}"`);
  return {
    quick, parts: new Set(only as Part[]),
    sessions: (values.sessions ?? (quick ? '1,3' : '1,10,40')).split(',').map((text) => count(text, 'sessions')),
    measureMs: quick ? 3_000 : 30_000,
    kills: values.kills === undefined ? (quick ? 3 : 30) : count(values.kills, 'kills'),
    lossMs: quick ? 6_000 : 60_000,
    skewMs: 1000 * (values.skew === undefined ? (quick ? 30 : 600) : count(values.skew, 'skew')),
  };
}
