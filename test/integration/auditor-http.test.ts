import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Redis } from 'ioredis';
import { ERRORS } from '../../contracts/errors.ts';
import type { StaffRole } from '../../contracts/http/common.ts';
import { RETENTION_OPERATIONS } from '../../contracts/http/retention.ts';
import { STAFF_OPERATIONS } from '../../contracts/http/staff.ts';
import { createLimits } from '../../server/auth/limits.ts';
import { createStaffAuth } from '../../server/auth/staff.ts';
import { newId, newToken, tokenHash } from '../../server/database/crypto.ts';
import { auditorsOf } from '../../server/database/search.ts';
import { createRouter } from '../../server/http/router.ts';
import { retentionHandlers } from '../../server/routes/retention.ts';
import { staffHandlers } from '../../server/routes/staff.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import { destroyCase } from '../../server/usecases/retention/destroy.ts';
import { setHold } from '../../server/usecases/retention/holds.ts';
import { RETENTION_YEARS } from '../../workflows/retention/due.ts';
import { makeCase, makeStaff } from './case.support.ts';
import type { MadeCase } from './case.support.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
let server: Server;
let base = '';
let redis: Redis;
interface Somebody { readonly staffId: string; readonly cookie: string }
let auditor: Somebody, lead: Somebody, inspector: Somebody, witness: Somebody, reviewer: Somebody;
const nobody: Somebody = { staffId: '', cookie: '' };

async function login(staffId: string): Promise<Somebody> {
  const token = newToken();
  await kit.services.db.staffSession.create({ data: { id: newId(), staffId, tokenHash: tokenHash(token), expiresAt: new Date(Date.now() + 3_600_000) } });
  return { staffId, cookie: `vw_staff=${token}` };
}
const person = async (name: string, ...roles: StaffRole[]): Promise<Somebody> => login(await makeStaff(kit.services, roles, name));

beforeAll(async () => {
  kit = await startEvidence();
  const { services, app, signers } = kit;
  redis = new Redis(app.redisUrl);
  const auth = createStaffAuth({ prisma: services.db, cipher: services.cipher, limits: createLimits(redis) });
  const web = express();
  const ports = { authenticateClient: async () => undefined, authenticateStaff: auth.authenticate, log: services.log, checkAnswers: true };
  web.use(createRouter(STAFF_OPERATIONS, staffHandlers(services, auth, { isOpen: () => true, nextOpening: (at) => at, state: () => 'known' }, { ...app.evidence, keys: signers }), ports));
  web.use(createRouter(RETENTION_OPERATIONS, retentionHandlers(services, RETENTION_YEARS), ports));
  server = createServer({}, web);
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  [auditor, lead, inspector, witness, reviewer] = [await person('稽核甲', 'auditor'), await person('组长乙', 'lead'), await person('质检丙', 'inspector'), await login(kit.staffId), await person('复核丁', 'reviewer', 'auditor')];
});
afterAll(async () => {
  server?.close();
  server?.closeAllConnections();
  redis?.disconnect();
  await kit?.close();
});

