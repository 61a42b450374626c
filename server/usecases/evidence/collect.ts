/** What a case's manifest has to hold (R42), from the rows as they are now, in the order in which it happened: all of it, or of the rows that changed. */
import { AGREEMENTS } from '../../texts/agreements.ts';
import { CONSENTS } from '../../texts/consents.ts';
import type { Application } from '../../database/index.ts';
import { auditPlace } from '../../database/transact.ts';
import { collectCalls } from './collectCalls.ts';
import { superseded } from './superseded.ts';
import { changedIds, isWanted, wholeRow } from './rows.ts';
import { opened, openedJson } from './kept.ts';
import type { Kept, Source } from './kept.ts';

export async function collect(source: Source): Promise<Kept[]> {
  const parts = [await itself(source), await uploads(source), await consents(source), await signatures(source), await checks(source), await collectCalls(source), await afterwards(source), await changes(source)];
  return parts.flat().sort((a, b) => a.at.getTime() - b.at.getTime() || a.ref.localeCompare(b.ref, 'en', { numeric: true }));
}

async function itself(source: Source): Promise<Kept[]> {
  const id = source.applicationId;
  if (!isWanted(source, `application:${id}`)) return [];
  const application = await source.db.application.findUniqueOrThrow({ where: { id } });
  return [...await given(source, application), ...wholeRow(source, 'application', application)];
}

/** While the client changes what was given, it is nobody's evidence: it counts as it is handed in. */
export const CHANGING = ['draft', 'repair', 'awaiting_client'];
const HANDED_IN = ['application.submit', 'application.repaired_call', 'application.repaired_review', 'application.client_confirmed'];

/** What the client filled in, as it was handed in last. */
async function given(source: Source, application: Application): Promise<Kept[]> {
  const { id, submittedAt, state } = application;
  if (submittedAt === null || CHANGING.includes(state)) return [];
  const handedIn = await source.db.audit.findFirst({ where: { applicationId: id, action: { in: HANDED_IN } }, orderBy: { seq: 'desc' }, select: { at: true } });
  const place = (column: string) => ({ table: 'application', column, row: id });
  const part = (name: string, content: Record<string, unknown> | null): Kept[] => (content === null ? [] : [{ type: 'given', ref: `application:${id}:${name}`, at: handedIn?.at ?? submittedAt, facts: { part: name }, content, grows: true }]);
  const risk = await openedJson(source, place('risk_answers_enc'), application.riskAnswersEnc);
  const card = await opened(source, place('card_enc'), application.cardEnc);
  return [
    ...part('form', await openedJson(source, place('form_enc'), application.formEnc)),
    ...part('declarations', await openedJson(source, place('declarations_enc'), application.declarationsEnc)),
    ...part('risk', application.riskClass === null ? null : { answers: risk, version: application.riskVersion, class: application.riskClass, score: application.riskScore }),
    ...part('custody', card === null ? null : { bank: application.bankCode, card }),
    ...part('case', { caseNo: application.caseNo, language: application.language, business: application.business }),
  ];
}

async function uploads(source: Source): Promise<Kept[]> {
  const rows = await source.db.document.findMany({ where: { applicationId: source.applicationId, id: changedIds(source, 'document') } });
  const readings = await Promise.all(rows.map(async (row) => ({ row, reading: await openedJson(source, { table: 'document', column: 'reading_enc', row: row.id }, row.readingEnc) })));
  return [...superseded('document', rows), ...rows.flatMap((row) => wholeRow(source, 'document', row)), ...readings.flatMap(({ row, reading }): Kept[] => [
    { type: 'upload', ref: `document:${row.id}`, at: row.uploadedAt, facts: { side: row.side, width: row.width, height: row.height }, file: { fileId: row.fileId } },
    ...(reading === null ? [] : [{ type: 'reading', ref: `document:${row.id}:reading`, at: row.readAt ?? row.uploadedAt, facts: { of: row.id, findings: row.findingCodes.join(',') }, content: reading, grows: true }]),
  ])];
}

/** The text that was shown goes in with the answer: a version's number alone tells a court nothing. */
async function consents(source: Source): Promise<Kept[]> {
  const rows = await source.db.applicationConsent.findMany({ where: { applicationId: source.applicationId, id: changedIds(source, 'consent') } });
  return rows.map(({ id, kind, version, language, sha256, granted, at }) => {
    const text = CONSENTS.find((one) => one.kind === kind && one.version === version);
    return { type: 'consent', ref: `consent:${id}`, at, facts: { kind, version, granted }, content: { kind, version, language, granted, sha256 }, shown: text ?? null };
  });
}

async function signatures(source: Source): Promise<Kept[]> {
  const { db, applicationId } = source;
  const [certificates, signed] = await Promise.all([
    db.certificate.findMany({ where: { applicationId, id: changedIds(source, 'certificate') } }), db.agreementSignature.findMany({ where: { applicationId, id: changedIds(source, 'signature') } }),
  ]);
  return [
    ...certificates.map(({ id, serial, pem, createdAt }) => ({ type: 'certificate', ref: `certificate:${id}`, at: createdAt, content: { serial, pem } })),
    ...signed.map(({ id, certificateId, agreementId, version, language, sha256, signature, verified, shownSeconds, at }) => ({
      type: 'signature', ref: `signature:${id}`, at, facts: { agreement: agreementId, version, verified },
      content: { certificateId, agreementId, version, language, sha256, signature, verified, shownSeconds },
      shown: AGREEMENTS.find((one) => one.id === agreementId && one.version === version) ?? null,
    })),
    ...superseded('signature', signed),
  ];
}

