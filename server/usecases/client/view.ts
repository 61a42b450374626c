import { REASONS } from '../../../contracts/reasons/index.ts';
import type { RepairItem } from '../../../contracts/reasons/index.ts';
import type { ApplicationView, ConsentKind, DocumentView, agreementId, riskClass } from '../../../contracts/http/client.ts';
import type { DocumentSide, Language } from '../../../contracts/http/common.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { DocumentReading, Finding } from '../../../contracts/reading.ts';
import { ACCOUNT_STEPS } from '../../../contracts/states/index.ts';
import type { AccountState, AccountStep, ApplicationState } from '../../../contracts/states/index.ts';
import { clientSteps } from '../../../workflows/application/rules.ts';
import type { z } from 'zod';
import type { Application } from '../../database/index.ts';
import { BLOCKED_WORDS, PROCESSING_WORDS, STATE_WORDS, accountWords, awaitedWords } from '../../texts/words.ts';
import { maskCard, maskPhone } from '../cases/mask.ts';
import { applicationPlace, isBeingRead, loadCase, validFields } from './case.ts';
import type { ClientCase, LoadedDocument } from './case.ts';
import { chinaDay } from './ports.ts';
import { clientFindings, clientPhotoFindings } from './findings.ts';
import type { ClientPorts } from './ports.ts';

/** Everything the client's page needs to go on where it was left. */
export async function viewOf(ports: ClientPorts, client: { clientId: string; language: Language }): Promise<ApplicationView> {
  const found = await loadCase(ports, client.clientId);
  const { application, facts, form } = found;
  const { done, next } = clientSteps(facts);
  const readings = found.documents.flatMap(({ notes }) => (notes?.reading ? [notes.reading] : []));
  const state = application.state as ApplicationState;
  const [phone, accounts, session, line, card, rated, certificate, batchAt] = await Promise.all([
    phoneOf(ports, client.clientId), accountsOf(ports, application), sessionOf(ports, application.id),
    state === 'waiting' ? ports.line.place(application.id) : null,
    application.cardEnc === null ? null : ports.cipher.open(applicationPlace(application.id, 'card_enc'), application.cardEnc),
    isRated(ports, application.id),
    ports.prisma.certificate.findFirst({ where: { applicationId: application.id }, orderBy: { createdAt: 'desc' }, select: { serial: true } }),
    state === 'approved' || state === 'creating' ? (ports.batchAt?.(application) ?? null) : null,
  ]);
  return {
    applicationId: application.id, caseNo: application.caseNo, state: clientState(application), step: next, doneSteps: done, language: client.language,
    phoneMasked: maskPhone(phone),
    consents: found.consents.map(({ kind, granted, at }) => ({ kind: kind as ConsentKind, granted, at: at.toISOString() })),
    documents: withSeen(found.documents.map((document) => documentView(document, ports.now())), ports),
    prefill: validFields(ports.rules.prefill(readings)),
    form,
    differences: form === null ? [] : clientFindings([...ports.rules.compare(form, readings), ...ports.rules.check(form, chinaDay(ports.now())).filter(({ blocks }) => !blocks)]),
    declarations: found.declarations,
    risk: application.riskClass === null ? null : { class: application.riskClass as z.infer<typeof riskClass>, score: application.riskScore ?? 0, blocked: application.riskClass === 'C1' },
    custody: card === null || application.bankCode === null ? null : { bankCode: application.bankCode, cardMasked: maskCard(card) },
    passwordsSet: facts.passwordsSet,
    certificateSerial: certificate?.serial ?? null,
    signed: found.signed as z.infer<typeof agreementId>[],
    repair: state === 'repair' ? { items: openItems(found), text: reasonWords(application) ?? STATE_WORDS.repair } : null,
    correct: [...new Set(found.awaiting.flatMap(({ page }) => (page === null ? [] : [page])))],
    message: messageOf(found),
    line, session, accounts, rated,
    batchAt: batchAt === null ? null : batchAt.toISOString(),
  };
}

/** Suspected fraud looks like any other processing, also when it was rejected for it (R27). */
const isConcealed = ({ state, reasonCode }: Application): boolean =>
  state === 'held' || (state === 'rejected' && REASONS.find(({ code }) => code === reasonCode)?.group === 'fraud');

/** A held case does not tell so, not even by its state's name. */
const clientState = (application: Application): ApplicationState => (isConcealed(application) ? 'in_review' : application.state as ApplicationState);

