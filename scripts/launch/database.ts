import { randomBytes } from 'node:crypto';
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
