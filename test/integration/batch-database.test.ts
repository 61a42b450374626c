import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AccountStep } from '../../contracts/states/index.ts';
import { newId } from '../../server/database/crypto.ts';
import { createLifecycle } from '../../server/platform/lifecycle.ts';
import type { Lifecycle } from '../../server/platform/lifecycle.ts';
import type { Config } from '../../server/platform/config.ts';
import { batchRows, unparkCase } from '../../server/usecases/batch/list.ts';
import { batchTick, openAccountsJob } from '../../server/usecases/batch/run.ts';
import type { BatchPorts } from '../../server/usecases/batch/run.ts';
import { accountNoPlace } from '../../server/usecases/client/view.ts';
import { addNegative, removeNegative } from '../../server/usecases/person/negative.ts';
import type { Services } from '../../server/usecases/services.ts';
import { openJobs, startJobs } from '../../server/wiring/jobs.ts';
import { calendarState, isOpen, nextOpening } from '../../workflows/accounts/calendar.ts';
import { createOutside } from '../../workflows/accounts/outside.ts';
import { call, sealPasswords, startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseOptions, CaseServices, MadeCase } from './case.support.ts';

const ALL = { oneCode: 1, relation: 1, fund: 1, custody: 1, shanghai: 1, shenzhen: 1 };
const TUESDAY = '2026-03-10T10:00:00+08:00';
const PASSWORDS = ['285913', '730264'] as const;

let sim: TestSimulators;
let app: CaseServices;
let services: Services;
let batch: BatchPorts;
let passwords: Awaited<ReturnType<typeof sealPasswords>>;
let witnessId: string;
let reviewerId: string;
let leadId: string;

beforeAll(async () => {
  sim = await startTestSimulators();
  app = await startCaseServices({ outside: sim.urls });
  services = app.services;
  batch = { calendar: app.calendar, outside: createOutside({ depositoryUrl: sim.urls.depository, coreUrl: sim.urls.core, bankUrl: sim.urls.bank, timeoutMs: 400 }) };
  passwords = await sealPasswords(sim.urls.core, ...PASSWORDS);
  [witnessId, reviewerId, leadId] = [await makeStaff(services, ['witness']), await makeStaff(services, ['reviewer']), await makeStaff(services, ['lead'])];
});
beforeEach(() => { app.clock.at = new Date(TUESDAY); });
afterEach(async () => {
  await sim.clear();
  app.jobs.length = 0;
});
afterAll(async () => {
  await app?.close();
  await sim?.close();
});

const approved = (more: Partial<CaseOptions> = {}, of: Services = services): Promise<MadeCase> => makeCase(of, { until: 'review_approve', witnessId, reviewerId, passwords, ...more });
const row = (applicationId: string) => services.db.application.findUniqueOrThrow({ where: { id: applicationId }, include: { accountSteps: true } });
const stateOf = async (applicationId: string): Promise<string> => (await row(applicationId)).state;
const stepOf = async (applicationId: string, step: AccountStep) => (await row(applicationId)).accountSteps.find((s) => s.step === step);

/** One run of the batch as the jobs do it: the tick queues, the workers work, a minute and a half goes by. */
const round = async (ports: BatchPorts = batch): Promise<void> => {
  await batchTick(services, ports);
  const due = app.jobs.splice(0).filter((job) => job.name === 'account.open');
  await Promise.all(due.map((job) => openAccountsJob(services, ports, job.data as { applicationId: string }).catch((error: Error) => { if (error.message !== 'killed') throw error; })));
  app.clock.at = new Date(app.clock.at.getTime() + 90_000);
};
const runOn = async (ids: readonly string[], most = 15): Promise<void> => {
  for (let i = 0; i < most; i++) {
    const left = await services.db.application.count({ where: { id: { in: [...ids] }, state: { in: ['approved', 'creating'] } } });
    if (left === 0) return;
    await round();
  }
};
/** The account numbers as kept, opened with the case's key. */
const numbersOf = async (applicationId: string): Promise<Record<string, string>> => {
  const { accountSteps } = await row(applicationId);
  const opened = await Promise.all(accountSteps.filter((s) => s.accountNoEnc).map(async (s) => [s.step, await services.cipher.open(accountNoPlace(applicationId, s.id), s.accountNoEnc!)] as const));
  return Object.fromEntries(opened);
};

