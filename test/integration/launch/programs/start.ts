// Runs scripts/start.ts with the small programs beside this file.
import { join } from 'node:path';
import { startSystem } from '../../../../scripts/launch/terminal.ts';

const program = (name: string): string => join(import.meta.dirname, `${name}.ts`);
process.exit(await startSystem({ programs: { migrate: program('migrate'), simulators: program('simulators'), server: program('server') } }));
