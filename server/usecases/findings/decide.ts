import { AppError } from '../../../contracts/errors.ts';
import type { FindingCode } from '../../../contracts/findings.ts';
import type { DecideOn, FieldName, Finding } from '../../../contracts/reading.ts';
import { newId } from '../../database/crypto.ts';
import { isConflict } from '../../database/index.ts';
import { audit, emit, inTransaction } from '../../database/transact.ts';
import type { Db } from '../../database/index.ts';
import { note } from '../call/note.ts';
import { ownSession } from '../call/own.ts';
import { allFindings, caseFindings, currentPhotos } from '../cases/findings.ts';
import type { Services } from '../services.ts';
import { findingReasonPlace } from './decisions.ts';

const STATES: readonly string[] = ['live', 'interrupted'];

export interface DecideFinding {
  readonly sessionId: string;
  readonly staffId: string;
  /** The photo or upload whose reading it is a finding of. */
  readonly on: DecideOn;
  readonly code: FindingCode;
  readonly field?: FieldName | undefined;
  readonly reason: string;
}

/**
 * The witness, who has looked at the card, decides on a blocking finding of its reading (R12, R14): stored with who, when
 * and why, in one transaction with its audit row and its event. It holds for this photo; one taken again is judged anew.
 * @throws AppError CASE_NOT_YOURS, SESSION_NOT_LIVE, FINDING_NOT_DECIDABLE, DECISION_ALREADY_MADE
 */
export async function decideFinding(services: Services, { sessionId, staffId, on, code, field, reason }: DecideFinding): Promise<{ applicationId: string }> {
  const { applicationId } = await ownSession(services, { sessionId, staffId, states: STATES });
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const found = await caseFindings(services, application, await currentPhotos(services, sessionId), sessionId);
  const standing = allFindings(found).find((f: Finding) => f.code === code && f.field === field && f.decideOn?.kind === on.kind && f.decideOn.id === on.id);
  if (standing?.decision) throw new AppError('DECISION_ALREADY_MADE');
  if (!standing?.closesApprove) throw new AppError('FINDING_NOT_DECIDABLE');
  const id = newId();
  const at = services.now();
  const reasonEnc = await services.cipher.seal(findingReasonPlace(applicationId, id), reason);
  const codes = { code, ...(field === undefined ? {} : { field }) };
  try {
    await inTransaction(services.db, async (tx) => {
      // Opening the case took its time. The raised version sends who approves just now back to what there is (R28).
      await tx.witnessSession.updateMany({ where: { id: sessionId, state: { in: [...STATES] } }, data: { version: { increment: 1 } } });
      await ownSession({ db: tx }, { sessionId, staffId, states: STATES });
      await stillCounts(tx, on, { sessionId, applicationId });
      await tx.findingDecision.create({ data: { id, applicationId, sessionId, ...(on.kind === 'photo' ? { photoId: on.id } : { documentId: on.id }), code, field: field ?? null, staffId, reasonEnc, at } });
      await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'finding.decided', applicationId, sessionId, codes: { ...codes, on: on.kind, onId: on.id } });
      await emit(tx, { type: 'finding.decided', applicationId, sessionId, decisionId: id, on, ...codes });
      await note(tx, { sessionId, at, type: 'finding_decision', side: 'witness', refId: id, codes });
    });
  } catch (error) {
    if (isConflict(error)) throw new AppError('DECISION_ALREADY_MADE');
    throw error;
  }
  return { applicationId };
}

/** @throws AppError FINDING_NOT_DECIDABLE when the photo was taken again meanwhile */
async function stillCounts(tx: Db, on: DecideOn, { sessionId, applicationId }: { sessionId: string; applicationId: string }): Promise<void> {
  const count = on.kind === 'photo'
    ? await tx.photo.count({ where: { id: on.id, sessionId, supersededAt: null } })
    : await tx.document.count({ where: { id: on.id, applicationId, supersededAt: null } });
  if (count === 0) throw new AppError('FINDING_NOT_DECIDABLE');
}
