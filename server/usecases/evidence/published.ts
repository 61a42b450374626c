/**
 * The published heads (R42): every sealed chapter's and every later head of every case in one order, so that an end that was
 * cut off later shows. The rows are carried to a file outside the database; a head over all of them is signed once a day.
 */
import { constants, createReadStream, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { appendLeaf, EMPTY_EDGE, leafHash, parseHead, rootOf, signHead } from '../../../media/evidence/index.ts';
import type { Edge, HeadKind, SignedHead } from '../../../media/evidence/index.ts';
import type { Db, Prisma } from '../../database/index.ts';
import { inTransaction } from '../../database/transact.ts';
import type { SigningKey } from '../../platform/config.ts';
import type { Services } from '../services.ts';
import { canonical } from './kept.ts';
import { signedIn, stampIn, walkPublished } from './headsFile.ts';
import type { TrustedKey } from './headsFile.ts';
import { digestOf } from './timestamp.ts';
import type { TimeStampAuthority } from './timestamp.ts';

/** Numbers without a hole: whoever adds a head waits for the one before it. */
const lock = (tx: Db): Promise<unknown> => tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('manifest:published', 0))`;

/** Call it last in its transaction: others wait for its end. */
export async function publishHead(tx: Db, kind: HeadKind, head: SignedHead, edge?: Edge): Promise<void> {
  await lock(tx);
  const last = await tx.publishedHead.findFirst({ orderBy: { n: 'desc' }, select: { n: true } });
  const n = (last?.n ?? 0n) + 1n;
  await tx.publishedHead.create({ data: { n, kind, line: JSON.stringify({ n: Number(n), ...head }), ...(edge === undefined ? {} : { edge: storedEdge(edge) }) } });
}

export const storedEdge = ({ size, parts }: Edge): Prisma.InputJsonObject => ({ size, parts: parts.map((part) => part.toString('hex')) });
export const edgeFrom = (stored: unknown): Edge => {
  const { size, parts } = stored as { size: number; parts: string[] };
  return { size, parts: parts.map((part) => Buffer.from(part, 'hex')) };
};

/** A head's time: the clock's, or, when the clock was set back, that of the head before it. */
export const notBefore = (now: Date, last: Date | undefined): Date => (last !== undefined && last > now ? last : now);

/** Signs a head over all published heads; nothing when none came since the last. @returns how many it covers, or null */
export async function publishLog({ db, now }: Pick<Services, 'db' | 'now'>, signing: SigningKey): Promise<number | null> {
  return await inTransaction(db, async (tx) => {
    await lock(tx);
    const before = await tx.publishedHead.findFirst({ where: { kind: 'log' }, orderBy: { n: 'desc' } });
    const since = await tx.publishedHead.findMany({ where: { n: { gt: before?.n ?? 0n } }, orderBy: { n: 'asc' }, select: { line: true, kind: true } });
    // A stamp alone is no news.
    if (since.every(({ kind }) => kind === 'stamp')) return null;
    const edge = since.reduce((grown, { line }) => appendLeaf(grown, leafHash(Buffer.from(line))), before === null ? EMPTY_EDGE : edgeFrom(before.edge));
    const head = signHead({ kind: 'log', caseId: '-', size: edge.size, root: rootOf(edge).toString('hex'), at: notBefore(now(), before === null ? undefined : signedAt(before.line)), keyId: signing.id }, signing.key);
    await publishHead(tx, 'log', head, edge);
    return edge.size;
  });
}

const signedAt = (line: string): Date | undefined => parseHead(signedIn(line)?.text ?? '')?.at;

/**
 * Has the last head over all published heads stamped by a third party (RFC 3161), when it is not yet; the token becomes a
 * line of its own, which the next such head covers too. @returns whether it was stamped now
 * @throws TimeStampError
 */
export async function stampLog({ db }: Pick<Services, 'db'>, tsa: TimeStampAuthority): Promise<boolean> {
  const wanted = await unstamped(db);
  if (wanted === null) return false;
  // Asked outside of the transaction: an authority that takes its time makes nobody wait.
  const token = await tsa.stamp(digestOf(wanted.line));
  return await inTransaction(db, async (tx) => {
    await lock(tx);
    if ((await unstamped(tx))?.n !== wanted.n) return false;
    const last = await tx.publishedHead.findFirstOrThrow({ orderBy: { n: 'desc' }, select: { n: true } });
    const n = last.n + 1n;
    await tx.publishedHead.create({ data: { n, kind: 'stamp', line: JSON.stringify({ n: Number(n), of: Number(wanted.n), token: token.toString('base64') }) } });
    return true;
  });
}

/** The newest head over all, if no stamp came after it. */
async function unstamped(db: Pick<Db, 'publishedHead'>): Promise<{ n: bigint; line: string } | null> {
  const newest = { orderBy: { n: 'desc' }, select: { n: true, line: true } } as const;
  const [log, stamp] = await Promise.all([db.publishedHead.findFirst({ where: { kind: 'log' }, ...newest }), db.publishedHead.findFirst({ where: { kind: 'stamp' }, ...newest })]);
  return log === null || (stamp !== null && stampIn(stamp.line)?.of === Number(log.n)) ? null : log;
}

const PAGE = 1000;
/** A line is shorter than this. */
const TAIL = 128 * 1024;
const CARRIER_MS = 300;

/**
 * Appends to the file what it does not hold yet, and waits for the disk. The file is the second place: it lies where the
 * database's administrators cannot write, or is copied there as it grows. No transaction is held meanwhile: each line has
 * its place, so that two carriers write the same bytes to the same place.
 * @returns how many lines were added
 * @throws Error when the file does not end with a line of ours: then it is not touched
 */
export async function carryOut({ db }: Pick<Services, 'db'>, file: string): Promise<number> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    const end = await lastLine(handle);
    let at = end?.n ?? 0;
    let place = end?.size ?? 0;
    const same = end === null ? null : await db.publishedHead.findUnique({ where: { n: BigInt(at) }, select: { line: true } });
    // A database that was restored from an older day, or another file: going on would publish two pasts.
    if (end !== null && same?.line !== end.line) throw new Error(`line ${at} of the published heads is not the database's`);
    let count = 0;
    for (;;) {
      const rows = await db.publishedHead.findMany({ where: { n: { gt: BigInt(at) } }, orderBy: { n: 'asc' }, take: PAGE, select: { n: true, line: true } });
      const last = rows.at(-1);
      if (last === undefined) break;
      const bytes = Buffer.from(rows.map(({ line }) => `${line}\n`).join(''));
      for (let written = 0; written < bytes.length;) written += (await handle.write(bytes, written, bytes.length - written, place + written)).bytesWritten;
      place += bytes.length;
      count += rows.length;
      at = Number(last.n);
    }
    if (count > 0) await handle.sync();
    return count;
  } finally {
    await handle.close();
  }
}

