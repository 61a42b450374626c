/**
 * Writes a case's manifest on (R42): whatever its rows tell that no line tells yet. It may run as often as it likes, at any
 * time and twice at once; what a crash kept it from is written by the next run.
 */
import { randomBytes } from 'node:crypto';

import { AppError } from '../../../contracts/errors.ts';
import { FINAL_APPLICATION_STATES } from '../../../contracts/states/index.ts';
import { appendLeaf, EMPTY_EDGE, nextLine, rootOf, signHead } from '../../../media/evidence/index.ts';
import type { ChainEnd, HeadKind, NewEntry } from '../../../media/evidence/index.ts';
import type { StoredFile } from '../../../media/ports.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import { newId } from '../../database/crypto.ts';
import type { FieldCipher } from '../../database/crypto.ts';
import type { Database, Db } from '../../database/index.ts';
import { inTransaction } from '../../database/transact.ts';
import type { SigningKey } from '../../platform/config.ts';
import type { Services } from '../services.ts';
import { collect } from './collect.ts';
import { SETTLE_MS } from './collectCalls.ts';
import { agrees, contentPlace, isUnreadable, saltedHash, textOf } from './kept.ts';
import type { Kept, Sealed } from './kept.ts';
import { publishHead } from './published.ts';

export interface EvidencePorts {
  /** The active signing key. */
  readonly signing: SigningKey;
  readonly store: { verify(options: { caseId: string; fileId: string }): Promise<StoredFile & { complete: boolean }> };
}
type Needed = { readonly db: Database | Db } & Pick<Services, 'cipher' | 'now'>;

/** While a call is live its manifest is signed this often (R42). */
export const CHECKPOINT_MS = 10_000;

export interface Recorded { readonly added: number; readonly size: number; readonly head: HeadKind | null }

