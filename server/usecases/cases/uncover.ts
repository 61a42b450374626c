import { AppError } from '../../../contracts/errors.ts';
import type { Uncovered } from '../../../contracts/http/staff.ts';
import type { Application } from '../../database/index.ts';
import { audit, look } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { capacityFor } from './access.ts';
import type { Reader } from './access.ts';
import { caseFindings } from './findings.ts';
import { openForm } from './open.ts';
import { cardOf, loadCaseFacts, phoneOf } from './view.ts';

/**
 * Uncovers one masked value for the case's own witness or reviewer; the click is logged (R43, R45).
 * @throws AppError CASE_NOT_YOURS, NOT_FOUND
 */
export async function uncover(services: Services, { applicationId, reader, field }: { applicationId: string; reader: Reader; field: 'idNumber' | 'phone' | 'card' }): Promise<Uncovered> {
  const capacity = capacityFor(reader, await loadCaseFacts(services, applicationId));
  if (capacity !== 'witness' && capacity !== 'reviewer') throw new AppError('CASE_NOT_YOURS');
  await look(services.db, { staffId: reader.staffId, applicationId, what: `uncover.${field}`, why: capacity });
  await audit(services.db, { actor: { kind: 'staff', id: reader.staffId }, action: 'case.uncover', applicationId, codes: { field } });
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const value = field === 'idNumber' ? (await openForm(services, application))?.idNumber : field === 'phone' ? await phoneOf(services, application) : await cardOf(services, application);
  if (!value) throw new AppError('NOT_FOUND');
  return field === 'idNumber' ? { value, ...(await readNumbers(services, application)) } : { value };
}

/** The number as read of the uploads and of the newest call's photos. */
async function readNumbers(services: Services, application: Application): Promise<Omit<Uncovered, 'value'>> {
  const photos = await services.db.photo.findMany({ where: { applicationId: application.id, supersededAt: null }, orderBy: { createdAt: 'desc' } });
  const { documents, photos: read } = await caseFindings(services, application, photos, null);
  return {
    upload: documents.map((d) => d.reading?.fields.idNumber?.text).find((text) => text !== undefined),
    call: read.map((p) => p.reading?.fields.idNumber?.text).find((text) => text !== undefined),
  };
}