describe('an approved case on the real database', () => {
  test('is opened: numbers under the case’s key, the client sees them, the password envelopes are gone (R19, R52)', async () => {
    const { applicationId, form } = await approved();
    expect((await row(applicationId)).passwordsEnc).toMatch(/^v1\./);
    await runOn([applicationId]);
    const kept = await row(applicationId);
    expect(kept).toMatchObject({ state: 'opened', passwordsEnc: null, openedAt: expect.any(Date) });
    const numbers = await numbersOf(applicationId);
    expect(numbers).toMatchObject({ oneCode: expect.stringMatching(/^18\d{10}$/), fund: expect.stringMatching(/^3\d{9}$/), custody: expect.stringMatching(/^ICBC-\d{8}$/), shanghai: expect.stringMatching(/^A\d{9}$/), shenzhen: expect.stringMatching(/^0\d{9}$/) });
    const view = await (await app.asClient(applicationId)).view();
    expect(view.state).toBe('opened');
    expect(Object.fromEntries(view.accounts.filter((a) => a.accountNo).map((a) => [a.step, a.accountNo]))).toEqual(numbers);
    expect(await sim.totals(applicationId)).toEqual(ALL);
    // Every change of a step left its audit row and its event; neither holds a number or a name.
    const audits = await services.db.audit.findMany({ where: { applicationId, action: { startsWith: 'account.' } } });
    const events = await services.db.outbox.findMany({ where: { type: 'account.changed', payload: { path: ['applicationId'], equals: applicationId } } });
    expect(audits).toHaveLength(12);
    expect(events).toHaveLength(12);
    const written = JSON.stringify([kept, audits, events], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) + app.lines.join('\n');
    for (const secret of [...Object.values(numbers), form.idNumber, form.name, ...PASSWORDS]) expect(written).not.toContain(secret);
  });

  test('a number opens at its own place only: moved to another row it is refused (R43)', async () => {
    const [one, two] = [await approved(), await approved()];
    await runOn([one.applicationId, two.applicationId]);
    const [a, b] = [await stepOf(one.applicationId, 'fund'), await stepOf(two.applicationId, 'fund')];
    await expect(services.cipher.open(accountNoPlace(two.applicationId, b!.id), a!.accountNoEnc!)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });

  test('only the markets that were asked for are opened', async () => {
    const { applicationId } = await approved({ markets: ['shenzhen'] });
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
    const { shanghai: _, ...others } = ALL;
    expect(await sim.totals(applicationId)).toEqual(others);
  });
});

describe('the depository’s hours (R51)', () => {
  test.each([['on a Saturday', '2026-03-14T11:00:00+08:00', '2026-03-16T09:00:00+08:00'], ['after 15:30', '2026-03-10T15:30:00+08:00', '2026-03-11T09:00:00+08:00'], ['on a holiday', '2026-05-01T10:00:00+08:00', '2026-05-06T09:00:00+08:00']])('%s nothing is sent, and the client is told when', async (_, at, opening) => {
    const { applicationId } = await approved();
    app.clock.at = new Date(at);
    expect(await batchTick(services, batch)).toBe(0);
    await openAccountsJob(services, batch, { applicationId });
    expect(await sim.log(applicationId)).toEqual([]);
    expect(await row(applicationId)).toMatchObject({ state: 'approved', accountSteps: [] });
    expect((await (await app.asClient(applicationId)).view()).batchAt).toBe(new Date(opening).toISOString());
    const clock = { isOpen: (when: Date) => isOpen(app.calendar, when), nextOpening: (when: Date) => nextOpening(app.calendar, when), state: (when: Date) => calendarState(app.calendar, when) };
    expect(await batchRows(services, clock)).toMatchObject({ open: false, nextOpening: new Date(opening).toISOString() });
    app.clock.at = new Date(opening);
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
  });

  test('a case that is being created when the depository closes goes on in the morning, and the client is told when', async () => {
    const { applicationId } = await approved();
    await sim.put('core', { match: applicationId, silent: true });
    app.clock.at = new Date('2026-03-10T15:29:00+08:00');
    await round();
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    await sim.clear();
    app.clock.at = new Date('2026-03-10T15:31:00+08:00');
    await openAccountsJob(services, batch, { applicationId });
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    expect(await (await app.asClient(applicationId)).view()).toMatchObject({ state: 'creating', batchAt: new Date('2026-03-11T09:00:00+08:00').toISOString() });
    app.clock.at = new Date('2026-03-11T09:00:00+08:00');
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
    expect(await sim.totals(applicationId)).toEqual(ALL);
  });
});

describe('outside systems that misbehave: no client gets two accounts, none is lost (R53)', () => {
  test('the depository is down during the batch: the steps say so, and all are opened once it is up', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await approved()).applicationId));
    await sim.put('depository', { down: true });
    await round();
    await round();
    for (const id of ids) {
      expect(await stateOf(id)).toBe('creating');
      expect(await stepOf(id, 'oneCode')).toMatchObject({ state: 'failed', code: 'OUTSIDE_UNAVAILABLE', accountNoEnc: null });
      expect((await row(id)).passwordsEnc).not.toBeNull();
      expect(await sim.totals(id)).toEqual({});
    }
    await sim.clear();
    await runOn(ids);
    const numbers: string[] = [];
    for (const id of ids) {
      expect(await stateOf(id)).toBe('opened');
      expect(await sim.totals(id)).toEqual(ALL);
      numbers.push(...Object.values(await numbersOf(id)));
    }
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('the core is silent: the fund account is unknown, not failed; the passwords are kept until the core has them', async () => {
    const { applicationId } = await approved();
    await sim.put('core', { silent: true });
    await round();
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown', attempts: 1 });
    await round();
    // Still silent: asked again, not sent again.
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown', attempts: 1 });
    expect((await row(applicationId)).passwordsEnc).not.toBeNull();
    await sim.clear();
    await runOn([applicationId]);
    expect(await row(applicationId)).toMatchObject({ state: 'opened', passwordsEnc: null });
    expect(await sim.totals(applicationId)).toEqual(ALL);
  });

  test.each(['depository', 'core', 'bank'] as const)('the %s loses its answers after the work was done: found by key, done once', async (system) => {
    const { applicationId } = await approved();
    await sim.put(system, { match: applicationId, loseAnswer: true });
    await runOn([applicationId]);
    expect(await row(applicationId)).toMatchObject({ state: 'opened', passwordsEnc: null });
    expect(await sim.totals(applicationId)).toEqual(ALL);
    expect(await services.db.audit.count({ where: { applicationId, action: 'account.found' } })).toBeGreaterThan(0);
    expect(Object.keys(await numbersOf(applicationId)).length).toBeGreaterThanOrEqual(5);
  });

  test.each(['oneCode', 'relation', 'fund', 'custody', 'shanghai'] as const)('the worker dies after %s was sent and before the answer was written: another asks, and nothing is done twice', async (victim) => {
    const { applicationId } = await approved();
    const outside: BatchPorts['outside'] = { ...batch.outside, send: async (step, request) => {
      const reply = await batch.outside.send(step, request);
      if (step === victim) throw new Error('killed');
      return reply;
    } };
    await round({ ...batch, outside });
    expect(await stepOf(applicationId, victim)).toMatchObject({ state: 'sent', accountNoEnc: null });
    await runOn([applicationId]);
    expect(await row(applicationId)).toMatchObject({ state: 'opened', passwordsEnc: null });
    expect(await sim.totals(applicationId)).toEqual(ALL);
  });
});

