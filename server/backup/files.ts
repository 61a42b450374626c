/** Files that are whole or not there: written aside, synced, renamed; hashed on the way. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Written { readonly sha256: string; readonly bytes: number }

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try { await handle.sync(); } finally { await handle.close(); }
}

/**
 * Writes all that comes, and gives the file its name when it is on the disk.
 * @param through further steps before the disk, e.g. gzip; hash and size are of what lies on the disk
 */
export async function writeWhole(path: string, source: Readable, through: readonly NodeJS.ReadWriteStream[] = []): Promise<Written> {
  const aside = `${path}.part`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({ transform(chunk: Buffer, _, done) { hash.update(chunk); bytes += chunk.length; done(null, chunk); } });
  const handle = await open(aside, 'w', 0o600);
  try {
    await pipeline([source, ...through, counted, handle.createWriteStream({ flush: true, autoClose: true })]);
    await rename(aside, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(aside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
  return { sha256: hash.digest('hex'), bytes };
}

/** Lines of a file, one after the other; none where there is no such file. */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file);
  stream.on('error', () => undefined);
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) yield line;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    stream.destroy();
  }
}

/** null where there is no such file. */
export async function hashOf(path: string): Promise<Written | null> {
  if (await sizeOf(path) === null) return null;
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) { hash.update(chunk as Buffer); bytes += (chunk as Buffer).length; }
  return { sha256: hash.digest('hex'), bytes };
}

export const sizeOf = async (path: string): Promise<number | null> => (await stat(path).catch(() => null))?.size ?? null;
