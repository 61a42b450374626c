import { pinyin } from 'pinyin-pro';
import { custodyBank } from '../../../contracts/banks.ts';
import { AppError } from '../../../contracts/errors.ts';
import type { CaseView, PhotoView } from '../../../contracts/http/staff.ts';
import { ACCOUNT_STEPS } from '../../../contracts/states/account.ts';
import type { AccountState, AccountStep, ApplicationState } from '../../../contracts/states/index.ts';
import type { Application, WitnessSession } from '../../database/index.ts';
import { auditorsOf } from '../../database/search.ts';
import { look } from '../../database/transact.ts';
import { missingOf } from '../call/decide.ts';
import { sessionGaps } from '../call/gaps.ts';
import { OPEN_STATES } from '../call/own.ts';
import type { Services } from '../services.ts';
import { capacityFor } from './access.ts';
import { breaksOf } from './breaks.ts';
import type { Capacity, CaseFacts, Reader } from './access.ts';
import { sessionFacts } from './facts.ts';
import type { PhotoFact, TickFact } from './facts.ts';
import { caseFindings, afterCall } from './findings.ts';
import type { CaseFindings } from './findings.ts';
import { maskCard, maskFinding, maskIdNumber, maskPhone, maskReading } from './mask.ts';

const iso = (date: Date): string => date.toISOString();
const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null;
const day = (date: Date): string => date.toISOString().slice(0, 10);

/** Who may see a case, from the database. @throws AppError NOT_FOUND */
export async function loadCaseFacts(services: Services, applicationId: string): Promise<CaseFacts> {
  const row = await services.db.application.findUnique({
    where: { id: applicationId },
    select: { state: true, postponedUntil: true, reviewerId: true, witnessSessions: { where: { acceptedAt: { not: null } }, select: { witnessId: true } }, reviews: { select: { reviewerId: true } } },
  });
  if (!row) throw new AppError('NOT_FOUND');
  const audits = await auditorsOf(services.db, [applicationId]);
  return { state: row.state, postponedUntil: row.postponedUntil ? day(row.postponedUntil) : null, reviewerId: row.reviewerId, sessions: row.witnessSessions, reviewerIds: row.reviews.map((r) => r.reviewerId), auditorIds: audits.map(({ staffId }) => staffId) };
}

/** The case for one reader; the look is logged with its capacity (R45). */
export async function openCase(services: Services, { applicationId, reader }: { applicationId: string; reader: Reader }): Promise<CaseView> {
  const capacity = capacityFor(reader, await loadCaseFacts(services, applicationId));
  await look(services.db, { staffId: reader.staffId, applicationId, what: 'case', why: capacity });
  return caseView(services, { applicationId, reader, capacity });
}

/** Everything beside a case on one screen; numbers masked (R43). The caller has checked who asks. */
export async function caseView(services: Services, { applicationId, reader, capacity }: { applicationId: string; reader: Reader; capacity: Capacity }): Promise<CaseView> {
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const session = await newestSession(services, applicationId, capacity === 'witness' ? reader.staffId : undefined);
  const facts = session ? await sessionFacts(services, session) : { ticks: [], photos: [] };
  // A witness whose call is over is not told what was answered in a later one.
  const policeUntil = capacity === 'witness' ? session?.endedAt ?? undefined : undefined;
  const all = await caseFindings(services, application, facts.photos.map((p) => p.row), session?.id ?? null, { policeUntil });
  const found = session && OPEN_STATES.includes(session.state) ? all : afterCall(all, { inReview: application.state === 'in_review' });
  const [form, lists, call] = await Promise.all([
    maskedForm(services, application, found), caseLists(services, application), session ? sessionView(services, session, facts, found) : null,
  ]);
  return {
    applicationId, caseNo: application.caseNo, state: application.state as ApplicationState, version: application.version, submittedAt: isoOrNull(application.submittedAt),
    form, ...lists, session: call,
    documents: found.documents.map(({ row, reading, findings, figures }) => ({
      documentId: row.id, side: row.side as 'portrait' | 'emblem', width: row.width, height: row.height, reading: reading && maskReading(reading), findings: findings.map(maskFinding), figures: figures ?? null,
    })),
    differences: found.differences.map(maskFinding),
    warnings: found.warnings.map(maskFinding),
    police: found.police,
  };
}

async function newestSession(services: Services, applicationId: string, witnessId: string | undefined) {
  return services.db.witnessSession.findFirst({ where: { applicationId, acceptedAt: { not: null }, ...(witnessId ? { witnessId } : {}) }, orderBy: { offeredAt: 'desc' }, include: { witness: { select: { name: true, licence: true } } } });
}

async function maskedForm(services: Services, application: Application, { form }: CaseFindings): Promise<CaseView['form']> {
  if (!form) return null;
  return {
    name: form.name, namePinyin: pinyin(form.name, { surname: 'head' }), sex: form.sex, ethnicity: form.ethnicity, birthDate: form.birthDate, idNumberMasked: maskIdNumber(form.idNumber),
    address: form.address, authority: form.authority, validFrom: form.validFrom, validTo: form.validTo, phoneMasked: maskPhone(await phoneOf(services, application)),
  };
}

/** The client's proven mobile number. */
export async function phoneOf(services: Services, application: Application): Promise<string> {
  const client = await services.db.client.findUniqueOrThrow({ where: { id: application.clientId } });
  return services.cipher.open({ subject: client.id, table: 'client', column: 'phone_enc', row: client.id }, client.phoneEnc);
}

