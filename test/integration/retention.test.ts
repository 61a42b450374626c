import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newId } from '../../server/database/crypto.ts';
import { askExport } from '../../server/usecases/evidence/export.ts';
import { openBundle, publicKeys, writeBundle } from '../../server/usecases/evidence/bundle.ts';
import { recordJob } from '../../server/usecases/evidence/jobs.ts';
import { carryOut, readPublished } from '../../server/usecases/evidence/published.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import { keepHouse } from '../../server/usecases/house.ts';
import { addNegative } from '../../server/usecases/person/negative.ts';
import { legalHolds, liftHold, setHold } from '../../server/usecases/retention/holds.ts';
import { relationEnded } from '../../server/usecases/retention/relations.ts';
import { confirmReport, makeReport, retentionReport, retentionReports } from '../../server/usecases/retention/reports.ts';
import { finishReports, runReport } from '../../server/usecases/retention/run.ts';
import type { RetentionPorts } from '../../server/usecases/retention/run.ts';
import { RETENTION_YEARS } from '../../workflows/retention/due.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: CaseServices['services'];
let ports: RetentionPorts;
let [witnessId, lead, officer] = ['', '', ''];
let dir: string;

beforeAll(async () => {
  app = await startCaseServices();
  services = app.services;
  ports = { keys: services.keys, evidence: app.evidence, headsFile: app.evidence.headsFile, years: RETENTION_YEARS };
  [witnessId, lead, officer] = [await makeStaff(services, ['witness']), await makeStaff(services, ['lead'], '组长'), await makeStaff(services, ['compliance'], '合规')];
  dir = await mkdtemp(join(tmpdir(), 'retention-'));
});
afterAll(async () => {
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

const years = (count: number): void => { app.clock.at = new Date(Date.now() + count * 365.25 * 24 * 3600_000); };
const caseNoOf = async (applicationId: string): Promise<string> => (await services.db.application.findUniqueOrThrow({ where: { id: applicationId } })).caseNo;
const keyOf = (subjectId: string) => services.db.caseKey.findUnique({ where: { subjectId } });

/** A case that was handed in, with a file, and ended: opened with an account, or withdrawn without. */
async function ended(state: 'opened' | 'withdrawn', more: { clientId?: string } = {}): Promise<MadeCase> {
  years(0);
  const made = await makeCase(services, { until: 'pass', witnessId });
  const { applicationId } = made;
  const { fileId } = await services.store.put({ caseId: applicationId, kind: 'upload', contentType: 'image/jpeg', bytes: randomBytes(2000) });
  await services.db.document.create({ data: { id: newId(), applicationId, side: 'portrait', fileId, width: 10, height: 10, readingEnc: 'v1.x' } });
  await services.db.certificate.create({ data: { id: newId(), applicationId, serial: newId(), pem: `CN=${made.form.name}` } });
  await services.db.personLookup.create({ data: { id: newId(), applicationId, kind: 'customer', answer: 'none', askedIndex: services.blindIndex.of('identity', made.form.idNumber), detailEnc: 'v1.x' } });
  await services.db.application.update({ where: { id: applicationId }, data: { submittedAt: app.clock.at, state, ...(more.clientId === undefined ? {} : { clientId: more.clientId }) } });
  await services.db.audit.create({ data: { actorKind: 'system', action: state === 'opened' ? 'application.all_done' : 'application.withdraw', applicationId, fromState: 'witnessed', toState: state } });
  app.clock.at = new Date(app.clock.at.getTime() + 60_000);
  await recordJob(services, app.evidence, applicationId);
  return made;
}
async function destroyed(): Promise<string> {
  const reportId = await makeReport(services, { staffId: lead, years: RETENTION_YEARS });
  await confirmReport(services, { staffId: officer, reportId });
  await runReport(services, ports, reportId);
  return reportId;
}
const live = async (applicationId: string) => verifyCase(services, { store: app.evidence.store, signing: [app.evidence.signing], published: (await readPublished(services, app.evidence.headsFile, [app.evidence.signing])).heads.get(applicationId) ?? [] }, applicationId);
type Verdict = { intact: boolean; complete: boolean; destroyed: string | null; problems: { what: string; where: string }[] };
async function bundle(applicationId: string): Promise<string> {
  const folder = await mkdtemp(join(dir, 'bundle-'));
  await writeBundle((await openBundle(services, { keys: [app.evidence.signing], store: app.evidence.store }, { applicationId, cover: { caseNo: '1', exportedAt: app.clock.at, by: '某人', receiver: '某法院', purpose: '核查' } })).read(), folder);
  return folder;
}
async function verified(folder: string): Promise<{ verdict: Verdict; said: string }> {
  await carryOut(services, app.evidence.headsFile);
  const trust = join(dir, 'trust.json');
  await writeFile(trust, JSON.stringify(publicKeys([app.evidence.signing])));
  const run = async (...more: string[]) => (await promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs'), folder, '--trust', trust, '--heads', app.evidence.headsFile, ...more]).catch((error: { stdout: string }) => error)).stdout;
  return { verdict: JSON.parse(await run('--json')) as Verdict, said: await run() };
}

describe('destruction at the end of retention (R44)', () => {
  test('19 years after its end nothing is due; after 20 the case is listed, and nothing is destroyed by listing it', async () => {
    const { applicationId } = await ended('withdrawn');
    years(19.9);
    await expect(makeReport(services, { staffId: lead, years: RETENTION_YEARS })).rejects.toMatchObject({ code: 'RETENTION_NOTHING_DUE' });
    years(20.1);
    const reportId = await makeReport(services, { staffId: lead, years: RETENTION_YEARS });
    expect(await retentionReport(services, reportId)).toEqual({ items: [expect.objectContaining({ caseNo: await caseNoOf(applicationId), rule: 'closed', held: false, result: null, relationEndedOn: null })] });
    await runReport(services, ports, reportId);
    expect(await keyOf(applicationId)).toMatchObject({ destroyedAt: null, wrapped: expect.any(String) });
    await destroyed();
  });

  test('a case with an account goes 10 years after the relation’s end, not while it goes on, and not when it came back', async () => {
    const { applicationId } = await ended('opened');
    const caseNo = await caseNoOf(applicationId);
    const due = async (): Promise<boolean> => (await makeReport(services, { staffId: lead, years: RETENTION_YEARS }).then(() => true, () => false));
    years(60);
    expect(await due()).toBe(false);
    expect(await relationEnded(services, { caseNo, endedOn: '2080-01-31', staffId: null })).toBe(true);
    expect(await relationEnded(services, { caseNo, endedOn: '2080-01-31', staffId: null })).toBe(false);
    app.clock.at = new Date('2090-01-31T12:00:00+08:00');
    expect(await due()).toBe(false);
    app.clock.at = new Date('2090-02-01T00:00:01+08:00');
    const reportId = await makeReport(services, { staffId: lead, years: RETENTION_YEARS });
    expect((await retentionReport(services, reportId)).items).toMatchObject([{ relationEndedOn: '2080-01-31', dueOn: '2090-02-01', rule: 'relation' }]);
    // The client came back between report and confirmation.
    await relationEnded(services, { caseNo, endedOn: null, staffId: lead });
    await confirmReport(services, { staffId: officer, reportId });
    await runReport(services, ports, reportId);
    expect((await retentionReport(services, reportId)).items).toMatchObject([{ result: 'not_due' }]);
    expect(await keyOf(applicationId)).toMatchObject({ destroyedAt: null });
    await relationEnded(services, { caseNo, endedOn: '2080-01-31', staffId: lead });
    await destroyed();
    expect(await keyOf(applicationId)).toMatchObject({ wrapped: null, destroyedAt: expect.any(Date) });
  });

  test('a day that has not come is no end of a relation, nor one before the case', async () => {
    const caseNo = await caseNoOf((await ended('opened')).applicationId);
    for (const endedOn of ['2199-01-01', '2001-01-01']) await expect(relationEnded(services, { caseNo, endedOn, staffId: lead })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(relationEnded(services, { caseNo: '00000000-0', endedOn: '2026-01-01', staffId: lead })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an account of the same person under another number keeps the case', async () => {
    const [first, other] = [await ended('withdrawn'), await ended('opened')];
    await services.db.application.updateMany({ where: { id: { in: [first.applicationId, other.applicationId] } }, data: { idNumberIndex: 'b1.same' } });
    years(25);
    await expect(makeReport(services, { staffId: lead, years: RETENTION_YEARS })).rejects.toMatchObject({ code: 'RETENTION_NOTHING_DUE' });
  });

  test('only a second person’s confirmation destroys, once, and not of a report that is a week old', async () => {
    const { applicationId } = await ended('withdrawn');
    years(21);
    const reportId = await makeReport(services, { staffId: lead, years: RETENTION_YEARS });
    await expect(confirmReport(services, { staffId: lead, reportId })).rejects.toMatchObject({ code: 'RETENTION_SECOND_PERSON' });
    app.clock.at = new Date(app.clock.at.getTime() + 8 * 24 * 3600_000);
    await expect(confirmReport(services, { staffId: officer, reportId })).rejects.toMatchObject({ code: 'RETENTION_REPORT_OLD' });
    expect(await keyOf(applicationId)).toMatchObject({ destroyedAt: null });
    const fresh = await destroyed();
    await expect(confirmReport(services, { staffId: officer, reportId: fresh })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    expect((await retentionReports(services)).find((row) => row.reportId === fresh)).toMatchObject({ madeBy: '组长', confirmedBy: '合规', destroyed: 1, finishedAt: expect.any(String) });
    expect(await services.db.audit.findFirst({ where: { applicationId, action: 'case.destroyed' } })).toMatchObject({ actorId: officer, codes: { reportId: fresh, madeBy: lead } });
  });

  test('what is destroyed: key, files, blind indexes, name and number; the client is found by nothing any more', async () => {
    const { applicationId, clientId, phone, form } = await ended('withdrawn');
    years(21);
    await destroyed();
    expect(existsSync(join(app.dir, applicationId))).toBe(false);
    expect([(await keyOf(applicationId))?.wrapped, (await keyOf(clientId))?.wrapped]).toEqual([null, null]);
    expect(await services.db.client.count({ where: { phoneIndex: { in: services.blindIndex.candidates('phone', phone) } } })).toBe(0);
    expect(await services.db.application.count({ where: { idNumberIndex: { in: services.blindIndex.candidates('idNumber', form.idNumber) } } })).toBe(0);
    expect(await services.db.personLookup.findMany({ where: { applicationId } })).toMatchObject([{ askedIndex: '', detailEnc: null, answer: 'none' }]);
    expect(await services.db.policeCheck.findMany({ where: { applicationId } })).toMatchObject([{ askedIndex: null, answer: 'match' }]);
    expect(await services.db.certificate.findMany({ where: { applicationId } })).toMatchObject([{ pem: '' }]);
    // A process that never held the key opens nothing that is left.
    const line = await services.db.manifestLine.findFirstOrThrow({ where: { applicationId, contentEnc: { not: null } } });
    await expect(app.openServices().cipher.open({ subject: applicationId, table: 'manifest_line', column: 'content_enc', row: String(line.seq) }, line.contentEnc!)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });

  test('what others know of a person cannot be erased while the case lives', async () => {
    const { applicationId } = await ended('withdrawn');
    await expect(services.db.$executeRaw`UPDATE person_lookup SET asked_index = '', detail_enc = NULL WHERE application_id = ${applicationId}::uuid`).rejects.toThrow('insert-only');
    years(21);
    await destroyed();
  });

  test('the negative list stays; a client with another living case keeps number and key', async () => {
    const first = await ended('withdrawn');
    await addNegative({ ...services, hub: services.hub }, { staffId: lead, idNumber: first.form.idNumber, reason: '曾提供虚假材料' });
    const draft = newId();
    await services.db.application.create({ data: { id: draft, clientId: first.clientId, caseNo: draft, language: 'zh' } });
    years(21);
    await destroyed();
    expect((await keyOf(first.applicationId))?.wrapped).toBeNull();
    expect((await keyOf(first.clientId))?.wrapped).toEqual(expect.any(String));
    expect(await services.db.client.count({ where: { phoneIndex: { in: services.blindIndex.candidates('phone', first.phone) } } })).toBe(1);
    expect(await services.db.negativeEntry.count({ where: { idNumberIndex: { in: services.blindIndex.candidates('idNumber', first.form.idNumber) } } })).toBe(1);
  });

  test('cut off between key and files, the files go with the next clean-up', async () => {
    const { applicationId } = await ended('withdrawn');
    years(21);
    const reportId = await makeReport(services, { staffId: lead, years: RETENTION_YEARS });
    await confirmReport(services, { staffId: officer, reportId });
    const broken = { ...services, store: { ...services.store, removeCase: async () => { throw new Error('cut off'); } } };
    await runReport(broken, ports, reportId);
    expect([(await keyOf(applicationId))?.wrapped, existsSync(join(app.dir, applicationId))]).toEqual([null, true]);
    expect(await finishReports(services, ports)).toBe(1);
    expect(existsSync(join(app.dir, applicationId))).toBe(false);
    expect(await finishReports(services, ports)).toBe(0);
  });
});

describe('what is destroyed is told from what is missing (R42, R44)', () => {
  test('the verifier says destroyed and when, of the case’s lines and of a bundle handed out before; verify:live has nothing to tell', async () => {
    const { applicationId } = await ended('withdrawn');
    const before = await bundle(applicationId);
    years(21);
    await destroyed();
    expect(await live(applicationId)).toEqual([]);
    const after = await verified(await bundle(applicationId));
    expect(after.verdict).toMatchObject({ intact: true, complete: true, destroyed: expect.stringMatching(/^20/), problems: [] });
    expect(after.said).toContain('已依 R44 销毁 DESTROYED on 20');
    // The older copy lacks the entries of the destruction; that is said, and why.
    const { verdict } = await verified(before);
    expect(verdict.destroyed).toEqual(after.verdict.destroyed);
    expect(verdict.problems.map(({ what, where }) => `${what} ${where}`)).toEqual([expect.stringMatching(/^missing entr/)]);
  });

  test('contents that were taken out of a case that was not destroyed are missing, not destroyed', async () => {
    const { applicationId } = await ended('withdrawn');
    const folder = await bundle(applicationId);
    await writeFile(join(folder, 'contents.jsonl'), '');
    const { verdict } = await verified(folder);
    expect(verdict).toMatchObject({ intact: false, destroyed: null });
    years(21);
    await destroyed();
  });

  test('behind the destruction nothing is written into the manifest; an auditor may still take what is left', async () => {
    const { applicationId } = await ended('withdrawn');
    years(21);
    await destroyed();
    const count = await services.db.manifestLine.count({ where: { applicationId } });
    await services.db.audit.create({ data: { actorKind: 'system', action: 'case.touched', applicationId } });
    await recordJob(services, app.evidence, applicationId);
    expect(await services.db.manifestLine.count({ where: { applicationId } })).toBe(count);
    const reader = { staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] as const };
    expect(await askExport(services, { ...app.evidence, keys: [app.evidence.signing] }, { applicationId, reader, purpose: '定期稽核', receiver: '稽核部' })).toMatchObject({ files: 0, entries: count });
  });
});

describe('a legal hold (R44)', () => {
  test('stops destruction by report, by clean-up and by the database itself, until somebody lifts it', async () => {
    const { applicationId } = await ended('withdrawn');
    const caseNo = await caseNoOf(applicationId);
    years(21);
    const early = await makeReport(services, { staffId: lead, years: RETENTION_YEARS });
    const holdId = await setHold(services, { staffId: officer, caseNo, reason: '法院调查令' });
    await expect(setHold(services, { staffId: lead, caseNo, reason: '再次保全' })).rejects.toMatchObject({ code: 'HOLD_EXISTS' });
    // Set after the report was made.
    await confirmReport(services, { staffId: officer, reportId: early });
    await runReport(services, ports, early);
    expect((await retentionReport(services, early)).items).toMatchObject([{ held: false, result: 'held' }]);
    const later = await makeReport(services, { staffId: lead, years: RETENTION_YEARS });
    expect((await retentionReport(services, later)).items).toMatchObject([{ held: true }]);
    await expect(services.keys.destroy(applicationId)).rejects.toThrow('legal hold');
    expect(await keyOf(applicationId)).toMatchObject({ destroyedAt: null });
    await liftHold(services, { staffId: lead, holdId, reason: '案件已结' });
    await expect(liftHold(services, { staffId: lead, holdId, reason: '案件已结' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await destroyed();
    expect((await keyOf(applicationId))?.wrapped).toBeNull();
    await expect(setHold(services, { staffId: officer, caseNo, reason: '太晚的保全' })).rejects.toMatchObject({ code: 'CASE_DESTROYED' });
  });

  test('is an event of the manifest with who and why; the reason is readable for who may see it', async () => {
    const { applicationId } = await ended('withdrawn');
    const holdId = await setHold(services, { staffId: officer, caseNo: await caseNoOf(applicationId), reason: '法院调查令' });
    await recordJob(services, app.evidence, applicationId);
    const line = (await services.db.manifestLine.findMany({ where: { applicationId } })).find((one) => one.line.includes('"action":"hold.set"'));
    expect(line?.line).toContain(officer);
    expect(line?.line).not.toContain('法院');
    expect(await legalHolds(services)).toContainEqual(expect.objectContaining({ holdId, reason: '法院调查令', setBy: '合规', lifted: null }));
    await liftHold(services, { staffId: lead, holdId, reason: '案件已结' });
    expect(await legalHolds(services)).toContainEqual(expect.objectContaining({ holdId, lifted: expect.objectContaining({ by: '组长', reason: '案件已结' }) }));
    years(21);
    await destroyed();
  });

  test('keeps a draft that ran out', async () => {
    years(0);
    const { applicationId } = await makeCase(services, { until: 'submit', witnessId });
    await services.db.application.update({ where: { id: applicationId }, data: { state: 'expired', submittedAt: null } });
    const holdId = await setHold(services, { staffId: officer, caseNo: await caseNoOf(applicationId), reason: '法院调查令' });
    await keepHouse(services, { ...ports, expireDays: 30 });
    expect(await keyOf(applicationId)).toMatchObject({ destroyedAt: null });
    await liftHold(services, { staffId: lead, holdId, reason: '案件已结' });
    await keepHouse(services, { ...ports, expireDays: 30 });
    expect((await keyOf(applicationId))?.wrapped).toBeNull();
  });
});

test('every encrypted or looked-up column of the database is either erased with its case or known to stay (R44)', async () => {
  const owner = new pg.Client({ connectionString: app.database.ownerUrl });
  await owner.connect();
  const { rows } = await owner.query<{ name: string }>(`SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND (column_name LIKE '%\\_enc' OR column_name LIKE '%\\_index') ORDER BY 1`);
  await owner.end();
  const { readFile } = await import('node:fs/promises');
  const erased = await readFile(join(import.meta.dirname, '../../server/usecases/retention/erase.ts'), 'utf8');
  const left = rows.map(({ name }) => name).filter((name) => { const [table, column] = name.split('.') as [string, string]; return !erased.split('\n').some((sql) => sql.includes(`UPDATE "${table}"`) && sql.includes(`"${column}"`)); });
  expect(left).toEqual([
    // Insert-only, closed under the case's key.
    'audit.detail_enc', 'finding_decision.reason_enc', 'legal_hold.lift_reason_enc', 'legal_hold.reason_enc', 'manifest_line.content_enc',
    // The negative list and staff are no part of a case; codes go a day after their end.
    'negative_entry.id_number_enc', 'negative_entry.id_number_index', 'negative_entry.reason_enc', 'negative_entry.remove_reason_enc', 'one_time_code.phone_index', 'police_decision.reason_enc', 'staff.totp_secret_enc',
  ]);
});
