import { AppError } from '../../../contracts/errors.ts';
import { isDecidable } from '../../../contracts/police.ts';
import type { PoliceAnswer } from '../../../contracts/police.ts';
import { newId } from '../../database/crypto.ts';
import { isConflict } from '../../database/index.ts';
import { audit, emit, inTransaction } from '../../database/transact.ts';
import { note } from '../call/note.ts';
import { ownSession } from '../call/own.ts';
import { caseFindings, currentPhotos } from '../cases/findings.ts';
import type { Services } from '../services.ts';
import { policeReasonPlace } from './standing.ts';

/**
 * The witness decides on "no record" or "unavailable", with a reason (R22): stored with who and when, in one transaction
 * with its audit row and its event. Any other answer is no matter for a decision.
 * @throws AppError CASE_NOT_YOURS, SESSION_NOT_LIVE, POLICE_NOT_DECIDABLE, DECISION_ALREADY_MADE
 */
export async function decidePolice(services: Services, { sessionId, staffId, checkId, reason }: { sessionId: string; staffId: string; checkId: string; reason: string }): Promise<{ applicationId: string }> {
  const session = await ownSession(services, { sessionId, staffId, states: ['live', 'interrupted'] });
  const { applicationId } = session;
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const { police } = await caseFindings(services, application, await currentPhotos(services, sessionId), sessionId);
  // Only the answer that counts now: an older one may be about another name, number or picture.
  const standing = [police.identity, police.face].find((answered) => answered?.checkId === checkId);
  if (!standing || !isDecidable(standing.answer)) throw new AppError('POLICE_NOT_DECIDABLE');
  if (standing.decision) throw new AppError('DECISION_ALREADY_MADE');
  const answer: PoliceAnswer = standing.answer;
  const id = newId();
  const at = services.now();
  const reasonEnc = await services.cipher.seal(policeReasonPlace(applicationId, id), reason);
  try {
    await inTransaction(services.db, async (tx) => {
      // Opening the case took its time: the call may have been decided, or ended, meanwhile.
      await tx.$queryRaw`SELECT 1 FROM "witness_session" WHERE "id" = ${sessionId}::uuid FOR UPDATE`;
      await ownSession({ db: tx }, { sessionId, staffId, states: ['live', 'interrupted'] });
      await tx.policeDecision.create({ data: { id, applicationId, sessionId, checkId, staffId, reasonEnc, at } });
      await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'police.decided', applicationId, sessionId, codes: { answer, checkId } });
      await emit(tx, { type: 'police.decided', applicationId, checkId, answer });
      await note(tx, { sessionId, at, type: 'police_decision', side: 'witness', refId: checkId, codes: { answer } });
    });
  } catch (error) {
    if (isConflict(error)) throw new AppError('DECISION_ALREADY_MADE');
    throw error;
  }
  return { applicationId };
}

/**
 * Asks once more, by hand: the police check about name and number, and about the face where it may be asked; core and
 * depository about what they have not answered.
 * @throws AppError CASE_NOT_YOURS, SESSION_NOT_LIVE
 */
export async function askPoliceAgain(services: Services, { sessionId, staffId }: { sessionId: string; staffId: string }): Promise<{ applicationId: string }> {
  const { applicationId } = await ownSession(services, { sessionId, staffId, states: ['live', 'interrupted'] });
  const face = (await currentPhotos(services, sessionId)).find((photo) => photo.kind === 'face');
  // Rounds are over for a question put by hand: the agent sees the answer and asks again if need be.
  const round = Number.MAX_SAFE_INTEGER;
  await services.jobs.add('police.check', { applicationId, round }, { id: `${applicationId}-police-identity-hand` });
  if (face) await services.jobs.add('police.check', { applicationId, photoId: face.id, round }, { id: `${applicationId}-police-face-hand` });
  // What core and depository know of the person as well, as far as they have not said it (R16).
  await services.jobs.add('person.lookup', { applicationId, round }, { id: `${applicationId}-lookup-hand` });
  await audit(services.db, { actor: { kind: 'staff', id: staffId }, action: 'police.asked', applicationId, sessionId });
  return { applicationId };
}
