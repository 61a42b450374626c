import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keptSecret } from '../services/secretfile.ts';

const symmetric = (id: string) => (): string => `${id}:${randomBytes(32).toString('base64')}`;
const signing = (): string => `s1:${generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')}`;

/**
 * The demo's own keys, made at the first start and kept beside its data (0600): without them its data cannot be read.
 * In production the operator gives them; they must not lie beside the data.
 */
export function demoKeys(dataDir: string, env: Record<string, string | undefined>): Record<string, string> {
  const folder = join(dataDir, 'keys');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const makers = { MASTER_KEYS: symmetric('m1'), BLIND_INDEX_KEYS: symmetric('b1'), SIGNING_KEYS: signing };
  return Object.fromEntries(
    Object.entries(makers).map(([name, make]) => [name, (env[name] ?? '') !== '' ? env[name]! : keptSecret(join(folder, name), make)]),
  );
}
