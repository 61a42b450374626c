import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CLIENT_OPERATIONS, STAFF_OPERATIONS } from '../../contracts/http/index.ts';
import { currentTotp } from '../../server/auth/staff.ts';
import { openapi } from '../../server/http/openapi.ts';
import { consent, createBrowser, logIn, startClientApp, textsOf } from './client-steps.support.ts';
import type { ClientApp } from './client-steps.support.ts';

let app: ClientApp;
let serial = 0;
const freshPhone = (): string => `138${String(20_000_000 + ++serial)}`;
beforeAll(async () => { app = await startClientApp(); });
afterAll(async () => { await app?.close(); });

describe('consents (R17)', () => {
  test('come first: without them no code is sent', async () => {
    expect(await createBrowser(app.base).post('/api/client/code', { phone: freshPhone() })).toMatchObject({ status: 403, code: 'CONSENT_REQUIRED' });
  });
  test('a mandatory one that is refused or missing stops here and is named', async () => {
    expect(await consent(createBrowser(app.base), (kind) => kind !== 'recording')).toMatchObject({ code: 'CONSENT_REQUIRED', items: ['recording'] });
    expect((await createBrowser(app.base).post('/api/client/start', { language: 'zh', consents: [] })).code).toBe('CONSENT_REQUIRED');
  });
  test('an outdated text is not agreed to', async () => {
    const browser = createBrowser(app.base);
    const { consents } = await textsOf(browser);
    const given = consents.map(({ kind, version }) => ({ kind, version, sha256: 'a'.repeat(64), granted: true }));
    expect((await browser.post('/api/client/start', { language: 'zh', consents: given })).code).toBe('TEXT_VERSION_OLD');
  });
  test('face matching may be refused; all are stored with version, hash and time', async () => {
    const [browser, phone] = [createBrowser(app.base), freshPhone()];
    await consent(browser, (kind) => kind !== 'face');
    await browser.post('/api/client/code', { phone });
    const view = (await browser.post('/api/client/login', { phone, code: await app.smsCode(phone) })).body;
    expect(view.step).toBe('documents');
    expect(view.consents.find(({ kind }) => kind === 'face')?.granted).toBe(false);
    const rows = await app.db.prisma.applicationConsent.findMany({ where: { applicationId: view.applicationId } });
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row).toMatchObject({ version: '2026-1', sha256: expect.stringMatching(/^[0-9a-f]{64}$/), at: expect.any(Date) });
  });
});

describe('one-time codes (R15)', () => {
  const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  test('five wrong codes void it, and the right one comes too late', async () => {
    const [browser, phone] = [createBrowser(app.base), freshPhone()];
    await consent(browser);
    await browser.post('/api/client/code', { phone });
    const code = await app.smsCode(phone);
    for (let tried = 1; tried < 5; tried++) expect((await browser.post('/api/client/login', { phone, code: wrong(code) })).code).toBe('CODE_WRONG');
    expect(await browser.post('/api/client/login', { phone, code: wrong(code) })).toMatchObject({ status: 429, code: 'CODE_LOCKED' });
    expect((await browser.post('/api/client/login', { phone, code })).code).toBe('CODE_LOCKED');
    expect((await browser.post('/api/client/code', { phone })).code).toBe('CODE_LOCKED');
  });
  test('many guesses at once have no more than five tries', async () => {
    const [browser, phone] = [createBrowser(app.base), freshPhone()];
    await consent(browser);
    await browser.post('/api/client/code', { phone });
    const code = await app.smsCode(phone);
    await Promise.all(Array.from({ length: 20 }, () => browser.post('/api/client/login', { phone, code: wrong(code) })));
    expect((await browser.post('/api/client/login', { phone, code })).code).toBe('CODE_LOCKED');
    expect((await app.db.prisma.oneTimeCode.findFirstOrThrow({ orderBy: { sentAt: 'desc' } })).tries).toBe(5);
  });
  test('a code is good for five minutes and once; another is sent after a minute', async () => {
    const [browser, phone] = [createBrowser(app.base), freshPhone()];
    await consent(browser);
    expect((await browser.post<{ resendAfterSeconds: number }>('/api/client/code', { phone })).body.resendAfterSeconds).toBe(60);
    expect(await browser.post('/api/client/code', { phone })).toMatchObject({ status: 429, code: 'TOO_MANY_TRIES' });
    const code = await app.smsCode(phone);
    app.clock.offsetMs = 301_000;
    expect((await browser.post('/api/client/login', { phone, code })).code).toBe('CODE_EXPIRED');
    app.clock.offsetMs = 0;
    expect((await browser.post('/api/client/login', { phone, code })).status).toBe(200);
    expect((await browser.post('/api/client/login', { phone, code })).code).toBe('CODE_EXPIRED');
  });
  test('a number that is none is told so', async () => {
    const browser = createBrowser(app.base);
    await consent(browser);
    expect((await browser.post('/api/client/code', { phone: '12345' })).code).toBe('PHONE_INVALID');
  });
  test('when the gateway is down the client is told, and may ask again at once', async () => {
    const [browser, phone] = [createBrowser(app.base), freshPhone()];
    await consent(browser);
    await app.simulatorsDown('sms', true);
    expect(await browser.post('/api/client/code', { phone })).toMatchObject({ status: 503, code: 'OUTSIDE_UNAVAILABLE' });
    await app.simulatorsDown('sms', false);
    expect((await browser.post('/api/client/code', { phone })).status).toBe(200);
  });
});

