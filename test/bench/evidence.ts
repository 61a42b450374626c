// `npm run bench:evidence`: whether what was spoiled is found, what one event's proof costs, what of a client lies about in the clear, how fast a replay jumps. A table, then FIGURES.
import { loadavg } from 'node:os';
import { startEvidence } from '../integration/evidence.support.ts';
import type { EvidenceKit } from '../integration/evidence.support.ts';
import globalSetup from '../support/services/globalsetup.mjs';
import globalTeardown from '../support/services/globalteardown.mjs';
import { manipulate } from './evidence/manipulations.ts';
import { HELP, dice, parseOptions } from './evidence/options.ts';
import type { BenchOptions, Part } from './evidence/options.ts';
import { searchPlaintext } from './evidence/plaintext.ts';
import { figuresOf, report } from './evidence/report.ts';
import type { Outcomes } from './evidence/report.ts';
import { measureSeeks } from './evidence/seek.ts';
import { verifyOne } from './evidence/verifyOne.ts';
import { runBench } from './main.ts';
import { measured } from './progress.ts';

/** PostgreSQL, Redis, store and cases of their own, gone afterwards. */
async function withKit<T>(work: (kit: EvidenceKit) => Promise<T>): Promise<T> {
  const kit = await startEvidence();
  try {
    return await work(kit);
  } finally {
    await kit.close();
  }
}

async function bench(options: BenchOptions): Promise<Outcomes> {
  const [began, [load]] = [Date.now(), loadavg() as [number]];
  const { parts } = options;
  const why: Partial<Record<Part, string>> = {};
  const manipulated = parts.has('manipulations') ? await measured('manipulations', options.manipulations, (bar) => withKit((kit) => manipulate(kit, dice(options.seed), options.manipulations, bar))) : null;
  const verified = parts.has('verify') ? await measured('one event', 6, (bar) => withKit((kit) => verifyOne(kit, options.quick, bar))) : null;
  const seeks = parts.has('seek') ? await measured('openings and jumps', options.opens + options.seeks, (bar) => measureSeeks(options, bar)) : null;
  const searched = parts.has('plaintext') ? await measured('journey', options.quick ? 30 : 33, (bar) => searchPlaintext(bar, options.quick)) : null;
  if (searched !== null && searched.unseen.length > 0) why.plaintext = `the search did not see what was planted: ${searched.unseen.join('; ')}`;
  return { options, manipulated, verified, searched, seeks, why, load, seconds: (Date.now() - began) / 1000 };
}

await runBench({
  parse: parseOptions,
  help: HELP,
  run: async (options) => {
    await globalSetup();
    try {
      const outcomes = await bench(options);
      return { table: report(outcomes), figures: figuresOf(outcomes) };
    } finally {
      await globalTeardown();
    }
  },
});
