import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StaffRole } from '../../contracts/http/common.ts';
import type { LookSearch } from '../../contracts/http/replay.ts';
import { newId } from '../../server/database/crypto.ts';
import { look } from '../../server/database/transact.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { askExport, whyPlace } from '../../server/usecases/evidence/export.ts';
import { LOOKS_A_PAGE, searchLooks } from '../../server/usecases/looks/search.ts';
import { openReplay } from '../../server/usecases/replay/open.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let auditor: Reader, witness: Reader, reviewer: Reader;
const person = async (name: string, ...roles: StaffRole[]): Promise<Reader> => ({ staffId: await makeStaff(services, roles, name), roles });
const made = (): Promise<MadeCase> => makeCase(services, { until: 'pass', witnessId: witness.staffId });
const caseNoOf = async ({ applicationId }: MadeCase) => (await services.db.application.findUniqueOrThrow({ where: { id: applicationId } })).caseNo;
const search = (by: LookSearch, reader = auditor) => searchLooks(services, { reader, search: by });
const code = (value: string) => expect.objectContaining({ code: value });

beforeAll(async () => {
  app = await startCaseServices();
  services = app.services;
  [auditor, witness, reviewer] = [await person('稽核乙', 'auditor'), await person('见证丙', 'witness', 'auditor'), await person('复核丁', 'reviewer', 'auditor')];
});
beforeEach(() => { app.clock.at = new Date(); });
afterAll(async () => { await app?.close(); });

