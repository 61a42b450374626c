import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptSecret } from '../services/secretfile.ts';

/** The program's login on the private PostgreSQL; the migration makes it, and it owns nothing. */
const APP_LOGIN = 'witness_app';

/** The program's own DATABASE_URL on the private PostgreSQL, its password kept beside the data (0600). */
export function appDatabaseUrl(ownerUrl: string, postgresDir: string): string {
  const url = new URL(ownerUrl);
  url.username = APP_LOGIN;
  url.password = keptSecret(join(postgresDir, 'app-password'), () => randomBytes(24).toString('hex'));
  return url.href;
}

const PORT_FILE = 'port';

/** For programs that are started beside a running instance. */
export const tellPort = (postgresDir: string, port: number): void => writeFileSync(join(postgresDir, PORT_FILE), String(port), { mode: 0o600 });

/** Where the private PostgreSQL answered when it ran last; undefined when it never did. */
export function runningPort(postgresDir: string): number | undefined {
  try {
    return Number(readFileSync(join(postgresDir, PORT_FILE), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}
