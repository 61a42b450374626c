import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from './app.ts';
import type { App } from './app.ts';
import { currentTotp } from './auth/staff.ts';
import { ConfigError, describeConfig, loadConfig } from './platform/config.ts';
import { stopOnSignals } from './platform/lifecycle.ts';
import { createLog } from './platform/log.ts';

/** Demo only: the invented staff with their passwords and the code of this minute; the file is for the demo's own browser. */
function tellDemoLogins({ logins }: App, dataDir: string): void {
  if (logins.length === 0) return;
  writeFileSync(join(dataDir, 'demo-staff.json'), JSON.stringify(logins), { mode: 0o600 });
  const row = (cells: readonly string[]): string => cells.map((cell, i) => cell.padEnd([8, 20, 14, 34, 8][i]!)).join('');
  const lines = logins.map((l) => row([l.username, l.roles.join(','), l.password, l.totpSecret, currentTotp(l.totpSecret)]));
  process.stdout.write(['Demo staff (invented):', row(['user', 'roles', 'password', 'TOTP secret', 'code now']), ...lines, ''].join('\n'));
}

try {
  const config = loadConfig(process.env);
  const log = createLog({ level: config.logLevel });
  log.debug(describeConfig(config), 'configuration');
  const app = await startApp(config, log);
  stopOnSignals(() => app.stop());
  tellDemoLogins(app, config.dataDir);
  process.stdout.write(`READY ${app.url}\n`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 78;
}
