import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../contracts/reading.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import type { PhotoKind } from '../../contracts/script.ts';
import { caseView } from '../../contracts/http/staff.ts';
import type { CaseView } from '../../contracts/http/staff.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { decide } from '../../server/usecases/call/decide.ts';
import { comparePhotoJob } from '../../server/usecases/call/comparePhoto.ts';
import { readPhotoJob, takePhoto } from '../../server/usecases/call/photo.ts';
import { tick } from '../../server/usecases/call/tick.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { decideFinding } from '../../server/usecases/findings/decide.ts';
import { identityIndex } from '../../server/usecases/police/standing.ts';
import { openReplay } from '../../server/usecases/replay/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';
import { readingOf } from './reading.support.ts';

type Read = { readonly otherwise?: Partial<Record<FieldName, string | null>>; readonly findings?: readonly Finding[]; readonly kind?: DocumentReading['kind'] };

let app: CaseServices;
let services: Services;
let staffId: string;
/** What is read of each side of the card in this call. */
let read: { portrait: Read; emblem: Read };
/** What judging a picture finds. */
let judged: Finding[];
let shown: MadeCase;

beforeAll(async () => {
  app = await startCaseServices();
  staffId = await makeStaff(app.services, ['witness'], '张敏');
  services = {
    ...app.services,
    media: {
      ...({} as Services['media']), recorderRunning: () => true, recordingStartedAt: () => undefined, closeSession: async () => undefined,
      coverage: async () => ({ status: 'covered', gaps: [] }),
      frameAt: async ({ rtpTimestamp }) => ({ png: Buffer.from('frame'), width: 1280, height: 720, producerId: 'p', rtpTimestamp, receivedAtMs: app.clock.at.getTime(), mediaTimeMs: 1000, earlier: [] }),
    },
    line: { ...({} as Services['line']), free: async () => undefined, snapshot: async () => ({ waiting: [], seats: [] }) as never },
    recorded: { momentAt: async () => ({ segmentId: 'segment', png: Buffer.from('recorded'), offsetMs: 0, wallMs: app.clock.at.getTime(), around: [] }) },
    capture: { judge: async () => ({ width: 1280, height: 720, findings: judged }), align: async () => ({ fits: true, score: 1 }), compare: async () => ({ verdict: 'same', similarity: 1, worst: 0, usual: 0 }) },
    reader: { ...({} as Services['reader']), read: async (_, { expect: side = 'portrait' } = {}) => readingOf(shown.form, side, read[side]) },
  };
});
beforeEach(() => { app.clock.at = new Date('2026-03-10T10:00:00+08:00'); read = { portrait: {}, emblem: {} }; judged = []; });
afterAll(async () => { await app?.close(); });

const code = (value: string) => expect.objectContaining({ code: value });
const REASON = '视频中逐字核对，号码与申请表一致';

async function photograph(one: MadeCase, kind: PhotoKind): Promise<string> {
  const { photoId } = await takePhoto(services, { sessionId: one.sessionId, staffId, kind, producerId: 'p', rtpTimestamp: 9000 });
  if (kind !== 'face') await readPhotoJob(services, { photoId });
  await comparePhotoJob(services, { ...one, photoId });
  return photoId;
}
/** A live call in which everything for approve was done, with this card. */
async function complete(card: Partial<typeof read> = {}): Promise<MadeCase> {
  read = { ...read, ...card };
  const one = await makeCase(services, { until: 'accept', witnessId: staffId });
  shown = one;
  await services.db.policeCheck.create({ data: { id: newId(), applicationId: one.applicationId, answer: 'match', askedIndex: identityIndex(services, one.form), at: new Date(app.clock.at.getTime() - 60_000) } });
  for (const { id } of SCRIPT) await tick(services, { sessionId: one.sessionId, staffId, item: id, answer: 'clear_yes' });
  for (const kind of PHOTO_KINDS) await photograph(one, kind);
  return one;
}
const approve = (one: MadeCase) => decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'approve' } });
const view = (one: MadeCase): Promise<CaseView> => openCase(services, { applicationId: one.applicationId, reader: { staffId, roles: ['witness'] } });
const missing = async (one: MadeCase): Promise<string[]> => (await view(one)).session!.missing.map((m) => m.code);
const everyFinding = (v: CaseView): Finding[] => [...v.warnings, ...v.differences, ...v.documents.flatMap((d) => [...d.findings, ...(d.reading?.findings ?? [])]), ...(v.session?.photos ?? []).flatMap((p) => [...p.findings, ...(p.reading?.findings ?? [])])];
/** The finding as the screen has it. */
const finding = async (one: MadeCase, of: string): Promise<Finding> => everyFinding(await view(one)).find((f) => f.code === of && f.decideOn !== undefined)!;
async function decideOn(one: MadeCase, of: string, by = staffId): Promise<void> {
  const { decideOn: on, field } = await finding(one, of);
  await decideFinding(services, { sessionId: one.sessionId, staffId: by, on: on!, code: of as Finding['code'], field, reason: REASON });
}
const OTHER_NUMBER = '440524188001010014';

