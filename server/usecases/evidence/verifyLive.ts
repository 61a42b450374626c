/**
 * Compares database and store with the manifests (R42): rows that were edited, removed or put in behind the program's back,
 * files that are not those that were recorded, lines and heads that do not hold together. Reads only.
 */
import { isSignedBy, leafHash, parseHead, appendLeaf, EMPTY_EDGE, rootOf, ZERO_HASH } from '../../../media/evidence/index.ts';
import type { SignedHead } from '../../../media/evidence/index.ts';
import { AppError } from '../../../contracts/errors.ts';
import type { Db } from '../../database/index.ts';
import type { Services } from '../services.ts';
import { CHANGING, collect, LOOKS } from './collect.ts';
import { agrees, canonical, contentOf, told } from './kept.ts';
import type { Kept, Line, Source } from './kept.ts';
import { counts } from './headsFile.ts';
import type { TrustedKey } from './headsFile.ts';
import { storedEdge } from './published.ts';
import type { EvidencePorts } from './record.ts';
import { isNewer, rowOf, sourceOf, untrueRows } from './rows.ts';
import { LATE_MS, waitingRows } from './waiting.ts';

export interface LiveProblem { readonly what: 'edited' | 'gone' | 'unrecorded' | 'late' | 'file' | 'chain' | 'head' | 'state' | 'destroyed'; readonly where: string; /** Of a file: its name in the store, and what is wrong with it. */ readonly file?: { readonly name: string; readonly why: 'missing' | 'damaged' | 'other' } }
type Needed = Pick<Services, 'db' | 'cipher' | 'now'>;

/** What is on no list of things to be recorded may still be told by arithmetic (a gap) for so long after it was written. */
const RECORDED_BY_MS = 3 * 60_000;

export interface LivePorts extends Pick<EvidencePorts, 'store'> {
  readonly signing: readonly TrustedKey[];
  /** Of this case, from outside the database. */
  readonly published: readonly SignedHead[];
}

/** @returns nothing when all fits. A case whose key was destroyed (R44) is compared as far as that goes: chain, heads, states. */
export async function verifyCase({ db, cipher, now }: Needed, { store, signing, published }: LivePorts, applicationId: string): Promise<LiveProblem[]> {
  // One picture of a database that goes on being written to.
  return await db.$transaction(async (tx) => {
    if (await tx.application.count({ where: { id: applicationId } }) === 0) return [{ what: 'gone', where: `application:${applicationId}` }];
    const source = await sourceOf({ db: tx, cipher, applicationId, now: now() });
    const [lines, key, audited, destroyed] = await Promise.all([
      tx.manifestLine.findMany({ where: { applicationId }, orderBy: { seq: 'asc' } }),
      tx.caseKey.findUnique({ where: { subjectId: applicationId }, select: { destroyedAt: true, wrapped: true } }),
      tx.audit.count({ where: { applicationId, action: 'case.destroyed' } }),
      tx.manifestHead.findFirst({ where: { applicationId, kind: 'destroyed' }, select: { size: true } }),
    ]);
    const closed = key?.wrapped === null;
    // By the rules it goes with its audit row and a signed head over all its lines, and never only in part (R44).
    const byTheRules = closed ? audited > 0 && destroyed?.size === lines.length : destroyed === null;
    return [
      ...(!byTheRules ? [{ what: 'destroyed', where: `case_key:${applicationId}` } as const] : []),
      ...checkChain(applicationId, lines), ...await checkHeads(tx, applicationId, lines, { signing, published }), ...await checkStates(tx, applicationId),
      ...(closed ? [] : [...await checkRows(source, lines), ...await checkFiles(store, applicationId, lines)]),
    ];
  }, { isolationLevel: 'RepeatableRead', maxWait: 10_000, timeout: 600_000 });
}

