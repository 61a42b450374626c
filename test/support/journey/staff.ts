import type { Page } from 'playwright-core';
import { SCRIPT } from '../../../contracts/script.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { readFrameNumber } from '../camera/index.ts';
import type { DemoLogin, FreshInstance } from './instance.ts';

const t = (page: Page, id: string) => page.getByTestId(id);

export async function logIn(page: Page, instance: FreshInstance, login: DemoLogin): Promise<void> {
  // The console's documented test hook: it keeps the frame that was displayed at the press.
  await page.addInitScript(() => localStorage.setItem('e2e', '1'));
  await page.goto(`${instance.url}/console/`);
  await t(page, 'login-username').fill(login.username);
  await t(page, 'login-password').fill(login.password);
  await t(page, 'login-totp').fill(await instance.totp(login));
  await t(page, 'login-submit').click({ timeout: 5_000 }).catch(() => undefined);
  await t(page, 'logout').waitFor({ timeout: 20_000 });
}

export async function takeSeat(page: Page): Promise<void> {
  for (const id of ['seat-backdrop', 'seat-aligned']) await t(page, id).check({ timeout: 30_000 });
  await page.locator('[data-testid="seat-online"]:not([disabled])').click({ timeout: 40_000 });
}

export async function acceptOffer(page: Page): Promise<void> {
  await t(page, 'offer-accept').click({ timeout: 60_000 });
  await t(page, 'call-page').waitFor({ timeout: 30_000 });
}

/** Reads the frame number of a picture inside the page: only the number travels. `source` is an expression there, a video or canvas. */
const frameNumberOf = (page: Page, source: string): Promise<number | null> => page.evaluate<number | null>(`(() => {
  const read = ${readFrameNumber.toString()};
  const picture = ${source};
  const size = [picture?.videoWidth ?? picture?.width, picture?.videoHeight ?? picture?.height];
  if (!size[0]) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 24;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(picture, 0, 0, 640, Math.round(640 * size[1] / size[0]));
  const { data, width, height } = context.getImageData(0, 0, 640, 24);
  return read({ data, width, height, channels: 4 });
})()`);

/** The machine-readable frame number that this video element shows now; in the replay the still that stands over it. */
export const shownFrameNumber = (page: Page, testId: string): Promise<number | null> =>
  frameNumberOf(page, `(() => { const node = document.querySelector('[data-testid="${testId}"]'); return node?.parentElement.querySelector('[data-testid="${testId}"] + canvas:not([hidden])') ?? (node instanceof HTMLVideoElement ? node : node?.querySelector('video')); })()`);

/** Waits until the client's picture shows a frame inside the section and far enough from its end. */
export async function waitForSection(page: Page, [from, to]: readonly [number, number], marginFrames = 45): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const number = await shownFrameNumber(page, 'call-client-video');
    if (number !== null && number >= from + 8 && number <= to - marginFrames) return;
    if (Date.now() > deadline) throw new Error('the section did not come into the picture');
    await page.waitForTimeout(100);
  }
}

export interface Press { readonly kind: PhotoKind; readonly rtpTimestamp: number; readonly producerId: string; readonly frameNumber: number | null }

/** The server refused the frame: 409 for one that it did not receive whole or in time. */
export class CaptureRefused extends Error {
  readonly status: number;
  constructor(status: number, code: string) {
    super(`the photo was refused with ${status} ${code}`);
    this.status = status;
  }
}

/** Presses capture, and again, as an agent would, when the server did not receive that very frame whole or in time (409). */
export async function captureAgain(page: Page, kind: PhotoKind, ready: () => Promise<void> = async () => undefined): Promise<Press> {
  for (let tries = 1; ; tries++) {
    await ready();
    try {
      return await capture(page, kind);
    } catch (error) {
      if (!(error instanceof CaptureRefused && error.status === 409) || tries >= 4) throw error;
      process.stderr.write(`${error.message}\n`);
    }
  }
}

/** The same, when the section is in the picture. */
export const captureInSection = (page: Page, kind: PhotoKind, section: readonly [number, number]): Promise<Press> =>
  captureAgain(page, kind, () => waitForSection(page, section));

/** On everything that a person may decide about, the witness decides with this reason. */
async function decideOnReadings(page: Page, reason: string): Promise<void> {
  await t(page, 'tab-findings').click();
  for (;;) {
    const open = page.locator('[data-testid^="finding-decide-"]');
    const count = await open.count();
    if (count === 0) return;
    await open.first().click();
    await t(page, 'finding-reason').fill(reason);
    await t(page, 'finding-submit').click();
    await t(page, 'finding-reason').waitFor({ state: 'detached', timeout: 15_000 });
    await page.waitForFunction((before) => document.querySelectorAll('[data-testid^="finding-decide-"]').length < before, count, { timeout: 15_000 });
  }
}

/** What closes approve because of a picture, of what was read off it, or of a hole in the recording. */
const against = async (page: Page): Promise<string[]> => {
  await page.locator('[data-testid^="missing-reading."], [data-testid^="missing-comparing."]').first().waitFor({ state: 'detached', timeout: 60_000 });
  return page.locator('[data-testid^="missing-photo."], [data-testid^="missing-gap."], [data-testid^="missing-finding."]:not([data-testid*="POLICE"])')
    .evaluateAll((items) => items.map((item) => ((item as HTMLElement).dataset['testid'] ?? '').replace('missing-', '')));
};

