import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLifecycle } from '../../server/platform/lifecycle.ts';
import type { Lifecycle } from '../../server/platform/lifecycle.ts';
import type { Config } from '../../server/platform/config.ts';
import { batchRows } from '../../server/usecases/batch/list.ts';
import { batchTick, openAccountsJob } from '../../server/usecases/batch/run.ts';
import type { BatchPorts } from '../../server/usecases/batch/run.ts';
import { accountNoPlace } from '../../server/usecases/client/view.ts';
import { openJobs, startJobs } from '../../server/wiring/jobs.ts';
import { calendarState, isOpen, nextOpening } from '../../workflows/accounts/calendar.ts';
import { ALL, PASSWORDS, startBatch } from './batch.support.ts';
import type { BatchKit } from './batch.support.ts';

let kit: BatchKit;
beforeAll(async () => { kit = await startBatch(); });
beforeEach(() => kit.begin());
afterEach(() => kit.clear());
afterAll(() => kit?.close());

describe('an approved case on the real database', () => {
  test('is opened: numbers under the case’s key, the client sees them, the password envelopes are gone (R19, R52)', async () => {
    const { applicationId, form } = await kit.approved();
    expect((await kit.row(applicationId)).passwordsEnc).toMatch(/^v1\./);
    await kit.runOn([applicationId]);
    const kept = await kit.row(applicationId);
    expect(kept).toMatchObject({ state: 'opened', passwordsEnc: null, openedAt: expect.any(Date) });
    const numbers = await kit.numbersOf(applicationId);
    expect(numbers).toMatchObject({ oneCode: expect.stringMatching(/^18\d{10}$/), fund: expect.stringMatching(/^3\d{9}$/), custody: expect.stringMatching(/^ICBC-\d{8}$/), shanghai: expect.stringMatching(/^A\d{9}$/), shenzhen: expect.stringMatching(/^0\d{9}$/) });
    const view = await (await kit.app.asClient(applicationId)).view();
    expect(view.state).toBe('opened');
    expect(Object.fromEntries(view.accounts.filter((a) => a.accountNo).map((a) => [a.step, a.accountNo]))).toEqual(numbers);
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
    // Every change of a step left its audit row and its event; neither holds a number or a name.
    const audits = await kit.services.db.audit.findMany({ where: { applicationId, action: { startsWith: 'account.' } } });
    const events = await kit.services.db.outbox.findMany({ where: { type: 'account.changed', payload: { path: ['applicationId'], equals: applicationId } } });
    expect(audits).toHaveLength(12);
    expect(events).toHaveLength(12);
    const written = JSON.stringify([kept, audits, events], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) + kit.app.lines.join('\n');
    for (const secret of [...Object.values(numbers), form.idNumber, form.name, ...PASSWORDS]) expect(written).not.toContain(secret);
  });

  test('a number opens at its own place only: moved to another row it is refused (R43)', async () => {
    const [one, two] = [await kit.approved(), await kit.approved()];
    await kit.runOn([one.applicationId, two.applicationId]);
    const [a, b] = [await kit.stepOf(one.applicationId, 'fund'), await kit.stepOf(two.applicationId, 'fund')];
    await expect(kit.services.cipher.open(accountNoPlace(two.applicationId, b!.id), a!.accountNoEnc!)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });

  test('only the markets that were asked for are opened', async () => {
    const { applicationId } = await kit.approved({ markets: ['shenzhen'] });
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
    const { shanghai: _, ...others } = ALL;
    expect(await kit.sim.totals(applicationId)).toEqual(others);
  });
});

describe('the depository’s hours (R51)', () => {
  test.each([['on a Saturday', '2026-03-14T11:00:00+08:00', '2026-03-16T09:00:00+08:00'], ['after 15:30', '2026-03-10T15:30:00+08:00', '2026-03-11T09:00:00+08:00'], ['on a holiday', '2026-05-01T10:00:00+08:00', '2026-05-06T09:00:00+08:00']])('%s nothing is sent, and the client is told when', async (_, at, opening) => {
    const { applicationId } = await kit.approved();
    kit.app.clock.at = new Date(at);
    expect(await batchTick(kit.services, kit.batch)).toBe(0);
    await openAccountsJob(kit.services, kit.batch, { applicationId });
    expect(await kit.sim.log(applicationId)).toEqual([]);
    expect(await kit.row(applicationId)).toMatchObject({ state: 'approved', accountSteps: [] });
    expect((await (await kit.app.asClient(applicationId)).view()).batchAt).toBe(new Date(opening).toISOString());
    const clock = { isOpen: (when: Date) => isOpen(kit.app.calendar, when), nextOpening: (when: Date) => nextOpening(kit.app.calendar, when), state: (when: Date) => calendarState(kit.app.calendar, when) };
    expect(await batchRows(kit.services, clock)).toMatchObject({ open: false, nextOpening: new Date(opening).toISOString() });
    kit.app.clock.at = new Date(opening);
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
  });

  test('a case that is being created when the depository closes goes on in the morning, and the client is told when', async () => {
    const { applicationId } = await kit.approved();
    await kit.sim.put('core', { match: applicationId, silent: true });
    kit.app.clock.at = new Date('2026-03-10T15:29:00+08:00');
    await kit.round();
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    await kit.sim.clear();
    kit.app.clock.at = new Date('2026-03-10T15:31:00+08:00');
    await openAccountsJob(kit.services, kit.batch, { applicationId });
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    expect(await (await kit.app.asClient(applicationId)).view()).toMatchObject({ state: 'creating', batchAt: new Date('2026-03-11T09:00:00+08:00').toISOString() });
    kit.app.clock.at = new Date('2026-03-11T09:00:00+08:00');
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
  });
});

describe('outside systems that misbehave: no client gets two accounts, none is lost (R53)', () => {
  test('the depository is down during the batch: the steps say so, and all are opened once it is up', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await kit.approved()).applicationId));
    await kit.sim.put('depository', { down: true });
    await kit.round();
    await kit.round();
    for (const id of ids) {
      expect(await kit.stateOf(id)).toBe('creating');
      expect(await kit.stepOf(id, 'oneCode')).toMatchObject({ state: 'failed', code: 'OUTSIDE_UNAVAILABLE', accountNoEnc: null });
      expect((await kit.row(id)).passwordsEnc).not.toBeNull();
      expect(await kit.sim.totals(id)).toEqual({});
    }
    await kit.sim.clear();
    await kit.runOn(ids);
    const numbers: string[] = [];
    for (const id of ids) {
      expect(await kit.stateOf(id)).toBe('opened');
      expect(await kit.sim.totals(id)).toEqual(ALL);
      numbers.push(...Object.values(await kit.numbersOf(id)));
    }
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('the core is silent: the fund account is unknown, not failed; the passwords are kept until the core has them', async () => {
    const { applicationId } = await kit.approved();
    await kit.sim.put('core', { silent: true });
    await kit.round();
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown', attempts: 1 });
    await kit.round();
    // Still silent: asked again, not sent again.
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown', attempts: 1 });
    expect((await kit.row(applicationId)).passwordsEnc).not.toBeNull();
    await kit.sim.clear();
    await kit.runOn([applicationId]);
    expect(await kit.row(applicationId)).toMatchObject({ state: 'opened', passwordsEnc: null });
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
  });

  test.each(['depository', 'core', 'bank'] as const)('the %s loses its answers after the work was done: found by key, done once', async (system) => {
    const { applicationId } = await kit.approved();
    await kit.sim.put(system, { match: applicationId, loseAnswer: true });
    await kit.runOn([applicationId]);
    expect(await kit.row(applicationId)).toMatchObject({ state: 'opened', passwordsEnc: null });
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
    expect(await kit.services.db.audit.count({ where: { applicationId, action: 'account.found' } })).toBeGreaterThan(0);
    expect(Object.keys(await kit.numbersOf(applicationId)).length).toBeGreaterThanOrEqual(5);
  });

  test.each(['oneCode', 'relation', 'fund', 'custody', 'shanghai'] as const)('the worker dies after %s was sent and before the answer was written: another asks, and nothing is done twice', async (victim) => {
    const { applicationId } = await kit.approved();
    const outside: BatchPorts['outside'] = { ...kit.batch.outside, send: async (step, request) => {
      const reply = await kit.batch.outside.send(step, request);
      if (step === victim) throw new Error('killed');
      return reply;
    } };
    await kit.round({ ...kit.batch, outside });
    expect(await kit.stepOf(applicationId, victim)).toMatchObject({ state: 'sent', accountNoEnc: null });
    await kit.runOn([applicationId]);
    expect(await kit.row(applicationId)).toMatchObject({ state: 'opened', passwordsEnc: null });
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
  });
});