async function checkRows(source: Source, lines: readonly (Line & { readonly recordedAt: Date })[]): Promise<LiveProblem[]> {
  const { db, applicationId, now } = source;
  const [all, { state }] = [await collect(source), await db.application.findUniqueOrThrow({ where: { id: applicationId }, select: { state: true } })];
  const kept = new Map(all.map((one) => [one.ref, one]));
  const newest = new Map(lines.map((line) => [line.ref, line]));
  const waiting = await waitingRows(db, applicationId);
  const young = ({ at }: { readonly at: Date }): boolean => Math.abs(now.getTime() - at.getTime()) < RECORDED_BY_MS;
  // By the write, not by what the row says of its time: a row of tomorrow would be young for ever.
  const written = lines.reduce((last, { recordedAt }) => Math.max(last, recordedAt.getTime()), 0);
  // What a run passed over, as its file is damaged, does not wait for its turn any more.
  const inTurn = (row: string): boolean => (waiting.get(row)?.getTime() ?? 0) > written;
  const mayWait = ({ ref, at }: Kept): boolean => inTurn(rowOf(ref)) || young(source.changes.get(rowOf(ref)) ?? { at });
  const problems: LiveProblem[] = [];
  for (const line of lines) if (line.contentEnc !== null && await contentOf(source, line) === null) problems.push({ what: 'edited', where: `content of line ${line.seq} (${line.ref})` });
  const untrue = await untrueRows(source, all, newest);
  for (const line of newest.values()) {
    const one = kept.get(line.ref);
    if (one === undefined) {
      // A gap that was filled later, when the store took what had waited, is told by its segments.
      if (told(line.line)?.type === 'gap') continue;
      if (!(told(line.line)?.type === 'given' && CHANGING.includes(state))) problems.push({ what: 'gone', where: line.ref });
    } else if (!await agrees(source, line, one)) {
      // Written by the program and not recorded yet; what it wrote long ago should have been.
      const news = one.grows === true && !untrue.has(rowOf(one.ref)) && (one.type !== 'row' || isNewer(line, one));
      if (!news || !mayWait(one)) problems.push({ what: news && one.type === 'row' ? 'unrecorded' : 'edited', where: line.ref });
    }
  }
  for (const one of kept.values()) if (!newest.has(one.ref) && (!mayWait(one) || untrue.has(rowOf(one.ref)))) problems.push({ what: 'unrecorded', where: one.ref });
  problems.push(...await checkWrites(source, { kept: all, untrue, problems, young }));
  const named = new Set(problems.map(({ where }) => rowOf(where)));
  const late = [...waiting].filter(([row, since]) => now.getTime() - since.getTime() > LATE_MS && !named.has(row) && !untrue.has(row));
  return [...problems, ...late.map(([where]) => ({ what: 'late', where }) as const)];
}

/** Rows that somebody else wrote to and that say nothing wrong otherwise, and rows that were written and are not there. */
async function checkWrites({ db, applicationId, changes }: Source, { kept, untrue, problems, young }: { kept: readonly Kept[]; untrue: ReadonlySet<string>; problems: readonly LiveProblem[]; young: (one: { readonly at: Date }) => boolean }): Promise<LiveProblem[]> {
  const named = new Set(problems.map(({ where }) => rowOf(where)));
  const heads = await db.manifestHead.findMany({ where: { applicationId }, select: { id: true } });
  const there = new Set([...kept.map(({ ref }) => rowOf(ref)), ...heads.map(({ id }) => `head:${id}`), ...(await db.audit.findMany({ where: { applicationId, action: { in: [...LOOKS] } }, select: { seq: true } })).map(({ seq }) => `audit:${seq}`)]);
  return [
    ...[...untrue].filter((row) => there.has(row) && !named.has(row)).map((where) => ({ what: 'edited', where }) as const),
    ...[...changes].filter(([row, change]) => !there.has(row) && !named.has(row) && (row.startsWith('head:') || !young(change))).map(([where]) => ({ what: 'gone', where }) as const),
  ];
}

