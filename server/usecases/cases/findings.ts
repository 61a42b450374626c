import type { ClientForm } from '../../../contracts/http/client.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import type { PoliceView } from '../../../contracts/police.ts';
import type { DecideOn, DocumentReading, Evidence, FieldName, Finding } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { cleanFields, compareFields, evidenceOfReadings, textsOfReadings } from '../../../review/checks/compare.ts';
import { checkForm } from '../../../review/checks/form.ts';
import { cardDates, kindsDiffer, numberNotRead, withDecision } from '../../../review/decision/card.ts';
import type { FindingDecision, SeenCard } from '../../../review/decision/card.ts';
import { refuses } from '../../../review/decision/missing.ts';
import { standingInReadings } from '../../../review/decision/standing.ts';
import type { SeenSide } from '../../../review/decision/standing.ts';
import type { Application, Photo, PhotoComparison } from '../../database/index.ts';
import { comparisonsOf } from '../call/comparePhoto.ts';
import { readPhoto } from '../call/photoNotes.ts';
import type { PhotoReading } from '../call/photoNotes.ts';
import { chinaDay } from '../client/ports.ts';
import { findingDecisions } from '../findings/decisions.ts';
import { pointAt } from '../findings/place.ts';
import { knownPerson } from '../person/known.ts';
import { policeOf } from '../police/standing.ts';
import type { Services } from '../services.ts';
import { openDocuments, openForm } from './open.ts';
import type { DocumentRead } from './open.ts';

type Picture = NonNullable<Evidence['picture']>;
export interface CaseFindings {
  readonly form: ClientForm | null;
  readonly documents: readonly DocumentRead[];
  /** `comparing`: with the recording, not done yet (R20). */
  readonly photos: readonly (PhotoReading & { readonly row: Photo; readonly comparing: boolean })[];
  /** Every difference of form, uploads and call photos (R14). */
  readonly differences: readonly Finding[];
  /** Form and card by today's rules (R10–R13), what is known of the person (R16), and the police check (R22). */
  readonly warnings: readonly Finding[];
  readonly police: PoliceView;
}

/** The photos of a session that count: a retake stands for the ones before it. */
export const currentPhotos = (services: Pick<Services, 'db'>, sessionId: string): Promise<Photo[]> =>
  services.db.photo.findMany({ where: { sessionId, supersededAt: null }, orderBy: { createdAt: 'asc' } });

const uploadPicture = (side: string): Picture => (side === 'portrait' ? 'upload.portrait' : 'upload.emblem');
const callPicture = (kind: string): Picture => `call.${kind as PhotoKind}`;

/**
 * Everything that checks have to say about a case, opened for its own screens; each finding says whether it is in the way
 * of approve (R28), and a person's decision on it.
 * @param sessionId the call whose decisions count
 * @param policeUntil the police check as it stood then (default now)
 */
export async function caseFindings(services: Services, application: Application, photoRows: readonly Photo[], sessionId: string | null, { policeUntil }: { policeUntil?: Date | undefined } = {}): Promise<CaseFindings> {
  const [form, documentRows, photosRead, decisions, comparisons] = await Promise.all([
    openForm(services, application),
    openDocuments(services, application.id),
    Promise.all(photoRows.map(async (row) => ({ row, ...(await readPhoto(services, row)) }))),
    sessionId === null ? [] : findingDecisions(services, sessionId),
    services.db.photoComparison.findMany({ where: { photoId: { in: photoRows.map(({ id }) => id) } } }),
  ]);
  const [police, known] = await Promise.all([policeOf(services, application, form, photoRows, policeUntil), knownPerson(services, application, form)]);
  return { ...judgeCase(services, { form, documentRows, photosRead, decisions, comparisons, policeFindings: police.findings, known }), police: police.view };
}

/** All that a case is judged by, opened. */
export interface SeenCase {
  readonly form: ClientForm | null;
  readonly documentRows: readonly DocumentRead[];
  readonly photosRead: readonly (PhotoReading & { readonly row: Photo })[];
  readonly decisions: readonly FindingDecision[];
  readonly comparisons: readonly PhotoComparison[];
  readonly policeFindings: readonly Finding[];
  readonly known: readonly Finding[];
}

