/** The evidence store's part of a backup: ciphertext, each file copied once. */
import { createReadStream } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isClosed } from '../../media/evidence/index.ts';
import { EVIDENCE } from './format.ts';
import type { EvidenceLine } from './format.ts';
import { sizeOf, writeWhole } from './files.ts';

const FILE = /^[0-9a-f]{8}-[0-9a-f-]{27}\.vwe$/;
const CASE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** `case/file` of every file under a store, case by case. */
export async function* storedFiles(store: string): AsyncGenerator<string> {
  const folders = await readdir(store, { withFileTypes: true }).catch(() => []);
  for (const { name } of folders.filter((one) => one.isDirectory() && CASE.test(one.name))) {
    for (const file of (await readdir(join(store, name)).catch(() => [])).filter((one) => FILE.test(one))) yield `${name}/${file}`;
  }
}

export interface Copied {
  readonly files: readonly EvidenceLine[];
  /** Copied now; the others lay there already. */
  readonly fresh: number;
  /** Not closed: they grow, or were cut off. */
  readonly growing: readonly string[];
  /** Of another length than the copy that was made once: write-once files do not change. */
  readonly changed: readonly string[];
}

/** @param known what earlier backups of this folder say of its files */
export async function copyEvidence(options: { store: string; dir: string; known: ReadonlyMap<string, EvidenceLine>; leaveOut: ReadonlySet<string>; onFile: (count: number, fresh: number) => void }): Promise<Copied> {
  const { store, dir, known, leaveOut, onFile } = options;
  const files: EvidenceLine[] = [];
  const [growing, changed]: [string[], string[]] = [[], []];
  let fresh = 0;
  for await (const path of storedFiles(store)) {
    if (leaveOut.has(path.slice(0, path.indexOf('/')))) continue;
    const [from, to] = [join(store, path), join(dir, EVIDENCE, path)];
    const [size, before] = [await sizeOf(from), known.get(path)];
    if (size === null) continue;
    if (before !== undefined && await sizeOf(to) === before.bytes) {
      if (before.bytes !== size) changed.push(path);
      files.push(before);
    } else if (!await closed(from)) growing.push(path);
    else {
      files.push({ path, ...await writeWhole(to, createReadStream(from)) });
      fresh++;
    }
    onFile(files.length, fresh);
  }
  return { files, fresh, growing, changed };
}

async function closed(path: string): Promise<boolean> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => { if (error.code === 'ENOENT') return null; throw error; });
  if (handle === null) return false;
  try { return await isClosed(handle); } finally { await handle.close(); }
}

/** Copies of cases that were destroyed since (R44) go too. @returns how many cases */
export async function removeDestroyed(dir: string, destroyed: ReadonlySet<string>): Promise<number> {
  let count = 0;
  for (const name of await readdir(join(dir, EVIDENCE)).catch(() => [] as string[])) {
    if (!destroyed.has(name)) continue;
    await rm(join(dir, EVIDENCE, name), { recursive: true, force: true });
    count++;
  }
  return count;
}
