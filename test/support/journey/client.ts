import type { Page } from 'playwright-core';
import type { FreshInstance } from './instance.ts';

/** What the client uploads and types. */
export interface ClientPerson {
  readonly phone: string;
  readonly portrait: Buffer;
  readonly emblem: Buffer;
  readonly bankCard: string;
  readonly tradingPassword: string;
  readonly fundPassword: string;
  readonly faceConsent?: boolean;
}
export interface Steps {
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** The page is filled in and not yet left. */
  beforeNext?(page: string): Promise<void>;
}

const t = (page: Page, id: string) => page.getByTestId(id);
const shown = async (page: Page, step: string): Promise<void> => { await page.locator(`[data-testid="step-title"][data-step="${step}"]`).waitFor({ timeout: 30_000 }); };

export async function openClientPage(page: Page, base: string): Promise<void> {
  await page.goto(`${base}/join/`);
  await shown(page, 'consents');
}

export async function giveConsents(page: Page, face = true): Promise<void> {
  for (const kind of ['notice', 'recording', 'sensitive']) await t(page, `consent-${kind}`).check();
  await t(page, face ? 'consent-face-agree' : 'consent-face-refuse').check();
  await t(page, 'consents-next').click();
  await shown(page, 'phone');
}

export async function provePhone(page: Page, instance: FreshInstance, phone: string): Promise<void> {
  await t(page, 'phone-input').fill(phone);
  await t(page, 'code-send').click();
  await t(page, 'code-input').waitFor();
  let code = '';
  for (let tries = 0; code === '' && tries < 40; tries++) {
    code = await instance.smsCode(phone).catch(() => '');
    if (code === '') await page.waitForTimeout(250);
  }
  await t(page, 'code-input').fill(code);
  await t(page, 'code-login').click();
}

export async function uploadDocuments(page: Page, { portrait, emblem }: Pick<ClientPerson, 'portrait' | 'emblem'>, beforeNext?: Steps['beforeNext']): Promise<void> {
  await shown(page, 'documents');
  for (const [side, buffer] of [['portrait', portrait], ['emblem', emblem]] as const) {
    await t(page, `upload-${side}-file`).setInputFiles({ name: `${side}.jpg`, mimeType: 'image/jpeg', buffer });
    await page.locator(`[data-testid="document-${side}"][data-state="read"]`).waitFor({ timeout: 60_000 });
  }
  await beforeNext?.('documents');
  await t(page, 'documents-next').click();
  await shown(page, 'form');
}

export async function declare(page: Page): Promise<void> {
  await shown(page, 'declarations');
  await t(page, 'decl-occupation').selectOption('employee');
  await t(page, 'decl-education').selectOption('bachelor');
  for (const id of ['decl-tax-china', 'decl-beneficial-self', 'decl-controller-self', 'decl-market-shanghai', 'decl-market-shenzhen', 'decl-noBadRecord-yes']) await t(page, id).check();
  const employer = t(page, 'decl-employer');
  if (await employer.count()) await employer.fill('样本科技有限公司');
  await t(page, 'decl-next').click();
}

/** Answers every question with the option at this place (the last one where there are fewer). */
export async function answerQuestionnaire(page: Page, option: number): Promise<void> {
  await shown(page, 'questionnaire');
  await page.locator('fieldset').first().waitFor();
  const questions = await page.locator('fieldset[id^="question-"]').all();
  for (const question of questions) {
    const options = question.locator('input[type=radio]');
    await options.nth(Math.min(option, (await options.count()) - 1)).check();
  }
  await t(page, 'questionnaire-next').click();
  await t(page, 'risk-class').waitFor();
}

export async function chooseBank(page: Page, card: string): Promise<void> {
  await shown(page, 'custody');
  await page.locator('[data-testid^="bank-"][type=radio]').first().check();
  await t(page, 'bank-card').fill(card);
  await t(page, 'custody-next').click();
}

export async function setPasswords(page: Page, trading: string, fund: string): Promise<void> {
  await shown(page, 'passwords');
  for (const [id, value] of [['pw-trading', trading], ['pw-trading-again', trading], ['pw-fund', fund], ['pw-fund-again', fund]] as const) await t(page, id).fill(value);
  await t(page, 'passwords-next').click();
}

export async function signAgreements(page: Page): Promise<void> {
  await shown(page, 'agreements');
  for (const _ of ['accountOpening', 'riskDisclosure', 'custody', 'electronicSignature']) {
    // One after the other, each to its end.
    const text = page.locator('[data-testid^="agreement-"][data-testid$="-text"]');
    await text.waitFor();
    const id = (await text.getAttribute('data-testid'))!.replace(/-text$/, '');
    await text.evaluate((node) => { node.scrollTop = node.scrollHeight; });
    await t(page, `${id}-agree`).click();
    await t(page, `${id}-text`).waitFor({ state: 'detached' });
  }
  await t(page, 'agreements-next').click();
  await shown(page, 'submit');
}

export async function checkDevice(page: Page): Promise<void> {
  await shown(page, 'ready');
  await t(page, 'ready-start').click();
  await page.locator('[data-testid="ready-next"]:not([disabled])').waitFor({ timeout: 40_000 });
  await t(page, 'ready-next').click();
}

/** Everything from the first page to a place in the line. */
export async function clientToLine(page: Page, instance: FreshInstance, person: ClientPerson, { step, beforeNext }: Steps): Promise<void> {
  await step('client opens the page', () => openClientPage(page, instance.url));
  await step('notice and consents', () => giveConsents(page, person.faceConsent ?? true));
  await step('phone proven', () => provePhone(page, instance, person.phone));
  await step('both ID sides uploaded and read', () => uploadDocuments(page, person, beforeNext));
  await step('form confirmed', async () => { await t(page, 'form-next').click(); await shown(page, 'declarations'); });
  await step('declarations', () => declare(page));
  await step('risk questionnaire', async () => { await answerQuestionnaire(page, 3); await t(page, 'risk-next').click(); });
  await step('custody bank', () => chooseBank(page, person.bankCard));
  await step('passwords', () => setPasswords(page, person.tradingPassword, person.fundPassword));
  await step('agreements signed', () => signAgreements(page));
  await step('submitted', async () => { await t(page, 'submit').click(); await shown(page, 'ready'); });
  await step('device check', () => checkDevice(page));
  await step('in the line', () => t(page, 'line-place').waitFor({ timeout: 20_000 }));
}