async function tailOf(handle: FileHandle): Promise<{ size: number; text: string }> {
  const { size } = await handle.stat();
  const length = Math.min(size, TAIL);
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
  return { size, text: buffer.toString('utf8') };
}

async function lastLine(handle: FileHandle): Promise<{ n: number; line: string; size: number } | null> {
  let tail = await tailOf(handle);
  if (tail.size === 0) return null;
  // Another carrier may be at it.
  if (!tail.text.endsWith('\n')) tail = await sleep(CARRIER_MS).then(() => tailOf(handle));
  const { size, text } = tail;
  // A torn last line (the disk was full, the machine stopped) is for a person: cutting it off could hide a change.
  if (!text.endsWith('\n')) throw new Error('the file of published heads ends in the middle of a line');
  const line = text.slice(0, -1).split('\n').at(-1) ?? '';
  const { n } = JSON.parse(line) as { n?: unknown };
  if (typeof n !== 'number') throw new Error('the file of published heads ends with a line that is not ours');
  return { n, line, size };
}

export interface PublishedFile {
  /** By case. */
  readonly heads: ReadonlyMap<string, readonly SignedHead[]>;
  readonly problems: readonly string[];
}

/** How far the file may be behind. */
const CARRIED_BY_MS = 10 * 60_000;

/** Reads the file line by line and holds it against the rows, the signatures and the heads over it. */
export async function readPublished({ db, now }: Pick<Services, 'db' | 'now'>, file: string, signing: readonly TrustedKey[]): Promise<PublishedFile> {
  const heads = new Map<string, SignedHead[]>();
  const problems: string[] = [];
  let end = 0;
  let rows = new Map<number, { kind: string; line: string; edge: unknown }>();
  const lines = existsSync(file) ? createInterface({ input: createReadStream(file), crlfDelay: Infinity }) : [];
  for await (const { n, line, kind, head, edge, fault } of walkPublished(lines, signing)) {
    end = n;
    if (n % PAGE === 1) rows = new Map((await db.publishedHead.findMany({ where: { n: { gte: BigInt(n), lt: BigInt(n + PAGE) } }, select: { n: true, kind: true, line: true, edge: true } })).map((row) => [Number(row.n), row]));
    const row = rows.get(n);
    const same = row?.line === line && row.kind === kind && (kind !== 'log' || canonical(row.edge ?? null) === canonical(storedEdge(edge)));
    if (fault !== null || !same) problems.push(`line ${n} is not what was published`);
    if (head !== null && kind !== 'log') heads.set(head.caseId, [...heads.get(head.caseId) ?? [], head.signed]);
  }
  const behind = await db.publishedHead.findFirst({ where: { n: { gt: BigInt(end) }, at: { lt: new Date(now().getTime() - CARRIED_BY_MS) } }, select: { n: true } });
  if (behind !== null) problems.push(`the file ends at line ${end}, the database goes on`);
  return { heads, problems };
}
