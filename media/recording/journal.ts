import { appendFile, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SegmentInfo } from '../ports.ts';
import { mediaKind } from '../../contracts/signaling/media.ts';

/**
 * The recorder's own notes of a session, so that a segment cut off by a crash is found again: ids and times only, a line each.
 * Lies beside the case folders as `.journal/<session>.jsonl`; removed when the session was closed in order.
 */
const side = z.enum(['client', 'witness']);
const anchor = z.object({
  kind: mediaKind, producerId: z.string(), ssrc: z.number(), clockRate: z.number(), rtpTimestamp: z.number(), wallClockMs: z.number(), fileSeconds: z.number(),
});
export const heldInterval = z.object({ side, kind: mediaKind, fromMs: z.number(), toMs: z.number() });
export type HeldInterval = z.infer<typeof heldInterval>;
/** A stretch that came and is not in the recording, with what kept it out. */
export const missedInterval = heldInterval.extend({ cause: z.enum(['loss', 'store_unavailable']) });
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
  z.object({ type: z.literal('missed'), missed: missedInterval }),
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
 * A few short lines every 10 s; whoever writes waits for one before the bytes it speaks of. A line that the store took in part is
 * closed by the next one's break: readers pass over what is torn.
 */
export const createJournal = async (dir: string, sessionId: string) => {
  const path = pathOf(dir, sessionId);
  await mkdir(join(dir, FOLDER), { recursive: true, mode: 0o700 });
  let torn = false;
  return {
    async write(entry: JournalLine): Promise<void> {
      const before = torn ? '\n' : '';
      torn = true;
      await appendFile(path, `${before}${JSON.stringify(entry)}\n`, { mode: 0o600 });
      torn = false;
    },
    remove: (): Promise<void> => rm(path, { force: true }),
  };
};
export type Journal = Awaited<ReturnType<typeof createJournal>>;

export interface JournalState {
  readonly caseId: string | undefined;
  readonly closed: readonly SegmentInfo[];
  readonly held: readonly HeldInterval[];
  readonly missed: readonly MissedInterval[];
  /** Opened and never closed: a crash cut them off. */
  readonly cut: readonly OpenSegment[];
}

/** What the notes of a session say; a line torn by the crash is passed over. */
export const readJournal = async (dir: string, sessionId: string): Promise<JournalState> => {
  const content = await readFile(pathOf(dir, sessionId), 'utf8').catch(() => '');
  const closed: SegmentInfo[] = [];
  const held: HeldInterval[] = [];
  const missed: MissedInterval[] = [];
  const open = new Map<string, OpenSegment>();
  let caseId: string | undefined;
  for (const raw of content.split('\n')) {
    let json: unknown;
    try { json = JSON.parse(raw); } catch { continue; }
    const parsed = line.safeParse(json);
    if (!parsed.success) continue;
    const entry = parsed.data;
    if (entry.type === 'session') caseId = entry.caseId;
    else if (entry.type === 'open') {
      const { type: _type, ...segment } = entry;
      open.set(segment.segmentId, { ...segment, tracks: [] });
    } else if (entry.type === 'anchor') {
      const segment = open.get(entry.segmentId);
      if (segment) open.set(entry.segmentId, { ...segment, tracks: [...segment.tracks, entry.anchor] });
    } else if (entry.type === 'missed') missed.push(entry.missed);
    else {
      open.delete(entry.segment.segmentId);
      closed.push(entry.segment);
      held.push(...entry.held);
    }
  }
  return { caseId, closed, held, missed, cut: [...open.values()] };
};

/** Notes of a session that never came back are of no use after this. */
const KEEP_DAYS = 7;

/** Sessions that were never closed in order; notes older than a week are removed. */
export const unfinishedSessions = async (dir: string): Promise<{ sessionId: string; caseId: string }[]> => {
  const names = await readdir(join(dir, FOLDER)).catch(() => [] as string[]);
  const found: { sessionId: string; caseId: string }[] = [];
  for (const name of names.filter((one) => one.endsWith('.jsonl'))) {
    const sessionId = name.slice(0, -'.jsonl'.length);
    const { mtimeMs } = await stat(join(dir, FOLDER, name));
    if (mtimeMs < Date.now() - KEEP_DAYS * 86_400_000) {
      await rm(join(dir, FOLDER, name), { force: true });
      continue;
    }
    const { caseId } = await readJournal(dir, sessionId);
    if (caseId) found.push({ sessionId, caseId });
  }
  return found;
};
