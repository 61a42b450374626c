/** A place with cases in it, its backups, and other places into which they are restored: real PostgreSQL servers, real stores. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../../scripts/services/postgres.ts';
import { makeBackup } from '../../server/backup/backup.ts';
import type { BackupMade } from '../../server/backup/backup.ts';
import { backUpKeys } from '../../server/backup/keys.ts';
import type { RestoreOptions } from '../../server/backup/restore.ts';
import { createCaseKeys } from '../../server/database/casekeys.ts';
import { createFieldCipher, newId } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import { createFileStore } from '../../media/evidence/index.ts';
import { openBundle, publicKeys, writeBundle } from '../../server/usecases/evidence/bundle.ts';
import { recordJob } from '../../server/usecases/evidence/jobs.ts';
import { readPublished } from '../../server/usecases/evidence/published.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

const VERIFIER = join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs');
type Services = CaseServices['services'];
/** A restored place as a program has it, and what verifier and verify:live say of a case there. */
export interface There {
  readonly services: Services;
  verify(applicationId: string): Promise<{ intact: boolean; complete: boolean; destroyed: string | null }>;
  live(applicationId: string): Promise<unknown[]>;
}

/** Closes all that it opened. */
export async function startBackups() {
  const app = await startCaseServices();
  const { services } = app;
  app.clock.at = new Date();
  const witnessId = await makeStaff(services, ['witness']);
  const dir = await mkdtemp(join(tmpdir(), 'backup-'));
  // Another PostgreSQL altogether, as after the loss of the first.
  const server = await startPostgres({ dataDir: join(dir, 'postgres'), fast: true });
  return {
    app, services, dir,
    /** A case with photo, recording and a sealed, published manifest. */
    witnessed: (): Promise<MadeCase> => witnessed(app, witnessId),
    backup: (folder: string, { now, onProgress }: { now?: Date; onProgress?: (what: string) => void } = {}): Promise<BackupMade> =>
      makeBackup({ ownerUrl: app.database.ownerUrl, store: app.dir, headsFile: app.evidence.headsFile, dir: folder, ...(now === undefined ? {} : { now: () => now }), ...(onProgress === undefined ? {} : { onProgress }) }),
    keysOf: (folder: string, now?: Date) => backUpKeys({ ownerUrl: app.database.ownerUrl, dir: folder, ...(now === undefined ? {} : { now }) }),
    /** A place with nothing in it, and what a restore into it is told. */
    async place(from: { dir: string; keys: string }): Promise<RestoreOptions> {
      const folder = await mkdtemp(join(dir, 'place-'));
      const ownerUrl = await newDatabase(server.url);
      const appUrl = new URL(ownerUrl);
      [appUrl.username, appUrl.password] = ['witness_app', 'secret'];
      return {
        ...from, ownerUrl, store: join(folder, 'evidence'), heads: app.evidence.headsFile,
        config: { databaseUrl: appUrl.href, headsFile: join(folder, 'published-heads.jsonl'), keys: { master: app.master, blindIndex: [], signing: [app.evidence.signing] } },
      };
    },
    inPlace: <T>(options: RestoreOptions, work: (there: There) => Promise<T>): Promise<T> => inPlace({ app, dir, options }, work),
    async close(): Promise<void> {
      await server.stop();
      await app.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
export type BackupKit = Awaited<ReturnType<typeof startBackups>>;

async function newDatabase(serverUrl: string): Promise<string> {
  const name = `restored_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function witnessed(app: CaseServices, witnessId: string): Promise<MadeCase> {
  const { services } = app;
  const one = await makeCase(services, { until: 'pass', witnessId });
  const { applicationId, sessionId } = one;
  const put = (kind: string, size: number) => services.store.put({ caseId: applicationId, kind, contentType: kind === 'photo' ? 'image/png' : 'video/webm', bytes: randomBytes(size) });
  const [frame, segment] = [await put('photo', 30_000), await put('segment', 150_000)];
  await services.db.photo.create({ data: { id: newId(), sessionId, applicationId, kind: 'face', fileId: frame.fileId, producerId: 'p', rtpTimestamp: 1n, mediaTimeMs: 1, receivedAt: app.clock.at, sha256: frame.saltedSha256, width: 10, height: 10 } });
  await services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 0, fileId: segment.fileId, startMs: 0, endMs: 10_000, mimeType: 'video/webm', byteLength: 150_000, saltedSha256: segment.saltedSha256, tracks: [] } });
  await services.db.application.update({ where: { id: applicationId }, data: { submittedAt: app.clock.at } });
  await services.db.witnessSession.update({ where: { id: sessionId }, data: { endedAt: app.clock.at } });
  app.clock.at = new Date(app.clock.at.getTime() + 60_000);
  await recordJob(services, app.evidence, applicationId);
  return one;
}

async function inPlace<T>({ app, dir, options: { config, store: storeDir } }: { app: CaseServices; dir: string; options: RestoreOptions }, work: (there: There) => Promise<T>): Promise<T> {
  const { services } = app;
  const { prisma: db, close } = openDatabase(config.databaseUrl);
  try {
    const keys = createCaseKeys(db, config.keys.master);
    const store = createFileStore({ dir: storeDir, keys });
    const there = { ...services, db, keys, store, cipher: createFieldCipher(keys) };
    const trust = join(dir, 'trust.json');
    await writeFile(trust, JSON.stringify(publicKeys([app.evidence.signing])));
    const published = async () => (await readPublished(there, config.headsFile, config.keys.signing));
    return await work({
      services: there,
      verify: async (applicationId) => {
        const folder = await mkdtemp(join(dir, 'bundle-'));
        await writeBundle((await openBundle(there, { keys: config.keys.signing, store }, { applicationId, cover: { caseNo: '1', exportedAt: app.clock.at, by: '某人', receiver: '某法院', purpose: '核查' } })).read(), folder);
        const { stdout } = await promisify(execFile)(process.execPath, [VERIFIER, folder, '--trust', trust, '--heads', config.headsFile, '--json']).catch((error: { stdout: string }) => error);
        return JSON.parse(stdout) as { intact: boolean; complete: boolean; destroyed: string | null };
      },
      live: async (applicationId) => [...(await published()).problems, ...await verifyCase(there, { store, signing: config.keys.signing, published: (await published()).heads.get(applicationId) ?? [] }, applicationId)],
    });
  } finally {
    await close();
  }
}