/** What outside systems answered, and what persons decided on it. */
async function checks(source: Source): Promise<Kept[]> {
  const { db, applicationId } = source;
  const where = (kind: string) => ({ where: { applicationId, id: changedIds(source, kind) } });
  const [police, policeDecisions, findings, lookups] = await Promise.all([
    db.policeCheck.findMany(where('police_check')), db.policeDecision.findMany(where('police_decision')), db.findingDecision.findMany(where('finding_decision')), db.personLookup.findMany(where('person_lookup')),
  ]);
  const reason = async (table: string, row: string, sealed: string): Promise<string | null> => await opened(source, { table, column: 'reason_enc', row }, sealed);
  return [
    ...police.map(({ id, kind, answer, photoId, attempts, askedIndex, at }): Kept => ({ type: 'police', ref: `police_check:${id}`, at, facts: { question: kind, answer, attempts }, content: { kind, answer, photoId, attempts, asked: askedIndex } })),
    ...await Promise.all(policeDecisions.map(async ({ id, sessionId, checkId, staffId, reasonEnc, at }): Promise<Kept> =>
      ({ type: 'police.decision', ref: `police_decision:${id}`, at, sessionId: sessionId ?? undefined, facts: { by: staffId, of: checkId }, content: { checkId, staffId, reason: await reason('police_decision', id, reasonEnc) } }))),
    ...await Promise.all(findings.map(async ({ id, sessionId, photoId, documentId, code, field, staffId, reasonEnc, at }): Promise<Kept> =>
      ({ type: 'finding.decision', ref: `finding_decision:${id}`, at, sessionId, facts: { by: staffId, code }, content: { photoId, documentId, code, field, staffId, reason: await reason('finding_decision', id, reasonEnc) } }))),
    ...await Promise.all(lookups.map(async ({ id, kind, answer, askedIndex, detailEnc, at }): Promise<Kept> =>
      ({ type: 'person', ref: `person_lookup:${id}`, at, facts: { question: kind, answer }, content: { kind, answer, asked: askedIndex, detail: await opened(source, { table: 'person_lookup', column: 'detail_enc', row: id }, detailEnc) } }))),
  ];
}

/** Second review, accounts, what the client thought of it. */
async function afterwards(source: Source): Promise<Kept[]> {
  const { db, applicationId } = source;
  const where = (kind: string) => ({ where: { applicationId, id: changedIds(source, kind) } });
  const [reviews, steps, ratings] = await Promise.all([db.review.findMany(where('review')), db.accountStep.findMany(where('account_step')), db.rating.findMany(where('rating'))]);
  const accounts = steps.filter(({ state }) => state === 'done');
  return [
    ...await Promise.all(reviews.map(async ({ id, reviewerId, decision, code, commentEnc, until, at }): Promise<Kept> => ({
      type: 'review', ref: `review:${id}`, at, facts: { by: reviewerId, decision, ...(code === null ? {} : { code }) },
      content: { reviewerId, decision, code, until, comment: await opened(source, { table: 'review', column: 'comment_enc', row: id }, commentEnc) },
    }))),
    ...steps.flatMap((row) => wholeRow(source, 'account_step', row)),
    ...await Promise.all(accounts.map(async ({ id, step, accountNoEnc, acknowledgedAt, updatedAt }): Promise<Kept> => ({
      type: 'account', ref: `account_step:${id}`, at: acknowledgedAt ?? updatedAt, facts: { step },
      content: { step, accountNo: await opened(source, { table: 'account_step', column: 'account_no_enc', row: id }, accountNoEnc) },
    }))),
    ...await Promise.all(ratings.map(async ({ id, sessionId, score, reasonEnc, at }): Promise<Kept> => ({
      type: 'rating', ref: `rating:${id}`, at, sessionId: sessionId ?? undefined, facts: { score }, content: { score, reason: await opened(source, { table: 'rating', column: 'reason_enc', row: id }, reasonEnc) },
    }))),
  ];
}

/** Looks have a log of their own (R45): a case is not changed by who reads it, and what was handed out stays complete. */
export const LOOKS = ['session.replay', 'case.exported', 'case.uncover', 'client.login'];

/** Every change of state and everything else that was written down when somebody did it. */
async function changes(source: Source): Promise<Kept[]> {
  const { db, applicationId } = source;
  const changed = changedIds(source, 'audit');
  const rows = await db.audit.findMany({ where: { applicationId, action: { notIn: LOOKS }, ...(changed === undefined ? {} : { seq: { in: changed.in.map(BigInt) } }) }, orderBy: { seq: 'asc' } });
  return await Promise.all(rows.map(async (row): Promise<Kept> => {
    const { seq, actorKind, actorId, action, sessionId, fromState, toState, codes, detailEnc, at } = row;
    const detail = await opened(source, auditPlace(applicationId, seq), detailEnc);
    return {
      type: 'event', ref: `audit:${seq}`, at, sessionId: sessionId ?? undefined,
      facts: { action, actor: actorKind, ...(actorId === null ? {} : { by: actorId }), ...(fromState === null ? {} : { from: fromState }), ...(toState === null ? {} : { to: toState }) },
      content: { action, actorKind, actorId, fromState, toState, codes, detail },
    };
  }));
}
