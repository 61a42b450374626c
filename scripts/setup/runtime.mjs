import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT, SetupError } from './steps.mjs';

/** The Node everything runs on: the pinned 24 that npm installed, else the machine's own when it is new enough. */
export function findRuntime() {
  const pinned = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  throw new SetupError(
    `npm has no Node 24 for ${process.platform}-${process.arch}, and this machine's Node is ${process.versions.node}.\nInstall Node 24 (https://nodejs.org) and start again.`,
  );
}