/** What checks say of what is known at one moment; the day of the rules is `services.now`. Pure. */
export function judgeCase(services: Pick<Services, 'now' | 'upperAge'>, { form, documentRows, photosRead, decisions, comparisons, policeFindings, known }: SeenCase): Omit<CaseFindings, 'police'> {
  const photoRows = photosRead.map(({ row }) => row);
  const decided = (findings: readonly Finding[], on: (finding: Finding) => DecideOn | undefined): Finding[] => findings.map((f) => withDecision(f, on(f), decisions));
  const onPhotos = (finding: Finding): DecideOn | undefined => newestOf(finding, photoRows);

  const call = photosRead.filter((p) => p.reading !== null);
  const callReadings = call.map((p) => p.reading);
  const card: SeenCard = { form, portrait: readingOf(call, 'portraitSide'), emblem: readingOf(call, 'emblemSide') };
  const differences = decided([...compareFields(
    { form: form ?? undefined, upload: textsOfReadings(documentRows.map((d) => d.reading)), call: call.length ? textsOfReadings(callReadings) : undefined },
    {
      upload: evidenceOfReadings(documentRows.map(({ row, reading }) => ({ picture: uploadPicture(row.side), reading }))),
      call: evidenceOfReadings(call.map(({ row, reading }) => ({ picture: callPicture(row.kind), reading }))),
    },
    cleanFields(callReadings),
  ).filter((f) => !isUntaken(f, card)), ...kindsDiffer(card)], onPhotos);
  const documents = documentRows.map((d) => pointed(uploadPicture(d.row.side), d, (f) => decided(f, () => ({ kind: 'document', id: d.row.id }))));
  const photos = photosRead.map((p) => {
    const { findings, pending } = comparisonsOf(p.row, p, comparisons);
    const shown = pointed(callPicture(p.row.kind), withNumber(p), (f) => decided(f, onPhotos));
    return { ...shown, findings: [...shown.findings, ...findings], comparing: pending };
  });
  const uploadsStand = new Set(standingInReadings(form, documents.map((d) => ({ ...d, side: d.row.side as DocumentSide })), photos.flatMap((p) => sideShown(p.row.kind, p))));
  return {
    form,
    differences: differences.map(closing((f) => f.blocks)),
    documents: documents.map((d) => flagged(d, { picture: (f) => uploadsStand.has(f), read: (f) => uploadsStand.has(f) })),
    // The picture itself was judged on the photo of record, not on the one that was read.
    photos: photos.map((p) => flagged(p, { picture: (f) => refuses(p.row.kind as PhotoKind, f), read: (f) => !f.code.startsWith('PHOTO_') && refuses(p.row.kind as PhotoKind, f) })),
    // An application that waited may have outlived its card; the day of the decision counts.
    warnings: [...byToday(services, card, form, settledIn(differences)), ...policeFindings, ...known].map(closing((f) => f.blocks)),
  };
}

/** Every finding of a case but those of a face. */
export const allFindings = ({ differences, warnings, documents, photos }: Pick<CaseFindings, 'differences' | 'warnings' | 'documents' | 'photos'>): Finding[] =>
  [...differences, ...warnings, ...[...documents, ...photos].flatMap((one) => [...one.findings, ...(one.reading?.findings ?? [])])];

/**
 * What a case looks like once its call is over: nothing of it closes the witness's approve any more.
 * @param inReview the warnings still close the reviewer's (R50)
 */
export function afterCall(found: CaseFindings, { inReview }: { inReview: boolean }): CaseFindings {
  const over = ({ closesApprove: _, decideOn: __, ...finding }: Finding): Finding => finding;
  const all = <T extends Judged>(one: T): T => ({ ...one, findings: one.findings.map(over), reading: one.reading && { ...one.reading, findings: one.reading.findings.map(over) } });
  return { ...found, differences: found.differences.map(over), warnings: inReview ? found.warnings : found.warnings.map(over), documents: found.documents.map(all), photos: found.photos.map(all) };
}

