import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createCaseKeys } from '../../server/database/casekeys.ts';
import { createFieldCipher, newId } from '../../server/database/crypto.ts';
import { Prisma } from '../../server/database/generated/client.ts';
import { openDatabase } from '../../server/database/index.ts';
import { rotateKeys } from '../../server/database/rotation.ts';
import { APP_ROLE, migrate } from '../../server/database/migrate.ts';
import { changeAccountStep, changeApplication, changeSession, editApplication } from '../../server/database/transact.ts';
import { APPLICATION_STATES, ACCOUNT_STATES, SESSION_STATES } from '../../contracts/states/index.ts';
import { createTestDatabase } from '../support/services/index.ts';
import type { TestDatabase } from '../support/services/index.ts';

let database: TestDatabase;
let db: ReturnType<typeof openDatabase>;
let owner: pg.Client;
const actor = { kind: 'system' } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url);
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await db?.close();
  await database?.drop();
});

let serial = 0;
async function newApplication(): Promise<string> {
  const [client, id] = [newId(), newId()];
  await db.prisma.client.create({ data: { id: client, phoneIndex: `x${++serial}`, phoneEnc: 'v1.x' } });
  await db.prisma.application.create({ data: { id, clientId: client, caseNo: `20260101-${serial}`, language: 'zh' } });
  return id;
}

describe('the database', () => {
  test('every table of the schema can be read by the program', async () => {
    const models = Object.keys(Prisma.ModelName).map((name) => name.charAt(0).toLowerCase() + name.slice(1));
    expect(models.length).toBeGreaterThanOrEqual(30);
    for (const model of models) {
      await expect((db.prisma as unknown as Record<string, { findFirst(): Promise<unknown> }>)[model]?.findFirst()).resolves.toBeNull();
    }
  });
  test('migrating again changes nothing', async () => {
    expect(await migrate(database.ownerUrl)).toEqual([]);
  });
  test('the program’s role owns nothing and may create nothing', async () => {
    const owned = await owner.query('SELECT 1 FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = $1', [APP_ROLE]);
    expect(owned.rowCount).toBe(0);
    await expect(db.prisma.$executeRawUnsafe('CREATE TABLE mine (a int)')).rejects.toThrow();
    await expect(db.prisma.$executeRawUnsafe('DELETE FROM application')).rejects.toThrow();
    await expect(db.prisma.$queryRawUnsafe('SELECT * FROM _prisma_migrations')).rejects.toThrow();
  });
  test('the states in the table’s checks are the contract’s', async () => {
    const { rows } = await owner.query<{ conname: string; def: string }>("SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE contype = 'c'");
    const statesOf = (name: string): string[] => [...(rows.find(({ conname }) => conname === name)?.def ?? '').matchAll(/'(\w+)'::text/g)].map(([, state]) => state!);
    expect(statesOf('application_state_check').sort()).toEqual([...APPLICATION_STATES].sort());
    expect(statesOf('witness_session_state_check').sort()).toEqual([...SESSION_STATES].sort());
    expect(statesOf('account_step_state_check').sort()).toEqual([...ACCOUNT_STATES].sort());
  });
});

describe('what may only be added to', () => {
  test.each(['audit', 'look_log', 'manifest_line', 'manifest_head', 'published_head'])('%s cannot be changed, deleted or emptied: not by the program, and by trigger not by the owner either', async (table) => {
    const applicationId = await newApplication();
    const values: Record<string, string> = {
      audit: `INSERT INTO audit (actor_kind, action) VALUES ('system', 'test')`,
      look_log: `INSERT INTO look_log (id, staff_id, application_id, what) VALUES ('${newId()}', '${newId()}', '${applicationId}', 'case')`,
      manifest_line: `INSERT INTO manifest_line (application_id, seq, ref, line, hash) VALUES ('${applicationId}', 1, 'r', '{}', 'h')`,
      manifest_head: `INSERT INTO manifest_head (id, application_id, kind, size, text, signature, at) VALUES ('${newId()}', '${applicationId}', 'seal', 1, 't', 's', now())`,
      published_head: `INSERT INTO published_head (n, kind, line) VALUES (1, 'seal', '{}')`,
    };
    await db.prisma.$executeRawUnsafe(values[table]!);
    const column = table === 'manifest_line' ? 'recorded_at' : 'at';
    for (const change of [`UPDATE ${table} SET ${column} = now()`, `DELETE FROM ${table}`, `TRUNCATE ${table}`]) {
      await expect(db.prisma.$executeRawUnsafe(change)).rejects.toThrow(/permission denied|42501/);
      await expect(owner.query(change)).rejects.toThrow(/insert-only/);
    }
  });
});