function checkChain(applicationId: string, lines: readonly Line[]): LiveProblem[] {
  return lines.flatMap(({ seq, line, hash }, i): LiveProblem[] => {
    const says = told(line);
    const good = says !== null && says.case === applicationId && says.seq === i + 1 && seq === i + 1 && says.prev === (lines[i - 1]?.hash ?? ZERO_HASH) && leafHash(Buffer.from(line)).toString('hex') === hash;
    return good ? [] : [{ what: 'chain', where: `line ${seq}` }];
  });
}

async function checkHeads(db: Db, applicationId: string, lines: readonly Line[], { signing, published }: Omit<LivePorts, 'store'>): Promise<LiveProblem[]> {
  const heads = await db.manifestHead.findMany({ where: { applicationId }, orderBy: { size: 'asc' } });
  let edge = EMPTY_EDGE;
  const problems: LiveProblem[] = [];
  for (const row of heads) {
    const { size, text, signature } = row;
    while (edge.size < size && edge.size < lines.length) edge = appendLeaf(edge, Buffer.from((lines[edge.size] as Line).hash, 'hex'));
    const head = parseHead(text);
    const key = signing.find(({ id }) => id === head?.keyId);
    const columns = head !== null && head.caseId === applicationId && head.size === size && head.kind === row.kind && (head.sessionId ?? null) === row.sessionId && head.at.getTime() === row.at.getTime()
      && (row.edge === null || canonical(row.edge) === canonical(storedEdge(edge)));
    const good = columns && key !== undefined && counts(key, head.at) && edge.size === size && head.root === rootOf(edge).toString('hex') && isSignedBy({ text, signature }, key.key);
    if (!good) problems.push({ what: 'head', where: `head over ${size} lines` });
  }
  const here = new Set(heads.map(({ text, signature }) => `${text}${signature}`));
  for (const { text, signature } of published) if (!here.has(`${text}${signature}`)) problems.push({ what: 'head', where: `published head over ${parseHead(text)?.size ?? '?'} lines is not here` });
  return problems;
}

async function checkFiles(store: EvidencePorts['store'], applicationId: string, lines: readonly Line[]): Promise<LiveProblem[]> {
  const problems: LiveProblem[] = [];
  for (const { ref, line, fileId } of lines) {
    if (fileId === null) continue;
    const why = await store.verify({ caseId: applicationId, fileId }).then(
      ({ saltedSha256 }) => (saltedSha256 === told(line)?.hash ? null : 'other'),
      (error: unknown) => {
        // Damaged is also one whose head names another key: the case's own key is there.
        if (error instanceof AppError && ['NOT_FOUND', 'EVIDENCE_DAMAGED', 'KEY_UNAVAILABLE'].includes(error.code)) return error.code === 'NOT_FOUND' ? 'missing' : 'damaged';
        throw error;
      },
    );
    if (why !== null) problems.push({ what: 'file', where: ref, file: { name: `evidence/${applicationId}/${fileId}.vwe`, why } });
  }
  return problems;
}

/** A state is what the last recorded change made it. */
async function checkStates(db: Db, applicationId: string): Promise<LiveProblem[]> {
  const [application, sessions, changes] = await Promise.all([
    db.application.findUniqueOrThrow({ where: { id: applicationId }, select: { state: true } }),
    db.witnessSession.findMany({ where: { applicationId }, select: { id: true, state: true, outcome: true } }),
    db.audit.findMany({ where: { applicationId, toState: { not: null } }, orderBy: { seq: 'asc' }, select: { action: true, toState: true, sessionId: true } }),
  ]);
  const last = (fits: (change: (typeof changes)[number]) => boolean): string | null | undefined => changes.findLast(fits)?.toState;
  const state = last(({ action }) => action.startsWith('application.'));
  return [
    ...(state !== undefined && state !== application.state ? [{ what: 'state', where: `application:${applicationId}` } as const] : []),
    ...sessions.flatMap(({ id, state: now, outcome }): LiveProblem[] => {
      const told = last(({ action, sessionId }) => action.startsWith('session.') && sessionId === id);
      return told === undefined || told === (outcome === null ? now : `${now}:${outcome}`) ? [] : [{ what: 'state', where: `session:${id}` }];
    }),
  ];
}
