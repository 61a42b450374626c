// `npm run bench:recording`: what recording costs and what it keeps, beside plain `ffmpeg -c copy`. Tables, then FIGURES.
import { loadavg } from 'node:os';
import { benchKeyFrames } from './recording/keyframes.ts';
import { benchKills } from './recording/kills.ts';
import { benchLoss } from './recording/loss.ts';
import { benchMuxers } from './recording/muxers.ts';
import { HELP, parseOptions } from './recording/options.ts';
import type { BenchOptions, Part } from './recording/options.ts';
import { figuresOf, report } from './recording/report.ts';
import { benchSessions } from './recording/sessions.ts';
import { benchSkew } from './recording/skew.ts';

async function main(argv: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}\n`);
    return 2;
  }
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
  const outcomes = { options, ...parts, loadBefore, seconds: (Date.now() - began) / 1000 };
  const figures = figuresOf(outcomes);
  process.stdout.write(`${report(outcomes)}\n\nFIGURES ${JSON.stringify(figures)}\n`);
  return 0;
}

process.exit(await main(process.argv.slice(2)));
