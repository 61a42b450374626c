import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { renderAgentCamera } from '../support/camera/index.ts';
import { openBrowser } from '../support/journey/browser.ts';
import type { Person } from '../support/journey/browser.ts';
import { clientToLine } from '../support/journey/client.ts';
import { freshInstance } from '../support/journey/instance.ts';
import type { FreshInstance } from '../support/journey/instance.ts';
import { inventClient } from '../support/journey/persons.ts';
import { picture } from '../support/journey/picture.ts';
import { OPENING_MS } from '../support/journey/scene.ts';
import { logIn, takeSeat } from '../support/journey/staff.ts';
import { maySmallDisk, smallDiskAt } from '../support/store/smalldisk.ts';

const CONSOLE = { viewport: { width: 1366, height: 768 } };

// A store that has no room is one on a small disk: Linux, as root.
(maySmallDisk() ? describe : describe.skip)('the evidence store has no room for another call (R40)', () => {
  let instance: FreshInstance;
  let phone: Person;
  let agent: Person;
  let lead: Person;
  let disk: { close(): void } | undefined;
  const people: Person[] = [];
  const person = async (...options: Parameters<typeof openBrowser>): Promise<Person> => { const one = await openBrowser(...options); people.push(one); return one; };

  beforeAll(async () => {
    instance = await freshInstance();
    const camera = await renderAgentCamera(join(instance.dataDir, 'agent-camera'));
    const devices = { video: camera.videoPath, audio: camera.audioPath };
    phone = await person({ ...devices, viewport: { width: 360, height: 640 }, mobile: true });
    [agent, lead] = [await person({ ...devices, ...CONSOLE }), await person(CONSOLE)];
    await clientToLine(phone.page, instance, (await inventClient(31)).client, { step: (_, work) => work() });
    await phone.page.getByTestId('line-place').waitFor({ timeout: 30_000 });
    const store = join(instance.dataDir, 'evidence');
    mkdirSync(store, { recursive: true });
    disk = smallDiskAt(store, 1 << 20);
  }, OPENING_MS);
  afterAll(async () => {
    disk?.close();
    for (const one of people) await one.close();
    await instance?.dispose();
  });

  /** Both languages, as the page stands. */
  async function pictures({ page }: Person, name: string): Promise<void> {
    await picture(page, name);
    if (process.env['SCREENSHOTS'] === undefined) return;
    await page.getByTestId('lang-switch').click();
    await picture(page, `${name}-en`);
    await page.getByTestId('lang-switch').click();
  }

  test('the client is told that no call is connected, and not why, and keeps the place', async () => {
    await phone.page.getByTestId('line-held').waitFor({ timeout: 30_000 });
    expect(await phone.page.getByTestId('line-place').innerText()).toBe('1');
    expect(await phone.page.locator('body').innerText()).not.toMatch(/存储|磁盘/);
    await pictures(phone, 'client-line-held');
  }, 60_000);

  test('the agent and the lead are told why, and that operations are to be called', async () => {
    await logIn(agent.page, instance, instance.login('w1'));
    await takeSeat(agent.page);
    await logIn(lead.page, instance, instance.login('l1'));
    await lead.page.getByTestId('menu-lead').click();
    for (const { page } of [agent, lead]) {
      await page.getByTestId('held').waitFor({ timeout: 30_000 });
      expect(await page.getByTestId('held').innerText()).toMatch(/证据存储空间不足[^]*运维人员/);
    }
    await lead.page.locator('[data-testid="line-seats"]').getByText('见证').first().waitFor({ timeout: 5_000 }).catch(() => undefined);
    await pictures(agent, 'desk-held');
    await pictures(lead, 'lead-held');
    expect(await agent.page.getByTestId('offer').count()).toBe(0);
  }, 120_000);

  test('once there is room the offer comes by itself, and the note is gone', async () => {
    disk?.close();
    disk = undefined;
    await agent.page.getByTestId('offer-accept').waitFor({ timeout: 30_000 });
    for (const { page } of [lead, agent]) await page.getByTestId('held').waitFor({ state: 'detached', timeout: 15_000 });
  }, 60_000);
});
