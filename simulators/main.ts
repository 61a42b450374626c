import { join } from 'node:path';
import { startSimulators } from './start.ts';

/**
 * The outside world as a process of its own. SIMULATORS_PORT or SIM_BASE_PORT (default 9600) is the control port; the seven
 * after it are police check, depository, core, bank, certificate authority, SMS, time stamp authority; 0 takes free ones. With DATA_DIR a restart
 * keeps accounts and keys. DEMO=0 hides the one-time codes. Prints the addresses, then `READY <control address>`.
 */
const { env } = process;
const simulators = await startSimulators({
  basePort: Number(env['SIMULATORS_PORT'] || env['SIM_BASE_PORT'] || 9600),
  dataDir: env['DATA_DIR'] ? join(env['DATA_DIR'], 'simulators') : undefined,
  demo: env['DEMO'] !== '0' && env['DEMO'] !== 'false',
});
process.stdout.write(`SIMULATORS ${JSON.stringify(simulators.urls)}\nREADY ${simulators.urls.control}\n`);

const stop = (): void => void simulators.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// Whoever started us is gone: nobody would stop us any more.
process.once('disconnect', stop);
