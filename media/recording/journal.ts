import { appendFile, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SegmentInfo } from '../ports.ts';
import { mediaKind } from '../../contracts/signaling/media.ts';

/**
 * The recorder's own notes of a session, so that a segment cut off by a crash is found again: ids and times only, a line each.
 * Lies beside the case folders as `.journal/<session>.jsonl`; removed when the session is over and all that the notes say is written down
 * elsewhere: until then it can be told again.
 */
const side = z.enum(['client', 'witness']);
const anchor = z.object({
  kind: mediaKind, producerId: z.string(), ssrc: z.number(), clockRate: z.number(), rtpTimestamp: z.number(), wallClockMs: z.number(), fileSeconds: z.number(),
});
export const heldInterval = z.object({ side, kind: mediaKind, fromMs: z.number(), toMs: z.number() });
export type HeldInterval = z.infer<typeof heldInterval>;
/** A stretch that came and is not in the recording, with what kept it out. */
export const missedInterval = heldInterval.extend({ cause: z.enum(['loss', 'store_unavailable', 'disk_full']) });
export type MissedInterval = z.infer<typeof missedInterval>;
export const segmentInfo = z.object({
  segmentId: z.string(), side, index: z.number().int(), fileId: z.string(), startMs: z.number(), endMs: z.number(),
  mimeType: z.string(), byteLength: z.number(), saltedSha256: z.string(), tracks: z.array(anchor).readonly(),
  held: z.array(z.object({ kind: mediaKind, fromMs: z.number(), toMs: z.number() })).readonly().optional(),
}) satisfies z.ZodType<SegmentInfo>;

const line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('session'), sessionId: z.string(), caseId: z.string() }),
  z.object({ type: z.literal('open'), segmentId: z.string(), side, index: z.number().int(), fileId: z.string(), startMs: z.number(), mimeType: z.string() }),
  z.object({ type: z.literal('anchor'), segmentId: z.string(), anchor }),
  z.object({ type: z.literal('closed'), segment: segmentInfo, held: z.array(heldInterval) }),
  /** It was opened, and no block of it reached the disk: its number is free. What a recorder that hung meanwhile says of it later does not count. */
  z.object({ type: z.literal('nothing'), segmentId: z.string() }),
  z.object({ type: z.literal('missed'), missed: missedInterval }),
  z.object({ type: z.literal('over') }),
]);
export type JournalLine = z.infer<typeof line>;
export type OpenSegment = Omit<Extract<JournalLine, { type: 'open' }>, 'type'> & { readonly tracks: SegmentInfo['tracks'] };

export const FOLDER = '.journal';
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;
export const checkedSessionId = (sessionId: string): string => {
  if (!SESSION_ID.test(sessionId)) throw new Error('not a session id');
  return sessionId;
};
const pathOf = (dir: string, sessionId: string): string => join(dir, FOLDER, `${checkedSessionId(sessionId)}.jsonl`);

/**
 * A few short lines every 10 s; whoever writes waits for one before the bytes it speaks of. Each begins with a break of its own: a
 * line that the store took in part spoils none behind it, whoever wrote that, and readers pass over what is torn.
 */
export const createJournal = async (dir: string, sessionId: string) => {
  const path = pathOf(dir, sessionId);
  await mkdir(join(dir, FOLDER), { recursive: true, mode: 0o700 });
  return {
    write: (entry: JournalLine): Promise<void> => appendFile(path, `\n${JSON.stringify(entry)}\n`, { mode: 0o600 }),
  };
};
export type Journal = Awaited<ReturnType<typeof createJournal>>;

/** Only when all that the notes say is written down elsewhere. */
export const removeJournal = (dir: string, sessionId: string): Promise<void> => rm(pathOf(dir, sessionId), { force: true });

interface JournalState {
  readonly caseId: string | undefined;
  readonly closed: readonly SegmentInfo[];
  readonly held: readonly HeldInterval[];
  readonly missed: readonly MissedInterval[];
  /** Opened and never closed: a crash cut them off. */
  readonly cut: readonly OpenSegment[];
  /** Ended in order; nothing was opened since. */
  readonly over: boolean;
}

/** What the notes of a session say; a line torn by the crash is passed over. */
export const readJournal = async (dir: string, sessionId: string): Promise<JournalState> => {
  // A store that cannot be read says nothing of what there is.
  const content = await readFile(pathOf(dir, sessionId), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const closed: SegmentInfo[] = [];
  const held: HeldInterval[] = [];
  const missed: MissedInterval[] = [];
  const open = new Map<string, OpenSegment>();
  const nothing = new Set<string>();
  let caseId: string | undefined;
  let over = false;
  for (const raw of content.split('\n')) {
    let json: unknown;
    try { json = JSON.parse(raw); } catch { continue; }
    const parsed = line.safeParse(json);
    if (!parsed.success) continue;
    const entry = parsed.data;
    over = entry.type === 'over' || (over && entry.type !== 'open' && entry.type !== 'session');
    if (entry.type === 'session') caseId = entry.caseId;
    else if (entry.type === 'open') {
      const { type: _type, ...segment } = entry;
      open.set(segment.segmentId, { ...segment, tracks: [] });
    } else if (entry.type === 'anchor') {
      const segment = open.get(entry.segmentId);
      if (segment) open.set(entry.segmentId, { ...segment, tracks: [...segment.tracks, entry.anchor] });
    } else if (entry.type === 'nothing') {
      open.delete(entry.segmentId);
      nothing.add(entry.segmentId);
    } else if (entry.type === 'missed') missed.push(entry.missed);
    else if (entry.type === 'closed' && !nothing.has(entry.segment.segmentId)) {
      open.delete(entry.segment.segmentId);
      closed.push(entry.segment);
      held.push(...entry.held);
    }
  }
  return { caseId, closed, held, missed, cut: [...open.values()], over };
};

interface Unfinished { readonly sessionId: string; readonly caseId: string; readonly writtenMs: number }

/** Sessions of which there are notes, with when the last line was written. */
export const unfinishedSessions = async (dir: string): Promise<Unfinished[]> => {
  const names = await readdir(join(dir, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const sessionIds = names.filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length)).filter((id) => SESSION_ID.test(id));
  const found = await Promise.all(sessionIds.map(async (sessionId): Promise<Unfinished[]> => {
    const { caseId } = await readJournal(dir, sessionId);
    // Another host may have finished with it meanwhile.
    const written = await stat(pathOf(dir, sessionId)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return caseId === undefined || written === undefined ? [] : [{ sessionId, caseId, writtenMs: written.mtimeMs }];
  }));
  return found.flat();
};
