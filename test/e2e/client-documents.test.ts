import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { cropOf } from '../../contracts/crop.ts';
import { FINDINGS } from '../../contracts/findings.ts';
import type { ApplicationView } from '../../contracts/http/client.ts';
import { apiOf } from '../support/journey/api.ts';
import { cardOfSeed, fixturePortrait, photograph, photographCard, renderCard } from '../support/cards/index.ts';
import type { InventedPerson } from '../support/cards/index.ts';
import { openBrowser } from '../support/journey/browser.ts';
import type { Person } from '../support/journey/browser.ts';
import { giveConsents, openClientPage, provePhone } from '../support/journey/client.ts';
import type { ClientPerson } from '../support/journey/client.ts';
import { freshInstance } from '../support/journey/instance.ts';
import type { FreshInstance } from '../support/journey/instance.ts';
import { inventClient } from '../support/journey/persons.ts';
import { picture } from '../support/journey/picture.ts';

const t = (page: Page, id: string) => page.getByTestId(id);
const shown = (page: Page, step: string): Promise<void> => page.locator(`[data-testid="step-title"][data-step="${step}"]`).waitFor({ timeout: 60_000 });
const state = (page: Page, side: string, value: string): Promise<void> => page.locator(`[data-testid="document-${side}"][data-state="${value}"]`).waitFor({ timeout: 60_000 });
const SKIN = '#d9a98a';

/** What a crop shows on the screen, once its picture is there: 9 × 9 colours. */
async function thumbOf(crop: Locator): Promise<Buffer> {
  const frame = crop.locator('.crop-frame');
  await frame.locator('img').evaluate((node) => (node as HTMLImageElement).decode());
  await frame.evaluate((node) => { node.scrollIntoView({ block: 'center' }); });
  const shot = await frame.screenshot();
  const { width = 0, height = 0 } = await sharp(shot).metadata();
  // Without its border.
  return sharp(await sharp(shot).extract({ left: 6, top: 6, width: width - 12, height: height - 12 }).toBuffer()).removeAlpha().resize(9, 9, { fit: 'fill' }).raw().toBuffer();
}
/** The colour in its middle. */
const middleOf = async (crop: Locator): Promise<readonly number[]> => [...(await thumbOf(crop)).subarray(3 * 40, 3 * 41)];
const isSkin = ([r = 0, g = 0, b = 0]: readonly number[]): boolean => Math.abs(r - 0xd9) < 25 && Math.abs(g - 0xa9) < 25 && Math.abs(b - 0x8a) < 25;

