import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { changeApplication } from '../../server/database/transact.ts';
import { openBundle, publicKeys, writeBundle } from '../../server/usecases/evidence/bundle.ts';
import { publishJob, recordJob } from '../../server/usecases/evidence/jobs.ts';
import { readPublished } from '../../server/usecases/evidence/published.ts';
import { createTimeStampAuthority } from '../../server/usecases/evidence/timestamp.ts';
import type { Services } from '../../server/usecases/services.ts';
import { startTsa } from '../../simulators/tsa.ts';
import type { Tsa, TsaSwitch } from '../../simulators/tsa.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let tsa: Tsa;
let dir: string;
let one: MadeCase;
const ports = () => ({ ...app.evidence, tsa: createTimeStampAuthority(tsa.url, { timeoutMs: 3_000 }) });
const day = (): void => { app.clock.at = new Date(app.clock.at.getTime() + 25 * 3600_000); };
const lines = async (): Promise<string[]> => (await readFile(app.evidence.headsFile, 'utf8')).split('\n').filter((line) => line !== '');
const stamps = async (): Promise<number> => (await lines()).filter((line) => 'token' in (JSON.parse(line) as object)).length;

beforeAll(async () => {
  app = await startCaseServices();
  app.clock.at = new Date();
  services = { ...app.services, now: () => app.clock.at };
  tsa = await startTsa({ port: 0 });
  dir = await mkdtemp(join(tmpdir(), 'stamp-'));
  // A case that ended without a call: its head is published.
  one = await makeCase(services, { until: 'submit', witnessId: await makeStaff(services, ['witness']) });
  await services.db.application.update({ where: { id: one.applicationId }, data: { submittedAt: app.clock.at } });
  await changeApplication(services.db, { applicationId: one.applicationId, event: 'withdraw', actor: { kind: 'system' } });
  await recordJob(services, ports(), one.applicationId);
});
afterAll(async () => {
  await tsa?.close();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

const program = join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs');
interface Verdict { intact: boolean; stamps: { of: number; at: string; by: string | null; unchecked?: string }[]; problems: { what: string; where: string; why: string }[]; text: string }
/** As an auditor checks it, with the certificates of authorities that count. */
async function verified({ certificates = [tsa.certificates.root], heads = app.evidence.headsFile }: { certificates?: string[] | undefined; heads?: string } = {}): Promise<Verdict> {
  const folder = await mkdtemp(join(dir, 'bundle-'));
  await writeBundle((await openBundle(services, { keys: [app.evidence.signing], store: app.evidence.store }, { applicationId: one.applicationId, cover: { caseNo: '1', exportedAt: app.clock.at, by: '某人', receiver: '某法院', purpose: '核查' } })).read(), folder);
  const trust = join(folder, '..', 'trust.json');
  await writeFile(trust, JSON.stringify({ ...publicKeys([app.evidence.signing]), ...(certificates.length === 0 ? {} : { timestampAuthorities: certificates.map((certificate) => ({ certificate })) }) }));
  const run = async (json: string[]): Promise<string> => (await promisify(execFile)(process.execPath, [program, folder, '--trust', trust, '--heads', heads, ...json]).catch((error: { stdout: string }) => error)).stdout;
  return { ...JSON.parse(await run(['--json'])) as Verdict, text: await run([]) };
}

describe('the daily head over the published heads is stamped by a third party (R42, RFC 3161)', () => {
  test.each([
    ['wrong imprint', { wrong: 'imprint' }], ['wrong nonce', { wrong: 'nonce' }], ['refused', { refuse: true }], ['down', { down: true }], ['late', { delayMs: 4_000 }],
  ] as [string, TsaSwitch][])('%s: no stamp is kept, the heads are carried out all the same', async (_, fault) => {
    tsa.switch(fault);
    await publishJob(services, ports());
    expect(await stamps()).toBe(0);
    expect((await lines()).length).toBeGreaterThan(1);
    expect(app.lines.some((line) => line.includes('not stamped yet'))).toBe(true);
    expect((await verified()).text).toContain('NO THIRD PARTY’S TIME STAMP');
  });

  test('the next tick stamps it, once; the verifier needs nothing of us to check whose stamp it is and of what', async () => {
    tsa.switch({});
    await Promise.all([publishJob(services, ports()), publishJob(services, ports())]);
    await publishJob(services, ports());
    expect(await stamps()).toBe(1);
    for (const certificates of [[tsa.certificates.root], [tsa.certificates.signer]]) {
      const { intact, problems, stamps: told, text } = await verified({ certificates });
      expect({ intact, problems }).toEqual({ intact: true, problems: [] });
      expect(told).toMatchObject([{ of: 2, by: 'CN=Simulated TSA' }]);
      expect(Math.abs(Date.parse(told[0]!.at) - Date.now())).toBeLessThan(60_000);
      expect(text).toContain('by CN=Simulated TSA');
    }
    expect((await readPublished(services, app.evidence.headsFile, [app.evidence.signing])).problems).toEqual([]);
  });

  test('without a trusted authority the verifier says that the signature was not checked; one of another authority is not taken', async () => {
    const unknown = await verified({ certificates: [] });
    expect(unknown).toMatchObject({ intact: true, stamps: [{ by: null }] });
    expect(unknown.text).toContain('its signature was not checked');
    const other = await startTsa({ port: 0 });
    expect((await verified({ certificates: [other.certificates.root] })).problems).toMatchObject([{ what: 'signature', why: expect.stringContaining('not signed by an authority that is trusted') }]);
    await other.close();
  });

  test('a day without news is not stamped again; the next head covers the stamp as well, and has one of its own', async () => {
    day();
    await publishJob(services, ports());
    expect(await stamps()).toBe(1);
    const late = await makeCase(services, { until: 'submit', witnessId: await makeStaff(services, ['witness']) });
    await services.db.application.update({ where: { id: late.applicationId }, data: { submittedAt: app.clock.at } });
    await changeApplication(services.db, { applicationId: late.applicationId, event: 'withdraw', actor: { kind: 'system' } });
    await recordJob(services, ports(), late.applicationId);
    await publishJob(services, ports());
    expect([await stamps(), app.lines.filter((line) => line.includes('not stamped yet')).slice(5)]).toEqual([2, []]);
    expect((await verified()).problems).toEqual([]);
    const spoilt = join(dir, 'spoilt.jsonl');
    const told = await lines();
    const [first, second] = told.filter((line) => line.includes('"token"')).map((line) => JSON.parse(line) as { n: number; of: number; token: string });
    // The first one's token in the place of the second: it speaks of another head.
    await writeFile(spoilt, told.map((line) => (line === JSON.stringify(second) ? `${JSON.stringify({ ...second!, token: first!.token })}\n` : `${line}\n`)).join(''));
    expect((await verified({ heads: spoilt })).problems).toMatchObject([{ what: 'signature', why: expect.stringContaining('not of line') }]);
    await writeFile(spoilt, told.filter((line) => line !== JSON.stringify(first)).map((line) => `${line}\n`).join(''));
    expect((await verified({ heads: spoilt })).problems.length).toBeGreaterThan(0);
  });

  test('a stamp whose signature is wrong is taken for none by the verifier', async () => {
    tsa.switch({ wrong: 'signature' });
    await changeApplication(services.db, { applicationId: (await makeCase(services, { until: 'submit', witnessId: await makeStaff(services, ['witness']) })).applicationId, event: 'withdraw', actor: { kind: 'system' } });
    for (const { id } of await services.db.application.findMany({ where: { state: 'withdrawn' }, select: { id: true } })) await recordJob(services, ports(), id);
    day();
    await publishJob(services, ports());
    expect((await verified()).problems).toMatchObject([{ what: 'signature', why: expect.stringContaining('not signed by an authority') }]);
  });
});
