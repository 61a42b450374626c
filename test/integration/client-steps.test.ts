import { describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import { newId } from '../../server/database/crypto.ts';
import { DECLARATIONS, createBrowser, fillUntil, formOf, logIn, openClientApp, setPasswords, signAll } from './client-steps.support.ts';
import type { Browser } from './client-steps.support.ts';

const { app, anna, loggedIn, freshPhone } = await openClientApp();

describe('the client’s way', () => {
  test('a client goes from consents to submission, closes the page in between and goes on', async () => {
    const phone = freshPhone();
    const browser = createBrowser(app.base);
    const first = await logIn(app, browser, phone);
    expect(first.body).toMatchObject({ state: 'draft', step: 'documents', phoneMasked: expect.stringMatching(/^139\*{4}\d{4}$/) });
    await browser.upload('portrait', anna.portrait);
    const read = await browser.upload('emblem', anna.emblem);
    expect(read.body).toMatchObject({ step: 'form', prefill: { name: anna.person.name, idNumber: anna.person.number, birthDate: anna.person.birth } });
    await fillUntil(browser, anna, 'custody');
    // The browser is closed; its cookie is all that is left.
    const again = createBrowser(app.base);
    for (const [name, value] of browser.jar) again.jar.set(name, value);
    expect((await again.get('/api/client/application')).body).toMatchObject({ step: 'custody', form: anna.form, risk: { blocked: false } });
    await again.put('/api/client/custody', { bankCode: 'ICBC', cardNumber: '4111111111111111' });
    await setPasswords(again, '739251', '806417');
    await signAll(again);
    const done = await again.post('/api/client/submit');
    expect(done.body).toMatchObject({ state: 'submitted', step: 'ready', custody: { bankCode: 'ICBC', cardMasked: '**** **** 1111' }, passwordsSet: true });
    expect(done.body.signed).toHaveLength(4);
    expect((await again.post('/api/client/submit')).body.state).toBe('submitted');
    expect((await again.put('/api/client/form', anna.form)).code).toBe('STATE_NOT_ALLOWED');
    const rows = await app.db.prisma.audit.findMany({ where: { applicationId: done.body.applicationId }, orderBy: { seq: 'asc' } });
    expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(['application.opened', 'application.form_saved', 'application.submit']));
    expect(await app.db.prisma.outbox.count({ where: { type: 'application.changed' } })).toBeGreaterThan(0);
  }, 180_000);

  test('a step out of order is refused and the missing step is named', async () => {
    const browser = await loggedIn();
    const answer = await browser.put('/api/client/form', anna.form);
    expect([answer.status, answer.code, answer.items]).toEqual([409, 'STEP_INCOMPLETE', ['documents']]);
    expect(await browser.post('/api/client/submit')).toMatchObject({ code: 'STEP_INCOMPLETE' });
  });

  test('two submissions at once: the application is submitted once', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'submit');
    const answers = await Promise.all([browser.post('/api/client/submit'), browser.post('/api/client/submit')]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    const { applicationId } = answers.find(({ status }) => status === 200)!.body;
    expect(await app.db.prisma.audit.count({ where: { applicationId, action: 'application.submit' } })).toBe(1);
  }, 180_000);
});

