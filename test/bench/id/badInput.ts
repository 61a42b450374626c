/** A thousand files that are no good photo of a card, as uploads go: each has to be told by its name, and the memory to stay flat. */
import { AppError } from '../../../contracts/errors.ts';
import { createReader } from '../../../review/checks/index.ts';
import type { Reader } from '../../../review/checks/index.ts';
import { badInputs } from '../../support/cards/badInput.ts';
import type { BadInput } from '../../support/cards/badInput.ts';
import { memoryOf } from './poolWatch.ts';
import type { Progress } from '../progress.ts';
import { quantile } from './score.ts';

export type BadOutcome = {
  readonly files: number;
  readonly kinds: number;
  /** What was said otherwise than it should have been: name of the file and what was said. */
  readonly wrong: ReadonlyMap<string, number>;
  /** Median MiB of the pool's processes together, and of the program beside them, early and late in the run. */
  readonly poolMb: readonly [number, number];
  readonly ownMb: readonly [number, number];
  readonly died: number;
  readonly renewed: number;
};

/** Files at either end of the run over which the memory's median is taken (fewer in a short one); before the first, everything is loaded once. */
const SPAN = 100;

export async function tryBadInput(files: number, progress: Progress): Promise<BadOutcome> {
  const kinds = [...Map.groupBy(await badInputs(), ({ name, kind }) => kind ?? name).values()];
  const reader = createReader({ workers: 1 });
  const wrong = new Map<string, number>();
  const [pool, own]: [number[], number[]] = [[], []];
  const look = async (): Promise<void> => {
    const now = await Promise.all(reader.load().processes.map(async ({ pid }) => (await memoryOf(pid)).rss));
    pool.push(now.reduce((sum, mb) => sum + mb, 0));
    own.push(process.memoryUsage.rss() / 2 ** 20);
  };
  try {
    for (const [one] of kinds) await saidOf(reader, (one as BadInput).bytes);
    for (let i = 0; i < files; i += 1) {
      const of = kinds[i % kinds.length] as BadInput[];
      const one = of[Math.floor(i / kinds.length) % of.length] as BadInput;
      const said = await saidOf(reader, one.bytes);
      if (!fits(one, said)) wrong.set(`${one.name}: ${said.join(', ')}`, (wrong.get(`${one.name}: ${said.join(', ')}`) ?? 0) + 1);
      await look();
      progress.tick();
    }
    const span = Math.min(SPAN, Math.ceil(files / 4));
    const ends = (values: readonly number[]): [number, number] => [values.slice(0, span), values.slice(-span)].map((part) => Math.round(quantile(part, 0.5) ?? 0)) as [number, number];
    const { died, renewed } = reader.load();
    return { files, kinds: kinds.length, wrong, poolMb: ends(pool), ownMb: ends(own), died, renewed };
  } finally {
    await reader.close();
  }
}

const fits = ({ says }: BadInput, said: readonly string[]): boolean => (says === null ? said.length === 0 : said.includes(says));

async function saidOf(reader: Reader, bytes: Buffer): Promise<readonly string[]> {
  try {
    const { jpeg } = await reader.inspect(bytes);
    return (await reader.judge(jpeg, { kind: 'portraitSide', expect: 'portrait' })).findings.map(({ code }) => code);
  } catch (error) {
    if (error instanceof AppError) return [error.code];
    throw error;
  }
}
