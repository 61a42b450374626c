import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { ERRORS } from '../../contracts/errors.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import type { ApplicationView } from '../../contracts/http/client.ts';
import { apiOf } from '../support/journey/api.ts';
import type { InventedPerson } from '../support/cards/index.ts';
import { openBrowser } from '../support/journey/browser.ts';
import type { BrowserOptions, Person } from '../support/journey/browser.ts';
import { answerQuestionnaire, chooseBank, declare, giveConsents, openClientPage, provePhone, setPasswords, signAgreements, uploadDocuments } from '../support/journey/client.ts';
import type { ClientPerson } from '../support/journey/client.ts';
import { freshInstance } from '../support/journey/instance.ts';
import type { FreshInstance } from '../support/journey/instance.ts';
import { inventClient } from '../support/journey/persons.ts';
import { findPersonalData, findPlainMedia } from '../support/journey/privacy.ts';
import { rawSocket } from '../support/journey/rawSocket.ts';

const PHONE = { viewport: { width: 360, height: 640 }, mobile: true } as const;
const t = (page: Page, id: string) => page.getByTestId(id);
const shown = (page: Page, step: string): Promise<void> => page.locator(`[data-testid="step-title"][data-step="${step}"]`).waitFor({ timeout: 30_000 });

// One client's phone (Chromium, 360 × 640) from the first page to the device check; each test goes on where the last one stopped.
describe('a client’s phone, and what can be wrong with it', () => {
  let instance: FreshInstance;
  let client: ClientPerson;
  let card: InventedPerson;
  let profile: string;
  /** The instance's temporary folder: what is found there is its own. */
  let temporary: string;
  let phone: Person;
  const others: Person[] = [];

  /** The same person in another browser: its own devices, the same log-in. */
  const alsoIn = async (options: Omit<BrowserOptions, 'viewport'>): Promise<Person> => {
    const other = await openBrowser({ ...PHONE, ...options });
    others.push(other);
    await other.context.addCookies(await phone.context.cookies());
    await other.page.goto(`${instance.url}/join/`);
    return other;
  };
  const view = async (): Promise<ApplicationView> => (await apiOf(phone.context.request, instance.url).get<ApplicationView>('/api/client/application')).body;
  const reopen = async (): Promise<void> => {
    await phone.close();
    phone = await openBrowser({ ...PHONE, noCamera: true, profile });
    await phone.page.goto(`${instance.url}/join/`);
  };

  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'witness-temporary-'));
    instance = await freshInstance({ TMPDIR: temporary });
    ({ client, card } = await inventClient(53));
    profile = mkdtempSync(join(tmpdir(), 'witness-profile-'));
    phone = await openBrowser({ ...PHONE, noCamera: true, profile });
  });
  afterAll(async () => {
    for (const one of others) await one.close().catch(() => undefined);
    await phone?.close().catch(() => undefined);
    await instance?.dispose();
    if (temporary) await rm(temporary, { recursive: true, force: true });
    if (profile) await rm(profile, { recursive: true, force: true, maxRetries: 3 });
  });

  test('a plain-HTTP address answers why it cannot work, and leads to the https one', async () => {
    const { port } = new URL(instance.url);
    const answer = await phone.page.goto(`http://127.0.0.1:${port}/join/`);
    expect(answer?.status()).toBe(421);
    const body = await phone.page.innerText('body');
    for (const words of ['INSECURE_ADDRESS', ERRORS.INSECURE_ADDRESS.zh, ERRORS.INSECURE_ADDRESS.en, ERRORS.INSECURE_ADDRESS.todoZh]) expect(body).toContain(words);
    const link = phone.page.locator('a');
    expect(await link.getAttribute('href')).toBe(`https://127.0.0.1:${port}/`);
    await link.click();
    await shown(phone.page, 'consents');
    const api = await phone.context.request.get(`http://127.0.0.1:${port}/api/client/texts`);
    expect(api.status()).toBe(421);
    expect(await api.json()).toMatchObject({ code: 'INSECURE_ADDRESS' });
  });

  test('one touch switches to complete English, remembered for the next visit, and back', async () => {
    const { page } = phone;
    await openClientPage(page, instance.url);
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await t(page, 'lang-switch').click();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.reload();
    await shown(page, 'consents');
    const words = (await page.innerText('body')).replace(await t(page, 'lang-switch').innerText(), '');
    expect(words).not.toMatch(/[\u4e00-\u9fff]/);
    expect(words).toMatch(/consent|agree/i);
    await t(page, 'lang-switch').click();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    expect(await page.innerText('body')).toContain('同意');
  });

  test('Back closes an open text, then goes a step back; a code that is out is still asked for after a reload (R15)', async () => {
    const { page } = phone;
    await t(page, 'consent-notice-read').click();
    await t(page, 'legal-text').waitFor();
    await page.goBack();
    await t(page, 'legal-text').waitFor({ state: 'detached' });
    await shown(page, 'consents');
    await giveConsents(page);
    await t(page, 'phone-input').fill(`+86 ${client.phone}`);
    await t(page, 'code-send').click();
    await t(page, 'code-input').waitFor();
    await page.reload();
    await t(page, 'code-input').waitFor();
    expect(await t(page, 'phone-shown').innerText()).toBe(`${client.phone.slice(0, 3)}****${client.phone.slice(7)}`);
    expect(await t(page, 'code-send').isDisabled()).toBe(true);
    expect(await page.innerText('body')).not.toContain(client.phone);
    // Asked again too soon, from a page that no longer knows of it: the code of the first message can still be entered.
    await t(page, 'phone-other').click();
    await t(page, 'code-send').click();
    await t(page, 'code-input').waitFor();
    await t(page, 'phone-other').click();
    await page.goBack();
    await shown(page, 'consents');
    expect(await t(page, 'consent-recording').isChecked()).toBe(true);
  });

  test('no page is wider than the phone’s 360 pixels', async () => {
    const { page } = phone;
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await giveConsents(page);
    await provePhone(page, instance, client.phone);
    await shown(page, 'documents');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });

  describe('an upload that is no good is refused with its code in words, and nothing is lost (R21)', () => {
    const noise = (side: number) => sharp({ create: { width: side, height: side, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } } }).jpeg({ quality: 95 }).toBuffer();
    const files: [string, ErrorCode, string, string, () => Promise<Buffer>][] = [
      ['a text that calls itself a photo', 'UPLOAD_NOT_AN_IMAGE', 'card.jpg', 'image/jpeg', async () => Buffer.from('This is no picture. '.repeat(500))],
      ['a JPEG of which half is missing', 'UPLOAD_TRUNCATED', 'card.jpg', 'image/jpeg', async () => client.portrait.subarray(0, client.portrait.length >> 1)],
      ['a large JPEG cut off on the way', 'UPLOAD_TRUNCATED', 'card.jpg', 'image/jpeg', async () => { const whole = await noise(2600); return whole.subarray(0, Math.floor(whole.length * 0.8)); }],
      ['an SVG', 'UPLOAD_FORMAT_NOT_SUPPORTED', 'card.svg', 'image/svg+xml', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="856" height="540"><rect width="856" height="540" fill="red"/><script>fetch("/api/client/application")</script></svg>')],
      ['a PNG of 100 megapixels', 'UPLOAD_TOO_MANY_PIXELS', 'card.png', 'image/png', () => sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: '#fff' } }).png({ compressionLevel: 9 }).toBuffer()],
    ];
    test.each(files)('%s: %s', async (_, code, name, mimeType, make) => {
      const { page } = phone;
      await t(page, 'upload-portrait-file').setInputFiles({ name, mimeType, buffer: await make() });
      const note = page.locator(`[data-testid="document-portrait"] [data-testid="error"][data-code="${code}"]`);
      await note.waitFor({ timeout: 60_000 });
      expect(await note.innerText()).toContain(ERRORS[code].zh);
      expect(await note.innerText()).toContain(ERRORS[code].todoZh);
      expect(await t(page, 'document-portrait').getAttribute('data-state')).toBe('bad');
      expect(await t(page, 'documents-next').isDisabled()).toBe(true);
      expect((await view()).documents).toEqual([]);
      // The next file's refusal must be its own.
      await page.reload();
      await shown(page, 'documents');
    });
  });

  test('a double tap on “next” confirms no page unseen, and what was typed there outlives a reload', async () => {
    const { page } = phone;
    await uploadDocuments(page, client);
    await t(page, 'back').click();
    await shown(page, 'documents');
    await page.waitForFunction(() => !document.documentElement.hasAttribute('data-settling'));
    const button = (await t(page, 'documents-next').boundingBox())!;
    for (const wait of [50, 1500]) {
      await page.touchscreen.tap(button.x + button.width / 2, button.y + button.height / 2);
      await page.waitForTimeout(wait);
    }
    await shown(page, 'form');
    expect((await view()).form).toBeNull();
    const address = await t(page, 'form-address').inputValue();
    await t(page, 'form-address').fill(`${address}甲`);
    await page.reload();
    await shown(page, 'form');
    expect(await t(page, 'form-address').inputValue()).toBe(`${address}甲`);
    await t(page, 'form-address').fill(address);
  });

  test('closing the browser on a form page and opening it again goes on at the same step with what was read', async () => {
    await shown(phone.page, 'form');
    const number = await t(phone.page, 'form-idNumber').inputValue();
    expect(number).toMatch(/^\d{17}[\dX]$/);
    await reopen();
    await shown(phone.page, 'form');
    expect(await t(phone.page, 'form-idNumber').inputValue()).toBe(number);
    await t(phone.page, 'form-next').click();
    await shown(phone.page, 'declarations');
    await reopen();
    await shown(phone.page, 'declarations');
    expect((await view()).form?.idNumber).toBe(number);
  });

  describe('before the line, at the device check (R61)', () => {
    const state = (page: Page, item: string) => t(page, `ready-${item}`).getAttribute('data-state');
    const settled = (page: Page, item: string): Promise<unknown> => page.locator(`[data-testid="ready-${item}"]:not([data-state="checking"])`).waitFor({ timeout: 20_000 });

    test('a phone without a camera is told so with one plain fix, and cannot join', async () => {
      const { page } = phone;
      await declare(page);
      await answerQuestionnaire(page, 3);
      await t(page, 'risk-next').click();
      await chooseBank(page, client.bankCard);
      await setPasswords(page, client.tradingPassword, client.fundPassword);
      await signAgreements(page);
      await t(page, 'submit').click();
      await shown(page, 'ready');
      await t(page, 'ready-start').click();
      await settled(page, 'camera');
      expect(await state(page, 'camera')).toBe('missing');
      expect(await t(page, 'ready-camera').locator('p').count()).toBe(1);
      expect(await t(page, 'ready-camera').innerText()).toContain('没有找到摄像头。请换一部有前置摄像头的手机。');
      expect(await t(page, 'ready-retry').isVisible()).toBe(true);
      expect(await t(page, 'ready-next').isDisabled()).toBe(true);
      await t(page, 'lang-switch').click();
      expect(await t(page, 'ready-camera').innerText()).toContain('No camera was found. Use a phone with a front camera.');
      await t(page, 'lang-switch').click();
      expect((await view()).state).toBe('submitted');
    });

    test('the server does not take a client with a missing camera into the line either', async () => {
      const cookie = (await phone.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
      const socket = await rawSocket(`${instance.url}/ws/line`, { origin: instance.url, cookie });
      const ready = { camera: 'ok', microphone: 'ok', network: 'ok', light: 'ok' };
      expect(await socket.request('join', { ready: { ...ready, camera: 'missing' } })).toMatchObject({ ok: false, error: { code: 'READY_CHECK_FAILED', detail: { items: ['camera.missing'] } } });
      expect(await socket.request('join', { ready: { ...ready, camera: 'refused', microphone: 'silent' } })).toMatchObject({ ok: false, error: { code: 'READY_CHECK_FAILED', detail: { items: ['camera.refused', 'microphone.silent'] } } });
      socket.close();
      expect(await view()).toMatchObject({ state: 'submitted', step: 'ready', line: null });
    });

    test('who refused the camera is told how to allow it, and after allowing it the check passes', async () => {
      const { page, context } = await alsoIn({ refuseCamera: true });
      const cdp = await context.newCDPSession(page);
      const permit = async (setting: 'denied' | 'granted'): Promise<void> => {
        for (const name of ['camera', 'microphone']) await cdp.send('Browser.setPermission', { permission: { name }, setting, origin: instance.url });
      };
      await permit('denied');
      await shown(page, 'ready');
      await t(page, 'ready-start').click();
      await settled(page, 'camera');
      expect(await state(page, 'camera')).toBe('refused');
      expect(await state(page, 'microphone')).toBe('refused');
      expect(await t(page, 'ready-camera').locator('p').count()).toBe(1);
      expect(await t(page, 'ready-camera').innerText()).toMatch(/没有允许使用摄像头.*“允许”.*重新检测/);
      expect(await t(page, 'ready-next').isDisabled()).toBe(true);
      await permit('granted');
      await t(page, 'ready-retry').click();
      await page.locator('[data-testid="ready-camera"][data-state="ok"]').waitFor({ timeout: 20_000 });
      await page.locator('[data-testid="ready-next"]:not([disabled])').waitFor({ timeout: 20_000 });
      await t(page, 'ready-next').click();
      await t(page, 'line-place').waitFor({ timeout: 20_000 });
      expect((await view()).state).toBe('waiting');
    });
  });

  test('of all that was uploaded and typed nothing stands in clear in logs, database, Redis or files, and no plain picture is left (R43)', async () => {
    const { phone: number, bankCard, tradingPassword, fundPassword } = client;
    expect(await findPersonalData(instance, [card.number, number, card.name, card.address, bankCard, tradingPassword, fundPassword])).toEqual([]);
    expect(await findPlainMedia([instance.dataDir, temporary])).toEqual([]);
    expect(await apiOf(phone.context.request, instance.url).get<ApplicationView>('/api/client/application')).toMatchObject({ body: { form: { idNumber: card.number } } });
  });
});