describe('withdrawing is possible only before the first call outside', () => {
  test('an approved case can be withdrawn: its passwords are gone and nothing is ever sent', async () => {
    const { applicationId } = await kit.approved();
    expect((await (await kit.app.asClient(applicationId)).withdraw()).state).toBe('withdrawn');
    expect((await kit.row(applicationId)).passwordsEnc).toBeNull();
    await kit.round();
    await openAccountsJob(kit.services, kit.batch, { applicationId });
    expect(await kit.stateOf(applicationId)).toBe('withdrawn');
    expect(await kit.sim.log(applicationId)).toEqual([]);
  });

  test('once the creation has begun it is refused, whatever the depository answered', async () => {
    const { applicationId } = await kit.approved();
    await kit.sim.put('depository', { down: true });
    await kit.round();
    await expect((await kit.app.asClient(applicationId)).withdraw()).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    await kit.sim.clear();
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
  });

  test('withdrawn and begun at the same moment: one of the two, never both', async () => {
    for (let i = 0; i < 6; i++) {
      const { applicationId } = await kit.approved();
      const client = await kit.app.asClient(applicationId);
      const [withdrawn] = await Promise.allSettled([client.withdraw(), openAccountsJob(kit.services, kit.batch, { applicationId })]);
      await kit.runOn([applicationId]);
      if (withdrawn.status === 'fulfilled') {
        expect(await kit.stateOf(applicationId)).toBe('withdrawn');
        expect(await kit.sim.totals(applicationId)).toEqual({});
      } else {
        expect(await kit.stateOf(applicationId)).toBe('opened');
        expect(await kit.sim.totals(applicationId)).toEqual(ALL);
      }
    }
  });
});