type Sections = Readonly<Record<PhotoKind, readonly [number, number]>>;

/** Takes the photos again that are named, all of the card for a finding of what was read off it, and asks again what fell into a hole. */
async function doAgain(page: Page, items: readonly string[], sections: Sections): Promise<Press[]> {
  process.stderr.write(`done again: ${items.join()}\n`);
  const kinds = (Object.keys(sections) as PhotoKind[]).filter((kind) => items.includes(`photo.${kind}`) || items.includes(`gap.${kind}`) || (kind !== 'face' && items.some((item) => item.startsWith('finding.'))));
  const presses: Press[] = [];
  for (const kind of kinds) presses.push(await captureInSection(page, kind, sections[kind]));
  const asked = items.filter((item) => item.startsWith('gap.')).map((item) => item.slice('gap.'.length)).filter((item) => !(item in sections));
  if (asked.length > 0) await page.waitForTimeout(QUESTION_MS);
  await tickScript(page, asked);
  // What the case then lacks is shown with its next change.
  await page.waitForTimeout(1_000);
  return presses;
}

/** Takes the photos of these kinds; again, as an agent would, what the server refuses once it has read it. */
export async function captureReadable(page: Page, kinds: readonly PhotoKind[], sections: Sections): Promise<void> {
  for (const kind of kinds) await captureInSection(page, kind, sections[kind]);
  for (let tries = 1; tries < 5; tries++) {
    const refused = (await against(page)).filter((item) => kinds.some((kind) => item === `photo.${kind}`));
    if (refused.length === 0) return;
    await doAgain(page, refused, sections);
  }
  throw new Error(`no photo that can be read: ${kinds.join()}`);
}

/**
 * Once all is read, takes and asks again what closes approve because of its picture, of what was read off it or of a hole in
 * the recording, as an agent would, until nothing is missing.
 * @param reason given, it is decided with on what may be decided about, instead of taking that again
 * @returns the photos that were taken again
 * @throws Error that names what still closes it
 */
export async function retakeUntilGood(page: Page, sections: Sections, reason?: string): Promise<Press[]> {
  const presses: Press[] = [];
  let holes = 0;
  for (let tries = 1; ; tries++) {
    let items = await against(page);
    if (reason !== undefined) {
      await decideOnReadings(page, reason);
      items = await against(page);
    }
    if (items.length === 0) break;
    // One hole may be the machine's; a recording that has them again and again is at fault.
    if (items.some((item) => item.startsWith('gap.'))) holes += 1;
    if (tries >= 5 || holes > 2) throw new Error(`still closes approve: ${items.join()}`);
    presses.push(...await doAgain(page, items, sections));
  }
  await page.locator('[data-testid="missing-list"][data-count="0"]').waitFor({ timeout: 60_000 })
    .catch(async () => { throw new Error(`still closes approve: ${await t(page, 'missing-list').innerText()}`); });
  return presses;
}

/** Presses capture and answers what the page showed at the press. */
export async function capture(page: Page, kind: PhotoKind): Promise<Press> {
  const answered = page.waitForResponse((r) => r.url().endsWith('/photos') && r.request().method() === 'POST', { timeout: 60_000 });
  await t(page, `photo-${kind}`).click();
  const answer = await answered;
  if (!answer.ok()) throw new CaptureRefused(answer.status(), await t(page, 'error-box').last().getAttribute('data-code', { timeout: 5_000 }).catch(() => null) ?? 'unnamed');
  await page.locator(`[data-testid="photo-${kind}-image"]`).waitFor({ timeout: 30_000 });
  const press = await page.evaluate((name) => {
    const last = (window as unknown as { __lastCapture: { kind: string; rtpTimestamp: number; producerId: string } }).__lastCapture;
    if (last.kind !== name) throw new Error('another capture');
    return { rtpTimestamp: last.rtpTimestamp, producerId: last.producerId };
  }, kind);
  return { kind, ...press, frameNumber: await frameNumberOf(page, 'window.__lastCapture.canvas') };
}

/** An answer counts with the seconds before it: they have to be recorded as well. */
const QUESTION_MS = 3_500;

/** Ticks, and once more what a busy machine's recording has a hole at. */
export async function tickRecorded(page: Page, items: readonly string[]): Promise<void> {
  let left = [...items];
  for (let tries = 0; tries < 4 && left.length > 0; tries += 1) {
    await tickScript(page, left);
    await page.waitForTimeout(QUESTION_MS);
    const holes = await Promise.all(left.map((id) => t(page, `missing-gap.${id}`).count()));
    left = left.filter((_, i) => holes[i]! > 0);
  }
  if (left.length > 0) throw new Error(`the recording has a hole at every try: ${left.join()}`);
}

/** Asks and ticks every item of the script with a clear yes. */
export async function tickScript(page: Page, items: readonly string[] = SCRIPT.map(({ id }) => id)): Promise<void> {
  for (const id of items) {
    await t(page, `tick-${id}-clear_yes`).click();
    await page.locator(`[data-testid="tick-${id}-state"][data-answer="clear_yes"]`).waitFor({ timeout: 30_000 });
  }
}
