import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { openBrowser } from '../support/journey/browser.ts';
import type { Person } from '../support/journey/browser.ts';
import { inventClient } from '../support/journey/persons.ts';
import { picture } from '../support/journey/picture.ts';
import { OPENING_MS, keepRecorderDown, openCallScene, untilRecorded } from '../support/journey/scene.ts';
import type { CallScene } from '../support/journey/scene.ts';
import { logIn, shownFrameNumber, tickRecorded } from '../support/journey/staff.ts';

const SEED = 11;
const t = (page: Page, id: string) => page.getByTestId(id);
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

describe('an auditor inspects a call (R45, R46)', () => {
  let scene: CallScene;
  let auditor: Person;
  let page: Page;
  let caseNo: string;
  /** Every address the auditor's browser asked for. */
  const asked: string[] = [];
  const now = async () => Number(await t(page, 'replay-page').getAttribute('data-now'));
  const untilSettled = () => page.waitForFunction(() => document.querySelectorAll('.replay-loading').length === 0, undefined, { timeout: 20_000 });
  /** The picture shows a frame of the camera file: not every one can be read, nor can a picture that is just being changed. */
  const untilReadable = async (testId: string): Promise<void> => {
    for (let tries = 0; await shownFrameNumber(page, testId) === null; tries += 1) {
      if (tries === 150) throw new Error(`no frame can be read off ${testId}`);
      await pause(200);
    }
  };
  /** Presses a key that steps, until it does: while a step is being shown the next is none. */
  const step = async (key: string): Promise<number> => {
    const from = await now();
    for (let tries = 0; tries < 6 && await now() === from; tries += 1) {
      await page.keyboard.press(key);
      await pause(500);
    }
    await untilSettled();
    return await now();
  };
  const find = async (number: string): Promise<void> => {
    await t(page, 'sessions-case-no').fill(number);
    await t(page, 'sessions-case-no').press('Enter');
    await t(page, `sessions-row-${number}`).waitFor({ timeout: 20_000 });
  };

  // w2 may review as well, and so replay other cases.
  beforeAll(async () => {
    scene = await openCallScene({ seed: SEED, witness: 'w2' });
    auditor = await openBrowser({ viewport: { width: 1366, height: 768 } });
    ({ page } = auditor);
    page.on('request', (request) => asked.push(request.url()));
    caseNo = (await scene.db.query<{ caseNo: string }>('select case_no as "caseNo" from application where id = $1', [scene.applicationId])).rows[0]!.caseNo;
    await logIn(page, scene.instance, scene.instance.login('a1'));
  }, OPENING_MS);
  afterAll(async () => {
    await auditor?.close();
    await scene?.close();
  });

  test('a call that goes on is found by the last digits of its number, marked as live, and grows (R46)', async () => {
    await t(page, 'sessions-case-no').fill(caseNo.slice(-6));
    await t(page, 'sessions-case-no').press('Enter');
    await t(page, `sessions-row-${caseNo}`).click({ timeout: 20_000 });
    await t(page, 'replay-pick-0').click();
    await page.locator('[data-testid="replay-page"][data-live="true"]').waitFor({ timeout: 20_000 });
    await tickRecorded(scene.desk.page, ['agentShown', 'nameConfirmed']);
    // What the agent ticks comes to the auditor's console by itself, and so does each closed segment.
    await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('[data-testid="replay-page"]')?.dataset['recorded']) > 8_000, undefined, { timeout: 60_000 });
    await t(page, 'replay-newest').click();
    const begun = await now();
    await untilReadable('replay-client-video');
    const recorded = Number(await t(page, 'replay-page').getAttribute('data-recorded'));
    await page.waitForFunction((ms) => Number(document.querySelector<HTMLElement>('[data-testid="replay-page"]')?.dataset['recorded']) > ms, recorded, { timeout: 40_000 });
    await page.waitForFunction((ms) => Number(document.querySelector<HTMLElement>('[data-testid="replay-page"]')?.dataset['now']) > ms + 1_000, begun, { timeout: 40_000 });
    expect(await t(page, 'replay-live').isVisible()).toBe(true);
    expect(Number(await t(page, 'replay-network-client').getAttribute('data-samples'))).toBeGreaterThan(0);
    await page.locator('[data-testid="seen-step-nameConfirmed"][data-done="true"]').waitFor({ timeout: 60_000 });
    await picture(page, 'replay-live');
  }, 240_000);

  test('the call’s own witness cannot audit it while it goes on (R5)', async () => {
    expect(await scene.witness.post(`/api/sessions/${scene.sessionId}/replay`, { purpose: '旁看' })).toMatchObject({ status: 403, code: 'SAME_PERSON' });
    expect((await scene.witness.post('/api/looks/search', { caseNo })).status).toBe(403);
  });

  test('when the call ends the page says so by itself, with the decision and the gap’s named cause (R46)', async () => {
    const down = keepRecorderDown(scene.instance);
    await pause(3_000);
    down.stop();
    await untilRecorded(scene.desk);
    await scene.photo('portraitSide').catch(() => undefined);
    await pause(12_000);
    expect(await scene.decide({ decision: 'reject', code: 'N02' })).toMatchObject({ status: 200 });
    await page.locator('[data-testid="replay-page"][data-live="false"]').waitFor({ timeout: 40_000 });
    await page.locator('[data-testid="replay-gap"][data-cause="recorder_down"]').first().waitFor({ state: 'attached', timeout: 20_000 });
    // Without a mouse: by the gap's name, or from gap to gap.
    const gap = page.getByRole('button', { name: /^客户侧画面缺口 .+：录像/ }).first();
    await gap.press('Enter');
    await page.locator('[data-testid="replay-client-no-picture"][data-cause="recorder_down"]').waitFor({ timeout: 20_000 });
    await pause(1_000);
    await picture(page, 'replay-gap');
    const at = await now();
    const until = (from: number, to: number) => page.waitForFunction(([least, most]) => { const ms = Number(document.querySelector<HTMLElement>('[data-testid="replay-page"]')?.dataset['now']); return ms >= least! && ms <= most!; }, [from, to], { timeout: 10_000 });
    await page.keyboard.press('Shift+ArrowRight');
    await until(at + 4_000, at + 9_000);
    await page.keyboard.press('Shift+G');
    await until(at - 3_000, at + 3_000);
  }, 240_000);

  test('from the case number to the second of the decision in three clicks', async () => {
    await t(page, 'menu-sessions').click();
    await page.evaluate(() => { (globalThis as { clicks?: number }).clicks = 0; document.addEventListener('click', () => { (globalThis as { clicks?: number }).clicks! += 1; }, true); });
    await find(caseNo);
    await t(page, `sessions-row-${caseNo}`).click();
    await t(page, 'replay-pick-1').click();
    await t(page, 'replay-decision').click({ timeout: 20_000 });
    expect(await page.evaluate(() => (globalThis as { clicks?: number }).clicks)).toBe(3);
    const decided = page.locator('[data-type="decision"]');
    const at = Math.min(Number(await decided.getAttribute('data-at')), Number(await t(page, 'replay-page').getAttribute('data-duration')));
    expect(Math.abs((await now()) - at)).toBeLessThan(50);
    await untilSettled();
    expect(await t(page, 'seen-missing').innerText()).toContain('驳回');
    await untilReadable('replay-client-video');
    await pause(1_000);
    await picture(page, 'replay-decision');
  }, 60_000);

  test('an event clicked is the second shown, its console beside it; keys step frame by frame and event by event', async () => {
    const tick = page.locator('[data-type="tick"]').first();
    await tick.click();
    const at = Number(await tick.getAttribute('data-at'));
    expect(Math.abs((await now()) - at)).toBeLessThan(50);
    await untilSettled();
    expect(await page.locator('[data-testid="seen-step-agentShown"]').getAttribute('data-done')).toBe('true');
    expect(await page.locator('[data-testid="seen-step-nameConfirmed"]').getAttribute('data-now')).toBe('true');
    expect(Number(await t(page, 'seen-missing').getAttribute('data-count'))).toBeGreaterThan(3);
    const next = await step('ArrowRight');
    expect(next).toBeGreaterThan(at);
    // The client's picture leads where its next frame comes within half a second.
    expect(next - at).toBeLessThan(550);
    expect(await step('ArrowLeft')).toBeLessThan(next);
    // The frame before may have begun before the event did: then that event is the next one, and the one behind it the second.
    for (let presses = 0; presses < 2; presses += 1) await page.keyboard.press('ArrowDown');
    expect(await now()).toBeGreaterThan(next + 100);
    await page.keyboard.press(' ');
    await page.locator('[data-testid="replay-page"][data-playing="true"]').waitFor({ timeout: 5_000 });
    await page.keyboard.press(' ');
    await page.locator('[data-testid="replay-page"][data-playing="false"]').waitFor({ timeout: 5_000 });
  }, 60_000);

  test('the name is masked until a logged click; the ID number stays masked (R43)', async () => {
    const { card } = await inventClient(SEED);
    const text = () => t(page, 'replay-page').innerText();
    expect(await text()).not.toContain(card.name);
    await t(page, 'replay-uncover').click();
    await page.waitForFunction((name) => document.querySelector('[data-testid="replay-name"]')?.textContent?.includes(name), card.name, { timeout: 10_000 });
    expect(await text()).not.toContain(card.number);
  }, 60_000);

  test('a client is found by the whole mobile number, which stands in no address; half a number is not sent (R43, R45)', async () => {
    const { client } = await inventClient(SEED);
    // Whoever is faster than the first list is asked for all the same.
    await page.route('**/api/sessions/search', async (route) => { await pause(2_000); await route.continue(); }, { times: 1 });
    await t(page, 'menu-sessions').click();
    await t(page, 'sessions-client').fill(client.phone.slice(0, 6));
    expect(await t(page, 'sessions-find').isDisabled()).toBe(true);
    await t(page, 'sessions-client').fill(client.phone);
    const [request] = await Promise.all([page.waitForRequest((one) => one.postData()?.includes(client.phone) === true, { timeout: 5_000 }), t(page, 'sessions-find').click()]);
    expect((await request.response())?.status()).toBe(200);
    await t(page, `sessions-row-${caseNo}`).waitFor({ timeout: 20_000 });
    await picture(page, 'replay-search');
    expect([...asked, page.url()].filter((address) => address.includes(client.phone))).toEqual([]);
    expect(scene.instance.output.join('\n')).not.toContain(client.phone);
  }, 60_000);

  test('a session is found by its agent, its day, its code and its length; another choice of each leaves it out (R46)', async () => {
    const row = t(page, `sessions-row-${caseNo}`);
    const searched = async (button: string, there: boolean): Promise<void> => {
      const [request] = await Promise.all([page.waitForRequest((one) => one.url().endsWith('/api/sessions/search')), t(page, button).click()]);
      expect((await request.response())?.status()).toBe(200);
      // The answer and the button's rest are shown together.
      await page.locator('[data-testid="sessions-find"][aria-busy="false"]').waitFor({ timeout: 10_000 });
      expect([request.postData(), await row.count()]).toEqual([request.postData(), there ? 1 : 0]);
    };
    const search = (there: boolean): Promise<void> => searched('sessions-find', there);
    const clear = (): Promise<void> => searched('sessions-clear', true);
    const choose = async (id: string, option: string | number): Promise<void> => {
      await t(page, id).click();
      const options = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option');
      if (typeof option === 'string') {
        await page.keyboard.type(option);
        await options.first().click();
      } else await options.nth(option).click();
    };
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

    for (const [agent, there] of [['w1', false], ['w2', true]] as const) {
      await clear();
      await t(page, 'sessions-agent').fill(scene.instance.login(agent).username);
      await search(there);
    }
    for (const [from, to, there] of [[-9, -2, false], [2, 9, false], [-1, 1, true]] as const) {
      await clear();
      await t(page, 'sessions-from').fill(day(from));
      await t(page, 'sessions-to').fill(day(to));
      await search(there);
    }
    for (const [code, there] of [['N01', false], ['N02', true]] as const) {
      await clear();
      await choose('sessions-code', code);
      await search(there);
    }
    await clear();
    const [minutes, seconds] = (await row.locator('td').nth(2).innerText()).split(':').map(Number);
    const long = minutes! * 60 + seconds!;
    for (const [n, [least, most]] of [[0, 59], [60, 179], [180, 359], [360, 900], [901, Infinity]].entries()) {
      await clear();
      await choose('sessions-length', n + 1);
      await search(least! <= long && long <= most!);
    }
    await clear();
    await t(page, 'sessions-from').fill(day(1));
    await t(page, 'sessions-to').fill(day(-1));
    await page.getByRole('alert').getByText('截止日期早于起始日期').waitFor({ timeout: 5_000 });
    expect(await t(page, 'sessions-find').isDisabled()).toBe(true);
    await clear();
    await find(caseNo);
  }, 60_000);

  test('the evidence is handed out once purpose and receiver are said (R45)', async () => {
    await t(page, `sessions-row-${caseNo}`).click();
    await t(page, 'replay-pick-0').click();
    await t(page, 'replay-decision').click({ timeout: 20_000 });
    await untilSettled();
    await t(page, 'export-open').click();
    await t(page, 'export-receiver').fill('某某人民法院');
    expect(await t(page, 'export-submit').isDisabled()).toBe(true);
    await t(page, 'export-purpose').fill('司法协助');
    await picture(page, 'replay-export');
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), t(page, 'export-submit').click()]);
    expect(download.suggestedFilename()).toBe(`${caseNo}.zip`);
    await t(page, 'menu-sessions').click();
    await find(caseNo);
  }, 90_000);

  test('the look log says who looked at the case, when and why, the search and this look itself (R45)', async () => {
    await t(page, `sessions-row-${caseNo}`).click();
    await t(page, 'replay-pick-0').click();
    await t(page, 'looks-of-case').click({ timeout: 20_000 });
    await page.locator('[data-what="replay"]').first().waitFor({ timeout: 20_000 });
    const text = await page.locator('table').innerText();
    for (const words of ['定期稽核', '客户投诉', '显示姓名', '按手机号查找客户', '录像回放', '导出存证', '某某人民法院']) expect(text).toContain(words);
    await t(page, 'looks-find').click();
    await page.locator('[data-what="lookLog"]').first().waitFor({ timeout: 20_000 });
    await t(page, 'looks-case-no').fill('');
    await t(page, 'looks-find').click();
    await pause(1_000);
    await picture(page, 'replay-looks');
  }, 60_000);
});