describe('what the card in the call says is held against the form and today (R10–R12, R14)', () => {
  test('a card that agrees with the form is approved', async () => {
    await approve(await complete());
  });

  test('a portrait side whose number was not read is not approved until a photo reads it', async () => {
    const one = await complete({ portrait: { otherwise: { idNumber: null } } });
    await expect(approve(one)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['photo.portraitSide'] } });
    read.portrait = {};
    await photograph(one, 'portraitSide');
    await approve(one);
  });

  test.each([['idNumber', 'portrait', OTHER_NUMBER], ['sex', 'portrait', '变'], ['name', 'portrait', '完全不同'], ['birthDate', 'portrait', '1970-02-03']] as const)('another %s on the card than in the form is not approved', async (field, side, text) => {
    const one = await complete({ [side]: { otherwise: { [field]: text } } });
    await expect(approve(one)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: expect.arrayContaining(['finding.FIELD_DIFFERS']) } });
    expect(everyFinding(await view(one)).filter((f) => f.closesApprove && f.code === 'FIELD_DIFFERS').map((f) => f.field)).toEqual([field]);
  });

  test('an address or a way of writing is named and approved', async () => {
    const one = await complete({ portrait: { otherwise: { address: '别的地址一号' } } });
    expect(everyFinding(await view(one)).map((f) => [f.code, f.closesApprove])).toContainEqual(['FIELD_DIFFERS', false]);
    await approve(one);
  });

  test('a span that does not fit the age at issue is not approved either: no person decides otherwise, and the client is told of a new card or a branch (R11, R29)', async () => {
    const one = await complete({ emblem: { otherwise: { validTo: 'long-term' } } });
    expect(await missing(one)).toContain('finding.ID_VALIDITY_UNFIT');
    const unfit = everyFinding(await view(one)).find((f) => f.code === 'ID_VALIDITY_UNFIT')!;
    expect(unfit).toMatchObject({ closesApprove: true, said: 'long-term', evidence: { picture: 'call.emblemSide', box: expect.anything() } });
    expect(unfit.decideOn).toBeUndefined();
    const photo = await services.db.photo.findFirstOrThrow({ where: { sessionId: one.sessionId, kind: 'emblemSide', supersededAt: null } });
    await expect(decideFinding(services, { sessionId: one.sessionId, staffId, on: { kind: 'photo', id: photo.id }, code: 'ID_VALIDITY_UNFIT', field: 'validTo', reason: REASON })).rejects.toMatchObject({ code: 'FINDING_NOT_DECIDABLE' });
    await decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'reject', code: 'A06', comment: '卡面有效期限与签发时年龄不符' } });
    const told = await (await app.asClient(one.applicationId)).view();
    expect(told).toMatchObject({ state: 'repair', repair: { items: ['documents', 'form', 'call'], text: { zh: expect.stringContaining('营业部') } } });
  });

  test('a card that has expired is not approved, whatever was typed, and no person decides otherwise (R11)', async () => {
    const one = await complete({ emblem: { otherwise: { validFrom: '2006-03-01', validTo: '2026-03-01' } } });
    expect(await missing(one)).toContain('finding.ID_EXPIRED');
    const expired = everyFinding(await view(one)).find((f) => f.code === 'ID_EXPIRED')!;
    expect(expired).toMatchObject({ closesApprove: true, evidence: { picture: 'call.emblemSide', box: expect.anything() } });
    expect(expired.decideOn).toBeUndefined();
    const photo = (await view(one)).session!.photos.find((p) => p.kind === 'emblemSide')!;
    await expect(decideFinding(services, { sessionId: one.sessionId, staffId, on: { kind: 'photo', id: photo.photoId }, code: 'ID_EXPIRED', field: 'validTo', reason: REASON })).rejects.toEqual(code('FINDING_NOT_DECIDABLE'));
  });

  test('a date that was only misread does not close for ever: checked against the card, the form’s date counts (R11, R14)', async () => {
    const one = await complete({ emblem: { otherwise: { validTo: '2026-03-01' } } });
    expect(await missing(one)).toEqual(expect.arrayContaining(['finding.FIELD_DIFFERS', 'finding.ID_EXPIRED']));
    await decideOn(one, 'FIELD_DIFFERS');
    expect(await missing(one)).toEqual([]);
    await approve(one);
  });

  test('a permit’s emblem side beside a resident card’s portrait side is not approved (R14)', async () => {
    const one = await complete({ emblem: { kind: 'residencePermit' } });
    expect(await missing(one)).toContain('finding.DOCUMENT_KINDS_DIFFER');
    read.emblem = {};
    await photograph(one, 'emblemSide');
    expect(await missing(one)).toEqual([]);
  });
});

