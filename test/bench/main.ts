/** What every bench does around its measuring: its options, its table, its line of FIGURES. */
import { cpus, totalmem } from 'node:os';

export interface Bench<Options> {
  /** @throws Error that says which option is wrong */
  readonly parse: (argv: readonly string[]) => Options;
  readonly help: string;
  /** `table` is null where the lines were printed on the way. */
  readonly run: (options: Options) => Promise<{ readonly table: string | null; readonly figures: Readonly<Record<string, unknown>> }>;
}

/** On what it was measured, as each bench's figures say it. */
export const machine = (): { cores: number; cpu: string | undefined; memory_gb: number; node: string } => ({ cores: cpus().length, cpu: cpus()[0]?.model, memory_gb: Math.round(totalmem() / 2 ** 30), node: process.version });

/** Ends the process: with 2 when an option is wrong. */
export async function runBench<Options>({ parse, help, run }: Bench<Options>): Promise<never> {
  const argv = process.argv.slice(2);
  let options: Options;
  try {
    options = parse(argv);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${help}\n`);
    process.exit(2);
  }
  const { table, figures } = await run(options);
  const text = `${table === null ? '' : `${table}\n\n`}FIGURES ${JSON.stringify(figures)}\n`;
  // A pipe may take it later than the end.
  await new Promise((written) => process.stdout.write(text, written));
  process.exit(0);
}
