/** What `npm run bench:id` can be told. */
import { parseArgs } from 'node:util';

export const PHASES = ['reading', 'plain', 'quality', 'corrupted', 'pool', 'bad'] as const;
export type Phase = (typeof PHASES)[number];

export type BenchOptions = {
  readonly quick: boolean;
  /** `final` seeds have no part in any tuning. */
  readonly set: 'final' | 'tuning';
  /** Good photos to read, photos for plain tesseract.js, photos a deliberate defect. */
  readonly photos: number;
  readonly plain: number;
  readonly perDefect: number;
  /** Photos over which the event loop is watched: rounds of eight. */
  readonly rounds: number;
  /** Files that are no good photo of a card. */
  readonly bad: number;
  readonly phases: ReadonlySet<Phase>;
  /** Where photos that were read wrong go, with truth and reading. */
  readonly failures: string | null;
  /** Read the photos of this folder instead. */
  readonly folder: string | null;
};

export const HELP = `npm run bench:id -- [--quick] [--set final|tuning] [--n PHOTOS] [--plain PHOTOS] [--defects PHOTOS_EACH] [--bad FILES]
                    [--only reading,plain,quality,corrupted,pool,bad] [--failures DIR]
npm run bench:id -- --photos DIR     one JSON line a photo of the folder, then FIGURES`;

/** @throws Error that says which option is wrong. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false }, set: { type: 'string', default: 'final' }, n: { type: 'string' }, plain: { type: 'string' }, defects: { type: 'string' }, bad: { type: 'string' },
      only: { type: 'string' }, failures: { type: 'string' }, photos: { type: 'string' },
    },
  });
  const quick = values.quick;
  const count = (text: string | undefined, usual: number, name: string): number => {
    if (text === undefined) return usual;
    if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number, not "${text}"`);
    return Number(text);
  };
  if (values.set !== 'final' && values.set !== 'tuning') throw new Error(`--set is final or tuning, not "${values.set}"`);
  const only = values.only?.split(',') ?? PHASES;
  for (const phase of only) if (!PHASES.includes(phase as Phase)) throw new Error(`--only knows ${PHASES.join(', ')}, not "${phase}"`);
  return {
    quick, set: values.set,
    photos: count(values.n, quick ? 200 : 1000, 'n'),
    plain: count(values.plain, quick ? 50 : 300, 'plain'),
    perDefect: count(values.defects, quick ? 8 : 50, 'defects'),
    rounds: quick ? 2 : 6,
    bad: count(values.bad, quick ? 50 : 1000, 'bad'),
    phases: new Set(only as Phase[]), failures: values.failures ?? null, folder: values.photos ?? null,
  };
}
