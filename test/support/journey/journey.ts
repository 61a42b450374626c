import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { readFrameNumber, renderAgentCamera, renderClientCamera } from '../camera/index.ts';
import type { ClientCamera, RenderedCamera } from '../camera/index.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import type { InventedPerson } from '../cards/index.ts';
import { openBrowser } from './browser.ts';
import type { Person } from './browser.ts';
import { clientToLine } from './client.ts';
import type { ClientPerson } from './client.ts';
import { untilNewestSigned, verifyNewestCase } from './evidence.ts';
import type { VerifiedEvidence } from './evidence.ts';
import { freshInstance } from './instance.ts';
import type { FreshInstance } from './instance.ts';
import { inventClient } from './persons.ts';
import { acceptOffer, captureInSection, logIn, retakeUntilGood, takeSeat, tickScript } from './staff.ts';
import type { Press } from './staff.ts';
import { playRecording, playReplay } from './recording.ts';
import type { PlayedRecording, PlayedReplay } from './recording.ts';

export interface JourneyOptions {
  onStep?(name: string, ms: number): void;
  /** Screenshots of each page go here. */
  readonly screenshots?: string;
  readonly seed?: number;
}

/** From the first page to the accounts. */
export interface Opening {
  readonly card: InventedPerson;
  readonly client: ClientPerson;
  readonly presses: readonly Press[];
  readonly clientCamera: ClientCamera;
  readonly agentCamera: RenderedCamera;
  /** As the console shows it beside the call: the form's number uncovered, the number read from the call's photo masked, and whether they differ. */
  readonly shownNumber: { readonly form: string; readonly call: string; readonly differs: string | null };
  readonly accountStates: Readonly<Record<string, string>>;
  readonly accountNumbers: Readonly<Record<string, string>>;
}

export interface JourneyResult extends Opening {
  /** Frame number in each photo of record. */
  readonly photoNumbers: Readonly<Record<string, number | null>>;
  readonly recording: PlayedRecording;
  readonly replay: PlayedReplay;
  /** The case's own bundle, verified at the end (R42). */
  readonly evidence: VerifiedEvidence;
  readonly recordingSeconds: number;
  readonly recordingDecodes: boolean;
}

const NEXT_PAGE: Readonly<Record<string, string>> = {
  'client opens the page': 'consents', 'notice and consents': 'phone', 'both ID sides uploaded and read': 'form', 'form confirmed': 'declarations', declarations: 'questionnaire', 'risk questionnaire': 'custody',
  'custody bank': 'passwords', passwords: 'agreements', 'agreements signed': 'submit', submitted: 'ready', 'in the line': 'line',
};
const t = (page: Page, id: string) => page.getByTestId(id);
const STEP_NAMES: Record<string, string> = { oneCode: 'one_code', relation: 'relation', fund: 'fund', custody: 'custody', shanghai: 'sh', shenzhen: 'sz' };

/** Client, agent, reviewer, batch and auditor, on a fresh instance that is gone afterwards. */
export async function runJourney(options: JourneyOptions = {}): Promise<JourneyResult> {
  const opened: { close(): Promise<unknown> }[] = [];
  const step = stepper(options);
  try {
    const instance = await step('fresh instance', () => freshInstance());
    opened.push({ close: () => instance.dispose() });
    return await journeyOn(instance, opened, step, options);
  } finally {
    for (const one of opened.reverse()) await one.close().catch(() => undefined);
  }
}

export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export function stepper({ onStep }: JourneyOptions): Step {
  return async (name, work) => {
    const began = Date.now();
    try {
      const result = await work();
      onStep?.(name, Date.now() - began);
      return result;
    } catch (error) {
      throw new Error(`step "${name}" failed after ${Date.now() - began} ms`, { cause: error });
    }
  };
}

type Shot = (page: Page, name: string) => Promise<void>;

const shooter = (options: JourneyOptions): Shot => async (page, name) => {
  if (!options.screenshots) return;
  mkdirSync(options.screenshots, { recursive: true });
  // Pictures on a page are decrypted one by one: those in view are waited for.
  await page.waitForFunction(() => [...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight), undefined, { timeout: 10_000 });
  await page.screenshot({ path: join(options.screenshots, `${name}.png`) });
};

/** The journey on an instance that the caller keeps; `opened` takes what has to be closed. */
export async function journeyOn(instance: FreshInstance, opened: { close(): Promise<unknown> }[], step: Step, options: JourneyOptions): Promise<JourneyResult> {
  const opening = await openAccounts(instance, opened, step, options);
  await step('manifest sealed', () => untilNewestSigned(instance.env));
  const { replay, recording, photoNumbers, bundle } = await step('auditor replays and exports', () => audit(instance, opened, shooter(options)));
  const evidence = await step('bundle verified', () => verifyNewestCase(instance.env, bundle));
  await rm(bundle, { force: true });
  return { ...opening, evidence, recording, replay, photoNumbers, recordingSeconds: recording.seconds, recordingDecodes: recording.decodes && replay.ended };
}

