/** Takes a case's evidence out of a running instance and has it verified by the program that knows nothing of us (R42). */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import AdmZip from 'adm-zip';
import { createFileStore } from '../../../media/evidence/index.ts';
import { createCaseKeys } from '../../../server/database/casekeys.ts';
import { createFieldCipher } from '../../../server/database/crypto.ts';
import { openDatabase } from '../../../server/database/index.ts';
import type { Database } from '../../../server/database/index.ts';
import { loadConfig } from '../../../server/platform/config.ts';
import { publicKeys } from '../../../server/usecases/evidence/bundle.ts';
import { readPublished } from '../../../server/usecases/evidence/published.ts';
import { verifyCase } from '../../../server/usecases/evidence/verifyLive.ts';
import type { LiveProblem } from '../../../server/usecases/evidence/verifyLive.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface VerifiedEvidence {
  readonly intact: boolean;
  /** Shown by the published heads. */
  readonly complete: boolean;
  readonly entries: number;
  readonly files: number;
  /** Kinds of entries, with how many of each. */
  readonly types: Readonly<Record<string, number>>;
  readonly report: string;
  readonly problems: readonly string[];
  /** What database and store tell otherwise than the manifest. */
  readonly live: readonly LiveProblem[];
}

/** Waits until the newest case's chapter is sealed and nothing came behind its last head. `env` is the program's. */
export async function untilNewestSigned(env: Env): Promise<void> {
  const { prisma, close } = openDatabase(loadConfig(env).databaseUrl);
  try {
    const { id } = await prisma.application.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
    await untilSigned(prisma, id);
  } finally {
    await close();
  }
}

/** Verifies the ZIP that an auditor was handed of the newest case, with keys and published heads from beside it, and compares the instance with its manifest. */
export async function verifyNewestCase(env: Env, zip: string): Promise<VerifiedEvidence> {
  const config = loadConfig(env);
  const { prisma, close } = openDatabase(config.databaseUrl);
  const dir = await mkdtemp(join(tmpdir(), 'bundle-'));
  try {
    const keys = createCaseKeys(prisma, config.keys.master);
    const services = { db: prisma, cipher: createFieldCipher(keys), now: () => new Date() };
    const store = createFileStore({ dir: join(config.dataDir, 'evidence'), keys });
    const { id: applicationId } = await prisma.application.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
    const folder = join(dir, 'bundle');
    new AdmZip(zip).extractAllTo(folder);
    await writeFile(join(dir, 'keys.json'), JSON.stringify(publicKeys(config.keys.signing)));
    const program = join(import.meta.dirname, '../../../media/evidence/verifier/verify.mjs');
    // Nothing of the instance's environment: the verifier has a folder, keys and published heads.
    const { stdout } = await promisify(execFile)(process.execPath, [program, folder, '--trust', join(dir, 'keys.json'), '--heads', config.headsFile, '--json'], { env: {}, maxBuffer: 64 * 2 ** 20 }).catch((error: { stdout: string }) => error);
    const { intact, complete, entries, problems } = JSON.parse(stdout) as { intact: boolean; complete: boolean; entries: number; problems: { what: string; where: string; why: string }[] };
    const types: Record<string, number> = {};
    for (const line of (await readFile(join(folder, 'manifest.jsonl'), 'utf8')).trim().split('\n')) { const { type } = JSON.parse(line) as { type: string }; types[type] = (types[type] ?? 0) + 1; }
    const published = (await readPublished(services, config.headsFile, config.keys.signing)).heads.get(applicationId) ?? [];
    return {
      intact, complete, entries, types, files: (await readdir(join(folder, 'files'))).length, report: await readFile(join(folder, 'report.html'), 'utf8'),
      problems: problems.map(({ what, where, why }) => `${what}: ${where}: ${why}`), live: await verifyCase(services, { store, signing: config.keys.signing, published }, applicationId),
    };
  } finally {
    await close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Until the chapter is sealed and nothing came behind the last head. @throws Error after a minute */
async function untilSigned(db: Database, applicationId: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(500)) {
    const [lines, head, seal] = await Promise.all([
      db.manifestLine.count({ where: { applicationId } }), db.manifestHead.findFirst({ where: { applicationId }, orderBy: { size: 'desc' } }), db.manifestHead.count({ where: { applicationId, kind: 'seal' } }),
    ]);
    const told = await db.audit.findFirst({ where: { applicationId }, orderBy: { seq: 'desc' }, select: { seq: true } });
    const recorded = await db.manifestLine.count({ where: { applicationId, ref: `audit:${told?.seq}` } });
    if (seal > 0 && recorded === 1 && head?.size === lines) return;
  }
  throw new Error('the case was not sealed within a minute');
}