describe('several workers', () => {
  test('three work on one case at once: every account once, no step sent twice (R53)', async () => {
    const { applicationId } = await kit.approved();
    const workers = [kit.services, kit.app.openServices(), kit.app.openServices()];
    await Promise.all(workers.map((one) => openAccountsJob(one, kit.batch, { applicationId })));
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
    expect((await kit.row(applicationId)).accountSteps.every((s) => s.attempts === 1)).toBe(true);
  });

  test('two programs with queue, relay and workers of their own: approved in the review, opened by the batch, lost answers included', async () => {
    const lives: Lifecycle[] = [];
    const config = { redisUrl: kit.app.redisUrl, demo: true, expireDays: 365, outside: { police: kit.sim.urls.police } } as Config;
    const ports = { ...kit.batch, calendar: { ...kit.app.calendar, alwaysOpen: true } };
    const quiet = { info: () => undefined, error: () => undefined };
    try {
      for (let i = 0; i < 2; i++) {
        const life = createLifecycle(quiet);
        lives.push(life);
        const queues = await life.add('queues', () => openJobs(config), (q) => q.close());
        const own = kit.app.openServices({ jobs: queues, now: () => new Date() });
        await startJobs(life, config, own, queues, ports, own.keys, kit.app.evidence);
      }
      const ids = await Promise.all(Array.from({ length: 6 }, async () => (await kit.approved()).applicationId));
      await kit.sim.put('core', { match: ids[0]!, loseAnswer: true });
      const until = Date.now() + 45_000;
      while (Date.now() < until && (await kit.services.db.application.count({ where: { id: { in: ids }, state: 'opened' } })) < ids.length) await new Promise((done) => setTimeout(done, 250));
      for (const id of ids) {
        expect(await kit.stateOf(id)).toBe('opened');
        expect(await kit.sim.totals(id)).toEqual(ALL);
      }
      const untold = (): Promise<number> => kit.services.db.outbox.count({ where: { publishedAt: null } });
      while (Date.now() < until && (await untold()) > 0) await new Promise((done) => setTimeout(done, 250));
      expect(await untold()).toBe(0);
    } finally {
      for (const life of lives) await life.stop();
    }
  });
});
