import type { ClientForm } from '../../../contracts/http/client.ts';
import { documentReading, photoFigures } from '../../../contracts/reading.ts';
import type { DocumentReading, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { Application, Document } from '../../database/index.ts';
import type { Services } from '../services.ts';

/** Opens the form of a case. */
export const openForm = async (services: Pick<Services, 'cipher'>, application: Application): Promise<ClientForm | null> =>
  application.formEnc ? services.cipher.openJson<ClientForm>({ subject: application.id, table: 'application', column: 'form_enc', row: application.id }, application.formEnc) : null;

export interface DocumentRead { readonly row: Document; readonly reading: DocumentReading | null; readonly findings: readonly Finding[]; readonly figures: PhotoFigures | null }

/** The newest upload of each side with what was read; with `at`, those that counted then. */
export async function openDocuments(services: Pick<Services, 'db' | 'cipher'>, applicationId: string, { at }: { at?: Date } = {}): Promise<DocumentRead[]> {
  const counted = at === undefined ? { supersededAt: null } : { uploadedAt: { lte: at }, OR: [{ supersededAt: null }, { supersededAt: { gt: at } }] };
  const rows = await services.db.document.findMany({ where: { applicationId, ...counted }, orderBy: { uploadedAt: 'asc' } });
  return Promise.all(rows.map(async (row) => {
    if (!row.readingEnc) return { row, reading: null, findings: [], figures: null };
    const kept = await services.cipher.openJson<{ reading: unknown; findings?: Finding[]; figures?: unknown; backgrounds?: { with: string; findings: Finding[] } }>({ subject: applicationId, table: 'document', column: 'reading_enc', row: row.id }, row.readingEnc);
    const reading = documentReading.nullable().catch(null).parse(kept.reading ?? null);
    // What was said of a pair of photos says nothing once one of them was taken again (R23).
    const pair = rows.some(({ id }) => id === kept.backgrounds?.with) ? kept.backgrounds!.findings : [];
    return { row, reading, findings: [...(kept.findings ?? []), ...pair], figures: photoFigures.nullable().catch(null).parse(kept.figures ?? null) };
  }));
}