describe('a witness who has looked at the card decides, with a reason (R12, R14, R28)', () => {
  const doubted = { portrait: { findings: [makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber' })] } };

  test.each([['ID_READ_DIFFERENTLY', doubted], ['ID_NUMBER_NOT_READ', { portrait: { otherwise: { idNumber: null } } }], ['FIELD_DIFFERS', { portrait: { otherwise: { idNumber: OTHER_NUMBER } } }], ['DOCUMENT_KINDS_DIFFER', { emblem: { kind: 'residencePermit' } }]] as const)('%s: refused, decided, approved', async (of, card) => {
    const one = await complete(card);
    await expect(approve(one)).rejects.toEqual(code('FINDING_BLOCKS'));
    await decideOn(one, of);
    expect(await finding(one, of)).toMatchObject({ blocks: false, closesApprove: false, severity: 'warning', decision: { by: '张敏', reason: REASON, at: app.clock.at.toISOString() } });
    await approve(one);
  });

  test('row, audit row, event and the replay’s entry are written together, the reason in the clear nowhere', async () => {
    const one = await complete(doubted);
    await decideOn(one, 'ID_READ_DIFFERENTLY');
    const { applicationId, sessionId } = one;
    const [row, ...more] = await services.db.findingDecision.findMany({ where: { applicationId } });
    expect(more).toEqual([]);
    expect(row).toMatchObject({ sessionId, staffId, code: 'ID_READ_DIFFERENTLY', field: 'idNumber', documentId: null });
    expect(row!.reasonEnc).not.toContain('逐字');
    expect(await services.db.audit.findMany({ where: { applicationId, action: 'finding.decided' } })).toEqual([expect.objectContaining({ actorId: staffId, codes: expect.objectContaining({ code: 'ID_READ_DIFFERENTLY', field: 'idNumber', onId: row!.photoId }) })]);
    const events = await services.db.outbox.findMany({ where: { type: 'finding.decided', payload: { path: ['applicationId'], equals: applicationId } } });
    expect(events).toHaveLength(1);
    expect(JSON.stringify(events[0]!.payload)).not.toContain('逐字');
    expect(await services.db.sessionEvent.count({ where: { sessionId, type: 'finding_decision', refId: row!.id } })).toBe(1);
    expect(app.lines.join('')).not.toContain('逐字');
    // The answer over HTTP is what the contract says, the decision with it.
    expect(everyFinding(caseView.parse(await view(one))).some((f) => f.decision?.reason === REASON)).toBe(true);
    // Kept as it was made, also against the program.
    for (const change of ['UPDATE finding_decision SET reason_enc = \'x\'', 'DELETE FROM finding_decision']) await expect(services.db.$executeRawUnsafe(change)).rejects.toThrow(/permission denied|42501/);
  });

  test('second review and the replay show who decided, when and why; there nothing closes the witness’s approve', async () => {
    const one = await complete(doubted);
    await decideOn(one, 'ID_READ_DIFFERENTLY');
    await approve(one);
    const reviewer = await makeStaff(services, ['reviewer']);
    const seen = everyFinding(await openCase(services, { applicationId: one.applicationId, reader: { staffId: reviewer, roles: ['reviewer', 'lead'] } }));
    expect(seen.find((f) => f.code === 'ID_READ_DIFFERENTLY')).toMatchObject({ decision: { by: '张敏', reason: REASON } });
    expect(seen.filter((f) => f.closesApprove || f.decideOn)).toEqual([]);
    const auditor = await makeStaff(services, ['auditor']);
    const replay = await openReplay(services, { sessionId: one.sessionId, reader: { staffId: auditor, roles: ['auditor'] }, purpose: '例行稽核' });
    const { text, side } = replay.events.find((e) => e.type === 'finding_decision')!;
    expect([side, text.zh]).toEqual(['witness', expect.stringContaining(REASON)]);
    expect(text.zh).toContain('由见证人员核对：身份证号码');
    expect(replay.photos.flatMap((p) => p.reading?.findings ?? []).find((f) => f.code === 'ID_READ_DIFFERENTLY')?.decision?.by).toBe('张敏');
  });

  test('a photo taken again needs a new decision, and the old photo takes none', async () => {
    const one = await complete(doubted);
    const { decideOn: old } = await finding(one, 'ID_READ_DIFFERENTLY');
    await decideOn(one, 'ID_READ_DIFFERENTLY');
    expect(await missing(one)).toEqual([]);
    await photograph(one, 'portraitSide');
    expect(await missing(one)).toEqual(['photo.portraitSide']);
    await expect(decideFinding(services, { sessionId: one.sessionId, staffId, on: old!, code: 'ID_READ_DIFFERENTLY', field: 'idNumber', reason: REASON })).rejects.toEqual(code('FINDING_NOT_DECIDABLE'));
    await decideOn(one, 'ID_READ_DIFFERENTLY');
    await approve(one);
  });

  test('of two sides that do not belong together, either taken again needs a new decision', async () => {
    const one = await complete({ emblem: { kind: 'residencePermit' } });
    await decideOn(one, 'DOCUMENT_KINDS_DIFFER');
    await photograph(one, 'portraitSide');
    expect(await missing(one)).toEqual(['finding.DOCUMENT_KINDS_DIFFER']);
  });

  test('another witness decides nothing, nor does anybody a second time or after the call', async () => {
    const one = await complete(doubted);
    const other = await makeStaff(services, ['witness']);
    const { decideOn: on } = await finding(one, 'ID_READ_DIFFERENTLY');
    await expect(decideOn(one, 'ID_READ_DIFFERENTLY', other)).rejects.toEqual(code('CASE_NOT_YOURS'));
    await decideOn(one, 'ID_READ_DIFFERENTLY');
    await expect(decideOn(one, 'ID_READ_DIFFERENTLY')).rejects.toEqual(code('DECISION_ALREADY_MADE'));
    await approve(one);
    await expect(decideFinding(services, { sessionId: one.sessionId, staffId, on: on!, code: 'ID_READ_DIFFERENTLY', field: 'idNumber', reason: REASON })).rejects.toEqual(code('DECISION_ALREADY_MADE'));
    expect(await services.db.findingDecision.count({ where: { applicationId: one.applicationId } })).toBe(1);
  });

  test('a photo of another call takes no decision here', async () => {
    const [one, other] = [await complete(doubted), await complete(doubted)];
    const { decideOn: on } = await finding(other, 'ID_READ_DIFFERENTLY');
    await expect(decideFinding(services, { sessionId: one.sessionId, staffId, on: on!, code: 'ID_READ_DIFFERENTLY', field: 'idNumber', reason: REASON })).rejects.toEqual(code('FINDING_NOT_DECIDABLE'));
  });

  test('of two presses at once one decision is made', async () => {
    const one = await complete(doubted);
    const presses = await Promise.allSettled([1, 2, 3].map(() => decideOn(one, 'ID_READ_DIFFERENTLY')));
    expect(presses.map((p) => (p.status === 'rejected' ? (p.reason as { code: string }).code : 'made')).sort()).toEqual(['DECISION_ALREADY_MADE', 'DECISION_ALREADY_MADE', 'made']);
  });

  test('one that was opened before the photo was taken again is refused (R20)', async () => {
    const one = await complete(doubted);
    const { decideOn: on } = await finding(one, 'ID_READ_DIFFERENTLY');
    const slow: Services = { ...services, cipher: { ...services.cipher, seal: async (...args) => { await photograph(one, 'portraitSide'); return services.cipher.seal(...args); } } };
    await expect(decideFinding(slow, { sessionId: one.sessionId, staffId, on: on!, code: 'ID_READ_DIFFERENTLY', field: 'idNumber', reason: REASON })).rejects.toEqual(code('FINDING_NOT_DECIDABLE'));
    expect(await services.db.findingDecision.count({ where: { applicationId: one.applicationId } })).toBe(0);
  });

  test('it is made while the client is away too, and sends who approves just then back to what there is', async () => {
    const one = await complete(doubted);
    const { version } = await services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } });
    await changeSession(services.db, { sessionId: one.sessionId, event: 'interrupt', actor: { kind: 'system' } }, { interruptedAt: services.now() });
    await decideOn(one, 'ID_READ_DIFFERENTLY');
    expect(await missing(one)).toEqual(['client']);
    expect((await services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } })).version).toBeGreaterThan(version + 1);
  });

  test('a doubt about an upload that the call does not settle can be decided on too', async () => {
    const one = await complete({ portrait: { otherwise: { idNumber: null } } });
    const documentId = newId();
    const readingEnc = await services.cipher.sealJson({ subject: one.applicationId, table: 'document', column: 'reading_enc', row: documentId }, { reading: readingOf(one.form, 'portrait', { findings: [makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber' })] }), findings: [] });
    await services.db.document.create({ data: { id: documentId, applicationId: one.applicationId, side: 'portrait', fileId: 'f', width: 10, height: 10, readingEnc, readAt: services.now() } });
    expect(await missing(one)).toEqual(['photo.portraitSide', 'finding.ID_CHECK_CHARACTER_WRONG']);
    await decideOn(one, 'ID_CHECK_CHARACTER_WRONG');
    await decideOn(one, 'ID_NUMBER_NOT_READ');
    expect((await services.db.findingDecision.findFirstOrThrow({ where: { applicationId: one.applicationId, code: 'ID_CHECK_CHARACTER_WRONG' } })).documentId).toBe(documentId);
    await approve(one);
  });
});

describe('the screen says of each finding whether it closes approve now (R28)', () => {
  test('a blurred picture that was read, and an upload that the call overrules, close nothing; a blurred photo of record does', async () => {
    const one = await complete({ portrait: { findings: [makeFinding('PHOTO_BLURRED')] } });
    const documentId = newId();
    const readingEnc = await services.cipher.sealJson({ subject: one.applicationId, table: 'document', column: 'reading_enc', row: documentId }, { reading: readingOf(one.form, 'portrait', { findings: [makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber' })] }), findings: [] });
    await services.db.document.create({ data: { id: documentId, applicationId: one.applicationId, side: 'portrait', fileId: 'f', width: 10, height: 10, readingEnc, readAt: services.now() } });
    expect(everyFinding(await view(one)).filter((f) => f.blocks).map((f) => [f.code, f.closesApprove])).toEqual([['ID_CHECK_CHARACTER_WRONG', false], ['PHOTO_BLURRED', false]]);
    expect(await missing(one)).toEqual([]);
    judged = [makeFinding('PHOTO_GLARE', { evidence: { box: { x: 0.1, y: 0.1, width: 0.2, height: 0.2 } } })];
    await photograph(one, 'portraitSide');
    const glare = everyFinding(await view(one)).find((f) => f.code === 'PHOTO_GLARE')!;
    // Its box is one of the photo of record, whichever picture was read.
    expect(glare).toMatchObject({ closesApprove: true, evidence: { picture: 'call.portraitSide', record: true, box: { x: 0.1 } } });
    expect(glare.decideOn).toBeUndefined();
    expect(await missing(one)).toEqual(['photo.portraitSide']);
  });
});