interface Answered { readonly status: number; readonly code: string | undefined; readonly text: string; readonly bytes: Buffer; readonly headers: Headers }
/** Every refusal has a code of the catalogue with words in both languages, and none is a fault of ours. */
async function call(who: Somebody, method: 'GET' | 'POST', path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const answer = await fetch(base + path, { method, headers: { origin: base, cookie: who.cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const text = bytes.toString();
  const refused = answer.status >= 400 ? JSON.parse(text) as { code: keyof typeof ERRORS; message: { zh: string; en: string }; todo: { zh: string; en: string } } : undefined;
  if (refused !== undefined) {
    expect([path, refused.code, answer.status]).toEqual([path, refused.code, ERRORS[refused.code].status]);
    for (const words of [refused.message, refused.todo]) expect([words.zh, words.en]).toEqual([expect.stringMatching(/\p{Script=Han}/u), expect.stringMatching(/^[A-Z]/)]);
  }
  return { status: answer.status, code: refused?.code, text, bytes, headers: answer.headers };
}
const post = (who: Somebody, path: string, body: unknown = {}) => call(who, 'POST', path, body);
const codeOf = async (answer: Promise<Answered>): Promise<string | number> => { const { code, status } = await answer; return code ?? status; };
const looksAt = (made: MadeCase) => kit.services.db.lookLog.findMany({ where: { applicationId: made.applicationId }, orderBy: { at: 'asc' } });
const replayed = async (made: MadeCase, who = auditor) => expect(await codeOf(post(who, `/api/sessions/${made.sessionId}/replay`, { purpose: '例行稽核' }))).toBe(200);

/** A closed call with 5,000 recorded bytes. */
async function recorded(): Promise<MadeCase & { segmentId: string; bytes: Buffer }> {
  const made = await kit.witnessed();
  const bytes = randomBytes(5_000);
  const { fileId, saltedSha256 } = await kit.app.evidence.store.put({ caseId: made.applicationId, kind: 'segment', contentType: 'video/webm', bytes });
  const segmentId = newId();
  await kit.services.db.recordingSegment.create({ data: { id: segmentId, sessionId: made.sessionId, side: 'client', index: 1, fileId, startMs: 10_000, endMs: 20_000, mimeType: 'video/webm', byteLength: 5_000, saltedSha256, tracks: [] } });
  return { ...made, segmentId, bytes };
}

describe('who may look (R5, R45)', () => {
  test('nobody without a log-in, no witness, and no role that has no business with it', async () => {
    const made = await recorded();
    const { sessionId, applicationId, segmentId } = made;
    const asked: [string, 'GET' | 'POST', string, StaffRole[]][] = [
      ['replay', 'POST', `/api/sessions/${sessionId}/replay`, ['auditor', 'lead', 'inspector']], ['news', 'GET', `/api/sessions/${sessionId}/replay/news`, ['auditor', 'lead', 'inspector']],
      ['segment', 'GET', `/api/sessions/${sessionId}/segments/${segmentId}`, ['auditor', 'lead', 'inspector']], ['name', 'POST', `/api/sessions/${sessionId}/replay/uncover`, ['auditor', 'lead', 'inspector']],
      ['search', 'POST', '/api/sessions/search', ['auditor', 'lead', 'inspector']], ['looks', 'POST', '/api/looks/search', ['auditor']], ['export', 'POST', `/api/cases/${applicationId}/exports`, ['auditor', 'lead']],
      ['fetch', 'GET', `/api/exports/${newId()}`, ['auditor', 'lead']], ['holds', 'GET', '/api/retention/holds', ['lead']], ['reports', 'POST', '/api/retention/reports', ['lead']],
    ];
    for (const [what, method, path, roles] of asked) {
      const codes = await Promise.all([nobody, { ...nobody, cookie: 'vw_staff=forged' }, witness, auditor, lead, inspector].map((who) => codeOf(call(who, method, path, method === 'POST' ? {} : undefined))));
      expect([what, codes.slice(0, 3)]).toEqual([what, ['LOGIN_REQUIRED', 'LOGIN_REQUIRED', 'ROLE_NOT_ALLOWED']]);
      expect([what, (['auditor', 'lead', 'inspector'] as const).filter((_, i) => codes[3 + i] !== 'ROLE_NOT_ALLOWED')]).toEqual([what, roles]);
    }
    expect((await looksAt(made)).filter(({ what }) => what !== 'lookLog')).toEqual([]);
  });

  test('a page of another origin opens nothing, whoever is logged in', async () => {
    const made = await recorded();
    expect(await codeOf(call(auditor, 'POST', `/api/sessions/${made.sessionId}/replay`, { purpose: '例行稽核' }, { origin: 'https://evil.example' }))).toBe('ORIGIN_NOT_ALLOWED');
    expect(await looksAt(made)).toEqual([]);
  });

  test('who had a part in the case is refused replay, export, its look log and the name, whatever other roles there are; that it was tried is logged with the purpose and makes nobody its auditor', async () => {
    const made = await makeCase(kit.services, { until: 'pass', witnessId: kit.staffId });
    await openReview(kit.services, { applicationId: made.applicationId, reader: { staffId: reviewer.staffId, roles: ['reviewer'] } });
    await kit.services.db.application.update({ where: { id: made.applicationId }, data: { state: 'approved', reviewerId: null } });
    await kit.services.db.review.create({ data: { id: newId(), applicationId: made.applicationId, reviewerId: reviewer.staffId, decision: 'approve' } });
    const { caseNo } = await kit.services.db.application.findUniqueOrThrow({ where: { id: made.applicationId } });
    expect(await codeOf(post(reviewer, `/api/sessions/${made.sessionId}/replay`, { purpose: '再看一次' }))).toBe('SAME_PERSON');
    expect(await codeOf(post(reviewer, `/api/sessions/${made.sessionId}/replay/uncover`))).toBe('SAME_PERSON');
    expect(await codeOf(post(reviewer, '/api/looks/search', { caseNo }))).toBe('SAME_PERSON');
    const auditing = await person('复核兼稽核', 'reviewer', 'auditor', 'lead');
    await kit.services.db.review.create({ data: { id: newId(), applicationId: made.applicationId, reviewerId: auditing.staffId, decision: 'approve' } });
    expect(await codeOf(post(auditing, `/api/cases/${made.applicationId}/exports`, { purpose: '自查', receiver: '本人' }))).toBe('SAME_PERSON');
    const refused = (await looksAt(made)).filter(({ what }) => what.endsWith('.refused')).map(({ what, staffId, capacity }) => [what, staffId, capacity]);
    expect(refused.sort()).toEqual([['export.refused', auditing.staffId, null], ['lookLog.refused', reviewer.staffId, null], ['replay.refused', reviewer.staffId, null], ['uncover.name.refused', reviewer.staffId, null]]);
    expect((await auditorsOf(kit.services.db, [made.applicationId])).map(({ staffId }) => staffId)).toEqual([]);
    const rows = JSON.parse((await post(auditor, '/api/looks/search', { caseNo })).text) as { rows: { what: string; why: object }[] };
    expect(rows.rows.find(({ what }) => what === 'replay.refused')?.why).toEqual({ kind: 'purpose', purpose: '再看一次' });
    expect(rows.rows.find(({ what }) => what === 'export.refused')?.why).toEqual({ kind: 'purpose', purpose: '自查' });
  });
});

describe('bad input of an auditor has a code, changes nothing and opens nothing', () => {
  test('ids that are none, sessions and cases that are not there', async () => {
    for (const id of ['1', "x'; DROP TABLE look_log;--", '%00', '..%2F..', 'é'.repeat(300), `${newId()}0`]) {
      const at = encodeURIComponent(id);
      for (const path of [`/api/sessions/${at}/replay`, `/api/cases/${at}/exports`, `/api/sessions/${at}/replay/uncover`]) expect([path, await codeOf(post(auditor, path, { purpose: '例行稽核', receiver: '某法院' }))]).toEqual([path, 'NOT_FOUND']);
      for (const path of [`/api/sessions/${at}/replay/news`, `/api/exports/${at}`]) expect([path, await codeOf(call(auditor, 'GET', path))]).toEqual([path, 'NOT_FOUND']);
    }
    expect(await codeOf(post(auditor, `/api/sessions/${newId()}/replay`, { purpose: '例行稽核' }))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(post(auditor, `/api/cases/${newId()}/exports`, { purpose: '例行稽核', receiver: '某法院' }))).toBe('NOT_FOUND');
    expect(await codeOf(post(auditor, '/api/looks/search', { caseNo: '19990101-000000' }))).toBe('NOT_FOUND');
  });

  test('a purpose that is empty, blank, one sign, too long, none or no text opens no replay and no export, and is not logged', async () => {
    const made = await recorded();
    for (const purpose of ['', '   ', '看', '长'.repeat(201), undefined, 7, null, ['例行稽核'], { zh: '例行稽核' }]) {
      expect([purpose, await codeOf(post(auditor, `/api/sessions/${made.sessionId}/replay`, { purpose }))]).toEqual([purpose, 'BAD_REQUEST']);
      expect([purpose, await codeOf(post(auditor, `/api/cases/${made.applicationId}/exports`, { purpose, receiver: '某法院' }))]).toEqual([purpose, 'BAD_REQUEST']);
    }
    for (const body of ['{', '"x"', '[]', 'null', '']) expect([body, await codeOf(post(auditor, `/api/sessions/${made.sessionId}/replay`, body))]).toEqual([body, 'BAD_REQUEST']);
    expect(await codeOf(post(auditor, `/api/sessions/${made.sessionId}/replay`, { purpose: 'x'.repeat(400_000) }))).toBe('REQUEST_TOO_LARGE');
    expect(await looksAt(made)).toEqual([]);
  });

  test('a purpose with a quote, a tag or a zero sign is kept as it is, or refused, never run', async () => {
    const made = await recorded();
    for (const [purpose, told] of [["核查 '); DROP TABLE look_log;--", 200], ['<script>alert(1)</script>', 200], ['核查\u0000', 'BAD_REQUEST']] as const) expect([purpose, await codeOf(post(auditor, `/api/sessions/${made.sessionId}/replay`, { purpose }))]).toEqual([purpose, told]);
    expect((await looksAt(made)).map(({ what }) => what)).toEqual(['replay', 'replay']);
  });

  test('wrong criteria, forged cursors and positions are refused or ignored; a number in a field of another thing is not looked up', async () => {
    const wrong: object[] = [
      { cursor: 'x' }, { cursor: Buffer.from('["now","1"]').toString('base64url') }, { cursor: 'x'.repeat(300) }, { cursor: Buffer.from(`["9999999-01-01T00:00:00Z","${newId()}"]`).toString('base64url') },
      { client: '1380013800' }, { client: '13800138000x' }, { client: '%' }, { caseNo: '13800138000' }, { agent: '11010519491231002X' }, { code: 'x' }, { code: "P01' OR 1=1" }, { from: 'yesterday' }, { from: '2026-03-01' }, { minSeconds: -1 }, { minSeconds: 9e9 }, { maxSeconds: 1.5 }, { minSeconds: 9, maxSeconds: 3 }, { caseNo: 'x'.repeat(41) }, { caseNo: 5 },
    ];
    for (const body of wrong) expect([body, await codeOf(post(auditor, '/api/sessions/search', body))]).toEqual([body, 'BAD_REQUEST']);
    for (const body of [{ cursor: 'x' }, { from: 'yesterday' }, { person: '13800138000' }]) expect([body, await codeOf(post(auditor, '/api/looks/search', body))]).toEqual([body, 'BAD_REQUEST']);
    for (const body of [{ caseNo: '\u0000' }, { agent: '\u0000' }, { cursor: '\u0000' }]) expect([body, await codeOf(post(auditor, '/api/sessions/search', body))]).toEqual([body, 'BAD_REQUEST']);
    for (const body of [{ caseNo: '\\' }, { agent: "'" }, { agent: '%_%' }]) expect([body, await codeOf(post(auditor, '/api/sessions/search', body))]).toEqual([body, 200]);
    const made = await recorded();
    await replayed(made);
    expect(await codeOf(call(auditor, 'GET', `/api/sessions/${made.sessionId}/replay/news?since=${'x'.repeat(801)}`))).toBe('BAD_REQUEST');
    expect(await codeOf(call(auditor, 'GET', `/api/sessions/${made.sessionId}/replay/news?since=1&since=2`))).toBe('BAD_REQUEST');
    expect(await codeOf(call(auditor, 'GET', `/api/sessions/${made.sessionId}/replay/news?since=forged`))).toBe(200);
  });
});

describe('a segment is read by who has opened its replay (R45)', () => {
  test('without a purpose, with one of an hour ago, or with another’s, nothing is sent', async () => {
    const made = await recorded();
    const path = `/api/sessions/${made.sessionId}/segments/${made.segmentId}`;
    expect(await codeOf(call(auditor, 'GET', path))).toBe('PURPOSE_REQUIRED');
    await replayed(made, lead);
    expect(await codeOf(call(auditor, 'GET', path))).toBe('PURPOSE_REQUIRED');
    await replayed(made);
    expect((await call(auditor, 'GET', path)).bytes.equals(made.bytes)).toBe(true);
    kit.wait(3_601);
    for (const late of [path, `/api/sessions/${made.sessionId}/replay/news`]) expect(await codeOf(call(auditor, 'GET', late))).toBe('PURPOSE_REQUIRED');
    expect(await codeOf(post(auditor, `/api/sessions/${made.sessionId}/replay/uncover`))).toBe('PURPOSE_REQUIRED');
  });

  test('a segment of another session or case is not there, whoever has opened both', async () => {
    const [one, other] = [await recorded(), await recorded()];
    for (const made of [one, other]) await replayed(made);
    for (const segmentId of [other.segmentId, newId(), 'x', '..%2Fx', "'", '%00']) expect([segmentId, await codeOf(call(auditor, 'GET', `/api/sessions/${one.sessionId}/segments/${segmentId}`))]).toEqual([segmentId, 'NOT_FOUND']);
  });

  test('ranges: the part that was asked for, cut at the end; what lies outside of the file is RANGE_BEYOND with its size; what is no single range gets the whole', async () => {
    const made = await recorded();
    await replayed(made);
    const ranged = (range: string) => call(auditor, 'GET', `/api/sessions/${made.sessionId}/segments/${made.segmentId}`, undefined, { range });
    for (const [range, start, end] of [['bytes=0-0', 0, 1], ['bytes=10-19', 10, 20], ['bytes=4990-', 4_990, 5_000], ['bytes=4990-99999999999999999999', 4_990, 5_000], ['bytes=0-4999', 0, 5_000]] as const) {
      const answer = await ranged(range);
      expect([range, answer.status, answer.headers.get('content-range'), answer.bytes.equals(made.bytes.subarray(start, end))]).toEqual([range, 206, `bytes ${start}-${end - 1}/5000`, true]);
    }
    for (const range of ['bytes=5000-', 'bytes=5000-5001', 'bytes=99999999999999999999999-', 'bytes=99999-100000']) {
      const answer = await ranged(range);
      expect([range, answer.status, answer.code, answer.headers.get('content-range')]).toEqual([range, 416, 'RANGE_BEYOND', 'bytes */5000']);
    }
    for (const range of ['bytes=0-1,5-9', `bytes=${Array.from({ length: 500 }, (_, n) => `${n}-${n}`).join(',')}`, 'bytes=-5', 'bytes=20-10', 'bytes=5001-4000', 'bytes=', 'items=0-5', 'bytes=a-b']) expect([range.slice(0, 20), (await ranged(range)).bytes.equals(made.bytes)]).toEqual([range.slice(0, 20), true]);
  });
});

describe('evidence is handed out once it was asked for (R45)', () => {
  const ask = (made: MadeCase, who = auditor) => post(who, `/api/cases/${made.applicationId}/exports`, { purpose: '司法协助', receiver: '某某人民法院' });
  const idOf = ({ text }: Answered): string => (JSON.parse(text) as { exportId: string }).exportId;

  test('several at one time are each whole and each logged; another’s is not to be had', async () => {
    const made = await recorded();
    kit.wait(20);
    const asked = await Promise.all([ask(made), ask(made), ask(made, lead), ask(made, lead)]);
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const files = await Promise.all(asked.map((one, n) => call(n < 2 ? auditor : lead, 'GET', `/api/exports/${idOf(one)}`)));
    for (const { status, bytes, headers } of files) expect([status, bytes.subarray(0, 2).toString(), headers.get('content-disposition')]).toEqual([200, 'PK', expect.stringMatching(/^attachment; filename="[\d-]+\.zip"$/)]);
    expect((await looksAt(made)).map(({ what }) => what)).toEqual(['export', 'export', 'export', 'export']);
    expect(await codeOf(call(lead, 'GET', `/api/exports/${idOf(asked[0]!)}`))).toBe('NOT_FOUND');
    expect(await codeOf(call(inspector, 'GET', `/api/exports/${idOf(asked[0]!)}`))).toBe('ROLE_NOT_ALLOWED');
    kit.wait(601);
    expect(await codeOf(call(auditor, 'GET', `/api/exports/${idOf(asked[0]!)}`))).toBe('NOT_FOUND');
  });

  test('a case under legal hold is replayed and handed out as any other', async () => {
    const made = await recorded();
    const { caseNo } = await kit.services.db.application.findUniqueOrThrow({ where: { id: made.applicationId } });
    await setHold(kit.services, { staffId: lead.staffId, caseNo, reason: '人民法院调查令' });
    await replayed(made);
    expect((await ask(made)).status).toBe(200);
    expect(await codeOf(post(lead, '/api/retention/holds', { caseNo, reason: '再保全一次' }))).toBe('HOLD_EXISTS');
  });

  test('a destroyed case is not replayed, which is said and logged; what is left of it, its manifest, is handed out (R44)', async () => {
    const made = await recorded();
    await replayed(made);
    await kit.services.db.application.update({ where: { id: made.applicationId }, data: { state: 'withdrawn' } });
    expect(await destroyCase(kit.services, { keys: kit.app.services.keys, evidence: kit.app.evidence } as never, { applicationId: made.applicationId, actor: { kind: 'system' } } as never)).toBeNull();
    expect(await codeOf(post(auditor, `/api/sessions/${made.sessionId}/replay`, { purpose: '例行稽核' }))).toBe('CASE_DESTROYED');
    expect(await codeOf(post(auditor, `/api/sessions/${made.sessionId}/replay/uncover`))).toBe('CASE_DESTROYED');
    for (const path of [`/api/sessions/${made.sessionId}/replay/news`, `/api/sessions/${made.sessionId}/segments/${made.segmentId}`]) expect([path, await codeOf(call(auditor, 'GET', path))]).toEqual([path, 'CASE_DESTROYED']);
    const asked = await ask(made);
    expect(asked.status).toBe(200);
    expect((await call(auditor, 'GET', `/api/exports/${idOf(asked)}`)).status).toBe(200);
    expect((await looksAt(made)).map(({ what }) => what)).toEqual(['replay', 'replay.refused', 'uncover.name.refused', 'export']);
  });
});

describe('what was looked at stays written (R45)', () => {
  test('nobody edits the log: not by HTTP, not as the program, and not as the owner of the table', async () => {
    const made = await recorded();
    await replayed(made);
    const [row] = await looksAt(made);
    for (const method of ['PUT', 'PATCH', 'DELETE']) expect([method, (await fetch(`${base}/api/looks/${row!.id}`, { method, headers: { origin: base, cookie: auditor.cookie } })).status]).toEqual([method, 404]);
    for (const sql of [`UPDATE look_log SET staff_id = '${lead.staffId}' WHERE id = '${row!.id}'`, `UPDATE look_log SET at = at - interval '1 day'`, `DELETE FROM look_log WHERE id = '${row!.id}'`, 'TRUNCATE look_log']) {
      await expect(kit.services.db.$executeRawUnsafe(sql)).rejects.toThrow(/42501|permission denied/);
      await expect(kit.owner.query(sql)).rejects.toThrow(/insert-only|may not|not be changed|refus|only/i);
    }
    expect((await looksAt(made))[0]).toEqual(row);
  });

  test('no refusal repeats what was sent, and neither names nor numbers stand in the log of the program (R43)', async () => {
    const made = await recorded();
    const { phone, form } = made;
    const answers = [
      await post(auditor, '/api/sessions/search', { caseNo: phone }), await post(auditor, '/api/sessions/search', { agent: form.idNumber }), await post(auditor, '/api/sessions/search', { client: `${phone}9` }),
      await post(auditor, `/api/sessions/${made.sessionId}/replay`, { purpose: 7, note: form.name }), await post(reviewer, '/api/looks/search', { person: phone }),
    ];
    for (const { text } of answers) for (const value of [phone, form.idNumber, form.name]) expect(text).not.toContain(value);
    const log = kit.app.lines.join('\n');
    for (const value of [phone, form.idNumber, form.name]) expect(log).not.toContain(value);
    expect(log).not.toContain('"level":50');
  });
});
