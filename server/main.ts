import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from './app.ts';
import type { App } from './app.ts';
import { currentTotp } from './auth/staff.ts';
import { ConfigError, describeConfig, loadConfig } from './platform/config.ts';
import type { Config } from './platform/config.ts';
import { StoppedWhileStarting, createLifecycle, stopOnFaults, stopOnSignals } from './platform/lifecycle.ts';
import { createLog } from './platform/log.ts';

/** Demo only: the invented staff with their passwords and the code of this minute; the file is for the demo's own browser. */
function tellDemoLogins({ logins }: App, dataDir: string): void {
  if (logins.length === 0) return;
  writeFileSync(join(dataDir, 'demo-staff.json'), JSON.stringify(logins), { mode: 0o600 });
  const row = (cells: readonly string[]): string => cells.map((cell, i) => cell.padEnd([8, 20, 14, 34, 8][i]!)).join('');
  const lines = logins.map((l) => row([l.username, l.roles.join(','), l.password, l.totpSecret, currentTotp(l.totpSecret)]));
  process.stdout.write(['Demo staff (invented):', row(['user', 'roles', 'password', 'TOTP secret', 'code now']), ...lines, ''].join('\n'));
}

const configured = (): Config | undefined => {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 78;
    return undefined;
  }
};

const config = configured();
if (config !== undefined) {
  const log = createLog({ level: config.logLevel });
  log.debug(describeConfig(config), 'configuration');
  const life = createLifecycle(log);
  // From the first part on: a start takes seconds, and may be called off or fail anywhere.
  stopOnSignals(() => life.stop());
  stopOnFaults(log, () => life.stop());
  try {
    const app = await startApp(config, log, life);
    tellDemoLogins(app, config.dataDir);
    process.stdout.write(`READY ${app.url}\n`);
  } catch (error) {
    if (!(error instanceof StoppedWhileStarting)) {
      log.fatal({ err: error }, 'could not start');
      await life.stop();
      process.exit(1);
    }
  }
}
