/** Reads a folder of anybody's photos: one JSON line each on standard output. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

import type { Progress } from '../progress.ts';
import { textsOf } from './score.ts';
import { StationError } from './station.ts';
import type { Station } from './station.ts';

const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.webp', '.heic', '.heif', '.avif', '.gif', '.bmp', '.tif', '.tiff']);

export async function picturesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile() && PICTURES.has(extname(entry.name).toLowerCase())).map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** @returns the times of those that were read. */
export async function readFolder(station: Station, folder: string, files: readonly string[], progress: Progress): Promise<number[]> {
  const times: number[] = [];
  for (const path of files) {
    const file = path.slice(folder.length).replace(/^[\\/]/, '');
    const line = await station.upload(await readFile(path)).then(
      ({ ms, result }) => {
        times.push(ms);
        const document = result.kind ?? 'unknown';
        return { file, kind: result.side, document, fields: textsOf(result), findings: result.findings.map(({ code, field, blocks }) => ({ code, ...(field === undefined ? {} : { field }), blocks })), ms: Math.round(ms) };
      },
      (error: unknown) => {
        if (!(error instanceof StationError)) throw error;
        return { file, kind: 'unreadable', fields: {}, findings: [], error: error.message, ms: null };
      },
    );
    process.stdout.write(`${JSON.stringify(line)}\n`);
    progress.tick();
  }
  return times;
}
