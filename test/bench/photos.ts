// `npm run bench:photos`: how many photos that were not in the recorded picture at their second are found, and how many honest ones are doubted. A table, then FIGURES.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';

import { sameFrame } from '../../review/checks/recorded/sameFrame.ts';
import { KINDS, WAYS, pairsOf } from '../support/recorded/pairs.ts';
import type { Kind, Pair } from '../support/recorded/pairs.ts';
import { machine, runBench } from './main.ts';

/** Limits were chosen on `tuning`; `final` seeds have no part in it. */
const FIRST_SEED = { tuning: 0, final: 20_000 } as const;

interface Judged { readonly pair: Omit<Pair, 'photo' | 'recorded'>; readonly verdict: string; readonly ms: number; readonly cpuMs: number; readonly worst: number; readonly usual: number; readonly similarity: number }

const HELP = 'npm run bench:photos -- [--quick] [--set final|tuning] [--seeds COUNT] [--from COUNT] [--minutes COUNT] [--verbose]';

function parseOptions(argv: readonly string[]) {
  const { values } = parseArgs({ args: [...argv], options: { quick: { type: 'boolean', default: false }, set: { type: 'string', default: 'final' }, seeds: { type: 'string' }, from: { type: 'string', default: '0' }, minutes: { type: 'string', default: '60' }, verbose: { type: 'boolean', default: false } } });
  if (values.set !== 'tuning' && values.set !== 'final') throw new Error('--set final|tuning');
  return { quick: values.quick, set: values.set, seeds: Number(values.seeds ?? (values.quick ? 3 : 30)), from: Number(values.from), untilMs: Date.now() + Number(values.minutes) * 60_000, verbose: values.verbose } as const;
}

async function judge(pair: Pair): Promise<Judged> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const { verdict, worst, usual, similarity } = await sameFrame(pair.photo, pair.recorded);
  const { user, system } = process.cpuUsage(cpu);
  const { photo: _, recorded: __, ...rest } = pair;
  return { pair: rest, verdict, ms: performance.now() - began, cpuMs: (user + system) / 1000, worst: worst ?? 0, usual: usual ?? 0, similarity: similarity ?? 0 };
}

const percentile = (values: readonly number[], share: number): number => Math.round([...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN);

function table(judged: readonly Judged[]): string {
  const cell = (kind: Kind, way: string, network: string): string => {
    const some = judged.filter(({ pair }) => pair.kind === kind && pair.way === way && pair.network === network);
    const doubted = some.filter(({ verdict }) => verdict !== 'same' && verdict !== 'undecidable').length;
    const undecided = some.filter(({ verdict }) => verdict === 'undecidable').length;
    return some.length === 0 ? '–' : `${doubted}/${some.length}${undecided > 0 ? ` (+${undecided} undecided)` : ''}`;
  };
  const columns = WAYS.flatMap((way) => ['good', 'weak', 'poor', 'bad'].filter((network) => judged.some(({ pair }) => pair.way === way && pair.network === network)).map((network) => [way, network] as const));
  const rows = KINDS.map((kind) => [kind, ...columns.map(([way, network]) => cell(kind, way, network))]);
  return [['not taken for the recorded frame', ...columns.map(([way, network]) => `${way} ${network}`)], ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

async function bench({ quick, set, seeds, from, untilMs, verbose }: ReturnType<typeof parseOptions>): Promise<Record<string, unknown>> {
  const judged: Judged[] = [];
  for (let i = from; i < from + seeds && Date.now() < untilMs; i += 1) {
    for await (const pair of pairsOf(FIRST_SEED[set] + i)) {
      const one = await judge(pair);
      judged.push(one);
      if (Date.now() > untilMs) break;
      if (verbose) console.log([i, one.pair.shown, one.pair.kind, one.pair.way, one.pair.network, one.verdict, one.similarity.toFixed(4), one.worst.toFixed(3), one.usual.toFixed(4)].join('\t'));
    }
    process.stderr.write(`seed ${i + 1 - from} of ${seeds}\n`);
  }
  console.log(table(judged));
  const of = (forged: boolean, bits?: boolean) => judged.filter(({ pair }) => (pair.kind !== 'honest') === forged && (bits === undefined || (pair.way === 'sameBits') === bits));
  const found = (some: readonly Judged[]): number => some.filter(({ verdict }) => verdict !== 'same').length;
  const cost = judged.filter(({ pair }) => pair.kind === 'honest' && pair.way === 'sameBits' && pair.network === 'good');
  const search = judged.filter(({ pair }) => pair.kind !== 'honest' && pair.network === 'good');
  return {
    pairs: judged.length, forged_same_bits: of(true, true).length, found_same_bits: found(of(true, true)), forged_other: of(true, false).length, found_other: found(of(true, false)),
    honest: of(false).length, honest_accused: of(false).filter(({ verdict }) => verdict !== 'same' && verdict !== 'undecidable').length, honest_undecided: of(false).filter(({ verdict }) => verdict === 'undecidable').length,
    same_ms_p50: percentile(cost.map(({ ms }) => ms), 0.5), same_ms_p95: percentile(cost.map(({ ms }) => ms), 0.95), same_cpu_ms_p50: percentile(cost.map(({ cpuMs }) => cpuMs), 0.5),
    differing_ms_p50: percentile(search.map(({ ms }) => ms), 0.5), differing_cpu_ms_p50: percentile(search.map(({ cpuMs }) => cpuMs), 0.5),
    set, quick, machine: machine(), load: loadavg()[0], date: new Date().toISOString(),
  };
}

// The table is printed on the way.
await runBench({ parse: parseOptions, help: HELP, run: async (options) => ({ table: null, figures: await bench(options) }) });
