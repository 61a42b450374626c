import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import { batchRows, unparkCase } from '../../server/usecases/batch/list.ts';
import { batchTick, openAccountsJob } from '../../server/usecases/batch/run.ts';
import { addNegative, removeNegative } from '../../server/usecases/person/negative.ts';
import type { Services } from '../../server/usecases/services.ts';
import { calendarState, isOpen, nextOpening } from '../../workflows/accounts/calendar.ts';
import { call } from '../support/simulators/index.ts';
import { ALL, startBatch } from './batch.support.ts';
import type { BatchKit } from './batch.support.ts';

let kit: BatchKit;
beforeAll(async () => { kit = await startBatch(); });
beforeEach(() => kit.begin());
afterEach(() => kit.clear());
afterAll(() => kit?.close());

describe('cases that need somebody (R54)', () => {
  test('a parked case is shown with its code, and goes on where it stood when the lead unparks it', async () => {
    const { applicationId } = await kit.approved();
    await kit.sim.put('core', { match: applicationId, errorCode: 'CUSTOMER_EXISTS' });
    await kit.runOn([applicationId]);
    expect(await kit.row(applicationId)).toMatchObject({ state: 'parked', passwordsEnc: expect.any(String) });
    const { rows } = await batchRows(kit.services, { isOpen: () => true, nextOpening: () => null, state: () => 'known' });
    expect(rows.find((r) => r.applicationId === applicationId)).toMatchObject({ state: 'parked', steps: expect.arrayContaining([{ step: 'oneCode', state: 'done', code: null }, { step: 'fund', state: 'parked', code: 'CUSTOMER_EXISTS' }]) });
    await kit.round();
    expect(await kit.stateOf(applicationId)).toBe('parked');
    await kit.sim.clear();
    await unparkCase(kit.services, { applicationId, staffId: kit.leadId });
    expect(kit.app.jobs).toContainEqual(expect.objectContaining({ name: 'account.open', data: { applicationId } }));
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
    expect(await kit.services.db.audit.findFirst({ where: { applicationId, action: 'application.unpark' } })).toMatchObject({ actorKind: 'staff', actorId: kit.leadId });
    await expect(unparkCase(kit.services, { applicationId, staffId: kit.leadId })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
  });

  test('a bank where the client confirms: the case waits, is asked about, and is opened when the client has', async () => {
    const { applicationId } = await kit.approved({ bankCode: 'ABC' });
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('awaiting_client');
    await kit.round();
    expect(await kit.stateOf(applicationId)).toBe('awaiting_client');
    await call('POST', `${kit.sim.urls.bank}/confirmations`, { idempotencyKey: `${applicationId}-custody` });
    for (let i = 0; i < 3; i++) await kit.round();
    expect(await kit.stateOf(applicationId)).toBe('opened');
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
  });

  test('a client whose card the bank refuses is queued no more until the card was put right', async () => {
    const { applicationId } = await kit.approved({ cardNumber: '123' });
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('awaiting_client');
    expect(await kit.stepOf(applicationId, 'custody')).toMatchObject({ state: 'awaiting_client', code: 'CUSTODY_ERROR' });
    await batchTick(kit.services, kit.batch);
    expect(kit.app.jobs.filter((job) => (job.data as { applicationId?: string }).applicationId === applicationId)).toEqual([]);
  });

  test('a poisoned record, its key destroyed, stops nobody else', async () => {
    const other = kit.app.openServices();
    const poisoned = await kit.approved({}, other);
    await other.keys.destroy(poisoned.applicationId);
    const good = await kit.approved();
    await batchTick(kit.services, kit.batch);
    const jobs = kit.app.jobs.splice(0).map((job) => (job.data as { applicationId: string }).applicationId);
    expect(jobs).toEqual(expect.arrayContaining([poisoned.applicationId, good.applicationId]));
    const outcomes = await Promise.allSettled([poisoned, good].map(({ applicationId }) => openAccountsJob(kit.services, kit.batch, { applicationId })));
    expect(outcomes.map((o) => o.status)).toEqual(['rejected', 'fulfilled']);
    expect(await kit.stateOf(good.applicationId)).toBe('opened');
    expect(await kit.sim.log(poisoned.applicationId)).toEqual([]);
    await (await kit.app.asClient(good.applicationId)).view();
    // The last try parks it: a person is told, and no tick queues it again.
    await openAccountsJob(kit.services, kit.batch, poisoned, { last: true });
    expect(await kit.row(poisoned.applicationId)).toMatchObject({ state: 'parked', parkedCode: 'FAULT', accountSteps: [] });
    const { rows } = await batchRows(kit.services, { isOpen: () => true, nextOpening: () => null, state: () => 'known' });
    expect(rows.find((r) => r.applicationId === poisoned.applicationId)).toMatchObject({ state: 'parked', code: 'FAULT', steps: [] });
    await batchTick(kit.services, kit.batch);
    expect(kit.app.jobs.map((job) => (job.data as { applicationId?: string }).applicationId)).not.toContain(poisoned.applicationId);
  });

  test('a case parked for a fault before its creation began is opened once it can be worked on and was put back (R54)', async () => {
    const one = await kit.approved();
    const broken = { ...kit.services, cipher: { ...kit.services.cipher, openJson: async () => { throw new Error('damaged'); } } };
    await expect(openAccountsJob(broken, kit.batch, one, { last: false })).rejects.toThrow('damaged');
    expect(await kit.stateOf(one.applicationId)).toBe('approved');
    await openAccountsJob(broken, kit.batch, one, { last: true });
    expect(await kit.row(one.applicationId)).toMatchObject({ state: 'parked', parkedCode: 'FAULT', accountSteps: [] });
    await unparkCase(kit.services, { applicationId: one.applicationId, staffId: kit.leadId });
    expect(await kit.row(one.applicationId)).toMatchObject({ state: 'creating', parkedCode: null });
    await kit.runOn([one.applicationId]);
    expect(await kit.stateOf(one.applicationId)).toBe('opened');
    expect(await kit.sim.totals(one.applicationId)).toEqual(ALL);
  });

  test('who came onto the negative list after the approval gets no account before a person took the entry off (R16)', async () => {
    const one = await kit.approved();
    const { applicationId } = one;
    const entryId = await addNegative(kit.services, { staffId: kit.leadId, idNumber: one.form.idNumber, reason: '审核后得知' });
    await kit.round();
    expect(await kit.row(applicationId)).toMatchObject({ state: 'parked', parkedCode: 'NEGATIVE_LIST', accountSteps: [] });
    expect(await kit.sim.log(applicationId)).toEqual([]);
    await expect(unparkCase(kit.services, { applicationId, staffId: kit.leadId })).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['NEGATIVE_LIST'] } });
    await removeNegative(kit.services, { staffId: kit.leadId, entryId, reason: '经核实无误' });
    await unparkCase(kit.services, { applicationId, staffId: kit.leadId });
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
  });
  test('data that cannot be opened is no attempt: nothing counts as sent (R53)', async () => {
    const { applicationId } = await kit.approved();
    const broken = { ...kit.services, cipher: { ...kit.services.cipher, open: async (...args: Parameters<Services['cipher']['open']>) => { if (args[0].column === 'card_enc') throw new Error('damaged'); return kit.services.cipher.open(...args); } } };
    await expect(openAccountsJob(broken, kit.batch, { applicationId })).rejects.toThrow('damaged');
    expect(await kit.stepOf(applicationId, 'oneCode')).toMatchObject({ state: 'pending', attempts: 0 });
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
  });

  test('a case whose next step is due in ten minutes is not queued before', async () => {
    const { applicationId } = await kit.approved();
    await kit.sim.put('bank', { down: true });
    for (let i = 0; i < 5; i++) await kit.round();
    await kit.services.db.accountStep.updateMany({ where: { applicationId, step: 'custody' }, data: { nextAt: new Date(kit.app.clock.at.getTime() + 600_000) } });
    const queued = async (): Promise<boolean> => {
      await batchTick(kit.services, kit.batch);
      return kit.app.jobs.splice(0).some((job) => (job.data as { applicationId?: string }).applicationId === applicationId);
    };
    expect(await queued()).toBe(false);
    kit.app.clock.at = new Date(kit.app.clock.at.getTime() + 600_000);
    expect(await queued()).toBe(true);
    await kit.sim.clear();
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
  });

  test('a bank that is closed is not asked, and its case not queued, before it opens (R51)', async () => {
    const { applicationId } = await kit.approved();
    const early = { ...kit.batch, calendar: { ...kit.app.calendar, from: '08:00' } };
    kit.app.clock.at = new Date('2026-03-10T08:30:00+08:00');
    await openAccountsJob(kit.services, early, { applicationId });
    expect(await kit.stepOf(applicationId, 'custody')).toMatchObject({ state: 'pending', nextAt: new Date('2026-03-10T09:00:00+08:00') });
    await batchTick(kit.services, early);
    expect(kit.app.jobs.map((job) => (job.data as { applicationId?: string }).applicationId)).not.toContain(applicationId);
    kit.app.clock.at = new Date('2026-03-10T09:00:00+08:00');
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
  });

  test('what was parked because nobody knows is asked about when it is put back, never sent again (R53)', async () => {
    const { applicationId } = await kit.approved();
    await kit.sim.put('core', { match: applicationId, loseAnswer: true });
    await kit.round();
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    await kit.sim.clear();
    await kit.sim.put('core', { silent: true });
    kit.app.clock.at = new Date('2026-03-11T11:00:00+08:00');
    await openAccountsJob(kit.services, kit.batch, { applicationId });
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'parked', code: 'STILL_UNKNOWN' });
    await unparkCase(kit.services, { applicationId, staffId: kit.leadId });
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown', attempts: 0 });
    // Still silent: there is another day before a person has to look again.
    await openAccountsJob(kit.services, kit.batch, { applicationId });
    expect(await kit.stepOf(applicationId, 'fund')).toMatchObject({ state: 'unknown' });
    await kit.sim.clear();
    await kit.runOn([applicationId]);
    expect(await kit.stateOf(applicationId)).toBe('opened');
    expect(await kit.sim.totals(applicationId)).toEqual(ALL);
    expect((await kit.sim.log(applicationId)).filter((one) => (one as { path: string }).path === '/fund-accounts')).toHaveLength(1);
  });

  test('outside the known calendar the batch refuses to run and says so in its list (R51)', async () => {
    const { applicationId } = await kit.approved();
    kit.app.clock.at = new Date('2027-01-05T10:00:00+08:00');
    expect(await batchTick(kit.services, kit.batch)).toBe(0);
    await openAccountsJob(kit.services, kit.batch, { applicationId });
    expect(await kit.sim.log(applicationId)).toEqual([]);
    const clock = { isOpen: (when: Date) => isOpen(kit.app.calendar, when), nextOpening: (when: Date) => nextOpening(kit.app.calendar, when), state: (when: Date) => calendarState(kit.app.calendar, when) };
    expect(await batchRows(kit.services, clock)).toMatchObject({ open: false, nextOpening: null, calendar: 'unknown' });
    expect((await (await kit.app.asClient(applicationId)).view()).batchAt).toBeNull();
    await (await kit.app.asClient(applicationId)).withdraw();
  });

  test('more cases than one look can take: the newest is found all the same', async () => {
    const clients = Array.from({ length: 620 }, (_, i) => ({ id: newId(), phoneIndex: `many-${i}`, phoneEnc: 'v1.x' }));
    await kit.services.db.client.createMany({ data: clients });
    await kit.services.db.application.createMany({ data: clients.map(({ id: clientId, phoneIndex }) => ({ clientId, caseNo: phoneIndex, language: 'zh', state: 'creating' })) });
    const newest = await kit.approved();
    expect(await batchTick(kit.services, kit.batch)).toBeGreaterThan(620);
    expect(kit.app.jobs.map((job) => (job.data as { applicationId?: string }).applicationId)).toContain(newest.applicationId);
    await kit.services.db.application.updateMany({ where: { caseNo: { startsWith: 'many-' } }, data: { state: 'withdrawn' } });
  });
});
