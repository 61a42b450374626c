import type { z } from 'zod';
import { AppError } from '../../../contracts/errors.ts';
import type { decideCall } from '../../../contracts/http/staff.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { REASONS } from '../../../contracts/reasons/index.ts';
import type { ReasonCode } from '../../../contracts/reasons/index.ts';
import { missingForApprove, refusal } from '../../../review/decision/missing.ts';
import type { MissingItem } from '../../../review/decision/missing.ts';
import { changeApplication, changeSession, inTransaction } from '../../database/transact.ts';
import type { Codes } from '../../database/transact.ts';
import type { WitnessSession } from '../../database/index.ts';
import { caseFindings } from '../cases/findings.ts';
import type { CaseFindings } from '../cases/findings.ts';
import { sessionFacts } from '../cases/facts.ts';
import type { PhotoFact } from '../cases/facts.ts';
import type { Services } from '../services.ts';
import { endCall } from './end.ts';
import { note } from './note.ts';
import { ownSession } from './own.ts';

type Decision = z.infer<typeof decideCall>;
/** The recorder needs up to 2 s to put on disk what it has just received (R41). */
const CATCH_UP_MS = 3_000;

interface Seen { readonly facts: Awaited<ReturnType<typeof sessionFacts>>; readonly found: CaseFindings }

/** What still stands in the way of approve for an open session, each named (R28). `seen` is what the caller has just loaded. */
export async function missingOf(services: Services, session: WitnessSession, seen?: Seen): Promise<MissingItem[]> {
  const { facts: { ticks, photos }, found } = seen ?? (await loadSeen(services, session));
  return missingForApprove({
    clientAway: session.state !== 'live',
    recorderRunning: services.media.recorderRunning(session.id),
    ticks,
    photos: photos.map((p) => ({ ...p, ...readingOf(p, found.photos, services.now()) })),
    findings: [...found.warnings, ...found.differences, ...found.documents.flatMap((d) => [...d.findings, ...(d.reading?.findings ?? [])])].filter((f) => f.closesApprove),
  });
}

async function loadSeen(services: Services, session: WitnessSession): Promise<Seen> {
  const application = await services.db.application.findUniqueOrThrow({ where: { id: session.applicationId } });
  const facts = await sessionFacts(services, session);
  return { facts, found: await caseFindings(services, application, facts.photos.map((p) => p.row), session.id) };
}

/** A reading that takes longer is named as slow: the agent may take the photo again, nobody approves on an unread card. */
const SLOW_READING_MS = 20_000;

/** What of a photo, and of its reading, is in the way of approve. */
function readingOf({ row, kind }: PhotoFact, read: CaseFindings['photos'], now: Date): { findings: Finding[]; beingRead: boolean; readingSlow: boolean; beingCompared: boolean } {
  const known = read.find((p) => p.row.id === row.id);
  const beingRead = kind !== 'face' && (known?.reading ?? null) === null;
  return {
    findings: [...(known?.findings ?? []), ...(known?.reading?.findings ?? [])].filter((f) => f.closesApprove),
    beingRead, readingSlow: beingRead && now.getTime() - row.receivedAt.getTime() > SLOW_READING_MS,
    // Nobody has compared a photo that is not known here.
    beingCompared: known?.comparing ?? true,
  };
}