/** Client, agent, reviewer and batch. */
export async function openAccounts(instance: FreshInstance, opened: { close(): Promise<unknown> }[], step: Step, options: JourneyOptions): Promise<Opening> {
  const shot = shooter(options);
  const seed = options.seed ?? 7;
  const { card, client } = await step('invented client', () => inventClient(seed));
  const [clientCamera, agentCamera] = await step('cameras rendered', () => Promise.all([renderClientCamera(join(instance.dataDir, 'client-camera'), card, { sectionSeconds: 6 }), renderAgentCamera(join(instance.dataDir, 'agent-camera'))]));
  const phone = await openBrowser({ video: clientCamera.videoPath, audio: clientCamera.audioPath, viewport: { width: 360, height: 640 }, mobile: true });
  opened.push(phone);
  const desk = await openBrowser({ video: agentCamera.videoPath, audio: agentCamera.audioPath, viewport: { width: 1366, height: 768 } });
  opened.push(desk);
  try {
    await step('agent logs in', () => logIn(desk.page, instance, instance.login('w1')));
    await step('agent takes the seat', () => takeSeat(desk.page));
    await shot(desk.page, 'desk-waiting');
    await clientToLine(phone.page, instance, client, {
      step: async (name, work) => {
        const done = await step(name, work);
        // A step done shows the page of the next one.
        const page = NEXT_PAGE[name];
        if (page) await shot(phone.page, `client-${page}`);
        return done;
      },
      beforeNext: (page) => shot(phone.page, `client-${page}`),
    });
    await step('agent accepts', () => acceptOffer(desk.page));
    const { presses, shownNumber } = await step('call', () => witnessCall(desk, phone, clientCamera, step, shot));
    await step('client sees the result', () => t(phone.page, 'result-state').waitFor({ timeout: 30_000 }));
    await shot(phone.page, 'client-result');
    await step('client rates', async () => { await t(phone.page, 'rate-satisfied').click(); await t(phone.page, 'rate-submit').click({ timeout: 5_000 }).catch(() => undefined); });
    await step('second review', () => review(instance, opened, shot));
    const accounts = await step('accounts exist', () => waitForAccounts(phone.page));
    await shot(phone.page, 'client-accounts');
    // The calls are over: their browsers would only slow the replay down.
    await phone.close();
    await desk.close();
    return { card, client, presses, clientCamera, agentCamera, shownNumber, ...accounts };
  } catch (error) {
    await shot(phone.page, 'failed-client').catch(() => undefined);
    await shot(desk.page, 'failed-desk').catch(() => undefined);
    throw error;
  }
}

async function witnessCall(desk: Person, phone: Person, camera: ClientCamera, step: Step, shot: Shot) {
  const { page } = desk;
  await step('both see and hear', async () => {
    await page.locator('[data-testid="call-state"][data-phase="connected"]').waitFor({ timeout: 40_000 });
    await page.locator('[data-testid="recorder-state"][data-running="true"]').waitFor({ timeout: 20_000 });
    await t(phone.page, 'call-agent').waitFor({ timeout: 20_000 });
  });
  await step('script asked', () => tickScript(page));
  await shot(phone.page, 'client-call');
  let presses: Press[] = [];
  for (const [kind, name] of [['face', 'face'], ['portraitSide', 'portrait side'], ['emblemSide', 'emblem side']] as const) {
    presses.push(await step(`photo of the ${name}`, () => captureInSection(page, kind, camera.sections[kind])));
  }
  const again = await step('what was bad taken again', () => retakeUntilGood(page, camera.sections));
  presses = presses.map((press) => again.findLast(({ kind }) => kind === press.kind) ?? press);
  const shownNumber = await step('card read', async () => {
    await t(page, 'tab-compare').click();
    const inCall = page.locator('[data-testid="compare-idNumber"] td').nth(2);
    await page.waitForFunction(() => /\d{6}/.test(document.querySelectorAll('[data-testid="compare-idNumber"] td')[2]?.textContent ?? ''), undefined, { timeout: 60_000 });
    await t(page, 'uncover-idNumber').click();
    await page.waitForFunction(() => /\d{17}[\dX]/.test(document.querySelectorAll('[data-testid="compare-idNumber"] td')[0]?.textContent ?? ''), undefined, { timeout: 10_000 });
    return { form: /\d{17}[\dX]/.exec(await page.locator('[data-testid="compare-idNumber"] td').first().innerText())?.[0] ?? '', call: (await inCall.innerText()).trim(), differs: await t(page, 'compare-idNumber').getAttribute('data-differs') };
  });
  await shot(page, 'desk-call');
  await step('approved', async () => {
    await page.locator('[data-testid="approve"]:not([disabled])').click({ timeout: 60_000 });
    await t(page, 'confirm-ok').click();
    await t(page, 'call-page').waitFor({ state: 'detached', timeout: 30_000 });
  });
  return { presses, shownNumber };
}

