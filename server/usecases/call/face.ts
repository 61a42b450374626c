import type { JobData } from '../../../contracts/jobs/index.ts';
import { faceConsent } from '../police/standing.ts';
import type { Services } from '../services.ts';
import { note } from './note.ts';
import { editPhoto } from './photoNotes.ts';
import { tellWitness } from './tell.ts';

/**
 * The job `face.examine`: figures of the live face beside the card's portrait and the uploaded one, as advice. Without
 * the separate consent to face matching nothing but the face photo is handed over, and nothing is compared (R17).
 */
export async function examineFaceJob(services: Services, { applicationId, sessionId }: JobData<'face.examine'>): Promise<void> {
  const { db, store, reader } = services;
  const photos = await db.photo.findMany({ where: { sessionId, supersededAt: null, kind: { in: ['face', 'portraitSide'] } } });
  const face = photos.find((photo) => photo.kind === 'face');
  if (face === undefined) return;
  const bytesOf = async (fileId: string): Promise<Buffer> => (await store.read({ caseId: applicationId, fileId })).bytes;
  const consent = await faceConsent(services, applicationId);
  const card = consent ? photos.find((photo) => photo.kind === 'portraitSide') : undefined;
  const upload = consent ? await db.document.findFirst({ where: { applicationId, side: 'portrait', supersededAt: null } }) : null;
  const [live, cardBytes, uploadBytes] = await Promise.all([
    bytesOf(face.fileId),
    card && bytesOf(card.stillFits && card.stillFileId ? card.stillFileId : card.fileId),
    upload && bytesOf(upload.fileId),
  ]);
  const against = [...(cardBytes ? [{ reference: 'card' as const, image: cardBytes }] : []), ...(uploadBytes ? [{ reference: 'upload' as const, image: uploadBytes }] : [])];
  const examined = await reader.face({ live, consent, ...(consent ? { against } : {}) });
  await editPhoto(services, face, async (tx, _now, kept) => {
    await note(tx, { sessionId, at: services.now(), type: 'face', side: 'server', refId: face.id, codes: { consent } });
    return { value: { ...kept, face: examined } };
  });
  await tellWitness(services, sessionId);
}