describe('cases that need somebody (R54)', () => {
  test('a parked case is shown with its code, and goes on where it stood when the lead unparks it', async () => {
    const { applicationId } = await approved();
    await sim.put('core', { match: applicationId, errorCode: 'CUSTOMER_EXISTS' });
    await runOn([applicationId]);
    expect(await row(applicationId)).toMatchObject({ state: 'parked', passwordsEnc: expect.any(String) });
    const { rows } = await batchRows(services, { isOpen: () => true, nextOpening: () => null, state: () => 'known' });
    expect(rows.find((r) => r.applicationId === applicationId)).toMatchObject({ state: 'parked', steps: expect.arrayContaining([{ step: 'oneCode', state: 'done', code: null }, { step: 'fund', state: 'parked', code: 'CUSTOMER_EXISTS' }]) });
    await round();
    expect(await stateOf(applicationId)).toBe('parked');
    await sim.clear();
    await unparkCase(services, { applicationId, staffId: leadId });
    expect(app.jobs).toContainEqual(expect.objectContaining({ name: 'account.open', data: { applicationId } }));
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
    expect(await sim.totals(applicationId)).toEqual(ALL);
    expect(await services.db.audit.findFirst({ where: { applicationId, action: 'application.unpark' } })).toMatchObject({ actorKind: 'staff', actorId: leadId });
    await expect(unparkCase(services, { applicationId, staffId: leadId })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
  });

  test('a bank where the client confirms: the case waits, is asked about, and is opened when the client has', async () => {
    const { applicationId } = await approved({ bankCode: 'ABC' });
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('awaiting_client');
    await round();
    expect(await stateOf(applicationId)).toBe('awaiting_client');
    await call('POST', `${sim.urls.bank}/confirmations`, { idempotencyKey: `${applicationId}-custody` });
    for (let i = 0; i < 3; i++) await round();
    expect(await stateOf(applicationId)).toBe('opened');
    expect(await sim.totals(applicationId)).toEqual(ALL);
  });

  test('a client whose card the bank refuses is queued no more until the card was put right', async () => {
    const { applicationId } = await approved({ cardNumber: '123' });
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('awaiting_client');
    expect(await stepOf(applicationId, 'custody')).toMatchObject({ state: 'awaiting_client', code: 'CUSTODY_ERROR' });
    await batchTick(services, batch);
    expect(app.jobs.filter((job) => (job.data as { applicationId?: string }).applicationId === applicationId)).toEqual([]);
  });

  test('a poisoned record, its key destroyed, stops nobody else', async () => {
    const other = app.openServices();
    const poisoned = await approved({}, other);
    await other.keys.destroy(poisoned.applicationId);
    const good = await approved();
    await batchTick(services, batch);
    const jobs = app.jobs.splice(0).map((job) => (job.data as { applicationId: string }).applicationId);
    expect(jobs).toEqual(expect.arrayContaining([poisoned.applicationId, good.applicationId]));
    const outcomes = await Promise.allSettled([poisoned, good].map(({ applicationId }) => openAccountsJob(services, batch, { applicationId })));
    expect(outcomes.map((o) => o.status)).toEqual(['rejected', 'fulfilled']);
    expect(await stateOf(good.applicationId)).toBe('opened');
    expect(await sim.log(poisoned.applicationId)).toEqual([]);
    await (await app.asClient(good.applicationId)).view();
    // The last try parks it: a person is told, and no tick queues it again.
    await openAccountsJob(services, batch, poisoned, { last: true });
    expect(await row(poisoned.applicationId)).toMatchObject({ state: 'parked', parkedCode: 'FAULT', accountSteps: [] });
    const { rows } = await batchRows(services, { isOpen: () => true, nextOpening: () => null, state: () => 'known' });
    expect(rows.find((r) => r.applicationId === poisoned.applicationId)).toMatchObject({ state: 'parked', code: 'FAULT', steps: [] });
    await batchTick(services, batch);
    expect(app.jobs.map((job) => (job.data as { applicationId?: string }).applicationId)).not.toContain(poisoned.applicationId);
  });

  test('a case parked for a fault before its creation began is opened once it can be worked on and was put back (R54)', async () => {
    const one = await approved();
    const broken = { ...services, cipher: { ...services.cipher, openJson: async () => { throw new Error('damaged'); } } };
    await expect(openAccountsJob(broken, batch, one, { last: false })).rejects.toThrow('damaged');
    expect(await stateOf(one.applicationId)).toBe('approved');
    await openAccountsJob(broken, batch, one, { last: true });
    expect(await row(one.applicationId)).toMatchObject({ state: 'parked', parkedCode: 'FAULT', accountSteps: [] });
    await unparkCase(services, { applicationId: one.applicationId, staffId: leadId });
    expect(await row(one.applicationId)).toMatchObject({ state: 'creating', parkedCode: null });
    await runOn([one.applicationId]);
    expect(await stateOf(one.applicationId)).toBe('opened');
    expect(await sim.totals(one.applicationId)).toEqual(ALL);
  });

  test('who came onto the negative list after the approval gets no account before a person took the entry off (R16)', async () => {
    const one = await approved();
    const { applicationId } = one;
    const entryId = await addNegative(services, { staffId: leadId, idNumber: one.form.idNumber, reason: '审核后得知' });
    await round();
    expect(await row(applicationId)).toMatchObject({ state: 'parked', parkedCode: 'NEGATIVE_LIST', accountSteps: [] });
    expect(await sim.log(applicationId)).toEqual([]);
    await expect(unparkCase(services, { applicationId, staffId: leadId })).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['NEGATIVE_LIST'] } });
    await removeNegative(services, { staffId: leadId, entryId, reason: '经核实无误' });
    await unparkCase(services, { applicationId, staffId: leadId });
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
  });
  test('data that cannot be opened is no attempt: nothing counts as sent (R53)', async () => {
    const { applicationId } = await approved();
    const broken = { ...services, cipher: { ...services.cipher, open: async (...args: Parameters<Services['cipher']['open']>) => { if (args[0].column === 'card_enc') throw new Error('damaged'); return services.cipher.open(...args); } } };
    await expect(openAccountsJob(broken, batch, { applicationId })).rejects.toThrow('damaged');
    expect(await stepOf(applicationId, 'oneCode')).toMatchObject({ state: 'pending', attempts: 0 });
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
  });

  test('a case whose next step is due in ten minutes is not queued before', async () => {
    const { applicationId } = await approved();
    await sim.put('bank', { down: true });
    for (let i = 0; i < 5; i++) await round();
    await services.db.accountStep.updateMany({ where: { applicationId, step: 'custody' }, data: { nextAt: new Date(app.clock.at.getTime() + 600_000) } });
    const queued = async (): Promise<boolean> => {
      await batchTick(services, batch);
      return app.jobs.splice(0).some((job) => (job.data as { applicationId?: string }).applicationId === applicationId);
    };
    expect(await queued()).toBe(false);
    app.clock.at = new Date(app.clock.at.getTime() + 600_000);
    expect(await queued()).toBe(true);
    await sim.clear();
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
  });

  test('a bank that is closed is not asked, and its case not queued, before it opens (R51)', async () => {
    const { applicationId } = await approved();
    const early = { ...batch, calendar: { ...app.calendar, from: '08:00' } };
    app.clock.at = new Date('2026-03-10T08:30:00+08:00');
    await openAccountsJob(services, early, { applicationId });
    expect(await stepOf(applicationId, 'custody')).toMatchObject({ state: 'pending', nextAt: new Date('2026-03-10T09:00:00+08:00') });
    await batchTick(services, early);
    expect(app.jobs.map((job) => (job.data as { applicationId?: string }).applicationId)).not.toContain(applicationId);
    app.clock.at = new Date('2026-03-10T09:00:00+08:00');
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
  });

  test('what was parked because nobody knows is asked about when it is put back, never sent again (R53)', async () => {
    const { applicationId } = await approved();
    await sim.put('core', { match: applicationId, loseAnswer: true });
    await round();
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    await sim.clear();
    await sim.put('core', { silent: true });
    app.clock.at = new Date('2026-03-11T11:00:00+08:00');
    await openAccountsJob(services, batch, { applicationId });
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'parked', code: 'STILL_UNKNOWN' });
    await unparkCase(services, { applicationId, staffId: leadId });
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown', attempts: 0 });
    // Still silent: there is another day before a person has to look again.
    await openAccountsJob(services, batch, { applicationId });
    expect(await stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    await sim.clear();
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
    expect(await sim.totals(applicationId)).toEqual(ALL);
    expect((await sim.log(applicationId)).filter((one) => (one as { path: string }).path === '/fund-accounts')).toHaveLength(1);
  });

  test('outside the known calendar the batch refuses to run and says so in its list (R51)', async () => {
    const { applicationId } = await approved();
    app.clock.at = new Date('2027-01-05T10:00:00+08:00');
    expect(await batchTick(services, batch)).toBe(0);
    await openAccountsJob(services, batch, { applicationId });
    expect(await sim.log(applicationId)).toEqual([]);
    const clock = { isOpen: (when: Date) => isOpen(app.calendar, when), nextOpening: (when: Date) => nextOpening(app.calendar, when), state: (when: Date) => calendarState(app.calendar, when) };
    expect(await batchRows(services, clock)).toMatchObject({ open: false, nextOpening: null, calendar: 'unknown' });
    expect((await (await app.asClient(applicationId)).view()).batchAt).toBeNull();
    await (await app.asClient(applicationId)).withdraw();
  });

  test('more cases than one look can take: the newest is found all the same', async () => {
    const clients = Array.from({ length: 620 }, (_, i) => ({ id: newId(), phoneIndex: `many-${i}`, phoneEnc: 'v1.x' }));
    await services.db.client.createMany({ data: clients });
    await services.db.application.createMany({ data: clients.map(({ id: clientId, phoneIndex }) => ({ clientId, caseNo: phoneIndex, language: 'zh', state: 'creating' })) });
    const newest = await approved();
    expect(await batchTick(services, batch)).toBeGreaterThan(620);
    expect(app.jobs.map((job) => (job.data as { applicationId?: string }).applicationId)).toContain(newest.applicationId);
    await services.db.application.updateMany({ where: { caseNo: { startsWith: 'many-' } }, data: { state: 'withdrawn' } });
  });
});

