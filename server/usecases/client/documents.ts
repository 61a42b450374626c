import { AppError } from '../../../contracts/errors.ts';
import type { CLIENT_OPERATIONS } from '../../../contracts/http/client.ts';
import { documentSide } from '../../../contracts/http/common.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import { wantsNewPhoto } from '../../../contracts/reading.ts';
import { newId } from '../../database/crypto.ts';
import type { Db } from '../../database/index.ts';
import { emit } from '../../database/transact.ts';
import type { Handler } from '../../http/router.ts';
import { documentPlace, findApplication, loadCase, requireStep, saveEdit } from './case.ts';
import type { ClientCase, DocumentNotes } from './case.ts';
import type { ClientPorts } from './ports.ts';
import { viewOf } from './view.ts';

type Ops = typeof CLIENT_OPERATIONS;

const sideOf = (text: string | undefined): DocumentSide => {
  const side = documentSide.safeParse(text);
  if (!side.success) throw new AppError('NOT_FOUND');
  return side.data;
};

interface NewDocument { readonly id: string; readonly side: DocumentSide; readonly fileId: string; readonly width: number; readonly height: number; readonly notes: DocumentNotes; readonly readingEnc: string }

/**
 * Judges and keeps one side of the ID card and answers at once (R21); a photo that is good enough is read afterwards, by
 * the job that follows from its event, so that closing the page loses nothing. An earlier photo of the side stays as
 * evidence (R14).
 */
export const uploadDocument = (ports: ClientPorts): Handler<Ops['uploadDocument']> => async ({ params, actor, file, signal }) => {
  const side = sideOf(params['side']);
  const before = await loadCase(ports, actor.clientId);
  requireStep(before, 'documents');
  const caseId = before.application.id;
  // A client who has left frees the process for the next one.
  const { jpeg, width, height } = await ports.reader.inspect(file.bytes, { signal });
  const { findings, figures } = await ports.reader.judge(jpeg, { expect: side, signal });
  const notes: DocumentNotes = { reading: null, findings: [...findings], ...(figures ? { figures } : {}) };
  const id = newId();
  const readingEnc = await ports.cipher.sealJson(documentPlace(caseId, id), notes);
  const { fileId } = await ports.evidence.put({ caseId, kind: 'upload', contentType: 'image/jpeg', bytes: jpeg });
  try {
    await keep(ports, actor.clientId, { id, side, fileId, width, height, notes, readingEnc });
  } catch (error) {
    await ports.evidence.remove({ caseId, fileId });
    throw error;
  }
  return viewOf(ports, actor);
};

async function keep(ports: ClientPorts, clientId: string, document: NewDocument): Promise<void> {
  const { id, side, fileId, width, height, notes, readingEnc } = document;
  await ports.prisma.$transaction(async (tx) => {
    const applicationId = await lock(tx, clientId);
    // Judging took its time: the other side may have come in, or the application may have moved on.
    const found = await loadCase({ ...ports, prisma: tx as ClientPorts['prisma'] }, clientId);
    requireStep(found, 'documents');
    const now = ports.now();
    await tx.document.updateMany({ where: { applicationId, side, supersededAt: null }, data: { supersededAt: now } });
    const codes = [...new Set(notes.findings.map(({ code }) => code))];
    // A photo that has to be taken again is not read: what would be read of it, nobody could rely on.
    const refused = notes.findings.some(wantsNewPhoto);
    await tx.document.create({ data: { id, applicationId, side, fileId, width, height, readingEnc, findingCodes: codes, uploadedAt: now, readAt: refused ? now : null } });
    await emit(tx, { type: 'document.uploaded', applicationId, documentId: id, side });
    await saveUpload(tx, found, side);
  }, { timeout: 20_000 });
}

/** In a repair of the documents both sides are taken again before the item counts as redone. */
async function saveUpload(tx: Db, found: ClientCase, side: DocumentSide): Promise<void> {
  const { application } = found;
  const marks = [...new Set([...application.repairDone, `documents:${side}`])];
  const both = marks.includes('documents:portrait') && marks.includes('documents:emblem');
  const patch = application.state === 'repair' ? { repairDone: both ? [...new Set([...marks, 'documents'])] : marks } : {};
  await saveEdit(tx, found, { action: 'application.document_uploaded', codes: { side } }, patch);
}

async function lock(tx: Db, clientId: string): Promise<string> {
  const { id } = await findApplication(tx, clientId);
  await tx.$queryRaw`SELECT 1 FROM "application" WHERE "id" = ${id}::uuid FOR UPDATE`;
  return id;
}

/** The client's own upload. */
export const documentImage = (ports: ClientPorts): Handler<Ops['documentImage']> => async ({ params, actor }) => {
  const side = sideOf(params['side']);
  const { id } = await findApplication(ports.prisma, actor.clientId);
  const row = await ports.prisma.document.findFirst({ where: { applicationId: id, side, supersededAt: null } });
  if (row === null) throw new AppError('NOT_FOUND');
  const { bytes, contentType } = await ports.evidence.read({ caseId: id, fileId: row.fileId });
  return { bytes, contentType };
};
