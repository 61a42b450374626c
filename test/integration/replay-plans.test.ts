import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newId } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import { explain, findLooks, findSessions, looksQuery, sessionsQuery } from '../../server/database/search.ts';
import type { SessionCriteria } from '../../server/database/search.ts';
import { createTestDatabase } from '../support/services/index.ts';
import type { TestDatabase } from '../support/services/index.ts';

const SESSIONS = 100_000;
const LOOKS = 300_000;
const TAKE = 51;
let database: TestDatabase;
let db: ReturnType<typeof openDatabase>;
let witness: string;

// A year's worth of a small firm. No page may read through all of it, whatever is asked for.
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url);
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const number = (n: string): string => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
  await owner.query(`
    SET session_replication_role = replica;
    INSERT INTO staff (id, username, name, password_hash, totp_secret_enc) SELECT ${number('n')}, 'agent' || n, 'agent ' || n, 'x', 'x' FROM generate_series(1, 60) n;
    INSERT INTO client (id, phone_index, phone_enc) SELECT ${number('n')}, 'p' || n, 'x' FROM generate_series(1, ${SESSIONS}) n;
    INSERT INTO application (id, client_id, case_no, language, state, id_number_index) SELECT ${number('n')}, ${number('n')}, '2026' || lpad((n % 365)::text, 4, '0') || '-' || lpad(n::text, 6, '0'), 'zh', 'opened', 'i' || n FROM generate_series(1, ${SESSIONS}) n;
    INSERT INTO witness_session (id, application_id, witness_id, cue, script_version, state, outcome, decision_code, offered_at, accepted_at, live_at, ended_at)
      SELECT ${number('n')}, ${number('n')}, ${number('1 + n % 60')}, 'turnLeft', '1', 'closed', 'passed', CASE WHEN n % 20000 = 7 THEN 'F01' END, t, t, t, t + make_interval(secs => 60 + n % 400 + CASE WHEN n % 25000 = 3 THEN 7200 ELSE 0 END)
      FROM (SELECT n, timestamptz '2026-01-01' + n * interval '5 minutes' AS t FROM generate_series(1, ${SESSIONS}) n) x;
    INSERT INTO session_code (session_id, code, offered_at) SELECT id, 'FIELD_UNSURE', offered_at FROM witness_session WHERE right(id::text, 1) IN ('1', '2', '3');
    INSERT INTO session_code (session_id, code, offered_at) SELECT id, decision_code, offered_at FROM witness_session WHERE decision_code IS NOT NULL;
    INSERT INTO look_log (id, staff_id, application_id, what, at) SELECT gen_random_uuid(), ${number('1 + n % 60')}, ${number(`1 + n % ${SESSIONS}`)}, 'case', timestamptz '2026-01-01' + n * interval '90 seconds' FROM generate_series(1, ${LOOKS}) n;
    ANALYZE;`);
  witness = (await owner.query<{ id: string }>(`SELECT id FROM staff WHERE username = 'agent7'`)).rows[0]!.id;
  await owner.end();
}, 120_000);
afterAll(async () => {
  await db?.close();
  await database?.drop();
});

const rowsRead = (plan: string): number => Math.max(...[...plan.matchAll(/actual time=[\d.]+ rows=([\d.]+)/g), ...plan.matchAll(/rows=([\d.]+) loops/g)].map(([, rows]) => Number(rows)));
const removed = (plan: string): number => [...plan.matchAll(/Rows Removed by Filter: (\d+)/g)].reduce((sum, [, rows]) => sum + Number(rows), 0);

describe('a page of a long list is found by index, whatever is asked for', () => {
  const middle = new Date('2026-06-01T00:00:00Z');
  test.each<[string, () => SessionCriteria]>([
    ['nothing: the newest', () => ({})],
    ['a page from the middle on', () => ({ after: { at: middle, id: newId() } })],
    ['the whole case number', () => ({ caseNo: '20260100-000100' })],
    ['its last digits', () => ({ caseNo: '077777' })],
    ['its beginning', () => ({ caseNo: '2026' })],
    ['an agent', () => ({ witnessIds: [witness] })],
    ['an agent, from the middle on', () => ({ witnessIds: [witness], after: { at: middle, id: newId() } })],
    ['a client’s cases', () => ({ applicationIds: ['00000000-0000-7000-8000-000000000042'] })],
    ['a day', () => ({ from: new Date('2026-03-03T00:00:00Z'), before: new Date('2026-03-04T00:00:00Z') })],
    ['a code that is everywhere', () => ({ code: 'FIELD_UNSURE' })],
    ['a code that is rare', () => ({ code: 'F01' })],
    ['a usual length', () => ({ minSeconds: 60, maxSeconds: 179 })],
    ['a rare length', () => ({ minSeconds: 3_600 })],
  ])('%s', async (_, by) => {
    const plan = await explain(db.prisma, sessionsQuery(by(), TAKE));
    expect(plan).not.toMatch(/Seq Scan on (witness_session|application|session_code)/);
    expect([plan, rowsRead(plan) < 5_000, removed(plan) < 5_000]).toEqual([plan, true, true]);
    const began = performance.now();
    await findSessions(db.prisma, by(), TAKE);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test.each([
    ['all looks', () => ({})], ['of a case', () => ({ applicationId: '00000000-0000-7000-8000-000000000042' })], ['of a person', () => ({ staffIds: [witness] })], ['from the middle on', () => ({ after: { at: middle, id: newId() } })], ['of a day', () => ({ from: new Date('2026-03-03T00:00:00Z'), before: new Date('2026-03-04T00:00:00Z') })],
  ])('the look log, %s', async (_, by) => {
    const plan = await explain(db.prisma, looksQuery({ readerId: witness, ...by() }, TAKE));
    expect(plan).not.toMatch(/Seq Scan on (look_log|witness_session|application)/);
    expect([plan, rowsRead(plan) < 5_000, removed(plan) < 5_000]).toEqual([plan, true, true]);
    const began = performance.now();
    await findLooks(db.prisma, { readerId: witness, ...by() }, TAKE);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
