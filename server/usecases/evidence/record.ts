/**
 * Writes a case's manifest on (R42): whatever its rows tell that no line tells yet. It may run as often as it likes, at any
 * time and twice at once; what a crash kept it from is written by the next run.
 */
import { randomBytes } from 'node:crypto';

import { AppError } from '../../../contracts/errors.ts';
import { FINAL_APPLICATION_STATES } from '../../../contracts/states/index.ts';
import { appendLeaf, EMPTY_EDGE, nextLine, rootOf, signHead } from '../../../media/evidence/index.ts';
import type { ChainEnd, Edge, HeadKind, NewEntry } from '../../../media/evidence/index.ts';
import type { StoredFile } from '../../../media/ports.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import { newId } from '../../database/crypto.ts';
import type { FieldCipher } from '../../database/crypto.ts';
import type { Database, Db } from '../../database/index.ts';
import { inTransaction } from '../../database/transact.ts';
import type { SigningKey } from '../../platform/config.ts';
import type { Services } from '../services.ts';
import { collect } from './collect.ts';
import { agrees, contentPlace, isUnreadable, saltedHash, textOf } from './kept.ts';
import type { Kept, Sealed, Source } from './kept.ts';
import { edgeFrom, notBefore, publishHead, storedEdge } from './published.ts';
import { rowOf, sourceOf, untrueRows } from './rows.ts';
import { isSettled, lastReport } from './settled.ts';

export interface EvidencePorts {
  /** The active signing key. */
  readonly signing: SigningKey;
  readonly store: { verify(options: { caseId: string; fileId: string }): Promise<StoredFile & { complete: boolean }> };
}
type Needed = { readonly db: Database | Db } & Pick<Services, 'cipher' | 'now'>;

/** While a call is live its manifest is signed this often (R42). */
export const CHECKPOINT_MS = 10_000;

export interface Recorded { readonly added: number; readonly size: number; readonly head: HeadKind | null }

