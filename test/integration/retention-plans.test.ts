import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { callsToRecordQuery, draftsToDestroyQuery, dueQuery, untouchedQuery } from '../../server/database/due.ts';
import { openDatabase } from '../../server/database/index.ts';
import { explain } from '../../server/database/search.ts';
import { dueCases } from '../../server/usecases/retention/candidates.ts';
import { RETENTION_YEARS } from '../../workflows/retention/due.ts';
import { createTestDatabase } from '../support/services/index.ts';
import type { TestDatabase } from '../support/services/index.ts';

const CASES = 100_000;
const TODAY = new Date('2060-06-01T04:00:00Z');
const LIMIT = 501;
let database: TestDatabase;
let db: ReturnType<typeof openDatabase>;

// A firm after 34 years: most cases have accounts whose relation goes on, some ended, what was due is destroyed but for the last weeks'.
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url);
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const number = (n: string): string => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
  // Of each ten: five with an account, two ended without, one draft that ran out, one under way, one with an account that is closed.
  const state = `CASE WHEN n % 10 < 5 OR n % 10 = 9 THEN 'opened' WHEN n % 10 = 5 THEN 'rejected' WHEN n % 10 = 6 THEN 'withdrawn' WHEN n % 10 = 7 THEN 'expired' ELSE CASE WHEN n > 99000 THEN 'draft' ELSE 'expired' END END`;
  const at = `timestamptz '2026-01-01' + n * interval '3 hours'`;
  await owner.query(`
    SET session_replication_role = replica;
    INSERT INTO staff (id, username, name, password_hash, totp_secret_enc) SELECT ${number('n')}, 'agent' || n, 'agent ' || n, 'x', 'x' FROM generate_series(1, 60) n;
    INSERT INTO client (id, phone_index, phone_enc) SELECT ${number('n')}, 'p' || n, 'x' FROM generate_series(1, ${CASES}) n;
    INSERT INTO application (id, client_id, case_no, language, state, id_number_index, form_enc, created_at, updated_at, submitted_at)
      SELECT ${number('n')}, ${number('n')}, 'c' || n, 'zh', ${state}, 'i' || n, 'x', ${at}, ${at}, CASE WHEN n % 10 < 7 OR n % 10 = 9 THEN ${at} END FROM generate_series(1, ${CASES}) n;
    INSERT INTO audit (at, actor_kind, action, application_id, from_state, to_state) SELECT ${at} + interval '1 hour', 'system', 'application.change', ${number('n')}, 'submitted', ${state} FROM generate_series(1, ${CASES}) n;
    INSERT INTO audit (at, actor_kind, action, application_id) SELECT ${at}, 'system', 'form.saved', ${number('1 + n % ' + CASES)} FROM generate_series(1, ${2 * CASES}) n;
    INSERT INTO keys.case_key (subject_id, master_key_id, wrapped, destroyed_at)
      SELECT ${number('n')}, 'm1', CASE WHEN gone THEN NULL ELSE 'x' END, CASE WHEN gone THEN timestamptz '2059-01-01' END
      FROM (SELECT n, (n % 10 IN (5, 6) AND n < 41000) OR (n % 100 = 9 AND n < 40000) OR (n % 10 = 7) OR (n % 10 = 8 AND n <= 99000) AS gone FROM generate_series(1, ${CASES}) n) x;
    INSERT INTO relation_end (client_id, ended_on, source, at) SELECT ${number('n')}, date '2030-01-01' + n / 10, 'core', now() FROM generate_series(9, ${CASES}, 100) n;
    INSERT INTO witness_session (id, application_id, witness_id, cue, script_version, state, outcome, offered_at, ended_at)
      SELECT ${number('n')}, ${number('n')}, ${number('1 + n % 60')}, 'turnLeft', '1', CASE WHEN n > ${CASES - 40} THEN 'live' ELSE 'closed' END, CASE WHEN n <= ${CASES - 40} THEN 'passed' END, ${at}, CASE WHEN n <= ${CASES - 40} THEN ${at} + interval '10 minutes' END FROM generate_series(1, ${CASES}) n;
    INSERT INTO manifest_head (id, application_id, session_id, kind, size, text, signature, at) SELECT gen_random_uuid(), ${number('n')}, ${number('n')}, 'seal', 200, 'x', 'x', ${at} FROM generate_series(1, ${CASES - 40}) n;
    ANALYZE;`);
  await owner.end();
}, 180_000);
afterAll(async () => {
  await db?.close();
  await database?.drop();
});

const rowsRead = (plan: string): number => Math.max(...[...plan.matchAll(/actual time=[\d.]+\.\.[\d.]+ rows=([\d.]+) loops=(\d+)/g)].map(([, rows, loops]) => Number(rows) * Number(loops)));
const removed = (plan: string): number => [...plan.matchAll(/Rows Removed by (?:Join )?Filter: (\d+)/g)].reduce((sum, [, rows]) => sum + Number(rows), 0);

describe(`among ${CASES} cases the few that are looked for are found by index`, () => {
  const bounds = { closedBy: '2040-06-01', endedBy: '2050-06-01', limit: LIMIT };
  test('what is due for destruction (R44): only cases without account and clients whose relation ended are read', async () => {
    const plan = await explain(db.prisma, dueQuery(bounds));
    expect(plan).not.toMatch(/Seq Scan on (application|audit|case_key)/);
    // 8,000 cases without account are that old, most of them destroyed.
    expect([plan, rowsRead(plan) < 20_000, removed(plan) < 20_000]).toEqual([plan, true, true]);
  });

  test('they are those that the rule names, the oldest first', async () => {
    const found = await dueCases(db.prisma, { now: TODAY, years: RETENTION_YEARS, limit: LIMIT });
    expect(found[0]).toMatchObject({ caseNo: 'c40009', rule: 'closed', relationEndedOn: '2040-12-14', held: false });
    expect([...found].sort((a, b) => a.closedAt.getTime() - b.closedAt.getTime())).toEqual(found);
    const kinds = (ended: boolean): string[] => [...new Set(found.filter(({ relationEndedOn }) => (relationEndedOn !== null) === ended).map(({ caseNo }) => caseNo.slice(-1)))].sort();
    expect([kinds(true), kinds(false)]).toEqual([['9'], ['5', '6']]);
    expect(found.find(({ relationEndedOn }) => relationEndedOn === null)).toMatchObject({ caseNo: 'c41005' });
    expect(found.length).toBeLessThan(LIMIT);
  });

  test('whether one case is due, asked again before each destruction', async () => {
    const plan = await explain(db.prisma, dueQuery({ ...bounds, limit: 1, applicationId: '00000000-0000-7000-8000-000000041005' }));
    expect(plan).not.toMatch(/Seq Scan on (application|audit|relation_end|case_key)/);
    expect([plan, rowsRead(plan) < 20]).toEqual([plan, true]);
  });

  test.each([
    // Those that were destroyed are passed over, once an hour.
    ['drafts that ran out', () => draftsToDestroyQuery(200), 30_000],
    ['applications that nobody touched', () => untouchedQuery(new Date('2060-05-01'), 200), 1_000],
    ['calls that run or are not sealed', () => callsToRecordQuery(new Date('2060-05-31T04:00:00Z')), 1_000],
  ])('%s', async (_, query, most) => {
    const plan = await explain(db.prisma, query());
    expect(plan).not.toMatch(/Seq Scan on (application|witness_session|manifest_head)/);
    expect([plan, rowsRead(plan) < most]).toEqual([plan, true]);
  });
});
