import { AppError } from '../../../contracts/errors.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import type { JobData } from '../../../contracts/jobs/index.ts';
import { wantsNewPhoto } from '../../../contracts/reading.ts';
import type { DocumentReading } from '../../../contracts/reading.ts';
import { emit, inTransaction } from '../../database/transact.ts';
import { factsCame } from '../call/own.ts';
import { tellCaseWitness } from '../call/tell.ts';
import type { Services } from '../services.ts';
import { documentPlace } from './case.ts';
import type { DocumentNotes } from './case.ts';

type Parts = Pick<Services, 'db' | 'cipher' | 'store' | 'reader' | 'hub' | 'now'>;

/** How often it is looked whether the photo is still wanted, ms. */
const LOOK_MS = 1_000;
/** States in which somebody still needs what is read. */
export const WANTED_IN: readonly string[] = ['draft', 'repair', 'submitted', 'waiting', 'in_call'];

/**
 * The job `document.read`: reads an uploaded side that was judged good (R14). It stops when the client has taken the
 * photo again or withdrawn; whoever needs the result is told, and the two sides' surroundings are compared afterwards. A picture that cannot be read at all counts as read, with
 * nothing found: the client types it in.
 */
export async function readDocumentJob(services: Parts, { applicationId, documentId }: JobData<'document.read'>): Promise<void> {
  const { db, cipher, store, reader, hub, now } = services;
  const row = await db.document.findUniqueOrThrow({ where: { id: documentId }, include: { application: { select: { state: true } } } });
  if (row.readAt !== null || row.supersededAt !== null || row.readingEnc === null || !WANTED_IN.includes(row.application.state)) return;
  const { bytes } = await store.read({ caseId: applicationId, fileId: row.fileId });
  const reading = await whileWanted(services, documentId, (signal) => reader.read(bytes, { expect: row.side as DocumentSide, signal }));
  if (reading === null) return;
  const place = documentPlace(applicationId, documentId);
  const kept = await cipher.openJson<DocumentNotes>(place, row.readingEnc);
  // How good the picture is was said at once; a second verdict seconds later would contradict the first.
  const said = reading.findings.filter(({ code }) => !code.startsWith('PHOTO_'));
  // What is wrong with the picture (the other side, two cards) stands with its judgement, what is wrong with the text with the reading.
  const notes: DocumentNotes = { ...kept, findings: [...kept.findings, ...said.filter(wantsNewPhoto)], reading: { ...reading, findings: said.filter((finding) => !wantsNewPhoto(finding)) } };
  const findingCodes = [...new Set([...notes.findings, ...(notes.reading?.findings ?? [])].map(({ code }) => code))];
  const readingEnc = await cipher.sealJson(place, notes);
  await inTransaction(db, async (tx) => {
    // A reading that ends during the call: what was checked for approve is checked again with it (R28).
    await factsCame(tx, { applicationId });
    const { count } = await tx.document.updateMany({ where: { id: documentId, readAt: null }, data: { readingEnc, findingCodes, readAt: now() } });
    if (count === 1) await emit(tx, { type: 'document.read', applicationId, documentId });
  });
  await hub.publish(`client:${applicationId}`, 'changed', {});
  await tellCaseWitness(services, applicationId);
}

/** Null: nobody wants it any more. */
async function whileWanted({ db }: Pick<Services, 'db'>, documentId: string, work: (signal: AbortSignal) => Promise<DocumentReading>): Promise<DocumentReading | null> {
  const stop = new AbortController();
  const watch = setInterval(() => {
    db.document.findUnique({ where: { id: documentId }, select: { supersededAt: true, application: { select: { state: true } } } })
      .then((row) => { if (row === null || row.supersededAt !== null || !WANTED_IN.includes(row.application.state)) stop.abort(); }, () => undefined);
  }, LOOK_MS);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return null;
    if (error instanceof AppError && error.code.startsWith('UPLOAD_')) return { side: 'unknown', fields: {}, findings: [] };
    throw error;
  } finally {
    clearInterval(watch);
  }
}