/** The bank card number of the case. */
export const cardOf = async (services: Services, application: Application): Promise<string | null> =>
  application.cardEnc ? services.cipher.open({ subject: application.id, table: 'application', column: 'card_enc', row: application.id }, application.cardEnc) : null;

async function caseLists(services: Services, application: Application) {
  const { db, cipher } = services;
  const where = { applicationId: application.id };
  const [consents, signatures, reviews, steps, card] = await Promise.all([
    db.applicationConsent.findMany({ where, orderBy: { at: 'asc' } }),
    db.agreementSignature.findMany({ where: { ...where, supersededAt: null }, orderBy: { at: 'asc' } }),
    db.review.findMany({ where, orderBy: { at: 'asc' }, include: { reviewer: { select: { name: true } } } }),
    db.accountStep.findMany({ where }),
    cardOf(services, application),
  ]);
  const comment = (id: string, sealed: string | null): Promise<string> | null => (sealed ? cipher.open({ subject: application.id, table: 'review', column: 'comment_enc', row: id }, sealed) : null);
  return {
    declarations: application.declarationsEnc ? await cipher.openJson<CaseView['declarations']>({ subject: application.id, table: 'application', column: 'declarations_enc', row: application.id }, application.declarationsEnc) : null,
    risk: application.riskClass ? { class: application.riskClass as 'C1', score: application.riskScore ?? 0, blocked: application.riskClass === 'C1' } : null,
    custody: application.bankCode && card ? { bankCode: application.bankCode, bankName: custodyBank(application.bankCode)?.name ?? { zh: application.bankCode, en: application.bankCode }, cardMasked: maskCard(card) } : null,
    consents: consents.map((c) => ({ kind: c.kind as 'notice', granted: c.granted, version: c.version, at: iso(c.at) })),
    agreements: signatures.map((s) => ({ id: s.agreementId, version: s.version, at: iso(s.at), verified: s.verified })),
    reviews: await Promise.all(reviews.map(async (r) => ({ decision: r.decision, code: r.code, comment: await comment(r.id, r.commentEnc), until: r.until ? day(r.until) : null, by: r.reviewer.name, at: iso(r.at) }))),
    accounts: ACCOUNT_STEPS.flatMap((step) => steps.filter((s) => s.step === step)).map((s) => ({ step: s.step as AccountStep, state: s.state as AccountState, code: s.code, accountNo: null })),
  };
}

type SessionRow = WitnessSession & { witness: { name: string; licence: string | null } };

async function sessionView(services: Services, session: SessionRow, facts: { ticks: TickFact[]; photos: PhotoFact[] }, found: CaseFindings): Promise<CaseView['session']> {
  const open = OPEN_STATES.includes(session.state);
  const [answers, events, gaps] = await Promise.all([
    services.db.scriptTick.findMany({ where: { sessionId: session.id }, orderBy: { at: 'asc' } }),
    services.db.sessionEvent.findMany({ where: { sessionId: session.id, type: { in: ['live', 'interrupted', 'lost', 'left'] } }, orderBy: { at: 'asc' }, select: { type: true, at: true, codes: true } }),
    session.recordingStartedAt ? sessionGaps(services, session) : [],
  ]);
  const comment = session.commentEnc ? await services.cipher.open({ subject: session.applicationId, table: 'witness_session', column: 'comment_enc', row: session.id }, session.commentEnc) : null;
  return {
    sessionId: session.id, state: session.state as 'live', outcome: session.outcome as 'passed' | null, witnessName: session.witness.name, witnessLicence: session.witness.licence ?? '',
    startedAt: isoOrNull(session.liveAt), endedAt: isoOrNull(session.endedAt), cue: session.cue as 'turnLeft', recorderRunning: open && services.media.recorderRunning(session.id),
    recordedOnce: session.recordingStartedAt !== null,
    answers: answers.map((t) => ({ item: t.item as TickFact['item'], answer: t.answer as TickFact['answer'], at: iso(t.at), mediaTimeMs: t.mediaTimeMs })),
    breaks: breaksOf(events, gaps, session.endedAt),
    ticks: facts.ticks.map((t) => ({ item: t.item, answer: t.answer, at: iso(t.row.at), mediaTimeMs: t.row.mediaTimeMs, insideGap: !t.recorded })),
    photos: facts.photos.map((p) => photoView(p, found)),
    missing: open ? (await missingOf(services, session, { facts, found })).map(({ code, text }) => ({ code, text })) : [],
    decision: session.decision && session.decidedAt ? { decision: session.decision, code: session.decisionCode, comment, at: iso(session.decidedAt) } : null,
  };
}

/** One photo as staff see it: the number in its reading masked. */
export function photoView({ row, kind, recorded }: PhotoFact, { photos }: Pick<CaseFindings, 'photos'>): PhotoView {
  const kept = photos.find((p) => p.row.id === row.id);
  return {
    photoId: row.id, kind, takenAt: iso(row.receivedAt), mediaTimeMs: row.mediaTimeMs, rtpTimestamp: Number(row.rtpTimestamp), width: row.width, height: row.height, sha256: row.sha256,
    still: row.stillFileId ? { width: row.stillWidth ?? 0, height: row.stillHeight ?? 0, fits: row.stillFits ?? false } : null,
    reading: kept?.reading ? maskReading(kept.reading) : null, findings: (kept?.findings ?? []).map(maskFinding), insideGap: !recorded,
    readFrom: kept?.reading ? kept.readFrom ?? 'record' : null, burst: (kept?.burst ?? []).map(({ mediaTimeMs, score }) => ({ mediaTimeMs, score })), figures: kept?.figures ?? null, face: kept?.face ?? null,
  };
}
