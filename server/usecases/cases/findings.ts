import { documentReading, makeFinding } from '../../../contracts/reading.ts';
import type { DocumentReading, Finding } from '../../../contracts/reading.ts';
import { policeAnswer } from '../../../contracts/police.ts';
import type { PoliceAnswer } from '../../../contracts/police.ts';
import type { ClientForm } from '../../../contracts/http/client.ts';
import type { FindingCode } from '../../../contracts/findings.ts';
import { compareFields, textsOfReadings } from '../../../review/checks/compare.ts';
import type { Application, Document, Photo } from '../../database/index.ts';
import { readPhoto } from '../call/photo.ts';
import type { PhotoReading } from '../call/photo.ts';
import type { Services } from '../services.ts';
import { earlierRejections } from './earlier.ts';

const POLICE: Record<PoliceAnswer, FindingCode | undefined> = {
  nameMismatch: 'POLICE_NAME_MISMATCH', photoMismatch: 'POLICE_PHOTO_MISMATCH', badImage: 'POLICE_BAD_IMAGE',
  noPhoto: 'POLICE_NO_PHOTO', noRecord: 'POLICE_NO_RECORD', unavailable: 'POLICE_UNAVAILABLE', match: undefined,
};

/** Opens the form of a case. */
export const openForm = async (services: Services, application: Application): Promise<ClientForm | null> =>
  application.formEnc ? services.cipher.openJson<ClientForm>({ subject: application.id, table: 'application', column: 'form_enc', row: application.id }, application.formEnc) : null;

export interface DocumentRead { readonly row: Document; readonly reading: DocumentReading | null; readonly findings: readonly Finding[] }

/** The newest upload of each side with what was read. */
export async function openDocuments(services: Services, applicationId: string): Promise<DocumentRead[]> {
  const rows = await services.db.document.findMany({ where: { applicationId, supersededAt: null }, orderBy: { uploadedAt: 'asc' } });
  return Promise.all(rows.map(async (row) => {
    if (!row.readingEnc) return { row, reading: null, findings: [] };
    const kept = await services.cipher.openJson<{ reading: unknown; findings?: Finding[] }>({ subject: applicationId, table: 'document', column: 'reading_enc', row: row.id }, row.readingEnc);
    const reading = documentReading.nullable().catch(null).parse(kept.reading ?? null);
    return { row, reading, findings: kept.findings ?? [] };
  }));
}

export interface CaseFindings {
  readonly form: ClientForm | null;
  readonly documents: readonly DocumentRead[];
  readonly photos: readonly (PhotoReading & { readonly row: Photo })[];
  /** Every difference of form, uploads and call photos (R14). */
  readonly differences: readonly Finding[];
  /** R16 and R22. */
  readonly warnings: readonly Finding[];
  readonly police: { readonly answer: string; readonly at: Date } | null;
}

/** Everything that checks have to say about a case, opened for its own screens. */
export async function caseFindings(services: Services, application: Application, photoRows: readonly Photo[]): Promise<CaseFindings> {
  const [form, documents, photos, police, known] = await Promise.all([
    openForm(services, application),
    openDocuments(services, application.id),
    Promise.all(photoRows.map(async (row) => ({ row, ...(await readPhoto(services, row)) }))),
    services.db.policeCheck.findFirst({ where: { applicationId: application.id }, orderBy: { at: 'desc' } }),
    knownPerson(services, application),
  ]);
  const call = photos.map((p) => p.reading).filter((r) => r !== null);
  const differences = compareFields({ form: form ?? undefined, upload: textsOfReadings(documents.map((d) => d.reading)), call: call.length ? textsOfReadings(call) : undefined });
  return { form, documents, photos, differences, police, warnings: [...policeFindings(police), ...known] };
}

function policeFindings(police: { answer: string } | null): Finding[] {
  if (!police) return [makeFinding('POLICE_PENDING')];
  const code = POLICE[policeAnswer.parse(police.answer)];
  return code ? [makeFinding(code)] : [];
}

/** An earlier customer number of the same ID number, by blind index, and earlier rejections (R16). */
async function knownPerson(services: Services, application: Application): Promise<Finding[]> {
  const { id, idNumberIndex } = application;
  const [opened, rejections] = await Promise.all([
    idNumberIndex ? services.db.application.count({ where: { idNumberIndex, id: { not: id }, state: 'opened' } }) : 0,
    earlierRejections(services, application),
  ]);
  return [...(opened > 0 ? [makeFinding('CUSTOMER_EXISTS')] : []), ...rejections];
}