const lockManifest = (tx: Db, applicationId: string): Promise<unknown> => tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`manifest:${applicationId}`}, 0))`;

/** In the caller's transaction when `db` is one. @throws AppError KEY_UNAVAILABLE when the case's key is destroyed */
export async function recordCase({ db, cipher, now }: Needed, ports: EvidencePorts, applicationId: string): Promise<Recorded> {
  return await inTransaction(db, async (tx) => {
    // One writer per case: the second waits here and finds the first one's lines.
    await lockManifest(tx, applicationId);
    // Destroyed while this one waited: behind that head nothing follows.
    if (await isDestroyed(tx, applicationId)) throw new AppError('KEY_UNAVAILABLE');
    const source = { db: tx, cipher, applicationId, now: now() };
    const kept = await collect(source);
    const written = await tx.manifestLine.findMany({ where: { applicationId }, orderBy: { seq: 'asc' }, select: { seq: true, ref: true, line: true, hash: true, contentEnc: true, fileId: true } });
    const known = new Map(written.map((line) => [line.ref, line]));
    const fresh: Kept[] = [];
    // What does not open was changed behind our back: it is never signed as if it said something.
    for (const one of kept.filter((each) => !isUnreadable(each))) {
      const line = known.get(one.ref);
      if (line === undefined || (one.grows === true && !await agrees(source, line, one))) fresh.push(one);
    }
    const hashes = written.map(({ hash }) => hash);
    const added = await append(tx, { cipher, ports, applicationId, end: written.at(-1), fresh });
    const head = await sign(tx, { ports, applicationId, hashes: [...hashes, ...added], now: now() });
    return { added: added.length, size: hashes.length + added.length, head };
  });
}

async function append(tx: Db, { cipher, ports, applicationId, end, fresh }: { cipher: FieldCipher; ports: EvidencePorts; applicationId: string; end: ChainEnd | undefined; fresh: readonly Kept[] }): Promise<string[]> {
  let last = end;
  const rows: { applicationId: string; seq: number; ref: string; line: string; hash: string; contentEnc: string | null; fileId: string | null }[] = [];
  for (const one of fresh) {
    const { type, ref, at, sessionId, facts, content, file } = one;
    const sealed: Sealed | null = content === undefined ? null : { salt: randomBytes(32).toString('hex'), text: textOf(one) };
    const hash = sealed !== null ? saltedHash(sealed) : file === undefined ? undefined : file.saltedSha256 ?? await hashOf(ports.store, applicationId, file.fileId);
    // A file that is not as it was put is not signed as evidence, and keeps nothing else from being signed: verify:live names it.
    if (hash === null) continue;
    const entry: NewEntry = { at, type, sessionId, ref, hash, facts };
    const line = nextLine(applicationId, last, entry);
    rows.push({ applicationId, seq: line.seq, ref, line: line.line, hash: line.hash, contentEnc: sealed === null ? null : await cipher.sealJson(contentPlace(applicationId, line.seq), sealed), fileId: file?.fileId ?? null });
    last = line;
  }
  if (rows.length > 0) await tx.manifestLine.createMany({ data: rows });
  return rows.map(({ hash }) => hash);
}

async function hashOf(store: EvidencePorts['store'], caseId: string, fileId: string): Promise<string | null> {
  return await store.verify({ caseId, fileId }).then(({ saltedSha256 }) => saltedSha256, (error: unknown) => {
    if (error instanceof AppError && ['NOT_FOUND', 'EVIDENCE_DAMAGED', 'KEY_UNAVAILABLE'].includes(error.code)) return null;
    throw error;
  });
}

/** Signs what stands there, unless it was signed already or, in a live call, a moment ago. */
async function sign(tx: Db, { ports: { signing }, applicationId, hashes, now }: { ports: EvidencePorts; applicationId: string; hashes: readonly string[]; now: Date }): Promise<HeadKind | null> {
  const size = hashes.length;
  if (size === 0) return null;
  const [heads, sessions, { state: caseState }] = await Promise.all([
    tx.manifestHead.findMany({ where: { applicationId }, orderBy: [{ size: 'desc' }, { at: 'desc' }], select: { kind: true, size: true, sessionId: true, at: true } }),
    tx.witnessSession.findMany({ where: { applicationId }, orderBy: { endedAt: 'asc' }, select: { id: true, state: true, endedAt: true } }),
    tx.application.findUniqueOrThrow({ where: { id: applicationId }, select: { state: true } }),
  ]);
  const sealed = new Set(heads.filter(({ kind }) => kind === 'seal').map(({ sessionId }) => sessionId));
  const due = sessions.find(({ id, state, endedAt }) => state === 'closed' && !sealed.has(id) && endedAt !== null && now.getTime() - endedAt.getTime() >= SETTLE_MS);
  const live = sessions.some(({ id, state }) => state !== 'closed' || !sealed.has(id));
  // A case that ends without a call is published too: its end could be cut off like any other.
  const over = (FINAL_APPLICATION_STATES as readonly string[]).includes(caseState);
  const kind: HeadKind = due !== undefined ? 'seal' : !live && (sealed.size > 0 || over) ? 'later' : 'checkpoint';
  const [last] = heads;
  if (due === undefined && last !== undefined && (last.size === size || (kind === 'checkpoint' && live && now.getTime() - last.at.getTime() < CHECKPOINT_MS))) return null;
  const root = rootOf(hashes.reduce((edge, hash) => appendLeaf(edge, Buffer.from(hash, 'hex')), EMPTY_EDGE)).toString('hex');
  const head = signHead({ kind, caseId: applicationId, sessionId: due?.id, size, root, at: now, keyId: signing.id }, signing.key);
  await tx.manifestHead.create({ data: { id: newId(), applicationId, sessionId: due?.id ?? null, kind, size, text: head.text, signature: head.signature, at: now } });
  if (kind !== 'checkpoint') await publishHead(tx, kind, head);
  return kind;
}

/**
 * The last head of a case: at this time its key was destroyed (R44). Published, so that what is gone is told from what is
 * missing. Call it last in the transaction that destroys the key.
 */
export async function signDestroyed(tx: Db, { signing, applicationId, now }: { signing: SigningKey; applicationId: string; now: Date }): Promise<void> {
  await lockManifest(tx, applicationId);
  const lines = await tx.manifestLine.findMany({ where: { applicationId }, orderBy: { seq: 'asc' }, select: { hash: true } });
  const root = rootOf(lines.reduce((edge, { hash }) => appendLeaf(edge, Buffer.from(hash, 'hex')), EMPTY_EDGE)).toString('hex');
  const head = signHead({ kind: 'destroyed', caseId: applicationId, size: lines.length, root, at: now, keyId: signing.id }, signing.key);
  await tx.manifestHead.create({ data: { id: newId(), applicationId, kind: 'destroyed', size: lines.length, text: head.text, signature: head.signature, at: now } });
  await publishHead(tx, 'destroyed', head);
}
