import { startSystem } from './launch/terminal.ts';

// `npm start`
process.exit(await startSystem());