/** One writer per case. Taken before any row of the case: lines refer to it. */
export const lockManifest = (tx: Db, applicationId: string): Promise<unknown> => tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`manifest:${applicationId}`}, 0))`;

/** In the caller's transaction when `db` is one. @throws AppError KEY_UNAVAILABLE when the case's key is destroyed */
export async function recordCase({ db, cipher, now }: Needed, ports: EvidencePorts, applicationId: string): Promise<Recorded> {
  return await inTransaction(db, async (tx) => {
    // One writer per case: the second waits here and finds the first one's lines.
    await lockManifest(tx, applicationId);
    // Destroyed while this one waited: behind that head nothing follows.
    if (await isDestroyed(tx, applicationId)) throw new AppError('KEY_UNAVAILABLE');
    // What is written from here on comes with the next run.
    const due = await tx.manifestDue.findMany({ where: { applicationId } });
    const chapters = await chaptersOf(tx, applicationId, now());
    // A chapter's end looks at everything once more; all other runs at what changed.
    const source = await sourceOf({ db: tx, cipher, applicationId, now: now() }, chapters.due === undefined ? new Set(due.map(({ ref }) => ref)) : undefined);
    const kept = await collect(source);
    const end = await tx.manifestLine.findFirst({ where: { applicationId }, orderBy: { seq: 'desc' }, select: { seq: true, hash: true } });
    const fresh = await freshOf(source, kept);
    const added = await append(tx, { cipher, ports, applicationId, end: end ?? undefined, fresh: fresh.things });
    const left = new Set([...fresh.left, ...added.left, ...chapters.open.map((id) => `session:${id}`)]);
    await tx.manifestDue.deleteMany({ where: { changeId: { in: due.filter(({ ref }) => !left.has(ref)).map(({ changeId }) => changeId) } } });
    const size = (end?.seq ?? 0) + added.count;
    return { added: added.count, size, head: await sign(tx, { ports, applicationId, size, chapters, now: now() }) };
  });
}

/** What no line tells yet; `left`: rows that are looked at again, as they did not say what the program wrote. */
async function freshOf(source: Source, kept: readonly Kept[]): Promise<{ things: Kept[]; left: string[] }> {
  const { db, applicationId } = source;
  const lines = await db.manifestLine.findMany({ where: { applicationId, ...(source.only === undefined ? {} : { ref: { in: kept.map(({ ref }) => ref) } }) }, orderBy: { seq: 'asc' }, select: { seq: true, ref: true, line: true, hash: true, contentEnc: true, fileId: true } });
  const newest = new Map(lines.map((line) => [line.ref, line]));
  // What was changed behind our back is never signed as if it were news.
  const untrue = await untrueRows(source, kept, newest);
  const things: Kept[] = [];
  for (const one of kept) {
    if (isUnreadable(one)) untrue.add(rowOf(one.ref));
    else if (!untrue.has(rowOf(one.ref))) {
      const line = newest.get(one.ref);
      if (line === undefined || (one.grows === true && !await agrees(source, line, one))) things.push(one);
    }
  }
  return { things, left: [...untrue] };
}

async function append(tx: Db, { cipher, ports, applicationId, end, fresh }: { cipher: FieldCipher; ports: EvidencePorts; applicationId: string; end: ChainEnd | undefined; fresh: readonly Kept[] }): Promise<{ count: number; left: string[] }> {
  let last = end;
  const left: string[] = [];
  const rows: { applicationId: string; seq: number; ref: string; line: string; hash: string; contentEnc: string | null; fileId: string | null }[] = [];
  for (const one of fresh) {
    const { type, ref, at, sessionId, facts, content, file } = one;
    const sealed: Sealed | null = content === undefined ? null : { salt: randomBytes(32).toString('hex'), text: textOf(one) };
    const hash = sealed !== null ? saltedHash(sealed) : file === undefined ? undefined : file.saltedSha256 ?? await hashOf(ports.store, applicationId, file.fileId);
    // A file that is not as it was put is not signed as evidence, and keeps nothing else from being signed: verify:live names it.
    if (hash === null) {
      left.push(rowOf(ref));
      continue;
    }
    const entry: NewEntry = { at, type, sessionId, ref, hash, facts };
    const line = nextLine(applicationId, last, entry);
    rows.push({ applicationId, seq: line.seq, ref, line: line.line, hash: line.hash, contentEnc: sealed === null ? null : await cipher.sealJson(contentPlace(applicationId, line.seq), sealed), fileId: file?.fileId ?? null });
    last = line;
  }
  if (rows.length > 0) await tx.manifestLine.createMany({ data: rows });
  return { count: rows.length, left };
}

async function hashOf(store: EvidencePorts['store'], caseId: string, fileId: string): Promise<string | null> {
  return await store.verify({ caseId, fileId }).then(({ saltedSha256 }) => saltedSha256, (error: unknown) => {
    if (error instanceof AppError && ['NOT_FOUND', 'EVIDENCE_DAMAGED', 'KEY_UNAVAILABLE'].includes(error.code)) return null;
    throw error;
  });
}

interface Chapters {
  readonly last: { readonly size: number; readonly at: Date; readonly edge: unknown } | null;
  /** The session whose end is to be sealed now. */
  readonly due: string | undefined;
  /** Sessions whose end is waited for. */
  readonly open: readonly string[];
  readonly kind: HeadKind;
  /** Some session is live or not sealed yet. */
  readonly live: boolean;
}

/** Where the case stands: what was signed last, and which head comes next. */
async function chaptersOf(tx: Db, applicationId: string, now: Date): Promise<Chapters> {
  const [last, seals, sessions, { state }] = await Promise.all([
    tx.manifestHead.findFirst({ where: { applicationId }, orderBy: [{ size: 'desc' }, { at: 'desc' }], select: { size: true, at: true, edge: true } }),
    tx.manifestHead.findMany({ where: { applicationId, kind: 'seal' }, select: { sessionId: true } }),
    tx.witnessSession.findMany({ where: { applicationId }, orderBy: { endedAt: 'asc' }, select: { id: true, state: true, endedAt: true, recorderFacts: lastReport } }),
    tx.application.findUniqueOrThrow({ where: { id: applicationId }, select: { state: true } }),
  ]);
  const sealed = new Set(seals.map(({ sessionId }) => sessionId));
  const due = sessions.find((session) => session.state === 'closed' && !sealed.has(session.id) && isSettled(session, now))?.id;
  const live = sessions.some((session) => session.state !== 'closed' || !sealed.has(session.id));
  // A case that ends without a call is published too: its end could be cut off like any other.
  const over = (FINAL_APPLICATION_STATES as readonly string[]).includes(state);
  const kind: HeadKind = due !== undefined ? 'seal' : !live && (sealed.size > 0 || over) ? 'later' : 'checkpoint';
  return { last, due, kind, live, open: sessions.filter((session) => session.state === 'closed' && session.endedAt !== null && !isSettled(session, now)).map(({ id }) => id) };
}

/** Signs what stands there, unless it was signed already or, in a live call, a moment ago. */
async function sign(tx: Db, { ports: { signing }, applicationId, size, chapters: { last, due, kind, live }, now }: { ports: EvidencePorts; applicationId: string; size: number; chapters: Chapters; now: Date }): Promise<HeadKind | null> {
  if (size === 0) return null;
  // A clock that was set back keeps no call from being signed, and no head's time goes behind the one before it.
  const since = last === null ? Infinity : Math.abs(now.getTime() - last.at.getTime());
  if (due === undefined && last !== null && (last.size === size || (kind === 'checkpoint' && live && since < CHECKPOINT_MS))) return null;
  const at = notBefore(now, last?.at);
  const edge = await edgeAt(tx, applicationId, last);
  const head = signHead({ kind, caseId: applicationId, sessionId: due, size, root: rootOf(edge).toString('hex'), at, keyId: signing.id }, signing.key);
  await tx.manifestHead.create({ data: { id: newId(), applicationId, sessionId: due ?? null, kind, size, text: head.text, signature: head.signature, edge: storedEdge(edge), at } });
  if (kind !== 'checkpoint') await publishHead(tx, kind, head);
  return kind;
}

/** The case's tree, grown on from the last head. */
async function edgeAt(tx: Db, applicationId: string, last: Chapters['last']): Promise<Edge> {
  const start = last?.edge === null || last === null ? EMPTY_EDGE : edgeFrom(last.edge);
  const lines = await tx.manifestLine.findMany({ where: { applicationId, seq: { gt: start.size } }, orderBy: { seq: 'asc' }, select: { hash: true } });
  return lines.reduce((edge, { hash }) => appendLeaf(edge, Buffer.from(hash, 'hex')), start);
}

/**
 * The last head of a case: at this time its key was destroyed (R44). Published, so that what is gone is told from what is
 * missing. Call it last in the transaction that destroys the key.
 */
export async function signDestroyed(tx: Db, { signing, applicationId, now }: { signing: SigningKey; applicationId: string; now: Date }): Promise<void> {
  await lockManifest(tx, applicationId);
  const lines = await tx.manifestLine.findMany({ where: { applicationId }, orderBy: { seq: 'asc' }, select: { hash: true } });
  const root = rootOf(lines.reduce((edge, { hash }) => appendLeaf(edge, Buffer.from(hash, 'hex')), EMPTY_EDGE)).toString('hex');
  const last = await tx.manifestHead.findFirst({ where: { applicationId }, orderBy: { at: 'desc' }, select: { at: true } });
  const at = notBefore(now, last?.at);
  const head = signHead({ kind: 'destroyed', caseId: applicationId, size: lines.length, root, at, keyId: signing.id }, signing.key);
  await tx.manifestHead.create({ data: { id: newId(), applicationId, kind: 'destroyed', size: lines.length, text: head.text, signature: head.signature, at } });
  await publishHead(tx, 'destroyed', head);
}