// One client's phone (Chromium, 360 × 640) at the photos and the form; each test goes on where the last one stopped.
describe('the photos of the card on the client’s own phone', () => {
  let instance: FreshInstance;
  let client: ClientPerson;
  let card: InventedPerson;
  let phone: Person;
  let front: Buffer;

  const upload = (side: 'portrait' | 'emblem', buffer: Buffer, name = `${side}.jpg`, mimeType = 'image/jpeg'): Promise<void> => t(phone.page, `upload-${side}-file`).setInputFiles({ name, mimeType, buffer });
  const view = async (): Promise<ApplicationView> => (await apiOf(phone.context.request, instance.url).get<ApplicationView>('/api/client/application')).body;
  const documentId = async (side: string): Promise<string | undefined> => (await view()).documents.find((one) => one.side === side)?.documentId;
  /** A thumb lies over the address. */
  const covered = async (): Promise<Buffer> => {
    const { width = 0, height = 0 } = await sharp(front).metadata();
    const thumb = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 856 540"><ellipse cx="330" cy="300" rx="190" ry="62" fill="${SKIN}"/></svg>`;
    return photographCard(await sharp(front).composite([{ input: Buffer.from(thumb) }]).png().toBuffer(), { tiltDeg: 1.2 });
  };

  beforeAll(async () => {
    instance = await freshInstance();
    ({ client, card } = await inventClient(71));
    front = await renderCard({ ...card, side: 'portrait', portrait: await fixturePortrait(), heightPx: 1000 });
    phone = await openBrowser({ viewport: { width: 360, height: 640 }, mobile: true, noCamera: true });
    const { page } = phone;
    await openClientPage(page, instance.url);
    await giveConsents(page);
    await provePhone(page, instance, client.phone);
    await shown(page, 'documents');
  }, 300_000);
  afterAll(async () => {
    await phone?.close();
    await instance?.dispose();
  });

  test('a reflection is refused with the card’s place in the photo beside the words (R21)', async () => {
    const { page } = phone;
    await upload('emblem', client.emblem);
    await state(page, 'emblem', 'read');
    const { jpeg } = await photograph(cardOfSeed(9), { seed: 9, defect: 'glare' });
    await upload('portrait', jpeg);
    await state(page, 'portrait', 'bad');
    expect(await page.locator('[data-code="PHOTO_GLARE"]').textContent()).toContain(FINDINGS.PHOTO_GLARE.zh);
    // The crop is that part of the photo, and no other.
    const { box } = (await view()).documents.find(({ side }) => side === 'portrait')!.findings.find(({ code }) => code === 'PHOTO_GLARE')!.evidence!;
    const crop = cropOf(box);
    const upright = await sharp(jpeg).rotate().toBuffer({ resolveWithObject: true });
    const { width, height } = upright.info;
    const wanted = await sharp(upright.data).extract({ left: Math.floor(crop.x * width), top: Math.floor(crop.y * height), width: Math.floor(crop.width * width), height: Math.floor(crop.height * height) }).resize(9, 9, { fit: 'fill' }).removeAlpha().raw().toBuffer();
    const seen = await thumbOf(t(page, 'crop-PHOTO_GLARE'));
    const apart = wanted.reduce((sum, value, i) => sum + Math.abs(value - seen[i]!), 0) / wanted.length;
    expect(apart).toBeLessThan(12);
    await t(page, 'document-portrait').scrollIntoViewIfNeeded();
    await picture(page, 'client-photo-glare');
  }, 180_000);

  test('a field that was not read stands beside its place in the photo, which opens whole, in both languages (R14)', async () => {
    const { page } = phone;
    await upload('portrait', await covered());
    await state(page, 'portrait', 'read');
    const note = page.locator('[data-code="FIELD_UNREADABLE"][data-field="address"]');
    expect(await note.textContent()).toContain('住址：没有读出，请在下一步自己填写。');
    expect(isSkin(await middleOf(t(page, 'crop-FIELD_UNREADABLE-address')))).toBe(true);
    await t(page, 'document-portrait').evaluate((node) => { node.scrollIntoView({ block: 'start' }); });
    await picture(page, 'client-photo-finding');
    await t(page, 'lang-switch').click();
    expect(await note.textContent()).toContain('Address: could not be read');
    await t(page, 'lang-switch').click();
    await t(page, 'crop-FIELD_UNREADABLE-address').click();
    await page.locator('.crop-whole i').waitFor();
    await picture(page, 'client-photo-whole');
    await t(page, 'crop-FIELD_UNREADABLE-address-close').click();
    await page.locator('.crop-whole').waitFor({ state: 'detached' });
  }, 180_000);

  test('the form says at the field what was not read or differs, and shows where it is printed, until it is filled in (R14)', async () => {
    const { page } = phone;
    await t(page, 'documents-next').click();
    await shown(page, 'form');
    const doubt = t(page, 'form-doubt-address');
    expect(await doubt.textContent()).toContain('照片上没有读出，请填写');
    expect(isSkin(await middleOf(t(page, 'form-crop-address')))).toBe(true);
    expect(await page.locator('[data-testid^="form-doubt-"]').count()).toBe(1);
    await doubt.evaluate((node) => { node.scrollIntoView({ block: 'center' }); });
    await picture(page, 'client-form-doubt');
    await t(page, 'form-address').fill(card.address);
    await doubt.waitFor({ state: 'detached' });
    await t(page, 'form-name').fill(`${card.name}一`);
    await t(page, 'form-diff-name').waitFor();
    // The printed name: dark ink on a light card.
    const print = await sharp(await t(page, 'form-crop-name').locator('.crop-frame').screenshot()).greyscale().stats();
    expect(print.channels[0]!.min).toBeLessThan(110);
    expect(print.channels[0]!.mean).toBeGreaterThan(150);
    await t(page, 'form-diff-name').evaluate((node) => { node.scrollIntoView({ block: 'center' }); });
    await picture(page, 'client-form-differs');
    await t(page, 'form-diff-name').getByRole('button', { name: '改用照片上的' }).click();
    await t(page, 'form-diff-name').waitFor({ state: 'detached' });
    expect(await t(page, 'form-name').inputValue()).toBe(card.name);
  }, 120_000);

  test('a file that is no photo is refused, and the photo that was kept still stands there and says so (R14)', async () => {
    const { page } = phone;
    await t(page, 'back').click();
    await shown(page, 'documents');
    const before = await documentId('portrait');
    await upload('portrait', Buffer.from('%PDF-1.4 no photo'), 'card.pdf', 'application/pdf');
    await t(page, 'document-portrait-kept').waitFor({ timeout: 30_000 });
    expect(await t(page, 'document-portrait').locator('[data-testid="error"]').getAttribute('data-code')).toBe('UPLOAD_NOT_AN_IMAGE');
    expect(await t(page, 'document-portrait-kept').textContent()).toContain('上面仍是原来的照片');
    expect(await documentId('portrait')).toBe(before);
    const kept = await t(page, 'document-portrait').locator('.shot-picture img').evaluate((node) => (node as HTMLImageElement).decode().then(() => [(node as HTMLImageElement).naturalWidth, (node as HTMLImageElement).naturalHeight]));
    expect(kept).toEqual([1600, 1200]);
    await picture(page, 'client-photo-kept');
  }, 120_000);

  test('a reload while a photo is being sent says that it was lost and what to do; what was judged before stands there', async () => {
    const { page } = phone;
    const before = await documentId('portrait');
    // Nothing of it reaches the server.
    await page.route('**/api/client/documents/portrait', () => undefined);
    await upload('portrait', client.portrait);
    await t(page, 'document-portrait').locator('.shot-cover').waitFor();
    await page.unroute('**/api/client/documents/portrait');
    await page.reload();
    // Both sides are there, so that the way would go on at the form: the lost photo is answered for first.
    await shown(page, 'documents');
    const cut = page.locator('[data-testid="document-portrait-cut"][data-cut="lost"]');
    await cut.waitFor({ timeout: 30_000 });
    expect(await cut.textContent()).toContain('请重新拍照');
    await state(page, 'emblem', 'read');
    expect(await documentId('portrait')).toBe(before);
    await t(page, 'document-portrait').locator('.shot-picture img').waitFor();
    await t(page, 'document-portrait').evaluate((node) => { node.scrollIntoView({ block: 'start' }); });
    await picture(page, 'client-upload-cut-off');
    // It was said: the next reload goes on where the client was, and going back says nothing of it again.
    await page.reload();
    await shown(page, 'form');
    await page.goBack();
    await shown(page, 'documents');
    expect(await page.locator('[data-cut]').count()).toBe(0);
    await upload('portrait', client.portrait);
    await page.locator('[data-testid^="crop-"]').first().waitFor({ state: 'detached', timeout: 60_000 });
    await state(page, 'portrait', 'read');
    expect(await page.locator('[data-cut]').count()).toBe(0);
    expect(await documentId('portrait')).not.toBe(before);
  }, 180_000);

  test('a photo that did arrive before the reload is shown as judged, and nothing is called lost', async () => {
    const { page } = phone;
    const before = await documentId('emblem');
    // It reaches the server; only the answer does not come back to the page.
    let arrived = (): void => undefined;
    const there = new Promise<void>((resolve) => { arrived = resolve; });
    await page.route('**/api/client/documents/emblem', async (route) => { await route.fetch(); arrived(); });
    await upload('emblem', client.emblem);
    await there;
    await page.unroute('**/api/client/documents/emblem');
    await page.reload();
    await page.waitForFunction(() => document.querySelector('[data-testid="step-title"]') !== null);
    await t(page, 'back').click({ timeout: 5_000 }).catch(() => undefined);
    await shown(page, 'documents');
    await state(page, 'emblem', 'read');
    expect(await page.locator('[data-cut]').count()).toBe(0);
    expect(await documentId('emblem')).not.toBe(before);
  }, 120_000);
});
