import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { MediaHost } from '../../media/ports.ts';
import { createBlindIndex } from '../../server/database/crypto.ts';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import { missingOf } from '../../server/usecases/call/decide.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { lookupJob } from '../../server/usecases/person/lookup.ts';
import { knownPerson } from '../../server/usecases/person/known.ts';
import { addNegative, DEMO_NEGATIVE, negativeList, removeNegative, seedDemoNegativeList } from '../../server/usecases/person/negative.ts';
import { askPoliceAgain } from '../../server/usecases/police/decide.ts';
import { createPeople } from '../../server/usecases/person/port.ts';
import { decideReview } from '../../server/usecases/review/decide.ts';
import type { Services } from '../../server/usecases/services.ts';
import { jobsOf } from '../../server/wiring/jobs.ts';
import { call, startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseOptions, CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let sim: TestSimulators;
let witnessId: string, reviewerId: string, leadId: string;
const MEDIA = { recorderRunning: () => true, recordingStartedAt: () => undefined, coverage: async () => ({ status: 'covered' }) } as unknown as MediaHost;
const code = (value: string) => expect.objectContaining({ code: value });

beforeAll(async () => {
  [app, sim] = await Promise.all([startCaseServices(), startTestSimulators()]);
  services = { ...app.services, media: MEDIA };
  [witnessId, reviewerId, leadId] = [await makeStaff(services, ['witness']), await makeStaff(services, ['reviewer']), await makeStaff(services, ['lead'], '赵磊')];
});
afterEach(async () => { await sim.clear(); app.jobs.length = 0; });
afterAll(async () => { await app?.close(); await sim?.close(); });

async function asOwner(sql: string): Promise<void> {
  const owner = new pg.Client({ connectionString: app.database.ownerUrl });
  await owner.connect();
  try { await owner.query(sql); } finally { await owner.end(); }
}
const made = (until: CaseOptions['until'], more: Partial<CaseOptions> = {}): Promise<MadeCase> => makeCase(services, { until, witnessId, ...more });
const people = () => createPeople({ core: sim.urls.core, depository: sim.urls.depository }, services.log, { timeoutMs: 1_000, pausesMs: [10, 20] });
const lookUp = ({ applicationId }: MadeCase, round = 0) => lookupJob(services, people(), { applicationId, round });
const warnings = async ({ applicationId }: MadeCase) => (await openCase(services, { applicationId, reader: { staffId: witnessId, roles: ['witness'] } })).warnings.filter((f) => f.rule === 'R16');
const codes = async (one: MadeCase) => (await warnings(one)).map((f) => f.code).sort();
/** The same person again, with another phone. */
const samePerson = async (one: MadeCase, other: MadeCase): Promise<void> => {
  const place = { subject: other.applicationId, table: 'application', column: 'form_enc', row: other.applicationId };
  await services.db.application.update({ where: { id: other.applicationId }, data: { formEnc: await services.cipher.sealJson(place, one.form), idNumberIndex: services.blindIndex.of('idNumber', one.form.idNumber) } });
};

describe('what others know of the person is asked before the call (R16)', () => {
  test('the submission leads to the question', () => {
    expect(jobsOf({ type: 'application.changed', applicationId: 'x', event: 'submit', from: 'draft', to: 'submitted' }).map((job) => job.name)).toContain('person.lookup');
  });
  test('somebody new: both are asked, and nothing is shown', async () => {
    const one = await made('accept');
    await lookUp(one);
    expect(await codes(one)).toEqual([]);
    expect((await sim.log(one.applicationId)).map(({ system }) => system).sort()).toEqual(['core', 'depository']);
  });
  test('an existing customer number is shown, masked', async () => {
    const one = await made('accept');
    const { name, idNumber } = one.form;
    const { customerNo } = (await call('POST', `${sim.urls.core}/customers`, { reference: 'elsewhere', idempotencyKey: `elsewhere-${idNumber}`, name, idNumber })).body as { customerNo: string };
    await lookUp(one);
    expect(await warnings(one)).toEqual([expect.objectContaining({ code: 'CUSTOMER_EXISTS', severity: 'warning', said: `****${customerNo.slice(-3)}` })]);
  });
  test('a one-code account whose relation is not confirmed is shown; a confirmed one is not', async () => {
    const one = await made('accept');
    const person = { reference: 'elsewhere', name: one.form.name, idNumber: one.form.idNumber };
    const { accountNo: oneCode } = (await call('POST', `${sim.urls.depository}/one-code-accounts`, { ...person, idempotencyKey: `one-${one.form.idNumber}` })).body;
    await lookUp(one);
    expect(await codes(one)).toEqual(['RELATION_UNCONFIRMED']);
    await call('POST', `${sim.urls.depository}/relations`, { ...person, idempotencyKey: `rel-${one.form.idNumber}`, oneCode });
    await lookUp(one);
    expect(await codes(one)).toEqual([]);
  });
  test('what is not known yet is said, never silently absent, and asked again', async () => {
    const one = await made('accept');
    expect(await codes(one)).toEqual(['CUSTOMER_NOT_KNOWN_YET', 'RELATION_NOT_KNOWN_YET']);
    await sim.put('core', { match: one.applicationId, silent: true });
    await lookUp(one);
    expect(await codes(one)).toEqual(['CUSTOMER_NOT_KNOWN_YET']);
    expect(app.jobs).toEqual([{ name: 'person.lookup', data: { applicationId: one.applicationId, round: 1 }, id: expect.any(String) }]);
    await sim.clear();
    await lookUp(one, 1);
    expect(await codes(one)).toEqual([]);
    // Only the one that had not answered was asked again.
    expect((await sim.log(one.applicationId)).filter(({ system }) => system === 'depository')).toHaveLength(1);
  }, 20_000);
  test('an answer about another number does not count after the form was changed', async () => {
    const [one, other] = [await made('accept'), await made('accept')];
    await lookUp(one);
    await samePerson(other, one);
    expect(await codes(one)).toEqual(['CUSTOMER_NOT_KNOWN_YET', 'RELATION_NOT_KNOWN_YET']);
  });
  test('what is still not known is asked on after the call, for the reviewer, until the case is approved', async () => {
    const [reviewed, approved] = [await made('open_review'), await made('review_approve')];
    for (const one of [reviewed, approved]) await lookUp(one, 1);
    expect((await sim.log(reviewed.applicationId)).map(({ system }) => system).sort()).toEqual(['core', 'depository']);
    expect(await sim.log(approved.applicationId)).toEqual([]);
  });
  test('when all rounds are over the agent can have it asked again by hand, and only what is not known is', async () => {
    const one = await made('accept');
    await sim.put('core', { match: one.applicationId, silent: true });
    await lookUp(one, 4);
    expect(app.jobs).toEqual([]);
    await askPoliceAgain(services, { sessionId: one.sessionId, staffId: witnessId });
    const job = app.jobs.find(({ name }) => name === 'person.lookup')!;
    await sim.clear();
    await lookupJob(services, people(), job.data as { applicationId: string });
    expect(await codes(one)).toEqual([]);
    expect((await sim.log(one.applicationId)).filter(({ system }) => system === 'depository')).toHaveLength(1);
    // Everything is known now: nothing is asked, nothing is written.
    const rows = () => services.db.audit.count({ where: { applicationId: one.applicationId, action: 'person.looked_up' } });
    const before = await rows();
    await lookupJob(services, people(), job.data as { applicationId: string });
    expect(await rows()).toBe(before);
  }, 20_000);
  test('a system that breaks the agreement is named in the log, without a word of what was asked', async () => {
    const one = await made('accept');
    const lines = app.lines.length;
    // The police simulator answers in JSON, but knows no such question; the bank's knows no such address either.
    await lookupJob(services, createPeople({ core: sim.urls.police, depository: undefined }, services.log, { timeoutMs: 1_000, pausesMs: [] }), { applicationId: one.applicationId });
    const written = app.lines.slice(lines).join('');
    expect(written).toContain('"system":"core"');
    expect(written).toContain('"status":404');
    for (const secret of [one.form.name, one.form.idNumber]) expect(written).not.toContain(secret);
  });
});

describe('earlier applications of the same ID number (R16)', () => {
  test('a rejection is shown with its day, code and case, whoever’s phone it came from', async () => {
    const [earlier, now] = [await made('accept'), await made('accept')];
    await samePerson(earlier, now);
    await lookUp(now);
    await changeSession(services.db, { sessionId: earlier.sessionId, event: 'reject', actor: { kind: 'system' } });
    await changeApplication(services.db, { applicationId: earlier.applicationId, event: 'reject_final', actor: { kind: 'system' } }, { reasonCode: 'A02' });
    expect(await warnings(now)).toEqual([expect.objectContaining({ code: 'EARLIER_REJECTION', said: expect.stringMatching(/^\d{4}-\d\d-\d\d A02 20260310-\d+$/) })]);
  });
  test('an earlier rejected call of this very application is shown too', async () => {
    const one = await made('accept');
    await lookUp(one);
    await changeSession(services.db, { sessionId: one.sessionId, event: 'reject', actor: { kind: 'system' } }, { decision: 'reject', decisionCode: 'P01', decidedAt: services.now() });
    expect(await warnings(one)).toEqual([expect.objectContaining({ code: 'EARLIER_REJECTION', said: expect.stringContaining('P01') })]);
  });
  test('after the look-up key was changed, numbers stored under the old key are still found', async () => {
    const [earlier, now] = [await made('accept'), await made('accept')];
    const [oldKey, newKey] = [{ id: 'old', key: Buffer.alloc(32, 1) }, { id: 'new', key: Buffer.alloc(32, 2) }];
    await services.db.application.update({ where: { id: earlier.applicationId }, data: { idNumberIndex: createBlindIndex([oldKey]).of('idNumber', now.form.idNumber) } });
    await changeApplication(services.db, { applicationId: earlier.applicationId, event: 'reject_final', actor: { kind: 'system' } }, { reasonCode: 'A02' });
    const rotated = { ...services, blindIndex: createBlindIndex([newKey, oldKey]) };
    const application = await services.db.application.findUniqueOrThrow({ where: { id: now.applicationId } });
    expect((await knownPerson(rotated, application, now.form)).map((f) => f.code)).toContain('EARLIER_REJECTION');
  });
});

describe('the negative list (R16)', () => {
  test('a hit closes approve; taken off with a reason, it is open again and the history stays', async () => {
    const one = await made('accept');
    await lookUp(one);
    const entryId = await addNegative(services, { staffId: leadId, idNumber: one.form.idNumber, reason: '曾冒用他人身份' });
    expect(await warnings(one)).toEqual([expect.objectContaining({ code: 'NEGATIVE_LIST', blocks: true })]);
    const session = await services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } });
    expect((await missingOf(services, session)).map((m) => m.code)).toContain('finding.NEGATIVE_LIST');
    await removeNegative(services, { staffId: leadId, entryId, reason: '经核实系他人冒名' });
    expect(await codes(one)).toEqual([]);
    const [row] = await negativeList(services, { staffId: leadId });
    expect(row).toMatchObject({ entryId, reason: '曾冒用他人身份', addedBy: '赵磊', removed: { by: '赵磊', reason: '经核实系他人冒名' } });
    await expect(removeNegative(services, { staffId: leadId, entryId, reason: '再来一次' })).rejects.toEqual(code('NOT_FOUND'));
  });
  test('adding, removing and looking are on record with who, and numbers and reasons stand nowhere in the clear (R43, R45)', async () => {
    const one = await made('submit');
    const entryId = await addNegative(services, { staffId: leadId, idNumber: one.form.idNumber, reason: '提供虚假材料' });
    await negativeList(services, { staffId: leadId });
    await removeNegative(services, { staffId: leadId, entryId, reason: '登记有误' });
    const actions = await services.db.audit.findMany({ where: { actorId: leadId, action: { startsWith: 'negative.' } }, orderBy: { seq: 'desc' }, take: 3 });
    expect(actions.map((a) => a.action)).toEqual(['negative.removed', 'negative.listed', 'negative.added']);
    const row = await services.db.negativeEntry.findUniqueOrThrow({ where: { id: entryId } });
    for (const secret of [one.form.idNumber, '虚假', '登记']) expect(JSON.stringify([row, actions.map(({ seq: _, ...rest }) => rest)])).not.toContain(secret);
    expect((await negativeList(services, { staffId: leadId })).find((r) => r.entryId === entryId)!.idNumberMasked).toMatch(/^\d{6}\*{8}/);
  });
  test('a number stands on it once, and a mistyped number is refused', async () => {
    const { form } = await made('submit');
    const entries = await Promise.allSettled([1, 2, 3].map(() => addNegative(services, { staffId: leadId, idNumber: form.idNumber, reason: '同时提交' })));
    expect(entries.filter((e) => e.status === 'fulfilled')).toHaveLength(1);
    for (const e of entries) if (e.status === 'rejected') expect(e.reason).toEqual(code('NEGATIVE_ENTRY_EXISTS'));
    const wrong = form.idNumber.slice(0, 17) + (form.idNumber.endsWith('0') ? '1' : '0');
    await expect(addNegative(services, { staffId: leadId, idNumber: wrong, reason: '打错了' })).rejects.toEqual(code('ID_NUMBER_INVALID'));
  });
  test('the witness of a call with that number is told at once, when it is put there and when it is taken off', async () => {
    const one = await made('accept');
    const told: unknown[] = [];
    const listening: Services = { ...services, hub: { ...services.hub, publish: async (topic, type, data) => { told.push([topic, type, data]); } } };
    const version = async () => (await services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } })).version;
    const before = await version();
    const entryId = await addNegative(listening, { staffId: leadId, idNumber: one.form.idNumber, reason: '通话中得知' });
    await removeNegative(listening, { staffId: leadId, entryId, reason: '核实无误' });
    expect(told).toEqual([1, 2].map(() => [`staff:${witnessId}`, 'changed', { applicationId: one.applicationId }]));
    expect(await version()).toBe(before + 2);
  });
  test('who stands on it comes first, and a number finds its own entries, however old', async () => {
    const [off, on] = [await made('submit'), await made('submit')];
    const removed = await addNegative(services, { staffId: leadId, idNumber: off.form.idNumber, reason: '较早的登记' });
    await addNegative(services, { staffId: leadId, idNumber: on.form.idNumber, reason: '现有的登记' });
    app.clock.at = new Date(app.clock.at.getTime() + 60_000);
    const again = await addNegative(services, { staffId: leadId, idNumber: (await made('submit')).form.idNumber, reason: '随后移除' });
    for (const entryId of [removed, again]) await removeNegative(services, { staffId: leadId, entryId, reason: '登记有误' });
    const rows = await negativeList(services, { staffId: leadId });
    const firstRemoved = rows.findIndex((row) => row.removed !== null);
    expect(rows.slice(firstRemoved).every((row) => row.removed !== null)).toBe(true);
    expect((await negativeList(services, { staffId: leadId, idNumber: off.form.idNumber })).map((row) => row.entryId)).toEqual([removed]);
  });
  test('not even the owner of the table can put an entry back, change who removed it, or delete it', async () => {
    const { form } = await made('submit');
    const entryId = await addNegative(services, { staffId: leadId, idNumber: form.idNumber, reason: '一次登记' });
    await removeNegative(services, { staffId: leadId, entryId, reason: '一次移除' });
    const changes = [
      'UPDATE negative_entry SET removed_at = NULL, removed_by_id = NULL, remove_reason_enc = NULL', 'UPDATE negative_entry SET removed_at = now() WHERE removed_at IS NOT NULL',
      'UPDATE negative_entry SET remove_reason_enc = \'x\' WHERE removed_at IS NOT NULL', 'UPDATE negative_entry SET reason_enc = \'x\'', 'DELETE FROM negative_entry', 'TRUNCATE negative_entry',
    ];
    for (const change of changes) await expect(services.db.$executeRawUnsafe(change)).rejects.toThrow(/permission denied|42501/);
    for (const change of changes) await expect(asOwner(change)).rejects.toThrow(/insert-only|taken off once/);
  });
  test('entries can be taken off, but not changed or deleted', async () => {
    for (const change of ['UPDATE negative_entry SET reason_enc = \'x\'', 'DELETE FROM negative_entry', 'UPDATE person_lookup SET answer = \'none\'']) {
      await expect(services.db.$executeRawUnsafe(change)).rejects.toThrow(/permission denied|42501/);
    }
  });
  test('who came onto it after the call is not approved in second review either', async () => {
    const one = await made('open_review', { reviewerId });
    const entryId = await addNegative(services, { staffId: leadId, idNumber: one.form.idNumber, reason: '通话后得知' });
    const approve = () => decideReview(services, { applicationId: one.applicationId, reader: { staffId: reviewerId, roles: ['reviewer'] }, decision: { decision: 'approve' } });
    await expect(approve()).rejects.toEqual(code('FINDING_BLOCKS'));
    await removeNegative(services, { staffId: leadId, entryId, reason: '核实无误' });
    expect((await approve()).state).toBe('approved');
  });
  test('an entry that is written between the reviewer’s press and the decision is seen by it', async () => {
    const one = await made('open_review', { reviewerId });
    // The press has passed every check before the transaction; the entry is committed while the decision waits for the case.
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    let locked: () => void = () => undefined;
    const isLocked = new Promise<void>((resolve) => { locked = resolve; });
    const other = services.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "application" WHERE "id" = ${one.applicationId}::uuid FOR NO KEY UPDATE`;
      locked();
      await held;
      await addNegative({ ...services, db: tx as Services['db'] }, { staffId: leadId, idNumber: one.form.idNumber, reason: '恰在此时' });
    }, { timeout: 20_000 });
    await isLocked;
    const approving = decideReview(services, { applicationId: one.applicationId, reader: { staffId: reviewerId, roles: ['reviewer'] }, decision: { decision: 'approve' } });
    const refused = expect(approving).rejects.toEqual(code('FINDING_BLOCKS'));
    await new Promise((done) => setTimeout(done, 200));
    release();
    await other;
    await refused;
    expect((await services.db.application.findUniqueOrThrow({ where: { id: one.applicationId } })).state).toBe('in_review');
  });
  test('the demo’s invented persons are put on it once', async () => {
    for (let start = 0; start < 2; start++) await seedDemoNegativeList(services);
    for (const number of DEMO_NEGATIVE) expect(await services.db.negativeEntry.count({ where: { idNumberIndex: services.blindIndex.of('idNumber', number) } })).toBe(1);
  });
});