describe('the log of looks (R45)', () => {
  test('says who, what, when and why: capacity, purpose of a replay, receiver of an export; newest first', async () => {
    const one = await made();
    await openReview(services, { applicationId: one.applicationId, reader: reviewer });
    await openCase(services, { applicationId: one.applicationId, reader: reviewer });
    await openReplay(services, { sessionId: one.sessionId, reader: auditor, purpose: '客户投诉核查' });
    await askExport(services, { ...app.evidence } as never, { applicationId: one.applicationId, reader: auditor, purpose: '司法协助', receiver: '某某人民法院' });
    const { rows, next } = await search({ caseNo: await caseNoOf(one) });
    expect(next).toBeNull();
    expect(rows.map(({ what, staffName, why }) => [what, staffName, why]).reverse()).toEqual(expect.arrayContaining([
      ['case', '复核丁', { kind: 'capacity', capacity: 'reviewer' }],
      ['replay', '稽核乙', { kind: 'purpose', purpose: '客户投诉核查' }],
      ['export', '稽核乙', { kind: 'purpose', purpose: '司法协助', receiver: '某某人民法院' }],
    ]));
    const times = rows.map(({ at }) => Date.parse(at));
    expect([...times].sort((a, b) => b - a)).toEqual(times);
    expect(rows.every((row) => row.sessionId === null || row.sessionId === one.sessionId)).toBe(true);
  });

  test('opening it is itself a look: of the case that was asked for, else of the log', async () => {
    const one = await made();
    const caseNo = await caseNoOf(one);
    await search({ caseNo });
    expect((await search({ caseNo })).rows).toEqual([expect.objectContaining({ what: 'lookLog', staffName: '稽核乙', caseNo, why: { kind: 'capacity', capacity: 'auditor' } })]);
    const before = await services.db.lookLog.count({ where: { what: 'lookLog', applicationId: null } });
    await search({});
    expect(await services.db.lookLog.count({ where: { what: 'lookLog', applicationId: null } })).toBe(before + 1);
  });

  test('the case’s own witness and reviewer do not audit it: its log is refused, and left out of the whole log (R5)', async () => {
    const one = await made();
    const other = await makeCase(services, { until: 'pass', witnessId: await makeStaff(services, ['witness']) });
    await openReview(services, { applicationId: one.applicationId, reader: reviewer });
    await openCase(services, { applicationId: one.applicationId, reader: reviewer });
    await openCase(services, { applicationId: other.applicationId, reader: auditor });
    const [mine, others] = [await caseNoOf(one), await caseNoOf(other)];
    for (const reader of [witness, reviewer]) {
      await expect(search({ caseNo: mine }, reader)).rejects.toEqual(code('SAME_PERSON'));
      const all = (await search({}, reader)).rows.map((row) => row.caseNo);
      expect(all).toContain(others);
      expect(all).not.toContain(mine);
    }
    expect((await search({})).rows.map((row) => row.caseNo)).toContain(mine);
    await expect(search({ caseNo: others }, await person('组长', 'lead'))).rejects.toEqual(code('CASE_NOT_YOURS'));
    await expect(search({ caseNo: '19990101-000000' })).rejects.toEqual(code('NOT_FOUND'));
  });

  test('by person and by date', async () => {
    const one = await made();
    const who = await person('寻人己', 'lead');
    const at = new Date('2025-07-07T08:00:00Z');
    await look(services.db, { staffId: who.staffId, applicationId: one.applicationId, what: 'case', why: 'lead', at });
    await look(services.db, { staffId: who.staffId, applicationId: one.applicationId, what: 'photo.face.record', why: 'lead', at: new Date(at.getTime() + 86_400_000) });
    const whats = async (by: LookSearch) => (await search(by)).rows.map((row) => row.what);
    expect(await whats({ person: '寻人' })).toEqual(['photo.face.record', 'case']);
    expect(await whats({ person: '寻人', from: '2025-07-07T00:00:00Z', to: '2025-07-08T00:00:00Z' })).toEqual(['case']);
    expect(await whats({ from: '2025-07-08T00:00:00Z', to: '2025-07-09T00:00:00Z' })).toEqual(['photo.face.record']);
  });

  test('page after page, each look once', async () => {
    const one = await made();
    const who = await person('多看庚', 'lead');
    const at = new Date('2025-01-01T00:00:00Z');
    for (let n = 0; n < LOOKS_A_PAGE + 7; n++) await look(services.db, { staffId: who.staffId, applicationId: one.applicationId, what: 'case', why: 'lead', at });
    const first = await search({ person: '多看庚' });
    expect(first.rows).toHaveLength(LOOKS_A_PAGE);
    const second = await search({ person: '多看庚', cursor: first.next! });
    expect(second.next).toBeNull();
    expect(new Set([...first.rows, ...second.rows].map((row) => row.lookId)).size).toBe(LOOKS_A_PAGE + 7);
  });

  test('when the case’s key is destroyed its purposes are gone, that somebody looked stays (R44)', async () => {
    const one = await made();
    const caseNo = await caseNoOf(one);
    await openReplay(services, { sessionId: one.sessionId, reader: auditor, purpose: '例行稽核' });
    await app.services.keys.destroy(one.applicationId);
    expect((await search({ caseNo })).rows).toEqual([expect.objectContaining({ what: 'replay', staffName: '稽核乙', why: { kind: 'destroyed' } })]);
  });

  test('every page is a look, also one that somebody says to begin anywhere (R45)', async () => {
    const one = await made();
    const caseNo = await caseNoOf(one);
    await search({ caseNo, cursor: Buffer.from(JSON.stringify(['2099-01-01T00:00:00.000Z', newId()])).toString('base64url') });
    expect(await services.db.lookLog.count({ where: { applicationId: one.applicationId, what: 'lookLog' } })).toBe(1);
  });

  test('a purpose that does not open though its key is there is named as such, not as destroyed, and the rest of the page stays (R45)', async () => {
    const one = await made();
    await openReplay(services, { sessionId: one.sessionId, reader: auditor, purpose: '例行稽核' });
    const id = newId();
    const strange = await services.cipher.seal({ subject: one.applicationId, table: 'look_log', column: 'why', row: id }, 'not an export’s');
    await look(services.db, { id, staffId: auditor.staffId, applicationId: one.applicationId, what: 'export', why: strange });
    await look(services.db, { staffId: auditor.staffId, applicationId: one.applicationId, what: 'replay', why: strange });
    const whys = (await search({ caseNo: await caseNoOf(one) })).rows.map(({ why }) => why);
    expect(whys).toHaveLength(3);
    expect(whys).toEqual(expect.arrayContaining([{ kind: 'purpose', purpose: '例行稽核' }, { kind: 'unreadable' }]));
    expect(whys).not.toContainEqual({ kind: 'destroyed' });
  });

  test('why a case was exported after its key was destroyed stays readable: it stands under the key of who took it (R44, R45)', async () => {
    const one = await made();
    await app.services.keys.destroy(one.applicationId);
    const id = newId();
    const why = { purpose: '司法协助', receiver: '某某人民法院' };
    const sealed = await services.cipher.sealJson(await whyPlace(services, { applicationId: one.applicationId, exportId: id, staffId: auditor.staffId }), why);
    await look(services.db, { id, staffId: auditor.staffId, applicationId: one.applicationId, what: 'export', why: sealed, capacity: 'auditor' });
    expect((await search({ caseNo: await caseNoOf(one) })).rows).toEqual([expect.objectContaining({ what: 'export', why: { kind: 'purpose', ...why } })]);
  });

  test('nobody edits it: the program may not, by privilege (R45)', async () => {
    const one = await made();
    await search({ caseNo: await caseNoOf(one) });
    for (const change of ['UPDATE look_log SET why = NULL', 'DELETE FROM look_log', 'TRUNCATE look_log']) await expect(services.db.$executeRawUnsafe(change)).rejects.toThrow(/permission denied|42501/);
  });
});