interface Judged { readonly reading: DocumentReading | null; readonly findings: readonly Finding[] }

const readingOf = (photos: readonly (PhotoReading & { readonly row: Photo })[], kind: PhotoKind): DocumentReading | null => photos.findLast((p) => p.row.kind === kind)?.reading ?? null;

const sideShown = (kind: string, one: Judged): SeenSide[] => (kind === 'face' ? [] : [{ side: kind === 'portraitSide' ? 'portrait' : 'emblem', reading: one.reading, findings: one.findings }]);

const withNumber = <T extends Judged & { readonly row: Photo }>(photo: T): T =>
  (photo.reading === null || photo.row.kind !== 'portraitSide' ? photo : { ...photo, reading: { ...photo.reading, findings: saidOnce([...photo.reading.findings, ...numberNotRead(photo.reading)]) } });

/** A side that was not photographed yet lacks nothing. */
const isUntaken = ({ code, field, against }: Finding, { portrait, emblem }: SeenCard): boolean =>
  code === 'FIELD_MISSING' && against === 'call' && field !== undefined && (EMBLEM_FIELDS.includes(field) ? emblem : portrait) === null;
const EMBLEM_FIELDS: readonly FieldName[] = ['authority', 'validFrom', 'validTo'];

/** That the number was not read is said once, with what follows from it. */
const saidOnce = (findings: readonly Finding[]): readonly Finding[] => (findings.some(({ code }) => code === 'ID_NUMBER_NOT_READ') ? findings.filter(({ code, field }) => code !== 'FIELD_UNREADABLE' || field !== 'idNumber') : findings);

/** The photo of the call that a finding speaks of; of two the newer one, so that either taken again needs a new decision. */
function newestOf({ evidence, againstEvidence }: Finding, photos: readonly Photo[]): DecideOn | undefined {
  const seen = photos.filter(({ kind }) => [evidence?.picture, againstEvidence?.picture].includes(callPicture(kind)));
  const newest = seen.reduce<Photo | undefined>((best, one) => (best === undefined || one.createdAt >= best.createdAt ? one : best), undefined);
  return newest && { kind: 'photo', id: newest.id };
}

/** Fields about which a person has decided that the card says what the form says. */
const settledIn = (differences: readonly Finding[]): ReadonlySet<FieldName> =>
  new Set(differences.flatMap(({ code, field, decision }) => (code === 'FIELD_DIFFERS' && decision !== undefined && field !== undefined ? [field] : [])));

/** Form and card by the rules of the day; what both say is said once, beside the picture of the card. */
function byToday({ now, upperAge }: Pick<Services, 'now' | 'upperAge'>, card: SeenCard, form: ClientForm | null, settled: ReadonlySet<FieldName>): Finding[] {
  const today = chinaDay(now());
  const onCard = cardDates(card, settled, today, { upperAge });
  const typed = form === null ? [] : checkForm(form, today, { upperAge });
  return [...typed.filter((f) => !onCard.some((c) => c.code === f.code && c.field === f.field)), ...onCard];
}

function pointed<T extends Judged>(picture: Picture, one: T, decided: (findings: readonly Finding[]) => Finding[]): T {
  const { reading, findings } = one;
  // A call photo was judged on the frame of record; its reading may be of a sharper one.
  const judged = picture.startsWith('call.') ? pointAt(picture, null, findings).map((f) => ({ ...f, evidence: { ...f.evidence, record: true as const } })) : pointAt(picture, reading, findings);
  return { ...one, findings: judged, reading: reading && { ...reading, findings: decided(pointAt(picture, reading, reading.findings)) } };
}

const closing = (closes: (finding: Finding) => boolean) => (finding: Finding): Finding => ({ ...finding, closesApprove: closes(finding) });

const flagged = <T extends Judged>(one: T, closes: { picture: (finding: Finding) => boolean; read: (finding: Finding) => boolean }): T =>
  ({ ...one, findings: one.findings.map(closing(closes.picture)), reading: one.reading && { ...one.reading, findings: one.reading.findings.map(closing(closes.read)) } });
