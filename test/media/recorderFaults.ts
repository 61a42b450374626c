/**
 * Loaded before the recorder process: what the file beside its folder says becomes of the calls that reach the store, and of the
 * machine's clock. All else, from the packets to the bytes on the disk, is the recorder's own.
 */
import { readFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { Faults } from './recordingRig.ts';

const path = `${process.argv[2]}.faults`;
const now = (): Faults => {
  try { return JSON.parse(readFileSync(path, 'utf8')) as Faults; } catch { return {}; }
};
const trouble = async (): Promise<void> => {
  const { store } = now();
  if (store === 'slow') await new Promise((resolve) => { setTimeout(resolve, 1_500); });
  else if (store === 'hangs') while (now().store === 'hangs') await new Promise((resolve) => { setTimeout(resolve, 50); });
  else if (store !== undefined) throw Object.assign(new Error(store), { code: store });
};
type Work = (...args: unknown[]) => Promise<unknown>;
const failing = (on: Record<string, unknown>, name: string): void => {
  const real = on[name] as Work;
  on[name] = async function failsSometimes(this: unknown, ...args: unknown[]): Promise<unknown> {
    await trouble();
    return real.apply(this, args);
  };
};

const handle = await promises.open(process.execPath, 'r');
const methods = Object.getPrototypeOf(handle) as Record<string, unknown>;
await handle.close();
for (const name of ['write', 'writeFile', 'sync', 'datasync']) failing(methods, name);
for (const name of ['open', 'appendFile', 'mkdir', 'rename', 'readFile', 'utimes']) failing(promises as unknown as Record<string, unknown>, name);
syncBuiltinESMExports();

const { now: realNow } = Date;
let aheadMs = 0;
setInterval(() => { aheadMs = now().clockAheadMs ?? 0; }, 50).unref();
Date.now = () => realNow() + aheadMs;
