import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { AppError } from '../contracts/errors.ts';
import { createFileStore, parseHead } from '../media/evidence/index.ts';
import { createCaseKeys } from '../server/database/casekeys.ts';
import { createFieldCipher } from '../server/database/crypto.ts';
import { openDatabase } from '../server/database/index.ts';
import type { Database } from '../server/database/index.ts';
import type { Config } from '../server/platform/config.ts';
import { publicKeys } from '../server/usecases/evidence/bundle.ts';
import { readPublished } from '../server/usecases/evidence/published.ts';
import type { TrustedKey } from '../server/usecases/evidence/headsFile.ts';
import { verifyCase } from '../server/usecases/evidence/verifyLive.ts';
import type { LiveProblem } from '../server/usecases/evidence/verifyLive.ts';
import { LATE_MS, waitingToBeRecorded } from '../server/usecases/evidence/waiting.ts';
import { surroundings } from './launch/surroundings.ts';

// `npm run verify:live`: database and evidence store against the manifests, case by case. Ends with 0: all fits, 1: it does not, 2: it could not be checked.
const HELP = `npm run verify:live -- [--case NUMBER] [--keys FILE] [--trust FILE]
--case  one case by its number (20261123-000001); without it all
--keys  also writes the public signing keys into a new file there, as \`npm run verify -- … --trust FILE\` takes them
--trust the public keys that count and until when, as for \`npm run verify\`; without it those of SIGNING_KEYS, at any time`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { case: { type: 'string' }, keys: { type: 'string' }, trust: { type: 'string' }, help: { type: 'boolean', default: false } } });
  if (values.help) return say(HELP, 0);
  const { config, stop } = await surroundings({ ...process.env });
  const { prisma, close } = openDatabase(config.databaseUrl);
  try {
    if (values.keys !== undefined && existsSync(values.keys)) return say(`文件已存在，请换一个名字 There is a file of that name, choose another: ${values.keys}`, 2);
    if (values.keys !== undefined) writeFileSync(values.keys, `${JSON.stringify(publicKeys(config.keys.signing), null, 2)}\n`, { flag: 'wx' });
    return await compare(prisma, config, { caseNo: values.case, trust: values.trust === undefined ? config.keys.signing : readTrust(values.trust) });
  } finally {
    await close();
    await stop();
  }
}

async function compare(db: Database, config: Config, { caseNo, trust }: { caseNo: string | undefined; trust: readonly TrustedKey[] }): Promise<number> {
  const keys = createCaseKeys(db, config.keys.master);
  const services = { db, cipher: createFieldCipher(keys), now: () => new Date() };
  const store = createFileStore({ dir: join(config.dataDir, 'evidence'), keys });
  const published = await readPublished(services, config.headsFile, trust);
  const cases = await casesOf(db, caseNo, published.heads);
  if (cases.length === 0 && caseNo !== undefined) return say(`没有这个业务编号 No such case: ${caseNo}`, 2);
  let bad = 0;
  for (const [i, { id, name }] of cases.entries()) {
    progress(i, cases.length);
    try {
      const destroyed = published.heads.get(id)?.map(({ text }) => parseHead(text)).find((head) => head?.kind === 'destroyed');
      if (destroyed) say(`${name ?? id}: 已依 R44 销毁 destroyed on ${destroyed.at.toISOString()} under R44`);
      const problems: readonly LiveProblem[] = name === null ? [{ what: 'gone', where: 'application' }] : await verifyCase(services, { store, signing: trust, published: published.heads.get(id) ?? [] }, id);
      for (const { what, where, file } of problems) say(`${name ?? id}: ${WORDS[what]}: ${where}${file === undefined ? '' : ` (${file.name} ${WRONG[file.why]})`}`);
      if (problems.length > 0) bad++;
    } catch (error) {
      // One case that cannot be compared hides no other; an error's own words may quote what it choked on.
      say(`${name ?? id}: 未能核对 could not be checked: ${error instanceof AppError ? error.code : error instanceof Error ? error.name : 'error'}`);
      bad++;
    }
  }
  for (const line of published.problems) say(`${WORDS.published}: ${line}`);
  await tellWaiting(db, caseNo === undefined ? null : cases[0]?.id ?? null);
  return bad + published.problems.length === 0 ? say(`完好 INTACT: ${cases.length} cases and the published heads`, 0) : say(`不完好 NOT INTACT: ${bad} of ${cases.length} cases`, 1);
}

/** Not a finding by itself: cases name what waits too long. */
async function tellWaiting(db: Database, applicationId: string | null): Promise<void> {
  const { rows, since } = await waitingToBeRecorded(db, { applicationId });
  say(`等待入清单 waiting to be recorded: ${rows}${since === null ? '' : ` (since ${since.toISOString()}; normal for seconds, a finding after ${LATE_MS / 60_000} minutes)`}`);
}

const time = z.iso.datetime({ offset: true }).nullish().transform((text) => (text === null || text === undefined ? undefined : new Date(text)));
const TRUST = z.object({ keys: z.array(z.object({ id: z.string(), publicKey: z.string(), from: time, until: time })).min(1) });
const readTrust = (file: string): TrustedKey[] => TRUST.parse(JSON.parse(readFileSync(file, 'utf8'))).keys.map(({ publicKey, ...key }) => ({ ...key, key: createPublicKey(publicKey) }));

/** Every case that was handed in, has a manifest, waits for one, or was published; null: its row is not there. */
async function casesOf(db: Database, caseNo: string | undefined, published: ReadonlyMap<string, unknown>): Promise<{ id: string; name: string | null }[]> {
  if (caseNo !== undefined) return (await db.application.findMany({ where: { caseNo }, select: { id: true, caseNo: true } })).map((row) => ({ id: row.id, name: row.caseNo }));
  const [rows, recorded, waiting] = await Promise.all([
    db.application.findMany({ orderBy: { id: 'asc' }, select: { id: true, caseNo: true, submittedAt: true } }), db.$queryRaw<{ id: string }[]>`SELECT DISTINCT "application_id" AS id FROM "manifest_line"`,
    db.$queryRaw<{ id: string }[]>`SELECT DISTINCT "application_id" AS id FROM "manifest_due"`,
  ]);
  const names = new Map(rows.map((row) => [row.id, row.caseNo]));
  const ids = new Set([...rows.filter(({ submittedAt }) => submittedAt !== null).map(({ id }) => id), ...[...recorded, ...waiting].map(({ id }) => id), ...published.keys()]);
  return [...ids].sort().map((id) => ({ id, name: names.get(id) ?? null }));
}

const WRONG: Record<NonNullable<LiveProblem['file']>['why'], string> = { missing: '不存在 is missing', damaged: '已损坏 is damaged', other: '内容不符 has another content' };

const WORDS: Record<LiveProblem['what'] | 'published', string> = {
  edited: '数据被改动 edited', gone: '记录消失 gone', unrecorded: '未入清单 not in the manifest', late: '久未入清单 waits too long to be recorded', file: '文件不符 file does not fit', chain: '清单被改动 manifest changed',
  head: '签名不符 head does not hold', destroyed: '密钥被移除 key removed without a record', state: '状态不符 state does not follow', published: '公开清单不符 published heads',
};

function say<T>(text: string, code?: T): T {
  process.stdout.write(`${text}\n`);
  return code as T;
}

function progress(at: number, of: number): void {
  if (process.stderr.isTTY && at % 20 === 0) process.stderr.write(`\r${at} of ${of} `);
}

process.exit(await main().catch((error: unknown) => {
  process.stderr.write(`未能核对 It could not be checked: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
}));
