/** Cases with everything in them that a manifest tells of, made as the program makes them, for somebody to spoil. */
import { randomBytes } from 'node:crypto';
import { newId } from '../../../server/database/crypto.ts';
import { audit, changeApplication, sealAuditDetail } from '../../../server/database/transact.ts';
import { recordJob } from '../../../server/usecases/evidence/jobs.ts';
import { CONSENTS } from '../../../server/texts/consents.ts';
import { AGREEMENTS } from '../../../server/texts/agreements.ts';
import type { MadeCase } from '../../integration/case.support.ts';
import type { EvidenceKit } from '../../integration/evidence.support.ts';

/** A case from the form to its accounts, recorded and published on the way as the clock does it. */
export async function wholeCase(kit: EvidenceKit): Promise<MadeCase> {
  const made = await kit.witnessed('accept');
  const { applicationId, sessionId } = made;
  await before(kit, made);
  await recordJob(kit.services, kit.app.evidence, applicationId);
  kit.wait(11);
  await inTheCall(kit, made);
  await recordJob(kit.services, kit.app.evidence, applicationId);
  await kit.decided(made);
  kit.wait(20);
  await recordJob(kit.services, kit.app.evidence, applicationId);
  await afterwards(kit, { applicationId, sessionId });
  kit.wait(5);
  await recordJob(kit.services, kit.app.evidence, applicationId);
  return made;
}

const sealed = (kit: EvidenceKit, applicationId: string, [table, column, row]: readonly [string, string, string], text: string): Promise<string> => kit.services.cipher.seal({ subject: applicationId, table, column, row }, text);
const file = (kit: EvidenceKit, caseId: string, kind: string, bytes = 6_000) => kit.app.evidence.store.put({ caseId, kind, contentType: kind === 'segment' ? 'video/webm' : 'image/jpeg', bytes: randomBytes(bytes) });

