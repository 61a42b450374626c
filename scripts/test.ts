import { runStages } from './test/run.ts';
import { CHECKS, SUITES } from './test/stages.ts';

// `npm test`: everything. `npm test -- unit integration`: only the stages named.
const wanted = process.argv.slice(2);
const all = [...CHECKS, ...SUITES];
const unknown = wanted.filter((name) => !all.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`unknown stage ${unknown.join(', ')}; known: ${all.map((stage) => stage.name).join(', ')}`);
  process.exit(2);
}
process.exit(await runStages(wanted.length === 0 ? all : all.filter((stage) => wanted.includes(stage.name))));
