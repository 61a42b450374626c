import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A private key that a restart keeps: else passwords on their way could not be opened any more. Without a file it lives in memory. */
export const keptKey = (file: string | undefined, make: () => KeyObject): KeyObject => {
  if (file !== undefined && existsSync(file)) return createPrivateKey(readFileSync(file));
  const key = make();
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  return key;
};
