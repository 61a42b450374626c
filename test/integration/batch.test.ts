import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEPOSITORY_CALENDAR } from '../../workflows/accounts/calendar.ts';
import { openAccounts } from '../../workflows/accounts/openAccounts.ts';
import type { AccountSettings, OpenAccountsResult } from '../../workflows/accounts/openAccounts.ts';
import { createOutside } from '../../workflows/accounts/outside.ts';
import type { AccountHolder } from '../../workflows/accounts/ports.ts';
import { call, sealPasswords, startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';
import { memoryRepository } from '../support/simulators/repository.ts';

const ALL = { oneCode: 1, relation: 1, fund: 1, custody: 1, shanghai: 1, shenzhen: 1 };
const tuesday = new Date('2026-03-10T10:00:00+08:00');

let sim: TestSimulators;
let passwords: Awaited<ReturnType<typeof sealPasswords>>;
let db: ReturnType<typeof memoryRepository>;
let clock: Date;
beforeAll(async () => {
  sim = await startTestSimulators();
  passwords = await sealPasswords(sim.urls.core, '285913', '730264');
});
beforeEach(() => {
  db = memoryRepository();
  clock = tuesday;
});
afterEach(async () => { await sim.clear(); });
afterAll(async () => { await sim.close(); });

/** An invented person with a number of one's own. */
const someone = (more: Partial<AccountHolder> = {}): AccountHolder => {
  const serial = String(Math.floor(Math.random() * 1e9)).padStart(9, '0');
  return { name: '测试客户', idNumber: `1101${serial}12345`, birthDate: '1990-05-17', bankCode: 'ICBC', cardNumber: '6222020000000000000', ...more };
};
const approved = (holder: AccountHolder | null = someone()): string => {
  const id = randomUUID();
  db.approve(id, holder, passwords);
  return id;
};
const run = (applicationId: string, more: { settings?: Partial<AccountSettings>; calendar?: typeof DEPOSITORY_CALENDAR } = {}): Promise<OpenAccountsResult> =>
  openAccounts({
    applicationId, calendar: more.calendar ?? DEPOSITORY_CALENDAR, now: () => clock, settings: { retryBaseMs: 1000, leaseMs: 5000, ...more.settings },
    ports: { repository: db.repository, outside: createOutside({ depositoryUrl: sim.urls.depository, coreUrl: sim.urls.core, bankUrl: sim.urls.bank, timeoutMs: 2_000 }) },
  });
/** Runs until nothing is left to do by itself, moving the clock to each next time. */
const runOn = async (applicationId: string, most = 30): Promise<OpenAccountsResult> => {
  let result = await run(applicationId);
  for (let i = 0; i < most && ['later', 'busy'].includes(result.state); i++) {
    clock = new Date(Math.max(clock.getTime() + 1000, result.nextAt?.getTime() ?? clock.getTime() + 6000));
    result = await run(applicationId);
  }
  return result;
};

describe('the batch opens all accounts', () => {
  test('in the order of R52, with numbers, and the passwords are gone once the core has them (R19)', async () => {
    const id = approved();
    expect(await run(id)).toEqual({ state: 'opened', nextAt: null });
    expect(db.stateOf(id)).toBe('opened');
    expect(db.history.filter((h) => h.what.endsWith(':send')).map((h) => h.what.split(':')[0])).toEqual(['oneCode', 'relation', 'fund', 'custody', 'shanghai', 'shenzhen']);
    expect(db.stepsOf(id)).toMatchObject({ oneCode: { accountNo: expect.stringMatching(/^18\d{10}$/) }, shanghai: { accountNo: expect.stringMatching(/^A\d{9}$/) }, shenzhen: { accountNo: expect.stringMatching(/^0\d{9}$/) } });
    expect(db.cases.get(id)!.passwords).toBeNull();
    expect(await sim.totals(id)).toEqual(ALL);
    expect((await sim.log(id))[0]).toMatchObject({ path: '/identity-queries' });
    expect(await run(id)).toEqual({ state: 'opened', nextAt: null });
  });

  test('outside the depository’s hours approved cases wait and the next opening is named (R51)', async () => {
    const id = approved();
    clock = new Date('2026-03-13T15:30:00+08:00');
    expect(await run(id)).toEqual({ state: 'later', nextAt: new Date('2026-03-16T09:00:00+08:00') });
    expect(db.stateOf(id)).toBe('approved');
    expect(await sim.log(id)).toEqual([]);
  });

  test('a bank that opens later than the depository is waited for (R51)', async () => {
    const id = approved();
    clock = new Date('2026-03-10T08:45:00+08:00');
    const early = { ...DEPOSITORY_CALENDAR, from: '08:30' };
    expect(await run(id, { calendar: early })).toEqual({ state: 'later', nextAt: new Date('2026-03-10T09:00:00+08:00') });
    expect(db.stepsOf(id)).toMatchObject({ fund: { state: 'done' }, custody: { state: 'pending', attempts: 0 } });
  });

  test('a withdrawn application is left alone', async () => {
    const id = approved();
    db.cases.get(id)!.state = 'withdrawn';
    expect(await run(id)).toEqual({ state: 'none', nextAt: null });
    expect(await sim.log(id)).toEqual([]);
  });
});

describe('when an outside system misbehaves (R53)', () => {
  test.each(['depository', 'core', 'bank'] as const)('answers of the %s lost after the work: asked by key, nothing twice', async (system) => {
    const id = approved();
    await sim.put(system, { match: id, loseAnswer: true });
    expect((await runOn(id)).state).toBe('opened');
    expect(await sim.totals(id)).toEqual(ALL);
    const events = db.history.filter((h) => h.applicationId === id).map((h) => h.what);
    expect(events.filter((what) => what.endsWith(':time_out')).length).toBeGreaterThan(0);
    expect(events.filter((what) => what.endsWith(':found')).length).toBe(events.filter((what) => what.endsWith(':time_out')).length);
  });

  test('slower than the time limit: unknown, asked, and never a second account', async () => {
    const id = approved();
    await sim.put('depository', { match: id, delayMs: 2_300, times: 2 });
    expect((await runOn(id)).state).toBe('opened');
    expect(await sim.totals(id)).toEqual(ALL);
  });

  test('silent: the case waits in unknown, and goes on when the system answers again', async () => {
    const id = approved();
    await sim.put('core', { silent: true });
    expect((await run(id)).state).toBe('later');
    expect(db.stepsOf(id)['fund']).toMatchObject({ state: 'unknown', attempts: 1 });
    expect(db.cases.get(id)!.passwords).not.toBeNull();
    await sim.clear();
    expect((await runOn(id)).state).toBe('opened');
    expect(await sim.totals(id)).toEqual(ALL);
  });

  test('down during the batch: failed and tried again by itself until it is up', async () => {
    const id = approved();
    await sim.put('bank', { down: true });
    expect((await run(id)).state).toBe('later');
    expect(db.stepsOf(id)['custody']).toMatchObject({ state: 'failed', code: 'OUTSIDE_UNAVAILABLE' });
    await sim.clear();
    expect((await runOn(id)).state).toBe('opened');
    expect(await sim.totals(id)).toEqual(ALL);
  });

  test('unknown for a whole day: a person looks', async () => {
    const id = approved();
    await sim.put('core', { silent: true });
    await run(id);
    clock = new Date(clock.getTime() + 25 * 3600_000);
    expect((await run(id)).state).toBe('parked');
    expect(db.stepsOf(id)['fund']).toMatchObject({ state: 'parked', code: 'STILL_UNKNOWN' });
  });
});

describe('failures fall into three classes (R54)', () => {
  test.each([['depository', 'RELATION_UNCONFIRMED'], ['core', 'CUSTOMER_EXISTS'], ['depository', 'DATA_REFUSED'], ['bank', 'SOMETHING_NEW']] as const)('%s answers %s: parked for a person, and goes on when unparked', async (system, code) => {
    const id = approved();
    await sim.put(system, { match: id, errorCode: code });
    expect((await run(id)).state).toBe('parked');
    expect(db.stateOf(id)).toBe('parked');
    const parked = Object.values(db.stepsOf(id)).find((row) => row.state === 'parked')!;
    expect(parked.code).toBe(code);
    await sim.clear();
    await db.repository.changeStep({ applicationId: id, step: parked.step, event: 'unpark', expectedVersion: parked.version });
    await db.repository.changeApplication({ applicationId: id, event: 'unpark' });
    expect((await runOn(id)).state).toBe('opened');
    expect(await sim.totals(id)).toEqual(ALL);
  });

  test('a custody error is the client’s to correct', async () => {
    const id = approved(someone({ cardNumber: '123' }));
    expect((await run(id)).state).toBe('awaiting_client');
    expect(db.stepsOf(id)['custody']).toMatchObject({ state: 'awaiting_client', code: 'CUSTODY_ERROR' });
    expect((await run(id)).state).toBe('awaiting_client');
    const kept = db.cases.get(id)!;
    kept.holder = { ...kept.holder!, cardNumber: '6222020000000000001' };
    await db.repository.changeStep({ applicationId: id, step: 'custody', event: 'client_done', expectedVersion: db.stepsOf(id)['custody']!.version });
    expect((await run(id)).state).toBe('opened');
  });

  test('a bank where the client confirms is asked until the client has (R51)', async () => {
    const id = approved(someone({ bankCode: 'ABC' }));
    const first = await run(id);
    expect(first).toEqual({ state: 'awaiting_client', nextAt: new Date(clock.getTime() + 60_000) });
    expect(db.stateOf(id)).toBe('awaiting_client');
    clock = first.nextAt!;
    expect((await run(id)).state).toBe('awaiting_client');
    await call('POST', `${sim.urls.bank}/confirmations`, { idempotencyKey: `${id}-custody` });
    clock = new Date(clock.getTime() + 60_000);
    expect((await run(id)).state).toBe('opened');
    expect(await sim.totals(id)).toEqual(ALL);
  });

  test('the depository closed early: tried again by itself later', async () => {
    const id = approved();
    await sim.put('depository', { match: id, errorCode: 'DEPOSITORY_CLOSED', times: 1 });
    const result = await run(id);
    expect(result.state).toBe('later');
    expect((await runOn(id)).state).toBe('opened');
  });

  test('tried too often: a person looks', async () => {
    const id = approved();
    await sim.put('bank', { down: true });
    expect((await runOn(id)).state).toBe('parked');
    expect(db.stepsOf(id)['custody']).toMatchObject({ state: 'parked', attempts: 8 });
  });

  test('a record without its data is parked and harms no other', async () => {
    const [broken, good] = [approved(null), approved()];
    expect((await run(broken)).state).toBe('parked');
    expect((await run(good)).state).toBe('opened');
    expect(db.stepsOf(broken)['oneCode']).toMatchObject({ code: 'DATA_MISSING' });
  });
});

describe('whoever runs it, and wherever it stops', () => {
  test('two workers at once open everything once', async () => {
    const id = approved();
    await Promise.all([run(id), run(id), run(id)]);
    expect((await runOn(id)).state).toBe('opened');
    expect(await sim.totals(id)).toEqual(ALL);
  });

  test('ended by force at any moment and begun again: nothing twice, nothing lost (R53)', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 1, maxLength: 3 }), fc.constantFrom('none', 'depository', 'core', 'bank'), async (ends, lossy) => {
      const id = approved();
      if (lossy !== 'none') await sim.put(lossy as 'core', { match: id, loseAnswer: true });
      for (const end of ends) {
        let left = end;
        db.interrupt(() => {
          if (left-- === 0) throw new Error('killed');
        });
        await run(id).catch((error: Error) => expect(error.message).toBe('killed'));
        db.interrupt(undefined);
        clock = new Date(clock.getTime() + 6000);
      }
      expect((await runOn(id)).state).toBe('opened');
      expect(await sim.totals(id)).toEqual(ALL);
      await sim.clear();
      clock = tuesday;
    }), { numRuns: 25 });
  });
});
