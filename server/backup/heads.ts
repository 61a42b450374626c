/** The published heads that a restore is given, proven before anything is restored: what was destroyed since stays destroyed (R44). */
import { open } from 'node:fs/promises';
import { walkPublished } from '../usecases/evidence/headsFile.ts';
import type { HeadFault, TrustedKey } from '../usecases/evidence/headsFile.ts';
import { linesOf } from './files.ts';
import { BackupError } from './format.ts';

export interface Tombstone { readonly subjectId: string; readonly at: Date }
export interface ProvenHeads {
  readonly lines: number;
  /** When the last head was signed. What was cut off behind it, as whole lines, no copy can tell by itself. */
  readonly lastAt: Date | null;
  readonly tombstones: readonly Tombstone[];
}

const WORDS: Record<HeadFault, (at: string) => string> = {
  unreadable: (at) => `${at} is no line of published heads: the file was edited or damaged`,
  place: (at) => `${at} is not in its place: lines were taken out, put in or moved`,
  signature: (at) => `${at} is not signed by a key of SIGNING_KEYS: it was edited, or the file belongs to another system`,
  chain: (at) => `${at} does not follow from the lines before it: they were edited`,
};

/**
 * Signatures, numbers, daily heads and time stamps of every line, and that the file goes on from where the backup was made.
 * @param options.before the heads as the backup has them
 * @throws BackupError that says which line, and what it is
 */
export async function proveHeads(file: string, { before, signing }: { before: string; signing: readonly TrustedKey[] }): Promise<ProvenHeads> {
  await refuseTorn(file);
  const earlier = linesOf(before);
  const tombstones: Tombstone[] = [];
  let [lines, lastAt]: [number, Date | null] = [0, null];
  try {
    for await (const { n, line, head, fault } of walkPublished(linesOf(file), signing)) {
      const then = (await earlier.next()).value as string | undefined;
      if (then !== undefined && then !== line) throw new BackupError(n === 1 ? `${file} belongs to another system, or its first line was edited: it does not begin as the backup's` : `line ${n} of ${file} is not what the backup has there: lines were edited or taken out, or it is a copy of another place`);
      if (fault !== null) throw new BackupError(WORDS[fault](`line ${n} of ${file}`));
      if (head !== null) lastAt = head.at;
      if (head?.kind === 'destroyed') tombstones.push({ subjectId: head.caseId, at: head.at });
      lines = n;
    }
    if ((await earlier.next()).done !== true) throw new BackupError(`${file} ends at line ${lines}, the backup goes on: it is older than the backup, or its end was cut off; give the newest copy of the published heads`);
  } finally {
    await earlier.return(undefined);
  }
  return { lines, lastAt, tombstones };
}

async function refuseTorn(file: string): Promise<void> {
  const handle = await open(file).catch(() => { throw new BackupError(`the published heads ${file} cannot be read: without them destroyed cases would come back`); });
  try {
    const { size } = await handle.stat();
    if (size === 0) return;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer.toString() !== '\n') throw new BackupError(`${file} ends in the middle of a line: it was cut off`);
  } finally {
    await handle.close();
  }
}
