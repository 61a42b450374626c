// `npm run bench:recording`: what recording costs and what it keeps, beside plain `ffmpeg -c copy`. Tables, then FIGURES.
import { loadavg } from 'node:os';
import { runBench } from './main.ts';
import { benchKeyFrames } from './recording/keyframes.ts';
import { benchKills } from './recording/kills.ts';
import { benchLoss } from './recording/loss.ts';
import { benchMuxers } from './recording/muxers.ts';
import { HELP, parseOptions } from './recording/options.ts';
import type { BenchOptions, Part } from './recording/options.ts';
import { figuresOf, report } from './recording/report.ts';
import type { Outcomes } from './recording/report.ts';
import { benchSessions } from './recording/sessions.ts';
import { benchSkew } from './recording/skew.ts';

async function bench(options: BenchOptions): Promise<Outcomes> {
  const [began, loadBefore] = [Date.now(), loadavg()[0]!];
  const part = async <T>(name: Part, run: (options: BenchOptions) => Promise<T>): Promise<T | null> => {
    if (!options.parts.has(name)) return null;
    const since = Date.now();
    const outcome = await run(options);
    process.stderr.write(`${name}: ${Math.round((Date.now() - since) / 1000)} s\n`);
    return outcome;
  };
  const sessions = await part('sessions', benchSessions);
  // A quick run lets the light parts run beside each other; figures that count come from one after the other.
  const beside = [() => part('kills', benchKills), () => part('loss', benchLoss), () => part('skew', benchSkew)] as const;
  const [kills, loss, skew] = options.quick ? await Promise.all([beside[0](), beside[1](), beside[2]()]) : [await beside[0](), await beside[1](), await beside[2]()];
  const parts = { sessions, kills, loss, skew, keyframes: await part('keyframes', benchKeyFrames), muxers: await part('muxers', benchMuxers) };
  return { options, ...parts, loadBefore, seconds: (Date.now() - began) / 1000 };
}

await runBench({
  parse: parseOptions,
  help: HELP,
  run: async (options) => {
    const outcomes = await bench(options);
    return { table: report(outcomes), figures: figuresOf(outcomes) };
  },
});