describe('the client’s device', () => {
  test('a second device goes on with the same application, and the first is told', async () => {
    const phone = freshPhone();
    const [first, second] = [createBrowser(app.base), createBrowser(app.base)];
    const opened = await logIn(app, first, phone);
    const taken = await logIn(app, second, phone);
    expect(taken.body.applicationId).toBe(opened.body.applicationId);
    expect(await first.get('/api/client/application')).toMatchObject({ status: 409, code: 'DEVICE_TAKEN_OVER' });
    expect(app.takenOver).toHaveLength(1);
  });
  test('logging in changes the cookie, and logging out ends it', async () => {
    const [browser, phone] = [createBrowser(app.base), freshPhone()];
    await consent(browser);
    const anonymous = browser.jar.get('vw_client');
    await browser.post('/api/client/code', { phone });
    await browser.post('/api/client/login', { phone, code: await app.smsCode(phone) });
    const kept = browser.jar.get('vw_client')!;
    expect(kept).not.toBe(anonymous);
    await browser.post('/api/client/logout');
    browser.jar.set('vw_client', kept);
    expect((await browser.get('/api/client/application')).code).toBe('LOGIN_REQUIRED');
  });
  test('a change from a foreign page is refused', async () => {
    const [browser, phone] = [createBrowser(app.base), freshPhone()];
    await logIn(app, browser, phone);
    expect(await browser.send('POST', '/api/client/withdraw', undefined, { origin: 'https://evil.example' })).toMatchObject({ status: 403, code: 'ORIGIN_NOT_ALLOWED' });
  });
});

describe('staff', () => {
  const login = (username: string, over: Partial<{ password: string; totp: string }> = {}) => {
    const known = app.logins.find((one) => one.username === username)!;
    const browser = createBrowser(app.base);
    return { browser, answer: browser.post<{ roles: string[]; name: string }>('/api/staff/login', { username, password: known.password, totp: currentTotp(known.totpSecret), ...over }) };
  };
  test('password and one-time password let in, with the role’s rights only', async () => {
    const { browser, answer } = login('w1');
    expect(await answer).toMatchObject({ status: 200, body: { name: '张敏', roles: ['witness'] } });
    expect((await browser.get('/api/staff/me')).status).toBe(200);
    expect(await browser.get('/api/holds')).toMatchObject({ status: 403, code: 'ROLE_NOT_ALLOWED' });
    await browser.post('/api/staff/logout');
    expect((await browser.get('/api/staff/me')).code).toBe('LOGIN_REQUIRED');
  });
  test('a one-time password is accepted once', async () => {
    const secret = app.logins.find(({ username }) => username === 'w2')!.totpSecret;
    const totp = currentTotp(secret);
    const answers = await Promise.all([login('w2', { totp }).answer, login('w2', { totp }).answer]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await login('w2', { totp }).answer).code).toBe('LOGIN_WRONG');
  });
  test('whatever is wrong, the answer is the same; too many tries have to wait', async () => {
    expect((await login('r1', { password: 'wrong' }).answer).code).toBe('LOGIN_WRONG');
    expect((await login('r1', { totp: '000000' }).answer).code).toBe('LOGIN_WRONG');
    const nobody = createBrowser(app.base);
    expect((await nobody.post('/api/staff/login', { username: 'nobody', password: 'x', totp: '1' })).code).toBe('LOGIN_WRONG');
    let last = '';
    for (let tried = 0; tried < 10; tried++) last = (await login('r1', { password: 'wrong' }).answer).code ?? '';
    expect(last).toBe('TOO_MANY_TRIES');
  });
});

test('openapi.json lists each operation with its access', () => {
  const document = openapi({ client: CLIENT_OPERATIONS, staff: STAFF_OPERATIONS }, { title: 'Video witness', version: '1' }) as { openapi: string; paths: Record<string, Record<string, { security?: unknown }>> };
  expect(document.openapi).toBe('3.1.0');
  for (const operation of [...Object.values(CLIENT_OPERATIONS), ...Object.values(STAFF_OPERATIONS)]) {
    const found = document.paths[operation.path.replace(/:(\w+)/g, '{$1}')]?.[operation.method];
    expect([operation.path, found !== undefined, found?.security !== undefined]).toEqual([operation.path, true, operation.access !== 'public']);
  }
});
