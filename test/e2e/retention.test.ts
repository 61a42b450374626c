import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openBrowser } from '../support/journey/browser.ts';
import type { Person } from '../support/journey/browser.ts';
import { freshInstance } from '../support/journey/instance.ts';
import type { FreshInstance } from '../support/journey/instance.ts';
import { picture } from '../support/journey/picture.ts';
import { logIn } from '../support/journey/staff.ts';

let instance: FreshInstance;
const people: Person[] = [];
/** Cases that ended 21 years ago, as if the firm had run so long. */
const OLD = ['20051120-000001', '20051121-000002', '20051122-000003'];

beforeAll(async () => {
  instance = await freshInstance();
  const url = new URL(instance.env['DATABASE_URL'] ?? '');
  url.username = 'owner';
  url.password = readFileSync(join(instance.dataDir, 'postgres', 'password'), 'utf8').trim();
  const owner = new pg.Client({ connectionString: url.href });
  await owner.connect();
  for (const [i, caseNo] of OLD.entries()) {
    const { rows: [client] } = await owner.query<{ id: string }>(`INSERT INTO client (id, phone_index, phone_enc) VALUES (gen_random_uuid(), $1, '') RETURNING id`, [`old-${i}`]);
    await owner.query(`INSERT INTO application (id, client_id, case_no, state, language, created_at, submitted_at, updated_at) VALUES (gen_random_uuid(), $1, $2, 'withdrawn', 'zh', now() - interval '21 years', now() - interval '21 years', now() - interval '21 years')`, [client!.id, caseNo]);
  }
  await owner.end();
});
afterAll(async () => {
  for (const person of people) await person.close();
  await instance?.dispose();
});

async function desk(username: string): Promise<Person['page']> {
  const person = await openBrowser({ viewport: { width: 1366, height: 768 } });
  people.push(person);
  await logIn(person.page, instance, instance.login(username));
  await person.page.getByTestId('menu-retention').click();
  return person.page;
}

test('a lead holds one case and lists what is due; compliance confirms, and the held case stays (R44)', async () => {
  const lead = await desk('l1');
  await lead.getByTestId('hold-set-open').click();
  await lead.getByTestId('retention-case-no').fill(OLD[1]!);
  await lead.getByTestId('retention-reason').fill('某某人民法院调查令（2026）第18号');
  await picture(lead, 'retention-hold');
  await lead.getByTestId('retention-submit').click();
  await lead.getByTestId(`legal-hold-${OLD[1]!}`).waitFor();
  await lead.getByTestId('retention-make').click();
  await lead.locator('[data-testid^="retention-look-"]').click();
  await lead.getByText('须由另一位同事确认').waitFor();
  expect(await lead.getByTestId('retention-confirm').count()).toBe(0);
  await picture(lead, 'retention-own');

  const officer = await desk('c1');
  await officer.locator('[data-testid^="retention-look-"]').click();
  await officer.getByText(OLD[0]!).waitFor();
  await picture(officer, 'retention-report');
  await officer.getByTestId('retention-confirm').click();
  await picture(officer, 'retention-confirm');
  await officer.getByTestId('retention-submit').click();
  await officer.getByText('已完成').waitFor({ timeout: 30_000 });
  await officer.locator('[data-testid^="retention-look-"]').click();
  await officer.getByText('保全，未销毁').waitFor();
  expect(await officer.getByRole('cell', { name: '已销毁', exact: true }).count()).toBe(2);
  await picture(officer, 'retention-done');
}, 120_000);
