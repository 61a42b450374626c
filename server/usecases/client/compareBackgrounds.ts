import type { JobData } from '../../../contracts/jobs/index.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { inTransaction } from '../../database/transact.ts';
import { tellCaseWitness } from '../call/tell.ts';
import type { Services } from '../services.ts';
import { documentPlace } from './case.ts';
import type { DocumentNotes } from './case.ts';
import { WANTED_IN } from './readDocument.ts';

/**
 * The job `document.backgrounds`, after each side that was read: when both are there, whether the two photos were taken in
 * one place (R23). Advice; it keeps nobody waiting. The outcome is kept with the portrait side and names the pair: done
 * once however often it is asked for, and without meaning when either side was taken again.
 */
export async function compareBackgroundsJob(services: Pick<Services, 'db' | 'cipher' | 'store' | 'reader' | 'hub'>, { applicationId }: JobData<'document.backgrounds'>): Promise<void> {
  const { db, cipher, store, reader } = services;
  const application = await db.application.findUniqueOrThrow({ where: { id: applicationId }, include: { documents: { where: { supersededAt: null, readAt: { not: null } } } } });
  const [portrait, emblem] = (['portrait', 'emblem'] as const).map((side) => application.documents.find((row) => row.side === side));
  if (!portrait?.readingEnc || !emblem?.readingEnc || !WANTED_IN.includes(application.state)) return;
  const notesOf = (row: { id: string; readingEnc: string | null }): Promise<DocumentNotes> => cipher.openJson<DocumentNotes>(documentPlace(applicationId, row.id), row.readingEnc!);
  const [notes, other] = await Promise.all([notesOf(portrait), notesOf(emblem)]);
  // A side that is to be taken again is compared when it was.
  if (notes.reading === null || other.reading === null || notes.backgrounds?.with === emblem.id) return;
  const bytesOf = async (fileId: string): Promise<Buffer> => (await store.read({ caseId: applicationId, fileId })).bytes;
  const { findings } = await reader.backgrounds({ one: await bytesOf(portrait.fileId), other: await bytesOf(emblem.fileId) });
  const marked = findings.map((finding): Finding => ({ ...finding, againstEvidence: { picture: 'upload.emblem' } }));
  await inTransaction(db, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "document" WHERE "id" = ${portrait.id}::uuid FOR UPDATE`;
    const now = await tx.document.findUniqueOrThrow({ where: { id: portrait.id } });
    const readingEnc = await cipher.sealJson(documentPlace(applicationId, portrait.id), { ...(await notesOf(now)), backgrounds: { with: emblem.id, findings: marked } });
    await tx.document.update({ where: { id: portrait.id }, data: { readingEnc } });
  });
  if (marked.length > 0) await tellCaseWitness(services, applicationId);
}