async function missingAfterCatchUp(services: Services, session: WitnessSession): Promise<MissingItem[]> {
  const deadline = Date.now() + CATCH_UP_MS;
  for (;;) {
    const missing = await missingOf(services, session);
    // A photo of a moment ago is compared as soon as its frame is on the disk.
    const onlyWaits = missing.length > 0 && missing.every((m) => m.error === 'RECORDING_GAP' || m.code.startsWith('comparing.'));
    if (!onlyWaits || Date.now() > deadline) return missing;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/**
 * Looks up a reject reason and what it needs (R29).
 * @throws AppError REASON_UNKNOWN, COMMENT_REQUIRED
 */
export function reasonFor(code: string, comment: string | undefined): ReasonCode {
  const reason = REASONS.find((r) => r.code === code);
  if (!reason) throw new AppError('REASON_UNKNOWN');
  if (reason.needsComment && !comment) throw new AppError('COMMENT_REQUIRED', { field: 'comment' });
  return reason;
}

/**
 * The witness decides (R27–R29, R40). Approve stays refused until nothing is missing; a reject needs a code; suspected
 * fraud holds the case and the client sees only "being processed".
 * @throws AppError CASE_NOT_YOURS, SESSION_NOT_LIVE, RECORDING_MISSING, RECORDING_GAP, SCRIPT_INCOMPLETE, PHOTOS_INCOMPLETE, FINDING_BLOCKS, REASON_…, STALE_VERSION when facts keep changing
 */
export async function decide(services: Services, { sessionId, staffId, decision }: { sessionId: string; staffId: string; decision: Decision }): Promise<{ applicationId: string }> {
  const applicationId = await checkAndStore(services, sessionId, staffId, decision).catch((error: unknown) => {
    // A tick or a photo came in after the check: what there is now is checked once more, and named if it is in the way.
    if (!(error instanceof AppError && error.code === 'STALE_VERSION')) throw error;
    return checkAndStore(services, sessionId, staffId, decision);
  });
  await endCall(services, { sessionId, applicationId, staffId, reason: decision.decision });
  return { applicationId };
}

async function checkAndStore(services: Services, sessionId: string, staffId: string, decision: Decision): Promise<string> {
  const states = decision.decision === 'approve' ? ['live'] : ['live', 'interrupted'];
  const session = await ownSession(services, { sessionId, staffId, states });
  const reason = decision.decision === 'reject' ? reasonFor(decision.code, decision.comment) : undefined;
  // A reason that rests on what was seen needs a photo of it (R29).
  if (reason?.needsPhoto && (await services.db.photo.count({ where: { sessionId } })) === 0) throw new AppError('PHOTOS_INCOMPLETE', { items: ['photo.face'] });
  if (decision.decision === 'approve') {
    const missing = await missingAfterCatchUp(services, session);
    const error = refusal(missing);
    if (error) throw new AppError(error, { items: missing.map((m) => m.code) });
  }
  await store(services, session, staffId, decision, reason);
  return session.applicationId;
}

async function store(services: Services, session: WitnessSession, staffId: string, decision: Decision, reason: ReasonCode | undefined): Promise<void> {
  const { db, cipher, now } = services;
  const { id: sessionId, applicationId } = session;
  const actor = { kind: 'staff', id: staffId } as const;
  const at = now();
  const comment = decision.decision === 'approve' ? undefined : decision.comment;
  const commentEnc = comment ? await cipher.seal({ subject: applicationId, table: 'witness_session', column: 'comment_enc', row: sessionId }, comment) : null;
  const codes: Codes = { decision: decision.decision, ...(reason ? { code: reason.code } : {}) };
  const sessionPatch = { decision: decision.decision, decisionCode: reason?.code ?? null, commentEnc, decidedAt: at, endedAt: at };
  // The version seen when the facts were checked: a tick, a photo, a drop or a second press in between wins nothing.
  const expectedVersion = session.version;
  await inTransaction(db, async (tx) => {
    if (decision.decision === 'approve') {
      await changeSession(tx, { sessionId, event: 'pass', actor, expectedVersion, codes }, sessionPatch);
      await changeApplication(tx, { applicationId, event: 'pass', actor, sessionId, codes }, { witnessedAt: at });
    } else if (decision.decision === 'fraud') {
      await changeSession(tx, { sessionId, event: 'flag_fraud', actor, expectedVersion, codes }, sessionPatch);
      await changeApplication(tx, { applicationId, event: 'flag_fraud', actor, sessionId, codes });
    } else if (reason) {
      await changeSession(tx, { sessionId, event: 'reject', actor, expectedVersion, codes }, sessionPatch);
      await changeApplication(tx, { applicationId, event: reason.final ? 'reject_final' : 'reject_repairable', actor, sessionId, codes },
        { reasonCode: reason.code, repairItems: [...reason.repair], repairDone: [] });
    }
    await note(tx, { sessionId, at, type: 'decision', side: 'witness', codes: { decision: decision.decision, ...(reason ? { code: reason.code } : {}) } });
  });
}
