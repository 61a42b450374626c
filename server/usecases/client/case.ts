import { AppError } from '../../../contracts/errors.ts';
import { clientForm } from '../../../contracts/http/client.ts';
import type { ClientForm, ClientStep, ConsentKind, CorrectableStep, Declarations } from '../../../contracts/http/client.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import { wantsNewPhoto } from '../../../contracts/reading.ts';
import type { DocumentReading, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { RepairItem } from '../../../contracts/reasons/index.ts';
import type { AccountStep, ApplicationState } from '../../../contracts/states/index.ts';
import { correctedBy } from '../../../workflows/accounts/failures.ts';
import { clientSteps } from '../../../workflows/application/rules.ts';
import type { ClientFacts } from '../../../workflows/application/rules.ts';
import type { Place } from '../../database/crypto.ts';
import type { Application, ApplicationConsent, Db, Document } from '../../database/index.ts';
import { changeAccountStep, editApplication, inTransaction } from '../../database/transact.ts';
import type { Actor, ApplicationPatch, Codes } from '../../database/transact.ts';
import type { ClientPorts } from './ports.ts';

/** What is kept encrypted beside an uploaded photo. */
export interface DocumentNotes {
  /** Null while it is being read, and for a photo that has to be taken again. */
  readonly reading: DocumentReading | null;
  /** How the picture was judged (R21). */
  readonly findings: readonly Finding[];
  readonly figures?: PhotoFigures;
  /** Of the portrait side: how its surroundings agree with those of one emblem side's photo (R23). For staff. */
  readonly backgrounds?: { /** Its id. */ readonly with: string; readonly findings: readonly Finding[] };
}
export interface LoadedDocument { readonly row: Document; readonly notes: DocumentNotes | null }

/** A client's application with its data opened. */
export interface ClientCase {
  readonly application: Application;
  readonly consents: readonly ApplicationConsent[];
  readonly documents: readonly LoadedDocument[];
  readonly form: ClientForm | null;
  readonly declarations: Declarations | null;
  readonly signed: readonly string[];
  readonly facts: ClientFacts;
  /** Account steps that wait for the client (R54), each with the page that puts it right, if one does. */
  readonly awaiting: readonly AwaitedStep[];
}
export interface AwaitedStep { readonly step: AccountStep; readonly version: number; readonly code: string | null; readonly page: CorrectableStep | null }

export const applicationPlace = (applicationId: string, column: string): Place => ({ subject: applicationId, table: 'application', column, row: applicationId });
export const documentPlace = (applicationId: string, documentId: string): Place => ({ subject: applicationId, table: 'document', column: 'reading_enc', row: documentId });

/** The client's present application: the newest. @throws AppError NOT_FOUND */
export async function findApplication(db: ClientPorts['prisma'] | Db, clientId: string): Promise<Application> {
  const application = await db.application.findFirst({ where: { clientId, business: 'open_account' }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
  if (application === null) throw new AppError('NOT_FOUND');
  return application;
}

export async function loadCase(ports: ClientPorts, clientId: string): Promise<ClientCase> {
  const application = await findApplication(ports.prisma, clientId);
  const { id } = application;
  const [consentRows, documentRows, signatures, awaited] = await Promise.all([
    ports.prisma.applicationConsent.findMany({ where: { applicationId: id }, orderBy: [{ at: 'asc' }, { id: 'asc' }] }),
    ports.prisma.document.findMany({ where: { applicationId: id, supersededAt: null }, orderBy: { uploadedAt: 'asc' } }),
    ports.prisma.agreementSignature.findMany({ where: { applicationId: id, verified: true, supersededAt: null }, select: { agreementId: true } }),
    ports.prisma.accountStep.findMany({ where: { applicationId: id, state: 'awaiting_client' }, select: { step: true, version: true, code: true } }),
  ]);
  const open = async <T>(column: string, sealed: string | null): Promise<T | null> => (sealed === null ? null : ports.cipher.openJson<T>(applicationPlace(id, column), sealed));
  const [form, declarations, documents] = await Promise.all([
    open<ClientForm>('form_enc', application.formEnc),
    open<Declarations>('declarations_enc', application.declarationsEnc),
    Promise.all(documentRows.map(async (row) => ({ row, notes: row.readingEnc === null ? null : await ports.cipher.openJson<DocumentNotes>(documentPlace(id, row.id), row.readingEnc) }))),
  ]);
  // The newest of a kind counts (R17).
  const consents = [...new Map(consentRows.map((row) => [row.kind, row])).values()];
  const signed = signedOf(application, signatures.map(({ agreementId }) => agreementId));
  const awaiting = (application.state === 'awaiting_client' ? awaited : []).map(({ step, version, code }) => ({ step: step as AccountStep, version, code, page: correctedBy(code) }));
  return { application, consents, documents, form, declarations, signed, awaiting, facts: factsOf(ports, application, consents, documents, signed) };
}

/** An agreement that is to be signed again counts only when it was. */
function signedOf(application: Application, everSigned: readonly string[]): string[] {
  const again = application.state === 'repair' && application.repairItems.includes('agreements') && !application.repairDone.includes('agreements');
  return [...new Set(everSigned)].filter((agreement) => !again || application.repairDone.includes(`agreements:${agreement}`));
}

/** A device check is good for this long. */
const READY_SECONDS = 1800;

function factsOf(ports: ClientPorts, application: Application, consents: readonly ApplicationConsent[], documents: readonly LoadedDocument[], signed: readonly string[]): ClientFacts {
  return {
    state: application.state as ApplicationState,
    consents: consents.map(({ kind, granted }) => ({ kind: kind as ConsentKind, granted })),
    phoneProven: true,
    documentSides: documents.filter((document) => isAccepted(document, ports.now())).map(({ row }) => row.side as DocumentSide),
    formSaved: application.formEnc !== null && !isOutdated(application, documents),
    declarationsSaved: application.declarationsEnc !== null,
    risk: application.riskClass === null ? null : { blocked: application.riskClass === 'C1' },
    custodyChosen: application.cardEnc !== null,
    passwordsSet: application.passwordsSetAt !== null,
    signedAgreements: signed,
    readyPassed: application.readyAt !== null && ports.now().getTime() - application.readyAt.getTime() < READY_SECONDS * 1000,
    reached: application.witnessedAt !== null ? 'witnessed' : application.submittedAt !== null ? 'submitted' : 'draft',
    repairOpen: application.repairItems.filter((item) => item !== 'call' && !application.repairDone.includes(item)) as RepairItem[],
  };
}

/** Of a draft, photos that came after the form was confirmed: what they say has to be looked at before anything goes on (R14). */
const isOutdated = ({ state, formSavedAt }: Application, documents: readonly LoadedDocument[]): boolean =>
  state === 'draft' && formSavedAt !== null && documents.some(({ row }) => row.uploadedAt > formSavedAt);

/** A reading that takes longer no longer holds the client up: the form is filled in by hand. */
const READING_LIMIT_MS = 30_000;

/** Whether a photo that was judged good is still being read. */
export const isBeingRead = ({ row }: Pick<LoadedDocument, 'row'>, now: Date): boolean => row.readAt === null && now.getTime() - row.uploadedAt.getTime() < READING_LIMIT_MS;

/**
 * A photo that is the wrong side or too bad to use does not complete its step, nor does one whose reading is on the way;
 * what it says of the person does not matter here.
 */
const isAccepted = (document: LoadedDocument, now: Date): boolean => {
  const { notes } = document;
  return notes === null || (!isBeingRead(document, now) && ![...notes.findings, ...(notes.reading?.findings ?? [])].some(wantsNewPhoto));
};

/** The prefix of {@link ClientStep} that holds data, in order. */
const ORDER: readonly ClientStep[] = ['consents', 'phone', 'documents', 'form', 'declarations', 'questionnaire', 'custody', 'passwords', 'agreements', 'submit'];

/**
 * Whether a step may be saved now: in a draft when all before it is done; in a repair when it is one of the items to
 * redo (R29), or passwords that have to be set anew; while the batch waits for the client, when the step puts that right (R54).
 * @throws AppError STATE_NOT_ALLOWED, STEP_INCOMPLETE that names the steps before, RISK_CLASS_BLOCKED
 */
export function requireStep(found: ClientCase, step: ClientStep): void {
  const { application, facts } = found;
  if (facts.state === 'awaiting_client' && found.awaiting.some(({ page }) => page === step)) return;
  const redo = application.repairItems.includes(step) || (step === 'passwords' && !facts.passwordsSet);
  if (facts.state !== 'draft' && !(facts.state === 'repair' && redo)) throw new AppError('STATE_NOT_ALLOWED', { code: facts.state });
  if (facts.state === 'repair') return;
  const before = ORDER.slice(0, ORDER.indexOf(step));
  if (facts.risk?.blocked === true && before.includes('questionnaire')) throw new AppError('RISK_CLASS_BLOCKED');
  const { done } = clientSteps(facts);
  const missing = before.filter((earlier) => !done.includes(earlier));
  if (missing.length > 0) throw new AppError('STEP_INCOMPLETE', { items: missing });
}

/**
 * Saves data of a step; in a repair the item counts as redone, and what the batch waited for goes on from here (R54).
 * @throws AppError STALE_VERSION when the application changed meanwhile
 */
export async function saveStep(db: ClientPorts['prisma'] | Db, found: ClientCase, step: ClientStep, edit: { action: string; codes?: Codes }, patch: ApplicationPatch): Promise<void> {
  const { state, repairItems, repairDone } = found.application;
  const redone = state === 'repair' && repairItems.includes(step) && !repairDone.includes(step);
  await inTransaction(db, async (tx) => {
    await saveEdit(tx, found, edit, { ...patch, ...(redone ? { repairDone: [...repairDone, step] } : {}) });
    const { id: applicationId } = found.application;
    for (const { step: account, version, page } of found.awaiting) {
      if (page === step) await changeAccountStep(tx, { applicationId, step: account, event: 'client_done', expectedVersion: version, actor: clientActor(found.application) }, { attempts: 0, nextAt: null });
    }
  });
}

/** Saves data that completes no step by itself. @throws AppError STALE_VERSION when the application changed meanwhile */
export async function saveEdit(db: ClientPorts['prisma'] | Db, { application }: ClientCase, edit: { action: string; codes?: Codes }, patch: ApplicationPatch): Promise<void> {
  await editApplication(db, { applicationId: application.id, version: application.version, actor: clientActor(application), ...edit }, patch);
}

export const clientActor = (application: Application): Actor => ({ kind: 'client', id: application.clientId });

/** Values of the reading that stand in the form's shape. */
export function validFields(texts: Partial<Record<string, string>>): Partial<ClientForm> {
  const entries = Object.entries(clientForm.shape).flatMap(([field, schema]) => {
    const parsed = schema.safeParse(texts[field]);
    return parsed.success ? [[field, parsed.data]] : [];
  });
  return Object.fromEntries(entries) as Partial<ClientForm>;
}
