/** What `npm run bench:evidence` can be told. */
import { parseArgs } from 'node:util';

export const PARTS = ['manipulations', 'verify', 'plaintext', 'seek'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly quick: boolean;
  readonly parts: ReadonlySet<Part>;
  readonly manipulations: number;
  /** Which ones: the same seed spoils the same things. */
  readonly seed: number;
  readonly sessionMinutes: number;
  readonly seeks: number;
  readonly opens: number;
  /** The replay is measured in a browser that cannot decode by itself. */
  readonly element: boolean;
}

export const HELP = 'npm run bench:evidence -- [--quick] [--only manipulations,verify,plaintext,seek] [--n MANIPULATIONS] [--seed NUMBER] [--element]';

/** @throws Error that says which option is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...argv], options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, n: { type: 'string' }, seed: { type: 'string' }, element: { type: 'boolean', default: false } } });
  const whole = (text: string | undefined, usual: number, name: string): number => {
    if (text !== undefined && !/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number, not "${text}"`);
    return text === undefined ? usual : Number(text);
  };
  const only = values.only?.split(',') ?? PARTS;
  for (const part of only) if (!PARTS.includes(part as Part)) throw new Error(`--only knows ${PARTS.join(', ')}, not "${part}"`);
  const { quick, element } = values;
  return { quick, parts: new Set(only as Part[]), manipulations: whole(values.n, quick ? 120 : 1000, 'n'), seed: whole(values.seed, 1, 'seed'), sessionMinutes: quick ? 1 : 15, seeks: quick ? 10 : 50, opens: quick ? 4 : 10, element };
}

/** Numbers that come again with the same seed (mulberry32). */
export interface Dice { below(limit: number): number; pick<T>(list: readonly T[]): T }
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (list) => {
      const one = list[below(list.length)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
  };
}
