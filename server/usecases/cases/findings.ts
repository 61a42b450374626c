import type { ClientForm } from '../../../contracts/http/client.ts';
import type { PoliceView } from '../../../contracts/police.ts';
import type { DocumentReading, Evidence, Finding } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { compareFields, evidenceOfReadings, textsOfReadings } from '../../../review/checks/compare.ts';
import { checkForm } from '../../../review/checks/form.ts';
import type { Application, Photo } from '../../database/index.ts';
import { readPhoto } from '../call/photo.ts';
import type { PhotoReading } from '../call/photo.ts';
import { chinaDay } from '../client/ports.ts';
import { knownPerson } from '../person/known.ts';
import { policeOf } from '../police/standing.ts';
import type { Services } from '../services.ts';
import { openDocuments, openForm } from './open.ts';
import type { DocumentRead } from './open.ts';

type Picture = NonNullable<Evidence['picture']>;
export interface CaseFindings {
  readonly form: ClientForm | null;
  readonly documents: readonly DocumentRead[];
  readonly photos: readonly (PhotoReading & { readonly row: Photo })[];
  /** Every difference of form, uploads and call photos (R14). */
  readonly differences: readonly Finding[];
  /** The form by today's rules (R10–R13), what is known of the person (R16), and the police check (R22). */
  readonly warnings: readonly Finding[];
  readonly police: PoliceView;
}

/** The photos of a session that count: a retake stands for the ones before it. */
export const currentPhotos = (services: Pick<Services, 'db'>, sessionId: string): Promise<Photo[]> =>
  services.db.photo.findMany({ where: { sessionId, supersededAt: null }, orderBy: { createdAt: 'asc' } });

const uploadPicture = (side: string): Picture => (side === 'portrait' ? 'upload.portrait' : 'upload.emblem');
const callPicture = (kind: string): Picture => `call.${kind as PhotoKind}`;

/** Says of each finding which picture it speaks of, and where on it the field stands. */
export function pointAt(picture: Picture, reading: DocumentReading | null, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => {
    const box = finding.evidence?.box ?? (finding.field === undefined ? undefined : reading?.fields[finding.field]?.box);
    return { ...finding, evidence: { picture, ...(box ? { box } : {}) } };
  });
}

/** Everything that checks have to say about a case, opened for its own screens. */
export async function caseFindings(services: Services, application: Application, photoRows: readonly Photo[]): Promise<CaseFindings> {
  const [form, documents, photos] = await Promise.all([
    openForm(services, application),
    openDocuments(services, application.id),
    Promise.all(photoRows.map(async (row) => ({ row, ...(await readPhoto(services, row)) }))),
  ]);
  const [police, known] = await Promise.all([policeOf(services, application, form, photoRows), knownPerson(services, application, form)]);
  const call = photos.filter((p) => p.reading !== null);
  const differences = compareFields(
    { form: form ?? undefined, upload: textsOfReadings(documents.map((d) => d.reading)), call: call.length ? textsOfReadings(call.map((p) => p.reading)) : undefined },
    {
      upload: evidenceOfReadings(documents.map(({ row, reading }) => ({ picture: uploadPicture(row.side), reading }))),
      call: evidenceOfReadings(call.map(({ row, reading }) => ({ picture: callPicture(row.kind), reading }))),
    },
  );
  return {
    form, differences, police: police.view,
    documents: documents.map((d) => ({ ...d, ...pointed(uploadPicture(d.row.side), d) })),
    photos: photos.map((p) => ({ ...p, ...pointed(callPicture(p.row.kind), p) })),
    // An application that waited may have outlived its card; the day of the decision counts.
    warnings: [...(form === null ? [] : checkForm(form, chinaDay(services.now()), { upperAge: services.upperAge })), ...police.findings, ...known],
  };
}

function pointed(picture: Picture, { reading, findings }: { reading: DocumentReading | null; findings: readonly Finding[] }): { reading: DocumentReading | null; findings: readonly Finding[] } {
  return { findings: pointAt(picture, reading, findings), reading: reading && { ...reading, findings: pointAt(picture, reading, reading.findings) } };
}
