import { runStages } from './test/run.ts';
import { CHECKS } from './test/stages.ts';

// `npm run check`: type check, lint and import rule, without the tests.
process.exit(await runStages(CHECKS));
