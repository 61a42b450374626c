import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { parseHead, signHead } from '../../media/evidence/index.ts';
import { checkBackup, restoreBackup } from '../../server/backup/restore.ts';
import type { RestoreOptions } from '../../server/backup/restore.ts';
import { carryOut, publishLog } from '../../server/usecases/evidence/published.ts';
import { destroyCase } from '../../server/usecases/retention/destroy.ts';
import type { BackupMade } from '../../server/backup/backup.ts';
import type { MadeCase } from './case.support.ts';
import { startBackups } from './backup.support.ts';
import type { BackupKit } from './backup.support.ts';

let kit: BackupKit;
let app: BackupKit['app'];
let made: MadeCase[];
let backup: BackupMade;
let options: RestoreOptions;
/** The newest copy: two lines and a head over them as at the backup, then two lines and a head over all. */
let newest: string[];

const publish = async (): Promise<void> => {
  await publishLog(kit.services, app.evidence.signing);
  await carryOut(kit.services, app.evidence.headsFile);
};
const copyOf = async (lines: readonly string[], end = '\n'): Promise<string> => {
  const path = join(kit.dir, 'heads-given.jsonl');
  await writeFile(path, lines.join('\n') + end);
  return path;
};
const fieldsOf = (line: string): { n: number; text: string; signature: string } => JSON.parse(line) as { n: number; text: string; signature: string };
const numbered = (lines: readonly string[]): string[] => lines.map((line, i) => JSON.stringify({ ...fieldsOf(line), n: i + 1 }));

beforeAll(async () => {
  kit = await startBackups();
  ({ app } = kit);
  made = [await kit.witnessed(), await kit.witnessed()];
  await publish();
  const [dir, keys] = [join(kit.dir, 'at'), join(kit.dir, 'keys')];
  backup = await kit.backup(dir);
  made.push(await kit.witnessed(), await kit.witnessed());
  await publish();
  await kit.keysOf(keys);
  options = await kit.place({ dir, keys });
  newest = (await readFile(app.evidence.headsFile, 'utf8')).trim().split('\n');
});
afterAll(() => kit?.close());

/** Neither a table nor a file. */
async function expectNothingRestored(): Promise<void> {
  const client = new pg.Client({ connectionString: options.ownerUrl });
  await client.connect();
  try {
    expect((await client.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).rowCount).toBe(0);
  } finally {
    await client.end();
  }
  expect([existsSync(options.store), existsSync(options.config.headsFile)]).toEqual([false, false]);
}

describe('the published heads that a restore is given are proven before anything is restored (R42, R44)', () => {
  test('what the backup has and what came since has its signatures and its order: it is taken, and said how far it goes', async () => {
    expect(newest.map((line) => parseHead(fieldsOf(line).text)?.kind)).toEqual(['seal', 'seal', 'log', 'seal', 'seal', 'log']);
    expect(await checkBackup(options)).toMatchObject({ heads: { lines: 6, lastAt: parseHead(fieldsOf(newest[5]!).text)!.at } });
  });

  const edited = (line: string, from: string | RegExp, to: string): string => JSON.stringify({ ...fieldsOf(line), text: fieldsOf(line).text.replace(from, to) });
  const spoiled: [string, (lines: string[]) => string[] | [string[], string], string | RegExp][] = [
    ['cut off in the middle of a line', (lines) => [lines, '\n{"n":7,"te'], 'ends in the middle of a line: it was cut off'],
    ['cut off before where the backup ends', (lines) => lines.slice(0, 2), 'ends at line 2, the backup goes on'],
    ['empty', () => [], 'ends at line 0, the backup goes on'],
    ['with an edited line that the backup has', (lines) => lines.with(1, edited(lines[1]!, /size \d+/, 'size 1')), 'line 2 of .* is not what the backup has there'],
    ['with an edited line that came since', (lines) => lines.with(3, edited(lines[3]!, /size \d+/, 'size 1')), 'line 4 of .* is not signed by a key of SIGNING_KEYS'],
    ['with another case written in place of a destroyed one', (lines) => lines.with(4, edited(lines[4]!, /case \S+/, `case ${fieldsOf(lines[0]!).text.match(/case (\S+)/)![1]}`)), 'line 5 of .* is not signed'],
    ['with a line that is none', (lines) => lines.with(3, 'what?'), 'line 4 of .* is no line of published heads'],
    ['with a line taken out', (lines) => lines.toSpliced(3, 1), 'line 4 of .* is not in its place'],
    ['with a line taken out and the rest numbered anew', (lines) => numbered(lines.toSpliced(3, 1)), 'line 5 of .* does not follow from the lines before it'],
    ['with two lines in each other’s place, numbered anew', (lines) => numbered(lines.toSpliced(3, 2, lines[4]!, lines[3]!)), 'line 6 of .* does not follow from the lines before it'],
    ['with a line twice', (lines) => lines.toSpliced(4, 0, lines[3]!), 'line 5 of .* is not in its place'],
    ['with an older head of a case behind a newer one, signed by us', (lines) => [...lines, JSON.stringify({ n: 7, ...signHead({ kind: 'later', caseId: made[3]!.applicationId, size: 1, root: '0'.repeat(64), at: app.clock.at, keyId: app.evidence.signing.id }, app.evidence.signing.key) })], 'line 7 of .* does not follow'],
    ['of another system', (lines) => {
      const { privateKey } = generateKeyPairSync('ed25519');
      return lines.map((line) => JSON.stringify({ n: fieldsOf(line).n, ...signHead({ ...parseHead(fieldsOf(line).text)!, keyId: app.evidence.signing.id }, privateKey) }));
    }, 'belongs to another system'],
  ];
  test.each(spoiled)('%s: refused in words, and nothing is restored', async (_, spoil, words) => {
    const bad = spoil([...newest]);
    const [lines, end] = Array.isArray(bad[0]) ? bad as [string[], string] : [bad as string[], bad.length === 0 ? '' : '\n'];
    await expect(restoreBackup({ ...options, heads: await copyOf(lines, end) })).rejects.toThrow(new RegExp(words));
    await expectNothingRestored();
  });

  test('a destruction that a stranger signed and added is refused, and nothing is restored', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const stranger = JSON.stringify({ n: 7, ...signHead({ kind: 'destroyed', caseId: made[0]!.applicationId, size: 3, root: '0'.repeat(64), at: app.clock.at, keyId: 'k9' }, privateKey) });
    await expect(restoreBackup({ ...options, heads: await copyOf([...newest, stranger]) })).rejects.toThrow(/line 7 of .* is not signed by a key of SIGNING_KEYS: it was edited, or the file belongs to another system/);
    await expectNothingRestored();
  });
});

