import { AppError } from '../../../contracts/errors.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import { look } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { capacityFor } from './access.ts';
import type { Reader } from './access.ts';
import { loadCaseFacts } from './view.ts';

export interface ImageFile { readonly bytes: Buffer; readonly contentType: string }

/** An uploaded ID photo; the look is logged. @throws AppError CASE_NOT_YOURS, NOT_FOUND */
export async function documentImage(services: Services, { applicationId, reader, side }: { applicationId: string; reader: Reader; side: DocumentSide }): Promise<ImageFile> {
  const capacity = capacityFor(reader, await loadCaseFacts(services, applicationId));
  const row = await services.db.document.findFirst({ where: { applicationId, side, supersededAt: null }, orderBy: { uploadedAt: 'desc' } });
  if (!row) throw new AppError('NOT_FOUND');
  await look(services.db, { staffId: reader.staffId, applicationId, what: `upload.${side}`, why: capacity });
  return services.store.read({ caseId: applicationId, fileId: row.fileId });
}

/** A photo of record, the phone's still beside it, what was read of it (`read`), or the recorded frame that it does not agree with (`recorded`); the look is logged. @throws AppError CASE_NOT_YOURS, NOT_FOUND */
export async function photoImage(services: Services, { applicationId, reader, photoId, which }: { applicationId: string; reader: Reader; photoId: string; which: string }): Promise<ImageFile> {
  const capacity = capacityFor(reader, await loadCaseFacts(services, applicationId));
  const row = await services.db.photo.findFirst({ where: { id: photoId, applicationId }, include: { comparisons: { where: { recordedFileId: { not: null } }, orderBy: { at: 'desc' }, take: 1 } } });
  const files: Readonly<Record<string, string | null | undefined>> = { still: row?.stillFileId, record: row?.fileId, read: row?.readFileId, recorded: row?.comparisons[0]?.recordedFileId };
  const fileId = files[which];
  if (!row || !fileId) throw new AppError('NOT_FOUND');
  await look(services.db, { staffId: reader.staffId, applicationId, sessionId: row.sessionId, what: `photo.${row.kind}.${which}`, why: capacity });
  return services.store.read({ caseId: applicationId, fileId });
}
