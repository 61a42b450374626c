import { newId } from '../../database/crypto.ts';
import { audit, emit, inTransaction } from '../../database/transact.ts';
import type { JobData } from '../../../contracts/jobs/index.ts';
import { note } from '../call/note.ts';
import { factsCame } from '../call/own.ts';
import { tellWitness } from '../call/tell.ts';
import { openForm } from '../cases/open.ts';
import { ROUNDS_MS } from '../outside.ts';
import type { Services } from '../services.ts';
import type { PolicePort } from './port.ts';
import { faceConsent, identityCandidates, identityIndex } from './standing.ts';

/** While the decision is open; afterwards nothing about the person is sent outside any more. */
const ASKED_IN: readonly string[] = ['submitted', 'waiting', 'in_call'];

/**
 * The job `police.check` (R22): name and number before the call; the live face in it, as soon as it is taken and only
 * with consent (R17). Each answer is kept with its audit row and event; no answer is put again later.
 */
export async function policeCheckJob(services: Services, police: PolicePort, { applicationId, photoId, round = 0 }: JobData<'police.check'>): Promise<void> {
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const form = await openForm(services, application);
  if (form === null || !ASKED_IN.includes(application.state)) return;
  const face = photoId === undefined ? undefined : await liveFace(services, applicationId, photoId);
  if (face === null) return;
  const { answer, attempts } = await police.ask({ reference: applicationId, name: form.name, idNumber: form.idNumber, ...(face ? { face: face.bytes } : {}) });
  const id = newId();
  const kind = photoId === undefined ? 'identity' : 'face';
  const at = services.now();
  const session = await services.db.witnessSession.findFirst({ where: { applicationId, state: { in: ['live', 'interrupted'] } }, select: { id: true } });
  await inTransaction(services.db, async (tx) => {
    await factsCame(tx, { applicationId });
    await tx.policeCheck.create({ data: { id, applicationId, kind, answer, photoId: photoId ?? null, askedIndex: identityIndex(services, form), attempts, at } });
    await audit(tx, { actor: { kind: 'system' }, action: 'police.checked', applicationId, ...(session ? { sessionId: session.id } : {}), codes: { kind, answer, attempts } });
    await emit(tx, { type: 'police.answered', applicationId, checkId: id, question: kind, answer });
    if (session) await note(tx, { sessionId: session.id, at, type: 'police', side: 'server', refId: id, codes: { kind, answer } });
  });
  const delayMs = ROUNDS_MS[round];
  if (answer === 'unavailable' && delayMs !== undefined && !(await isDecided(services, { applicationId, kind, photoId, candidates: identityCandidates(services, form) }))) {
    await services.jobs.add('police.check', { applicationId, ...(photoId === undefined ? {} : { photoId }), round: round + 1 }, { delayMs, id: `${applicationId}-police-${photoId ?? 'identity'}-${round + 1}` });
  }
  if (session) await tellWitness(services, session.id);
}

/** Whether a person has decided on a silence to this question (R22): nobody waits for another round then. */
async function isDecided({ db }: Pick<Services, 'db'>, { applicationId, kind, photoId, candidates }: { applicationId: string; kind: string; photoId: string | undefined; candidates: string[] }): Promise<boolean> {
  return (await db.policeDecision.count({ where: { applicationId, check: { kind, photoId: photoId ?? null, askedIndex: { in: candidates } } } })) > 0;
}

/** The face photo's picture; null when it may not or need not be sent: a face of a call that is over is not asked about in the next one. */
async function liveFace(services: Services, applicationId: string, photoId: string): Promise<{ bytes: Buffer } | null> {
  const photo = await services.db.photo.findFirst({ where: { id: photoId, applicationId, kind: 'face', supersededAt: null, session: { state: { in: ['live', 'interrupted'] } } } });
  if (photo === null || !(await faceConsent(services, applicationId))) return null;
  return services.store.read({ caseId: applicationId, fileId: photo.fileId });
}