test('whole lines cut off behind the backup cannot be seen in the file; the restore says where it ends (R42)', async () => {
  const place = await kit.place({ dir: options.dir, keys: options.keys });
  const heads = await copyOf(newest.slice(0, 4));
  expect(await checkBackup({ ...place, heads })).toMatchObject({ heads: { lines: 4, lastAt: parseHead(fieldsOf(newest[3]!).text)!.at } });
});

test('a restore says which published head the backup covers', async () => {
  const [here] = await kit.services.db.publishedHead.findMany({ where: { n: 3n } });
  expect(backup.coveredBy).toMatchObject({ publishedHead: 3, publishedAt: here!.at.toISOString(), waiting: 0, manifestLines: expect.any(Number) });
  expect(backup.coveredBy.manifestLines).toBe(await kit.services.db.manifestLine.count({ where: { applicationId: { in: made.slice(0, 2).map(({ applicationId }) => applicationId) } } }));
  const place = await kit.place({ dir: options.dir, keys: options.keys });
  expect(await restoreBackup(place)).toMatchObject({ coveredBy: backup.coveredBy, heads: { lines: 6 }, destroyed: 0 });
  await kit.inPlace(place, async ({ services: there, verify, live }) => {
    for (const { applicationId } of made.slice(0, 2)) {
      expect(await live(applicationId)).toEqual([]);
      expect(await verify(applicationId)).toMatchObject({ intact: true, complete: true });
    }
    expect(await there.db.application.count({ where: { id: made[2]!.applicationId } })).toBe(0);
  });
});

test('a backup taken while cases are recorded is of one moment: each case in it is whole, and more than nine heads are in their order', async () => {
  const [dir, keys] = [join(kit.dir, 'busy'), join(kit.dir, 'busy-keys')];
  let on = true;
  const during: MadeCase[] = [];
  const working = (async () => { while (on) during.push(await kit.witnessed()); })();
  const backups: BackupMade[] = [];
  try {
    backups.push(await kit.backup(dir, { now: new Date(Date.now() - 60_000) }));
    // Sorted as text, the tenth would come before the second.
    for (const untilMs = Date.now() + 60_000; await kit.services.db.publishedHead.count() < 11; await sleep(50)) if (Date.now() > untilMs) throw new Error('eleven heads were not published in a minute');
    backups.push(await kit.backup(dir));
  } finally {
    on = false;
    await working;
  }
  await kit.keysOf(keys);
  expect(during.length).toBeGreaterThan(0);
  expect(backups.flatMap(({ problems }) => problems)).toEqual([]);
  const place = await kit.place({ dir, keys });
  const done = await restoreBackup(place);
  expect(done.coveredBy).toEqual(backups[1]!.coveredBy);
  await kit.inPlace(place, async ({ services: there, live }) => {
    const cases = await there.db.application.findMany({ where: { submittedAt: { not: null } }, select: { id: true } });
    expect(cases.length).toBeGreaterThanOrEqual(4);
    for (const { id } of cases) expect((await live(id)).filter((one) => (one as { what: string }).what !== 'unrecorded')).toEqual([]);
  });
});

test('a destruction whose line was cut off is told by the backup of the keys: nothing is restored (R44)', async () => {
  const gone = made[1]!;
  await destroyCase(kit.services, { keys: kit.services.keys, evidence: app.evidence }, { applicationId: gone.applicationId, actor: { kind: 'system' } });
  await publish();
  await rm(options.keys, { recursive: true });
  await kit.keysOf(options.keys);
  const place = await kit.place({ dir: options.dir, keys: options.keys });
  await expect(restoreBackup({ ...place, heads: await copyOf(newest) })).rejects.toThrow('cases were destroyed since that copy of the published heads: give the newest one');
  const client = new pg.Client({ connectionString: place.ownerUrl });
  await client.connect();
  try {
    expect((await client.query('SELECT FROM application')).rowCount).toBe(0);
  } finally {
    await client.end();
  }
  expect(existsSync(place.store)).toBe(false);
});
