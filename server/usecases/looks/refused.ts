import { AppError } from '../../../contracts/errors.ts';
import { newId } from '../../database/crypto.ts';
import { look } from '../../database/transact.ts';
import type { Reader } from '../cases/access.ts';
import type { Services } from '../services.ts';

/** Refusals of a person, not of a slip: who tried stands in the log of looks like who looked. */
const TOLD: readonly string[] = ['SAME_PERSON', 'CASE_NOT_YOURS', 'CASE_DESTROYED'];
interface Tried { readonly reader: Reader; readonly applicationId: string; readonly sessionId?: string; readonly what: 'replay' | 'export' | 'lookLog' | 'uncover.name'; readonly purpose?: string }

/** Runs `check`; who is refused a case's evidence is written down, with the purpose where its key is still there (R5, R45). Nobody becomes the case's auditor by being refused. */
export async function toldWhenRefused<T>(services: Pick<Services, 'db' | 'cipher' | 'now'>, { reader, applicationId, sessionId, what, purpose }: Tried, check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof AppError) || !TOLD.includes(error.code)) throw error;
    const id = newId();
    const why = purpose === undefined || error.code === 'CASE_DESTROYED' ? undefined : await services.cipher.seal({ subject: applicationId, table: 'look_log', column: 'why', row: id }, purpose).catch(() => undefined);
    await look(services.db, { id, staffId: reader.staffId, applicationId, ...(sessionId === undefined ? {} : { sessionId }), what: `${what}.refused`, ...(why === undefined ? {} : { why }), at: services.now() });
    throw error;
  }
}
