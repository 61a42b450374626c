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

/** `case/file` of every file under a store, in the order of the lists; names of one case's files at a time. */
export async function* storedFiles(store: string): AsyncGenerator<string> {
  const names = (await readdir(store, { withFileTypes: true }).catch(() => [])).flatMap((one) => (one.isDirectory() && CASE.test(one.name) ? [one.name] : [])).sort();
  for (const name of names) {
    for (const file of (await readdir(join(store, name)).catch(() => [])).filter((one) => FILE.test(one)).sort()) yield `${name}/${file}`;
  }
}

export interface Tally {
  files: number;
  bytes: number;
  /** Copied now; the others lay there already. */
  fresh: number;
  /** Not closed: they grow, or were cut off. */
  readonly growing: string[];
  /** Of another length than the copy that was made once: write-once files do not change. */
  readonly changed: string[];
}
export const tally = (): Tally => ({ files: 0, bytes: 0, fresh: 0, growing: [], changed: [] });

/**
 * Copies file by file and tells each as a line of the list; counts in `counted`.
 * @param known what earlier backups of this folder say of its files, asked in the order of the lists
 */
export async function* copyEvidence({ store, dir, known, leaveOut, counted }: { store: string; dir: string; known: (path: string) => Promise<EvidenceLine | undefined>; leaveOut: ReadonlySet<string>; counted: Tally }): AsyncGenerator<EvidenceLine> {
  for await (const path of storedFiles(store)) {
    if (leaveOut.has(path.slice(0, path.indexOf('/')))) continue;
    const line = await copyOne({ store, dir, path, before: await known(path), counted });
    if (line === null) continue;
    counted.files++;
    counted.bytes += line.bytes;
    yield line;
  }
}

async function copyOne({ store, dir, path, before, counted }: { store: string; dir: string; path: string; before: EvidenceLine | undefined; counted: Tally }): Promise<EvidenceLine | null> {
  const [from, to] = [join(store, path), join(dir, EVIDENCE, path)];
  const size = await sizeOf(from);
  if (size === null) return null;
  if (before !== undefined && await sizeOf(to) === before.bytes) {
    if (before.bytes !== size) counted.changed.push(path);
    return before;
  }
  if (!await closed(from)) {
    counted.growing.push(path);
    return null;
  }
  try {
    const line = { path, ...await writeWhole(to, createReadStream(from)) };
    counted.fresh++;
    return line;
  } catch (error) {
    // Its case was destroyed in this moment.
    if (await sizeOf(from) === null) return null;
    throw error;
  }
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