describe('after submission', () => {
  const submitted = async (): Promise<{ browser: Browser; applicationId: string }> => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'submit');
    return { browser, applicationId: (await browser.post('/api/client/submit')).body.applicationId };
  };
  const system = { kind: 'system' } as const;
  const inCall = async (applicationId: string): Promise<string> => {
    for (const event of ['join_line', 'accept'] as const) await changeApplication(app.db.prisma, { applicationId, event, actor: system });
    const id = newId();
    await app.db.prisma.witnessSession.create({ data: { id, applicationId, witnessId: app.logins[0]!.staffId, cue: 'turnLeft', scriptVersion: '2026-1', acceptedAt: new Date() } });
    for (const event of ['accept', 'both_joined'] as const) await changeSession(app.db.prisma, { sessionId: id, event, actor: system });
    return id;
  };

  test('a repairable reject sends the client back to just that item, and the rest is kept (R29)', async () => {
    const { browser, applicationId } = await submitted();
    const sessionId = await inCall(applicationId);
    expect((await browser.get('/api/client/application')).body).toMatchObject({ step: 'call', session: { sessionId, agentName: '张敏' } });
    await changeSession(app.db.prisma, { sessionId, event: 'reject', actor: system });
    await changeApplication(app.db.prisma, { applicationId, event: 'reject_repairable', actor: system }, { reasonCode: 'D01', repairItems: ['form', 'call'] });
    const view = (await browser.get('/api/client/application')).body;
    expect(view).toMatchObject({ state: 'repair', step: 'form', repair: { items: ['form', 'call'], text: { zh: expect.stringContaining('更正') } } });
    expect((await browser.put('/api/client/declarations', DECLARATIONS)).code).toBe('STATE_NOT_ALLOWED');
    expect((await browser.put('/api/client/form', anna.form)).body).toMatchObject({ step: 'submit' });
    expect((await browser.post('/api/client/submit')).body).toMatchObject({ state: 'submitted', step: 'ready', repair: null });
  });

  test('a case held for suspected fraud looks like any other that is being processed (R27)', async () => {
    const { browser, applicationId } = await submitted();
    const sessionId = await inCall(applicationId);
    await changeSession(app.db.prisma, { sessionId, event: 'flag_fraud', actor: system });
    await changeApplication(app.db.prisma, { applicationId, event: 'flag_fraud', actor: system }, { reasonCode: 'F01' });
    const held = (await browser.get('/api/client/application')).body;
    expect(JSON.stringify(held)).not.toMatch(/held|fraud|F01/);
    expect(held.message.zh).toContain('正在处理');
    await changeApplication(app.db.prisma, { applicationId, event: 'reject_final', actor: system }, { reasonCode: 'F01' });
    expect(JSON.stringify((await browser.get('/api/client/application')).body)).not.toMatch(/rejected|fraud|F01/);
  });

  test('the client rates the call once (R57) and can withdraw before anything is created', async () => {
    const { browser, applicationId } = await submitted();
    expect((await browser.post('/api/client/rating', { score: 'fair' })).code).toBe('STATE_NOT_ALLOWED');
    const sessionId = await inCall(applicationId);
    await changeSession(app.db.prisma, { sessionId, event: 'pass', actor: system });
    await changeApplication(app.db.prisma, { applicationId, event: 'pass', actor: system });
    expect((await browser.post('/api/client/rating', { score: 'notSatisfied', reason: '等了很久' })).body.rated).toBe(true);
    await browser.post('/api/client/rating', { score: 'satisfied' });
    expect(await app.db.prisma.rating.findMany({ where: { applicationId } })).toMatchObject([{ score: 'notSatisfied', sessionId }]);
    expect((await browser.post('/api/client/withdraw')).body.state).toBe('withdrawn');
    expect((await app.db.prisma.application.findUniqueOrThrow({ where: { id: applicationId } })).passwordsEnc).toBeNull();
    expect((await browser.post('/api/client/withdraw')).code).toBe('STATE_NOT_ALLOWED');
  });
});

describe('personal data', () => {
  test('neither database, log, Redis nor files hold the ID number, the name or a phone number in clear (R43)', async () => {
    const phone = freshPhone();
    const browser = await loggedIn(phone);
    await fillUntil(browser, anna, 'submit');
    const client = new pg.Client({ connectionString: app.database.ownerUrl });
    await client.connect();
    const tables = await client.query<{ name: string }>(`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'keys')`);
    let dump = '';
    for (const { name } of tables.rows) dump += JSON.stringify((await client.query(`SELECT * FROM ${name}`)).rows);
    await client.end();
    const keys = await app.redisClient.keys('*');
    const redis = JSON.stringify(await Promise.all(keys.map(async (key) => [key, await app.redisClient.dump(key)])));
    const files = readdirSync(app.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(dump.length).toBeGreaterThan(5000);
    expect(files.length).toBeGreaterThan(0);
    for (const secret of [phone, anna.person.number, anna.person.name, anna.person.address, '4111111111111111', '739251']) {
      for (const [where, text] of [['database', dump], ['log', app.log.join('\n')], ['redis', redis]] as const) expect([where, text.includes(secret)]).toEqual([where, false]);
    }
    for (const bytes of files) expect(bytes.includes(Buffer.from([0xff, 0xd8, 0xff, 0xe0])) && bytes[0] === 0xff).toBe(false);
    expect(formOf(anna.person).idNumber).toBe(anna.person.number);
  });
});