describe('withdrawing is possible only before the first call outside', () => {
  test('an approved case can be withdrawn: its passwords are gone and nothing is ever sent', async () => {
    const { applicationId } = await approved();
    expect((await (await app.asClient(applicationId)).withdraw()).state).toBe('withdrawn');
    expect((await row(applicationId)).passwordsEnc).toBeNull();
    await round();
    await openAccountsJob(services, batch, { applicationId });
    expect(await stateOf(applicationId)).toBe('withdrawn');
    expect(await sim.log(applicationId)).toEqual([]);
  });

  test('once the creation has begun it is refused, whatever the depository answered', async () => {
    const { applicationId } = await approved();
    await sim.put('depository', { down: true });
    await round();
    await expect((await app.asClient(applicationId)).withdraw()).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    await sim.clear();
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
  });

  test('withdrawn and begun at the same moment: one of the two, never both', async () => {
    for (let i = 0; i < 6; i++) {
      const { applicationId } = await approved();
      const client = await app.asClient(applicationId);
      const [withdrawn] = await Promise.allSettled([client.withdraw(), openAccountsJob(services, batch, { applicationId })]);
      await runOn([applicationId]);
      if (withdrawn.status === 'fulfilled') {
        expect(await stateOf(applicationId)).toBe('withdrawn');
        expect(await sim.totals(applicationId)).toEqual({});
      } else {
        expect(await stateOf(applicationId)).toBe('opened');
        expect(await sim.totals(applicationId)).toEqual(ALL);
      }
    }
  });
});