async function review(instance: FreshInstance, opened: { close(): Promise<unknown> }[], shot: Shot): Promise<void> {
  const reviewer = await openBrowser({ viewport: { width: 1366, height: 768 } });
  opened.push(reviewer);
  const { page } = reviewer;
  await logIn(page, instance, instance.login('r1'));
  await t(page, 'menu-review').click({ timeout: 5_000 }).catch(() => undefined);
  await page.locator('[data-testid^="review-row-"]').first().click({ timeout: 20_000 });
  await shot(page, 'review-list');
  await t(page, 'review-open').first().click();
  await t(page, 'review-page').waitFor({ timeout: 20_000 });
  await shot(page, 'review-case');
  await t(page, 'review-approve').click();
  await t(page, 'confirm-ok').click();
  await t(page, 'review-page').waitFor({ state: 'detached', timeout: 20_000 });
  await reviewer.close();
}

async function waitForAccounts(page: Page): Promise<Pick<Opening, 'accountStates' | 'accountNumbers'>> {
  const steps = Object.keys(STEP_NAMES);
  for (const name of steps) await page.locator(`[data-testid="account-${name}"][data-state="done"]`).waitFor({ timeout: 60_000 });
  const states: Record<string, string> = {};
  const numbers: Record<string, string> = {};
  for (const name of steps) {
    states[STEP_NAMES[name]!] = (await t(page, `account-${name}`).getAttribute('data-state')) ?? '';
    const number = t(page, `account-${name}-no`);
    if (await number.count()) numbers[STEP_NAMES[name]!] = (await number.innerText()).trim();
  }
  return { accountStates: states, accountNumbers: numbers };
}

async function audit(instance: FreshInstance, opened: { close(): Promise<unknown> }[], shot: Shot): Promise<{ replay: PlayedReplay; recording: PlayedRecording; photoNumbers: Record<string, number | null>; bundle: string }> {
  const auditor = await openBrowser({ viewport: { width: 1366, height: 768 } });
  opened.push(auditor);
  const { page } = auditor;
  await logIn(page, instance, instance.login('a1'));
  await t(page, 'menu-sessions').click({ timeout: 5_000 }).catch(() => undefined);
  await page.locator('[data-testid^="sessions-row-"]').first().click({ timeout: 20_000 });
  await t(page, 'replay-purpose').fill('例行稽核');
  await t(page, 'replay-open').click();
  await t(page, 'replay-page').waitFor({ timeout: 20_000 });
  const sessionId = new URL(page.url()).pathname.split('/').at(-1)!;
  const answer = await page.context().request.post(`${instance.url}/api/sessions/${sessionId}/replay`, { headers: { origin: instance.url }, data: { purpose: '例行稽核' } });
  const view = await answer.json() as ReplayView;
  const replay = await playReplay(page, shot);
  const recording = await playRecording(page, view);
  const photoNumbers: Record<string, number | null> = {};
  for (const photo of view.photos) {
    const image = await page.context().request.get(`${instance.url}/api/cases/${view.applicationId}/photos/${photo.photoId}/record`);
    const { data, info } = await sharp(await image.body()).greyscale().raw().toBuffer({ resolveWithObject: true });
    photoNumbers[photo.kind] = readFrameNumber({ data, width: info.width, height: info.height, channels: info.channels });
  }
  const bundle = await exportEvidence(page, join(instance.dataDir, '..', `export-${sessionId}.zip`), shot);
  await auditor.close();
  return { replay, recording, photoNumbers, bundle };
}

/** As an auditor hands the case to a court: purpose, receiver, and the browser's own download. */
async function exportEvidence(page: Page, file: string, shot: Shot): Promise<string> {
  await t(page, 'export-open').click();
  await t(page, 'export-receiver').fill('某某人民法院');
  await t(page, 'export-purpose').fill('司法协助');
  await shot(page, 'replay-export');
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), t(page, 'export-submit').click()]);
  await download.saveAs(file);
  return file;
}
