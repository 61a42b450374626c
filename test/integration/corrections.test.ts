import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { batchTick, openAccountsJob } from '../../server/usecases/batch/run.ts';
import type { BatchPorts } from '../../server/usecases/batch/run.ts';
import type { Services } from '../../server/usecases/services.ts';
import { createOutside } from '../../workflows/accounts/outside.ts';
import { call, sealPasswords, startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseOptions, CaseServices } from './case.support.ts';

const GOOD_CARD = { bankCode: 'ICBC', cardNumber: '6222021234567890128' };

let sim: TestSimulators;
let app: CaseServices;
let services: Services;
let batch: BatchPorts;
let staff: { witnessId: string; reviewerId: string };
let passwords: Awaited<ReturnType<typeof sealPasswords>>;

beforeAll(async () => {
  sim = await startTestSimulators();
  app = await startCaseServices({ outside: sim.urls });
  services = app.services;
  batch = { calendar: app.calendar, outside: createOutside({ depositoryUrl: sim.urls.depository, coreUrl: sim.urls.core, bankUrl: sim.urls.bank, timeoutMs: 2000 }) };
  staff = { witnessId: await makeStaff(services, ['witness']), reviewerId: await makeStaff(services, ['reviewer']) };
  passwords = await sealPasswords(sim.urls.core, '285913', '730264');
});
beforeEach(() => { app.clock.at = new Date('2026-03-10T10:00:00+08:00'); app.jobs.length = 0; });
afterEach(async () => { await sim.clear(); });
afterAll(async () => { await app?.close(); await sim?.close(); });

const row = (applicationId: string) => services.db.application.findUniqueOrThrow({ where: { id: applicationId }, include: { accountSteps: true } });
/** As the clock does it: only what the tick finds is worked on. */
const round = async (): Promise<string[]> => {
  await batchTick(services, batch);
  const due = app.jobs.splice(0).filter((job) => job.name === 'account.open').map((job) => (job.data as { applicationId: string }).applicationId);
  for (const applicationId of due) await openAccountsJob(services, batch, { applicationId });
  app.clock.at = new Date(app.clock.at.getTime() + 90_000);
  return due;
};
/** A case that the batch has taken as far as it goes without its client. */
const stuck = async (more: Partial<CaseOptions>) => {
  const { applicationId } = await makeCase(services, { until: 'review_approve', ...staff, passwords, ...more });
  await round();
  expect(await row(applicationId)).toMatchObject({ state: 'awaiting_client' });
  return { applicationId, client: await app.asClient(applicationId) };
};

describe('a client whom the batch waits for (R54)', () => {
  test('a card that the bank refused is corrected by the client, and the accounts are opened', async () => {
    const { applicationId, client } = await stuck({ cardNumber: '123' });
    const view = await client.view();
    expect(view).toMatchObject({ state: 'awaiting_client', step: 'result', correct: ['custody'], message: { zh: expect.stringContaining('银行卡'), en: expect.stringContaining('card') } });
    expect(view.accounts.find((one) => one.step === 'custody')!.text.zh).toContain('核对银行卡号');
    expect(JSON.stringify([view.message, view.accounts])).not.toContain('请到银行确认');
    const after = await client.save('saveCustody', GOOD_CARD);
    expect(after).toMatchObject({ state: 'awaiting_client', correct: [], message: { zh: expect.stringContaining('正在为您开立账户') } });
    expect((await row(applicationId)).accountSteps.find((s) => s.step === 'custody')).toMatchObject({ state: 'pending', attempts: 0, nextAt: null });
    expect(await services.db.audit.findFirst({ where: { applicationId, action: 'account.client_done' } })).toMatchObject({ actorKind: 'client' });
    await round();
    expect(await row(applicationId)).toMatchObject({ state: 'opened' });
    expect(await sim.totals(applicationId)).toMatchObject({ custody: 1, fund: 1 });
  });

  test.each(['PASSWORD_WEAK', 'PASSWORDS_EQUAL', 'PASSWORD_UNREADABLE'])('passwords that the core refuses (%s) are set again by the client, and the accounts are opened', async (errorCode) => {
    await sim.put('core', { errorCode });
    const { applicationId, client } = await stuck({});
    await sim.clear();
    const view = await client.view();
    expect(view).toMatchObject({ correct: ['passwords'], message: { zh: expect.stringContaining('重新设置') } });
    expect(view.accounts.find((one) => one.step === 'fund')!.text.zh).toContain('重新设置密码');
    await client.save('savePasswords', await sealPasswords(sim.urls.core, '739251', '806417'));
    await round();
    expect(await row(applicationId)).toMatchObject({ state: 'opened', passwordsEnc: null });
  });

  test('passwords that are missing can be set', async () => {
    const { applicationId, client } = await stuck({ passwords: undefined as never });
    expect(await client.view()).toMatchObject({ correct: ['passwords'] });
    await client.save('savePasswords', await sealPasswords(sim.urls.core, '739251', '806417'));
    await round();
    expect(await row(applicationId)).toMatchObject({ state: 'opened' });
  });

  test('nothing else can be changed meanwhile', async () => {
    const { applicationId, client } = await stuck({ cardNumber: '123' });
    const before = await row(applicationId);
    const refused = expect.objectContaining({ code: 'STATE_NOT_ALLOWED' });
    await expect(client.save('savePasswords', await sealPasswords(sim.urls.core, '739251', '806417'))).rejects.toEqual(refused);
    await expect(client.save('saveForm', (await client.view()).form!)).rejects.toEqual(refused);
    await expect(client.save('saveDeclarations', (await client.view()).declarations!)).rejects.toEqual(refused);
    expect(await row(applicationId)).toMatchObject({ version: before.version, state: 'awaiting_client' });
  });

  test('a client who confirms at the bank is offered nothing to change (R51)', async () => {
    const { applicationId, client } = await stuck({ bankCode: 'ABC' });
    expect(await client.view()).toMatchObject({ correct: [], message: { zh: expect.stringContaining('银行确认') } });
    await expect(client.save('saveCustody', GOOD_CARD)).rejects.toEqual(expect.objectContaining({ code: 'STATE_NOT_ALLOWED' }));
    await call('POST', `${sim.urls.bank}/confirmations`, { idempotencyKey: `${applicationId}-custody` });
    await round();
    expect(await row(applicationId)).toMatchObject({ state: 'opened' });
  });

  test('two phones correct at once: one is stored, the other is told', async () => {
    const { applicationId, client } = await stuck({ cardNumber: '123' });
    const outcomes = await Promise.allSettled([client.save('saveCustody', GOOD_CARD), client.save('saveCustody', { ...GOOD_CARD, bankCode: 'CCB' })]);
    const failed = outcomes.flatMap((o) => (o.status === 'rejected' ? [(o.reason as { code: string }).code] : []));
    // Who comes a moment later finds the correction made already.
    expect(['STALE_VERSION', 'STATE_NOT_ALLOWED']).toContain(failed[0]);
    expect(failed).toHaveLength(1);
    expect(await services.db.audit.count({ where: { applicationId, action: 'account.client_done' } })).toBe(1);
  });
});