function messageOf({ application, awaiting }: ClientCase): { zh: string; en: string } {
  if (isConcealed(application)) return PROCESSING_WORDS;
  const state = application.state as ApplicationState;
  if (state === 'draft' && application.riskClass === 'C1') return BLOCKED_WORDS;
  if (state === 'rejected') return reasonWords(application) ?? STATE_WORDS.rejected;
  if (state === 'awaiting_client') return awaitedWords(awaiting[0]?.code);
  return STATE_WORDS[state];
}

const reasonWords = ({ reasonCode }: Application): { zh: string; en: string } | undefined => REASONS.find(({ code }) => code === reasonCode)?.client;
const openItems = ({ application }: ClientCase): RepairItem[] => application.repairItems.filter((item) => !application.repairDone.includes(item)) as RepairItem[];

/** A photo whose reading failed or takes too long is shown as read, with nothing found. */
const NOTHING_READ: DocumentReading = { side: 'unknown', fields: {}, findings: [] };

function documentView(document: LoadedDocument, now: Date): DocumentView {
  const { row, notes } = document;
  const reading = notes?.reading ?? (isBeingRead(document, now) ? undefined : NOTHING_READ);
  return {
    documentId: row.id, side: row.side as DocumentSide, uploadedAt: row.uploadedAt.toISOString(), width: row.width, height: row.height,
    ...(reading === undefined ? {} : { reading }), findings: notes === null ? [] : [...notes.findings], ...(notes?.figures ? { figures: notes.figures } : {}),
  };
}

/** What both photos together say is told where they are taken, each finding with its place on the photo: nobody fills in four pages to hear that the card has expired (R10, R11, R14). */
function withSeen(documents: readonly DocumentView[], { rules, now }: ClientPorts): DocumentView[] {
  const readingOf = (side: DocumentSide): DocumentReading | null => documents.find((one) => one.side === side)?.reading ?? null;
  const seen = rules.seen({ portrait: readingOf('portrait'), emblem: readingOf('emblem') }, chinaDay(now())).map(({ code, field }) => makeFinding(code, field === undefined ? {} : { field }));
  return documents.map(({ side, reading, findings, ...document }) => {
    const told = (list: readonly Finding[]): Finding[] => clientPhotoFindings(side, reading ?? null, list);
    return {
      ...document, side, ...(reading === undefined ? {} : { reading: { ...reading, findings: told(reading.findings) } }),
      findings: told([...findings, ...seen.filter(({ field }) => (field === 'birthDate' ? 'portrait' : 'emblem') === side)]),
    };
  });
}

async function phoneOf(ports: ClientPorts, clientId: string): Promise<string> {
  const { phoneEnc } = await ports.prisma.client.findUniqueOrThrow({ where: { id: clientId } });
  return ports.cipher.open(phonePlace(clientId), phoneEnc);
}
export const phonePlace = (clientId: string) => ({ subject: clientId, table: 'client', column: 'phone_enc', row: clientId });
/** Of an account number (R52); written by the account job. */
export const accountNoPlace = (applicationId: string, stepId: string) => ({ subject: applicationId, table: 'account_step', column: 'account_no_enc', row: stepId });

async function accountsOf(ports: ClientPorts, application: Application): Promise<ApplicationView['accounts']> {
  const rows = await ports.prisma.accountStep.findMany({ where: { applicationId: application.id } });
  const order = (step: string): number => (ACCOUNT_STEPS as readonly string[]).indexOf(step);
  return Promise.all(rows.sort((a, b) => order(a.step) - order(b.step)).map(async (row) => {
    const [step, state] = [row.step as AccountStep, row.state as AccountState];
    const accountNo = row.accountNoEnc === null ? null : await ports.cipher.open(accountNoPlace(application.id, row.id), row.accountNoEnc);
    return { step, state, accountNo, text: accountWords(step, state, row.code) };
  }));
}

/** A session the client can go (back) into (R30). */
async function sessionOf(ports: ClientPorts, applicationId: string): Promise<ApplicationView['session']> {
  const session = await ports.prisma.witnessSession.findFirst({
    where: { applicationId, state: { in: ['joining', 'live', 'interrupted'] } }, include: { witness: { select: { name: true, licence: true } } },
  });
  return session === null ? null : { sessionId: session.id, agentName: session.witness.name, agentLicence: session.witness.licence ?? '' };
}

async function isRated(ports: ClientPorts, applicationId: string): Promise<boolean> {
  const last = await ports.prisma.witnessSession.findFirst({ where: { applicationId, state: 'closed', acceptedAt: { not: null } }, orderBy: { endedAt: 'desc' }, select: { id: true } });
  return last !== null && (await ports.prisma.rating.count({ where: { applicationId, sessionId: last.id } })) > 0;
}