describe('a change of state', () => {
  test('is one transaction of row, audit row and outbox row', async () => {
    const applicationId = await newApplication();
    const changed = await changeApplication(db.prisma, { applicationId, event: 'submit', actor, codes: { by: 'test' } });
    expect(changed).toMatchObject({ state: 'submitted', version: 1 });
    expect(await db.prisma.audit.findFirst({ where: { applicationId } })).toMatchObject({ action: 'application.submit', fromState: 'draft', toState: 'submitted', codes: { by: 'test' } });
    const events = await db.prisma.outbox.findMany({ where: { type: 'application.changed' } });
    expect(events.filter(({ payload }) => (payload as { applicationId: string }).applicationId === applicationId)).toHaveLength(1);
  });
  test('of two writers that saw the same version one wins and the other is told', async () => {
    const applicationId = await newApplication();
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => changeApplication(db.prisma, { applicationId, event: 'submit', actor, expectedVersion: 0 })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(['STALE_VERSION', 'STATE_NOT_ALLOWED']).toContain((outcome.reason as { code: string }).code);
    expect(await db.prisma.audit.count({ where: { applicationId } })).toBe(1);
    await expect(editApplication(db.prisma, { applicationId, version: 0, action: 'late', actor }, { bankCode: 'X' })).rejects.toMatchObject({ code: 'STALE_VERSION' });
  });
  test('that the table does not know leaves nothing behind', async () => {
    const applicationId = await newApplication();
    await expect(changeApplication(db.prisma, { applicationId, event: 'pass', actor })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    await expect(db.prisma.$transaction(async (tx) => {
      await changeApplication(tx, { applicationId, event: 'submit', actor });
      throw new Error('later step fails');
    })).rejects.toThrow('later step fails');
    expect(await db.prisma.audit.count({ where: { applicationId } })).toBe(0);
    expect((await db.prisma.application.findUniqueOrThrow({ where: { id: applicationId } })).state).toBe('draft');
  });
  test('of a session and of an account step is written the same way', async () => {
    const applicationId = await newApplication();
    const [staffId, sessionId] = [newId(), newId()];
    await db.prisma.staff.create({ data: { id: staffId, username: staffId, name: 'x', passwordHash: 'x', totpSecretEnc: 'x' } });
    await db.prisma.witnessSession.create({ data: { id: sessionId, applicationId, witnessId: staffId, cue: 'turnLeft', scriptVersion: '1' } });
    expect(await changeSession(db.prisma, { sessionId, event: 'no_show', actor })).toMatchObject({ state: 'closed', outcome: 'no_show', endedAt: expect.any(Date) });
    await db.prisma.accountStep.create({ data: { id: newId(), applicationId, step: 'fund', idempotencyKey: `k-${applicationId}` } });
    expect(await changeAccountStep(db.prisma, { applicationId, step: 'fund', event: 'send', actor })).toMatchObject({ state: 'sent', version: 1 });
    await changeAccountStep(db.prisma, { applicationId, step: 'fund', event: 'fail', code: 'DATA_REFUSED', actor });
    expect(await db.prisma.audit.count({ where: { applicationId } })).toBe(3);
  });
});

describe('case keys (R43, R44)', () => {
  const [old, fresh] = [{ id: 'm1', key: randomBytes(32) }, { id: 'm2', key: randomBytes(32) }];
  test('many first users get one key, a rotation keeps it, and destroying it ends everything under it', async () => {
    const subject = newId();
    const place = { subject, table: 't', column: 'c', row: 'r' };
    const before = createCaseKeys(db.prisma, [old]);
    const keys = await Promise.all(Array.from({ length: 8 }, () => createCaseKeys(db.prisma, [old]).keyFor(subject)));
    expect(new Set(keys.map(({ key }) => key.toString('hex'))).size).toBe(1);
    const sealed = await createFieldCipher(before).seal(place, 'kept');
    expect((await rotateKeys(db.prisma, [fresh, old])).changed).toBeGreaterThan(0);
    const after = createCaseKeys(db.prisma, [fresh]);
    expect(await createFieldCipher(after).open(place, sealed)).toBe('kept');
    await expect(createCaseKeys(db.prisma, [old]).keyFor(subject)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    await after.destroy(subject);
    await expect(createFieldCipher(after).open(place, sealed)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
});
