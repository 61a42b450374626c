/** Cases with a call behind them, their manifests, and both verifiers, on a real database and a real store. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { webmMimeType } from '../../media/recording/webm.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import { openBundle, publicKeys, writeBundle } from '../../server/usecases/evidence/bundle.ts';
import { readPublished } from '../../server/usecases/evidence/published.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import type { LiveProblem } from '../../server/usecases/evidence/verifyLive.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { MadeCase } from './case.support.ts';

const PROGRAM = join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs');
export interface Verdict { readonly intact: boolean; readonly complete: boolean; readonly entries: number; readonly problems: readonly { readonly what: string; readonly where: string; readonly why: string }[] }

/** Closes all that it opened. */
export async function startEvidence() {
  const app = await startCaseServices();
  const services: Services = { ...app.services, now: () => app.clock.at };
  const owner = new pg.Client({ connectionString: app.database.ownerUrl });
  await owner.connect();
  const staffId = await makeStaff(services, ['witness'], '见证人');
  const dir = await mkdtemp(join(tmpdir(), 'evidence-'));
  app.clock.at = new Date();
  /** All that ever signed. */
  const signers: { id: string; key: KeyObject; from?: Date; until?: Date | undefined }[] = [app.evidence.signing];

  const check = async (folder: string, heads = true): Promise<Verdict> => {
    const trust = join(dir, 'trust.json');
    await writeFile(trust, JSON.stringify(publicKeys(signers)));
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, folder, '--trust', trust, '--json', ...(heads ? ['--heads', app.evidence.headsFile] : [])]).catch((error: { stdout: string }) => error);
    return JSON.parse(stdout) as Verdict;
  };
  /** The bundle as an auditor gets it. @returns its folder */
  const exported = async (applicationId: string): Promise<string> => {
    const folder = await mkdtemp(join(dir, 'bundle-'));
    const cover = { caseNo: '1', exportedAt: app.clock.at, by: '某人', receiver: '某法院', purpose: '核查' };
    await writeBundle((await openBundle(services, { keys: signers, store: app.evidence.store }, { applicationId, cover })).read(), folder);
    return folder;
  };
  const publishedFile = (file = app.evidence.headsFile) => readPublished(services, file, signers);
  return {
    app, services, owner, staffId, dir, signers, check, exported, publishedFile,
    /** The bundle as an auditor checks it, with keys and published heads from outside. */
    verified: async (applicationId: string, { heads = true }: { heads?: boolean } = {}): Promise<Verdict> => await check(await exported(applicationId), heads),
    live: async (applicationId: string): Promise<LiveProblem[]> => verifyCase(services, { store: app.evidence.store, signing: signers, published: (await publishedFile()).heads.get(applicationId) ?? [] }, applicationId),
    linesOf: (applicationId: string) => services.db.manifestLine.findMany({ where: { applicationId }, orderBy: { seq: 'asc' } }),
    wait: (seconds: number): void => { app.clock.at = new Date(app.clock.at.getTime() + seconds * 1000); },
    witnessed: (until: 'accept' | 'pass' = 'pass'): Promise<MadeCase> => witnessed({ app, services, staffId }, until),
    decided: (made: MadeCase): Promise<void> => decided({ app, services, staffId }, made),
    /** As one who may do everything: triggers are switched off. */
    async asSuperuser(work: () => Promise<unknown>): Promise<void> {
      const tables = ['manifest_line', 'manifest_head', 'published_head', 'audit', 'row_change'];
      for (const table of tables) await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      try { await work(); } finally { for (const table of tables) await owner.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`); }
    },
    async close(): Promise<void> {
      await owner.end();
      await app.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
export type EvidenceKit = Awaited<ReturnType<typeof startEvidence>>;

/** A case with a call in which something was asked, photographed and recorded. */
async function witnessed({ app, services, staffId }: Pick<EvidenceKit, 'app' | 'services' | 'staffId'>, until: 'accept' | 'pass'): Promise<MadeCase> {
  const made = await makeCase(services, { until: 'accept', witnessId: staffId });
  const { applicationId, sessionId } = made;
  await services.db.application.update({ where: { id: applicationId }, data: { submittedAt: app.clock.at } });
  const [frame, segment] = await Promise.all([
    app.evidence.store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: randomBytes(40_000) }),
    app.evidence.store.put({ caseId: applicationId, kind: 'segment', contentType: webmMimeType({ video: { width: 1280, height: 720 }, audio: { channels: 1 } }), bytes: randomBytes(200_000) }),
  ]);
  const photoId = newId();
  await services.db.photo.create({ data: { id: photoId, sessionId, applicationId, kind: 'portraitSide', fileId: frame.fileId, producerId: 'p', rtpTimestamp: 90_000n, mediaTimeMs: 1000, receivedAt: app.clock.at, sha256: frame.saltedSha256, width: 1280, height: 720 } });
  await services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 0, fileId: segment.fileId, startMs: 0, endMs: 10_000, mimeType: 'video/webm', byteLength: 200_000, saltedSha256: segment.saltedSha256, tracks: [{ kind: 'video', rtpTimestamp: 1 }] } });
  await services.db.recorderFact.create({ data: { id: newId(), sessionId, running: true, at: new Date(app.clock.at.getTime() - 5000) } });
  await services.db.scriptTick.create({ data: { id: newId(), sessionId, item: 'ownWill', answer: 'clear_yes', mediaTimeMs: 2000, at: app.clock.at } });
  await services.db.qualitySample.create({ data: { id: newId(), sessionId, role: 'client', figures: { lossShare: 0.01, roundTripMs: 40 }, at: app.clock.at } });
  if (until === 'pass') await decided({ app, services, staffId }, made);
  return made;
}

/** The witness approves: the call is over. */
async function decided({ app, services, staffId }: Pick<EvidenceKit, 'app' | 'services' | 'staffId'>, { applicationId, sessionId }: MadeCase): Promise<void> {
  const commentEnc = await services.cipher.seal({ subject: applicationId, table: 'witness_session', column: 'comment_enc', row: sessionId }, '本人意愿清楚');
  await changeSession(services.db, { sessionId, event: 'pass', actor: { kind: 'staff', id: staffId } }, { decision: 'approve', decidedAt: app.clock.at, endedAt: app.clock.at, commentEnc });
  await changeApplication(services.db, { applicationId, event: 'pass', actor: { kind: 'staff', id: staffId } }, { witnessedAt: app.clock.at });
}
