// `npm run bench:id`: what reading and judging photos of ID cards is worth, beside plain tesseract.js. A table, then FIGURES.
import { tryBadInput } from './id/badInput.ts';
import { tryCorrupted } from './id/corrupted.ts';
import { failureSink } from './id/failures.ts';
import { picturesIn, readFolder } from './id/folder.ts';
import { HELP, parseOptions } from './id/options.ts';
import type { BenchOptions } from './id/options.ts';
import { judgeQuality, readPhotos, readPlainly, warmUp } from './id/phases.ts';
import { openPhotographers } from './id/photographers.ts';
import { watchPool } from './id/poolWatch.ts';
import { figuresOf, report } from './id/report.ts';
import type { Outcomes } from './id/report.ts';
import { goodPhotos, DEFECTS, stratified } from './id/sets.ts';
import { openStation } from './id/station.ts';
import type { Station } from './id/station.ts';
import { runBench } from './main.ts';
import { measured } from './progress.ts';

const CORRUPTED = 10_000;

/** One pinned process for each kind of work, so that what one has loaded is not in the other's way. */
async function atStation<T>(work: (station: Station) => Promise<T>): Promise<T> {
  const station = openStation();
  try {
    return await work(station);
  } finally {
    await station.close();
  }
}

async function bench(options: BenchOptions, began: number): Promise<Outcomes> {
  const { phases, set } = options;
  const good = goodPhotos(set, options.photos);
  const failures = await failureSink(options.failures);
  let core: number | null = null;
  const photographers = openPhotographers({ wanted: phases.has('reading') || phases.has('plain') || phases.has('quality') });
  // Memory and the loop first, while nothing else has been measured on this process.
  const pool = phases.has('pool') ? await measured('eight at once', 8 * options.rounds, async (bar) => await watchPool(good, options.rounds, bar)) : null;
  const reading = phases.has('reading') ? await atStation(async (station) => {
    core = station.core;
    return await measured('reading', good.length, async (bar) => await readPhotos(station, photographers, good, bar, failures));
  }) : null;
  const forPlain = stratified(good, options.plain);
  const plain = phases.has('plain') ? await atStation(async (station) => await measured('plain tesseract.js', forPlain.length, async (bar) => await readPlainly(station, photographers, forPlain, bar))) : null;
  const judgedGood = options.quick ? stratified(good, 60) : good;
  const quality = phases.has('quality') ? await atStation(async (station) =>
    await measured('quality', DEFECTS.length * options.perDefect + judgedGood.length + options.perDefect, async (bar) => await judgeQuality(station, photographers, set, { perDefect: options.perDefect, good: judgedGood }, bar, failures))) : null;
  photographers.close();
  const corrupted = phases.has('corrupted') ? tryCorrupted(set, CORRUPTED) : null;
  const bad = phases.has('bad') ? await measured('bad input', options.bad, async (bar) => await tryBadInput(options.bad, bar)) : null;
  return { options, core, reading, plain, quality, corrupted, pool, bad, folder: null, seconds: (Date.now() - began) / 1000 };
}

async function benchFolder(options: BenchOptions, folder: string, began: number): Promise<Outcomes> {
  const files = await picturesIn(folder);
  const { times, core } = await atStation(async (station) => {
    await warmUp(station);
    return { core: station.core, times: await measured('reading', files.length, async (bar) => await readFolder(station, folder, files, bar)) };
  });
  return { options, core, reading: null, plain: null, quality: null, corrupted: null, pool: null, bad: null, folder: { photos: files.length, times }, seconds: (Date.now() - began) / 1000 };
}

await runBench({
  parse: parseOptions,
  help: HELP,
  run: async (options) => {
    const began = Date.now();
    const outcomes = options.folder === null ? await bench(options, began) : await benchFolder(options, options.folder, began);
    const figures = figuresOf(outcomes);
    return { table: options.folder === null ? report(outcomes, figures) : null, figures };
  },
});
