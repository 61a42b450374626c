import { AppError } from '../../../contracts/errors.ts';
import { audit, look } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { capacityFor } from './access.ts';
import type { Reader } from './access.ts';
import { openForm } from './findings.ts';
import { cardOf, loadCaseFacts, phoneOf } from './view.ts';

/**
 * Uncovers one masked value for the case's own witness or reviewer; the click is logged (R43, R45).
 * @throws AppError CASE_NOT_YOURS, NOT_FOUND
 */
export async function uncover(services: Services, { applicationId, reader, field }: { applicationId: string; reader: Reader; field: 'idNumber' | 'phone' | 'card' }): Promise<string> {
  const capacity = capacityFor(reader, await loadCaseFacts(services, applicationId));
  if (capacity !== 'witness' && capacity !== 'reviewer') throw new AppError('CASE_NOT_YOURS');
  await look(services.db, { staffId: reader.staffId, applicationId, what: `uncover.${field}`, why: capacity });
  await audit(services.db, { actor: { kind: 'staff', id: reader.staffId }, action: 'case.uncover', applicationId, codes: { field } });
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const value = field === 'idNumber' ? (await openForm(services, application))?.idNumber : field === 'phone' ? await phoneOf(services, application) : await cardOf(services, application);
  if (!value) throw new AppError('NOT_FOUND');
  return value;
}