describe('several workers', () => {
  test('three work on one case at once: every account once, no step sent twice (R53)', async () => {
    const { applicationId } = await approved();
    const workers = [services, app.openServices(), app.openServices()];
    await Promise.all(workers.map((one) => openAccountsJob(one, batch, { applicationId })));
    await runOn([applicationId]);
    expect(await stateOf(applicationId)).toBe('opened');
    expect(await sim.totals(applicationId)).toEqual(ALL);
    expect((await row(applicationId)).accountSteps.every((s) => s.attempts === 1)).toBe(true);
  });

  test('two programs with queue, relay and workers of their own: approved in the review, opened by the batch, lost answers included', async () => {
    const lives: Lifecycle[] = [];
    const config = { redisUrl: app.redisUrl, demo: true, expireDays: 365, outside: { police: sim.urls.police } } as Config;
    const ports = { ...batch, calendar: { ...app.calendar, alwaysOpen: true } };
    const quiet = { info: () => undefined, error: () => undefined };
    try {
      for (let i = 0; i < 2; i++) {
        const life = createLifecycle(quiet);
        lives.push(life);
        const queues = await life.add('queues', () => openJobs(config), (q) => q.close());
        const own = app.openServices({ jobs: queues, now: () => new Date() });
        await startJobs(life, config, own, queues, ports, own.keys, app.evidence);
      }
      const ids = await Promise.all(Array.from({ length: 6 }, async () => (await approved()).applicationId));
      await sim.put('core', { match: ids[0]!, loseAnswer: true });
      const until = Date.now() + 45_000;
      while (Date.now() < until && (await services.db.application.count({ where: { id: { in: ids }, state: 'opened' } })) < ids.length) await new Promise((done) => setTimeout(done, 250));
      for (const id of ids) {
        expect(await stateOf(id)).toBe('opened');
        expect(await sim.totals(id)).toEqual(ALL);
      }
      const untold = (): Promise<number> => services.db.outbox.count({ where: { publishedAt: null } });
      while (Date.now() < until && (await untold()) > 0) await new Promise((done) => setTimeout(done, 250));
      expect(await untold()).toBe(0);
    } finally {
      for (const life of lives) await life.stop();
    }
  });
});