/** Uploads read, consents, certificate and signature, what was asked about the person, the draw. */
async function before(kit: EvidenceKit, { applicationId, sessionId }: MadeCase): Promise<void> {
  const { db } = kit.services;
  const { at } = kit.app.clock;
  for (const side of ['portrait', 'emblem', 'portrait']) {
    const id = newId();
    const { fileId } = await file(kit, applicationId, 'upload');
    const readingEnc = await kit.services.cipher.sealJson({ subject: applicationId, table: 'document', column: 'reading_enc', row: id }, { reading: { fields: { name: { text: '张三' } } }, findings: [] });
    await db.document.create({ data: { id, applicationId, side, fileId, width: 1200, height: 760, uploadedAt: at, readingEnc, readAt: at, findingCodes: ['glare'], supersededAt: side === 'portrait' ? at : null } });
  }
  for (const { kind, version } of CONSENTS.slice(0, 3)) await db.applicationConsent.create({ data: { id: newId(), applicationId, kind, version, language: 'zh', sha256: randomBytes(32).toString('hex'), granted: true, at } });
  const certificateId = newId();
  await db.certificate.create({ data: { id: certificateId, applicationId, serial: randomBytes(8).toString('hex'), pem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', createdAt: at } });
  for (const { id: agreementId, version } of AGREEMENTS.slice(0, 2)) await db.agreementSignature.create({ data: { id: newId(), applicationId, certificateId, agreementId, version, language: 'zh', sha256: randomBytes(32).toString('hex'), signature: randomBytes(64).toString('base64'), verified: true, shownSeconds: 31.5, at } });
  const lookup = newId();
  await db.personLookup.create({ data: { id: lookup, applicationId, kind: 'customer', answer: 'found', askedIndex: `b1:${randomBytes(8).toString('hex')}`, detailEnc: await sealed(kit, applicationId, ['person_lookup', 'detail_enc', lookup], '{"customer":"C1"}'), at } });
  await db.draw.create({ data: { id: newId(), applicationId, sessionId, eligible: [kit.staffId, newId()], chosenId: kit.staffId, random: randomBytes(8).toString('hex'), at } });
}

/** Answers, a still and another frame that was read, decisions on findings and on the police check, network figures, a stop of the recorder. */
async function inTheCall(kit: EvidenceKit, { applicationId, sessionId }: MadeCase): Promise<void> {
  const { db } = kit.services;
  const { at } = kit.app.clock;
  const photo = await db.photo.findFirstOrThrow({ where: { sessionId } });
  const [still, other, segment] = [await file(kit, applicationId, 'photo'), await file(kit, applicationId, 'photo'), await file(kit, applicationId, 'segment', 150_000)];
  const readingEnc = await kit.services.cipher.sealJson({ subject: applicationId, table: 'photo', column: 'reading_enc', row: photo.id }, { reading: { fields: { name: { text: '张三' } } }, findings: [] });
  await db.photo.update({ where: { id: photo.id }, data: { stillFileId: still.fileId, stillSha256: still.saltedSha256, stillWidth: 1920, stillHeight: 1080, stillFits: true, stillAt: at, readingEnc, readAt: at, readFileId: other.fileId, readSha256: other.saltedSha256, findingCodes: ['name_differs'] } });
  for (const [index, item] of ['riskKnown', 'ownWill', 'noAgent'].entries()) await db.scriptTick.create({ data: { id: newId(), sessionId, item, answer: 'clear_yes', mediaTimeMs: 3000 + index * 1500.5, at } });
  await db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'witness', index: 0, fileId: segment.fileId, startMs: 0, endMs: 10_000, mimeType: 'video/webm', byteLength: 150_000, saltedSha256: segment.saltedSha256, tracks: [{ kind: 'audio', rtpTimestamp: 48_000 }] } });
  for (const running of [false, true]) await db.recorderFact.create({ data: { id: newId(), sessionId, running, at: new Date(at.getTime() + (running ? 2_000 : 0)) } });
  for (const role of ['client', 'witness']) await db.qualitySample.create({ data: { id: newId(), sessionId, role, figures: { lossShare: 0.02, roundTripMs: 55, jitterMs: 3.5 }, at } });
  for (const type of ['cue', 'mute']) await db.sessionEvent.create({ data: { id: newId(), sessionId, at, type, side: 'client', refId: photo.id, codes: { what: 'turnLeft' } } });
  const finding = newId();
  await db.findingDecision.create({ data: { id: finding, applicationId, sessionId, photoId: photo.id, code: 'name_differs', field: 'name', staffId: kit.staffId, reasonEnc: await sealed(kit, applicationId, ['finding_decision', 'reason_enc', finding], '生僻字'), at } });
  const [check, decision] = [newId(), newId()];
  await db.policeCheck.create({ data: { id: check, applicationId, kind: 'face', answer: 'unavailable', photoId: photo.id, askedIndex: `b1:${randomBytes(8).toString('hex')}`, attempts: 3, at } });
  await db.policeDecision.create({ data: { id: decision, applicationId, sessionId, checkId: check, staffId: kit.staffId, reasonEnc: await sealed(kit, applicationId, ['police_decision', 'reason_enc', decision], '系统维护'), at } });
}

/** Second review, every account, what the client thought of it. */
async function afterwards(kit: EvidenceKit, { applicationId, sessionId }: Pick<MadeCase, 'applicationId' | 'sessionId'>): Promise<void> {
  const { db, cipher } = kit.services;
  const { at } = kit.app.clock;
  const review = newId();
  await changeApplication(db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: kit.staffId } }, { reviewerId: kit.staffId });
  await db.review.create({ data: { id: review, applicationId, reviewerId: kit.staffId, decision: 'approve', commentEnc: await sealed(kit, applicationId, ['review', 'comment_enc', review], '资料齐全'), at } });
  await changeApplication(db, { applicationId, event: 'review_approve', actor: { kind: 'staff', id: kit.staffId } }, { approvedAt: at });
  for (const step of ['oneCode', 'fund', 'shanghai']) {
    const id = newId();
    await db.accountStep.create({ data: { id, applicationId, step, state: 'done', idempotencyKey: `${applicationId}-${step}`, attempts: 1, sentAt: at, acknowledgedAt: at, accountNoEnc: await sealed(kit, applicationId, ['account_step', 'account_no_enc', id], 'A123456789') } });
  }
  const rating = newId();
  await db.rating.create({ data: { id: rating, applicationId, sessionId, score: 'satisfied', reasonEnc: await sealed(kit, applicationId, ['rating', 'reason_enc', rating], '很好'), at } });
  const detail = await sealAuditDetail(db, cipher, applicationId, '{"note":"put right"}');
  await audit(db, { actor: { kind: 'staff', id: kit.staffId }, action: 'case.corrected', applicationId, detail });
}
