import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import { emit } from '../../server/database/transact.ts';
import { applicationPlace, documentPlace } from '../../server/usecases/client/case.ts';
import { keepHouse } from '../../server/usecases/house.ts';
import type { HousePorts } from '../../server/usecases/house.ts';
import { RETENTION_YEARS } from '../../workflows/retention/due.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices } from './case.support.ts';

const DAY = 24 * 3600_000;

let app: CaseServices;
let services: CaseServices['services'];
let witnessId: string;
let ports: HousePorts;
beforeAll(async () => {
  app = await startCaseServices();
  services = app.services;
  witnessId = await makeStaff(services, ['witness']);
  ports = { expireDays: 30, keys: services.keys, evidence: app.evidence, headsFile: app.evidence.headsFile, years: RETENTION_YEARS };
});
afterAll(async () => { await app?.close(); });

const ago = (days: number): Date => new Date(app.clock.at.getTime() - days * DAY);
const untouched = (applicationId: string, days: number) => services.db.application.update({ where: { id: applicationId }, data: { updatedAt: ago(days) } });
const row = (id: string) => services.db.application.findUniqueOrThrow({ where: { id } });

/** A client who began, photographed the card, and never came back. */
const draft = async () => {
  const { clientId, applicationId: other } = await makeCase(services, { until: 'submit', witnessId });
  await services.db.application.update({ where: { id: other }, data: { state: 'withdrawn' } });
  const [applicationId, documentId] = [newId(), newId()];
  const { fileId } = await services.store.put({ caseId: applicationId, kind: 'upload', contentType: 'image/jpeg', bytes: Buffer.from('card') });
  await services.db.application.create({
    data: {
      id: applicationId, clientId, caseNo: applicationId, language: 'zh', idNumberIndex: 'b1.x', passwordsEnc: 'v1.x', passwordsSetAt: services.now(),
      formEnc: await services.cipher.sealJson(applicationPlace(applicationId, 'form_enc'), { name: '某人' }),
      documents: { create: { id: documentId, side: 'portrait', fileId, width: 1, height: 1, readingEnc: await services.cipher.sealJson(documentPlace(applicationId, documentId), {}) } },
    },
  });
  return { applicationId, fileId };
};

describe('the hourly clean-up', () => {
  test('codes and log-ins a day past their end go; younger ones stay', async () => {
    const { clientId } = await makeCase(services, { until: 'submit', witnessId });
    for (const [i, expiresAt] of [ago(2), ago(0.5)].entries()) {
      await services.db.oneTimeCode.create({ data: { phoneIndex: `p${i}`, codeHash: 'x', expiresAt } });
      await services.db.clientSession.create({ data: { tokenHash: `c${i}`, clientId, consents: [], device: 'd', language: 'zh', expiresAt } });
      await services.db.staffSession.create({ data: { tokenHash: `s${i}`, staffId: witnessId, expiresAt } });
    }
    expect(await keepHouse(services, ports)).toMatchObject({ codes: 1, sessions: 2 });
    expect(await services.db.oneTimeCode.findMany()).toMatchObject([{ phoneIndex: 'p1' }]);
    expect(await services.db.clientSession.findMany()).toMatchObject([{ tokenHash: 'c1' }]);
    expect(await services.db.staffSession.findMany()).toMatchObject([{ tokenHash: 's1' }]);
  });

  test('events that were told a week ago go; what was not told stays however old', async () => {
    await services.db.outbox.deleteMany({});
    for (let i = 0; i < 3; i++) await emit(services.db, { type: 'application.changed', applicationId: `e${i}`, event: 'submit', from: 'draft', to: 'submitted' });
    const [first, second, third] = await services.db.outbox.findMany({ orderBy: { seq: 'asc' } });
    await services.db.outbox.update({ where: { id: first!.id }, data: { publishedAt: ago(8), at: ago(8) } });
    await services.db.outbox.update({ where: { id: second!.id }, data: { publishedAt: ago(6) } });
    await services.db.outbox.update({ where: { id: third!.id }, data: { at: ago(90) } });
    expect(await keepHouse(services, ports)).toMatchObject({ events: 1 });
    expect((await services.db.outbox.findMany({ orderBy: { seq: 'asc' } })).map(({ id }) => id)).toEqual([second!.id, third!.id]);
  });

  test('a draft that nobody touched for 30 days expires: its photos, its data and its key are gone (R44)', async () => {
    const [old, young] = [await draft(), await draft()];
    await untouched(old.applicationId, 31);
    await untouched(young.applicationId, 29);
    expect(await keepHouse(services, ports)).toMatchObject({ expired: 1, destroyed: 1 });
    expect(await row(old.applicationId)).toMatchObject({ state: 'expired', formEnc: null, idNumberIndex: null, passwordsEnc: null });
    expect(await row(young.applicationId)).toMatchObject({ state: 'draft', formEnc: expect.any(String) });
    expect(await services.db.caseKey.findUnique({ where: { subjectId: old.applicationId } })).toMatchObject({ wrapped: null, destroyedAt: expect.any(Date) });
    await expect(services.store.read({ caseId: old.applicationId, fileId: old.fileId })).rejects.toBeTruthy();
    expect((await services.store.read({ caseId: young.applicationId, fileId: young.fileId })).bytes.toString()).toBe('card');
    expect(await services.db.audit.count({ where: { applicationId: old.applicationId, action: 'case.destroyed' } })).toBe(1);
    // The client is told, instead of meeting an error, and may begin anew.
    expect(await (await app.asClient(old.applicationId)).view()).toMatchObject({ state: 'expired', form: null, message: { zh: expect.stringContaining('重新申请') } });
    expect(await keepHouse(services, ports)).toMatchObject({ expired: 0, destroyed: 0 });
  });

  test('what was submitted once expires without its passwords, and its records are kept (R19, R44)', async () => {
    const { applicationId } = await makeCase(services, { until: 'submit', witnessId, passwords: { keyId: 'k', trading: 't', fund: 'f' } });
    await services.db.application.update({ where: { id: applicationId }, data: { submittedAt: ago(40), updatedAt: ago(40) } });
    await keepHouse(services, ports);
    expect(await row(applicationId)).toMatchObject({ state: 'expired', passwordsEnc: null, formEnc: expect.any(String) });
    expect(await services.db.caseKey.findUnique({ where: { subjectId: applicationId } })).toMatchObject({ destroyedAt: null });
  });

  test('a clean-up that was cut off goes on with the next one (R44)', async () => {
    const { applicationId } = await draft();
    await untouched(applicationId, 31);
    await expect(keepHouse(services, { ...ports, keys: { destroy: async () => { throw new Error('cut off'); } } })).rejects.toThrow('cut off');
    expect(await row(applicationId)).toMatchObject({ formEnc: expect.any(String) });
    expect(await keepHouse(services, ports)).toMatchObject({ expired: 0, destroyed: 1 });
    expect(await services.db.caseKey.findUnique({ where: { subjectId: applicationId } })).toMatchObject({ wrapped: null });
  });

  test('half-written files of a crash go after a day; one that is being written stays', async () => {
    const { applicationId } = await draft();
    const [dead, fresh] = ['.dead.part', '.fresh.part'].map((name) => join(app.dir, applicationId, name));
    for (const path of [dead!, fresh!]) writeFileSync(path, 'x');
    utimesSync(dead!, ago(2), ago(2));
    utimesSync(fresh!, ago(0), ago(0));
    expect(await keepHouse(services, ports)).toMatchObject({ unfinished: 1 });
    expect([existsSync(dead!), existsSync(fresh!)]).toEqual([false, true]);
  });
});
