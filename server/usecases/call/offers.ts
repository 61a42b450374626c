import { randomInt } from 'node:crypto';
import { AppError } from '../../../contracts/errors.ts';
import { CUES, SCRIPT, SCRIPT_VERSION } from '../../../contracts/script.ts';
import { audit, changeApplication, changeSession, inTransaction } from '../../database/transact.ts';
import { excludedFromCall, mayWitness } from '../cases/access.ts';
import { loadCaseFacts } from '../cases/view.ts';
import type { Services } from '../services.ts';
import { note } from './note.ts';
import { releaseCall } from './release.ts';
import { tellSeat } from './seat.ts';

export interface Offer {
  readonly sessionId: string;
  readonly applicationId: string;
  readonly staffId: string;
  readonly waitedSeconds: number;
  readonly expiresInSeconds: number;
  readonly draw: { readonly eligible: readonly string[]; readonly random: number };
}

/** The line has drawn an agent (R3): the session is born `offered`, the draw is stored, the agent is told. */
export async function makeOffer(services: Services, offer: Offer): Promise<void> {
  const { db, hub, line, now } = services;
  const { sessionId, applicationId, staffId } = offer;
  const cue = CUES[randomInt(CUES.length)]!.id;
  const application = await db.application.findUnique({ where: { id: applicationId }, select: { caseNo: true, state: true } });
  // Withdrawn or in a call since: out of the line, and the seat is there for the next.
  if (application?.state !== 'waiting') return line.leave(applicationId);
  const { caseNo } = application;
  await inTransaction(db, async (tx) => {
    // The line has one offer for a client: another one still open here was left over, and would keep this one out.
    const left = await tx.witnessSession.findMany({ where: { applicationId, state: 'offered' }, select: { id: true } });
    for (const { id } of left) await changeSession(tx, { sessionId: id, event: 'decline', actor: { kind: 'system' } }, { endedAt: now() });
    await tx.witnessSession.create({ data: { id: sessionId, applicationId, witnessId: staffId, cue, scriptVersion: SCRIPT_VERSION, scriptOrder: SCRIPT.map(({ id }) => id) } });
    await tx.draw.create({ data: { applicationId, sessionId, eligible: [...offer.draw.eligible], chosenId: staffId, random: String(offer.draw.random) } });
    await audit(tx, { actor: { kind: 'system' }, action: 'session.offered', applicationId, sessionId, to: 'offered', codes: { staffId } });
  });
  await hub.publish(`staff:${staffId}`, 'offer', { sessionId, applicationId, caseNo, waitedSeconds: offer.waitedSeconds, expiresInSeconds: offer.expiresInSeconds });
}

/** The offer ran out or its client or agent is gone: nobody loses anything, the client keeps the place. */
export async function withdrawOffer(services: Services, { sessionId, staffId }: { sessionId: string; staffId: string }): Promise<void> {
  await inTransaction(services.db, async (tx) => {
    const session = await tx.witnessSession.findUnique({ where: { id: sessionId } });
    if (session?.state === 'offered') await changeSession(tx, { sessionId, event: 'decline', actor: { kind: 'system' } }, { endedAt: services.now() });
  });
  await services.hub.publish(`staff:${staffId}`, 'offerGone', { sessionId });
  await tellSeat(services, staffId);
}

/**
 * The agent takes the offered client: session joining, application in the call, room opened, client invited.
 * @throws AppError OFFER_GONE, CASE_NOT_YOURS, STORE_LOW, SAME_PERSON (R5)
 */
export async function acceptOffer(services: Services, { sessionId, staffId }: { sessionId: string; staffId: string }): Promise<{ sessionId: string; applicationId: string; ticket: string }> {
  const { db, line, media, tickets, hub, now } = services;
  const session = await db.witnessSession.findUnique({ where: { id: sessionId }, include: { witness: true, application: { select: { clientId: true } } } });
  if (!session || session.state !== 'offered') throw new AppError('OFFER_GONE');
  if (session.witnessId !== staffId) throw new AppError('CASE_NOT_YOURS');
  // Also what was offered a moment before: a call that begins now might not be recorded to its end (R40).
  if (services.space?.held()) throw new AppError('STORE_LOW');
  const { applicationId, witness } = session;
  await refusePart(services, { sessionId, applicationId, staffId });
  if (!(await line.accept({ sessionId, staffId }))) throw new AppError('OFFER_GONE');
  const actor = { kind: 'staff', id: staffId } as const;
  try {
    await media.openSession({ sessionId, caseId: applicationId });
    await inTransaction(db, async (tx) => {
      await changeSession(tx, { sessionId, event: 'accept', actor }, { acceptedAt: now() });
      await changeApplication(tx, { applicationId, event: 'accept', actor });
      await note(tx, { sessionId, at: now(), type: 'accepted', side: 'witness' });
    });
  } catch (error) {
    await media.closeSession(sessionId, 'accept_failed').catch((fault: unknown) => services.log.error({ err: fault, sessionId }, 'room of a failed acceptance not closed'));
    await releaseCall(services, { sessionId, applicationId, staffId });
    throw error;
  }
  const [forClient, forWitness] = await Promise.all([
    tickets.issue({ sessionId, role: 'client', personId: session.application.clientId }),
    tickets.issue({ sessionId, role: 'witness', personId: staffId }),
  ]);
  await hub.publish(`client:${applicationId}`, 'invited', { sessionId, agentName: witness.name, agentLicence: witness.licence ?? '', ticket: forClient });
  await tellSeat(services, staffId);
  return { sessionId, applicationId, ticket: forWitness };
}

/** A reviewer or auditor of the case is never drawn; an offer made before that was known goes to somebody else (R5). */
async function refusePart(services: Services, { sessionId, applicationId, staffId }: { sessionId: string; applicationId: string; staffId: string }): Promise<void> {
  const facts = await loadCaseFacts(services, applicationId);
  try {
    mayWitness(staffId, facts);
  } catch (error) {
    await services.line.join(applicationId, { excluded: excludedFromCall(facts) });
    await services.line.decline({ sessionId, staffId });
    throw error;
  }
}

/** The agent declines: the client keeps the place and another agent is drawn. */
export async function declineOffer(services: Services, { sessionId, staffId }: { sessionId: string; staffId: string }): Promise<void> {
  // The line answers with `offerGone`, and that withdraws the offer.
  await services.line.decline({ sessionId, staffId });
}
